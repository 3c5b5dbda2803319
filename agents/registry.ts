/** All recipes; a new agent adds its line. */
import type { Recipe } from '../src/learn/recipe.ts'
import { all } from './all.ts'
import { starter } from './starter.ts'
import { trio } from './trio.ts'

export const RECIPES: readonly Recipe[] = [starter, trio, all]
