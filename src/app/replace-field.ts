/** A recipe with another value in one of its fields: what a tuning tries and a study's arms differ in. */
import { quoted, UserError } from '../core/errors.ts'
import type { JsonObject } from './run-contents.ts'

/**
 * A copy with another value at a dotted path; only the last part may be new, for a field that the recipe leaves out.
 * Throws a UserError where the path leads nowhere.
 */
export function replaceField(value: unknown, path: string, replacement: unknown): unknown {
  return replaceAt(value, path.split('.'), [], replacement)
}

function replaceAt(
  value: unknown,
  rest: readonly string[],
  walked: readonly string[],
  replacement: unknown,
): unknown {
  if (rest.length === 0) return replacement
  const [key, ...further] = rest
  const where = [...walked, key]
  if (Array.isArray(value)) {
    const place = /^\d+$/.test(key) ? Number(key) : -1
    if (value[place] === undefined)
      throw noField(where, `${walked.join('.')} has the places 0 to ${value.length - 1}`)
    return value.map((item, i) => (i === place ? replaceAt(item, further, where, replacement) : item))
  }
  if (typeof value !== 'object' || value === null)
    throw noField(where, `${walked.join('.')} is ${quoted(value)}`)
  const record = value as JsonObject
  const isNew = !Object.hasOwn(record, key)
  if (isNew && further.length > 0)
    throw noField([...where, ...further], `the recipe has no ${where.join('.')}`)
  return { ...record, [key]: replaceAt(record[key], further, where, replacement) }
}

function noField(path: readonly string[], why: string): UserError {
  return new UserError(
    `${path.join('.')}: there is no such field, ${why}; see src/learn/recipe.ts, which explains every field`,
  )
}
