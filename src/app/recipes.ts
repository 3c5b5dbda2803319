/** Finding and reading recipes: by name from agents/, or from a JSON file. */
import type { z } from 'zod'
import { RECIPES } from '../../agents/registry.ts'
import { messageOf, nearestName, quoted, UserError } from '../core/errors.ts'
import { type Recipe, recipeSchema } from '../learn/recipe.ts'
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

/** Reads a recipe from JSON; `source` names it in errors. */
export function parseRecipe(text: string, source: string): Recipe {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${source}: the recipe is not JSON (${messageOf(error).replace(/\s+/g, ' ')})`, {
      cause: error,
    })
  }
  return checkRecipe(value, source)
}

function checkRecipe(value: unknown, source: string): Recipe {
  const parsed = recipeSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const fault = faultOf(parsed.error.issues[0], value)
  throw new UserError(`${source}: ${fault}; see src/learn/recipe.ts, which explains every field`)
}

/** What is wrong with a recipe, by the name of the field. */
function faultOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys')
    return `${[...issue.path, issue.keys[0]].join('.')}: there is no such field`
  const got = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  if (got === undefined) return `${issue.path.join('.')} is missing`
  return `${issue.path.join('.') || 'the recipe'}: ${issue.message}, got ${quoted(got)}`
}
