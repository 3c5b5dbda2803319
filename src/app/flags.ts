/** The values of command-line flags: what each may be, and one sentence when it is something else. */

import { z } from 'zod'
import { SPLITS } from '../../levels/level.ts'
import { nearestName, quoted, UserError } from '../core/errors.ts'

/** Where tensors live; auto takes the first that works. */
export const BACKENDS = ['auto', 'native', 'wasm', 'cpu'] as const

/** How levelshift tune chooses what to try next. */
export const METHODS = ['grid', 'bayes', 'random'] as const

/** A seed: the streams are named by it, so any number that is written without rounding will do. */
export const seedFlag = wholeNumber('--seed', 0, 4_294_967_295)
export const backendFlag = oneOf('--backend', BACKENDS)
export const methodFlag = oneOf('--method', METHODS)
export const splitFlag = oneOf('--split', SPLITS)
export const levelsFlag = wholeNumber('--levels', 1, 100_000)
export const stepsFlag = wholeNumber('--steps', 0, 100)

/** A flag's text as a whole number between two bounds. */
export function wholeNumber(flag: string, least: number, most: number) {
  return z.string().transform((text, context) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    context.addIssue(`${flag} must be a whole number from ${least} to ${most}, got ${quoted(text)}`)
    return z.NEVER
  })
}

/** A flag's text as one of a few names. */
export function oneOf<const Name extends string>(flag: string, names: readonly Name[]) {
  return z.string().transform((text, context) => {
    const found = names.find(name => name === text)
    if (found !== undefined) return found
    const near = nearestName(text, names)
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`
    context.addIssue(`${flag} must be one of ${names.join(', ')}, got ${quoted(text)}${hint}`)
    return z.NEVER
  })
}

/** A game's name, checked where it is used: the list of games is not loaded for every command. */
export const gameFlag = z.string().trim().min(1, "--game must be the name of a game, got ''")

/** Two odd numbers with a comma between them: the smallest and largest side of a map, in tiles. */
export const sizeFlag = z.string().transform((text, context): [number, number] => {
  const sides = /^(\d{1,2}),(\d{1,2})$/.exec(text)
  if (sides) return [Number(sides[1]), Number(sides[2])]
  context.addIssue(`--size must be two odd numbers such as 9,13, got ${quoted(text)}`)
  return z.NEVER
})

/** Names with commas between them. */
export function names(flag: string) {
  return z.string().transform((text, context) => {
    const found = text.split(',').map(name => name.trim())
    if (!found.includes('')) return found
    context.addIssue(`${flag} must be names with commas between them, got ${quoted(text)}`)
    return z.NEVER
  })
}

/** A path that is not empty: an empty one is nearly always an unset variable of a shell script. */
export function path(flag: string) {
  return z.string().trim().min(1, `${flag} must be a path, got ''`)
}

/** Checks a command's arguments and flags together; the first fault becomes a UserError. */
export function parseFlags<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const parsed = schema.safeParse(values)
  if (parsed.success) return parsed.data
  throw new UserError(parsed.error.issues[0].message, { exitCode: 2 })
}
