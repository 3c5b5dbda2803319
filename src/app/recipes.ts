/** Finding and reading recipes: by name from agents/, or from a JSON file. */
import { RECIPES } from '../../agents/registry.ts'
import { nearestName, quoted, UserError } from '../core/errors.ts'
import { checkRecipe, parseRecipe, type Recipe } from '../learn/recipe.ts'
import { readText } from './files.ts'

/** The recipe of this name, or that of a .json file. */
export function findRecipe(nameOrFile: string): Recipe {
  const known = RECIPES.find(recipe => recipe.name === nameOrFile)
  if (known) return checkRecipe(known, `recipe ${nameOrFile}`)
  if (nameOrFile.endsWith('.json')) return parseRecipe(readText(nameOrFile, 'recipe'), nameOrFile)
  const names = RECIPES.map(recipe => recipe.name)
  const near = nearestName(nameOrFile, names)
  throw new UserError(
    `unknown recipe ${quoted(nameOrFile)}: expected one of ${names.join(', ')}, or a .json file${near ? `; did you mean ${near}?` : ''}`,
  )
}
