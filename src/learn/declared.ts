/** Plain values that people write down (recipes, studies): read from JSON and checked, each fault by the name of its field. */
import type { z } from 'zod'
import { messageOf, quoted, UserError } from '../core/errors.ts'

/** What a kind of value is called, and where its fields are explained. */
export interface Declared<Value> {
  readonly schema: z.ZodType<Value>
  /** For example `recipe`. */
  readonly what: string
  readonly explained: string
}

/** Reads a value from JSON; `source` names it in errors. */
export function parseDeclared<Value>(text: string, source: string, declared: Declared<Value>): Value {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const why = messageOf(error).replace(/\s+/g, ' ')
    throw new UserError(`${source}: the ${declared.what} is not JSON (${why})`, { cause: error })
  }
  return checkDeclared(value, source, declared)
}

/** Checks a value; the error names the first field that is wrong. */
export function checkDeclared<Value>(value: unknown, source: string, declared: Declared<Value>): Value {
  const parsed = declared.schema.safeParse(value)
  if (parsed.success) return parsed.data
  const fault = faultOf(parsed.error.issues[0] as z.core.$ZodIssue, value, declared.what)
  throw new UserError(`${source}: ${fault}; ${declared.explained}`)
}

function faultOf(issue: z.core.$ZodIssue, value: unknown, what: string): string {
  if (issue.code === 'unrecognized_keys')
    return `${[...issue.path, issue.keys[0]].join('.')}: there is no such field`
  const got = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  // A check of our own knows better what is wrong with a field that may be left out.
  if (got === undefined && issue.code !== 'custom') return `${issue.path.join('.')} is missing`
  return `${issue.path.join('.') || `the ${what}`}: ${issue.message}, got ${quoted(got)}`
}
