/** trio: gems, keys and maze in one meta-training; the worth, the doors' keys and the real exit are hidden. */
import type { Recipe } from '../src/learn/recipe.ts'
import { starter } from './starter.ts'

export const trio: Recipe = {
  ...starter,
  name: 'trio',
  description: 'gems, keys and maze in one meta-training',
  levels: [
    { game: 'gems', size: [9, 9], vary: ['worth'] },
    { game: 'keys', size: [9, 9], vary: ['opens'] },
    { game: 'maze', size: [9, 9], vary: ['real'] },
  ],
  meta: { ...starter.meta, iterations: 120 },
}
