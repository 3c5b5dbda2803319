/** Finding and reading recipes: by name from agents/, or from a JSON file. */
import { existsSync } from 'node:fs'
import { RECIPES } from '../../agents/registry.ts'
import { messageOf, nearestName, quoted, UserError } from '../core/errors.ts'
import { type Recipe, recipeSchema } from '../learn/recipe.ts'
import { readText } from './files.ts'

/** The recipe of this name, or that of a .json file. */
export function findRecipe(nameOrFile: string): Recipe {
  const known = RECIPES.find(recipe => recipe.name === nameOrFile)
  if (known) return checkRecipe(known, `recipe ${nameOrFile}`)
  if (nameOrFile.endsWith('.json') && existsSync(nameOrFile))
    return parseRecipe(readText(nameOrFile, 'recipe'), nameOrFile)
  const names = RECIPES.map(recipe => recipe.name)
  const near = nearestName(nameOrFile, names)
  throw new UserError(
    `unknown recipe ${quoted(nameOrFile)}: expected one of ${names.join(', ')}, or a .json file${near ? `; did you mean ${near}?` : ''}`,
  )
}

/** Reads a recipe from JSON; `source` names it in errors. */
export function parseRecipe(text: string, source: string): Recipe {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${source}: the recipe is not JSON (${messageOf(error)})`, { cause: error })
  }
  return checkRecipe(value, source)
}

function checkRecipe(value: unknown, source: string): Recipe {
  const parsed = recipeSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue.path.join('.') || 'the recipe'
  const got = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  throw new UserError(
    `${source}: ${where}: ${issue.message}, got ${quoted(got)}; see src/learn/recipe.ts, which explains every field`,
  )
}
