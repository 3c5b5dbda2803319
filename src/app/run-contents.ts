/** What a run folder's files hold: their types, and reading them back for a report or an evaluation. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, quoted, UserError } from '../core/errors.ts'
import { readText } from './files.ts'

/** A plain object that JSON can hold. */
export type JsonObject = { readonly [key: string]: unknown }

/**
 * One line of metrics.jsonl. Numbers, and numbers inside lists and objects, become TensorBoard curves under their path.
 * JSON has no NaN or infinity: they are stored as null.
 */
export interface MetricsRecord {
  /** Completed meta-iterations; 0 for what was measured before training. */
  readonly iteration: number
  readonly [metric: string]: unknown
}

/** One line of levels.jsonl: a level that was drawn, so that anyone can tell which levels an agent has seen. */
export interface LevelRecord {
  readonly game: string
  readonly hash: string
  readonly split: string
  /** Name of the random stream that it was drawn from, where the level was generated. */
  readonly seed?: string
  /** The file, where the level was made by hand. */
  readonly file?: string
  readonly solverReturn: number
  /** How it came to be drawn; runs of earlier versions, which drew every level anew, do not say. */
  readonly origin?: 'fresh' | 'replayed' | 'mutated'
  /** Hash of the level that it was edited from, where it is mutated. */
  readonly parent?: string
}

/** recipe.json. */
export interface RunRecipe {
  /** Version of Levelshift that began the run. */
  readonly levelshift: string
  readonly seed: number
  readonly recipe: JsonObject
  readonly provenance: Readonly<Record<string, string>>
}

/** All that a report needs of a run. */
export interface RunContents extends RunRecipe {
  readonly metrics: readonly MetricsRecord[]
  readonly levels: readonly (LevelRecord & { readonly iteration: number })[]
  /** evaluation.json, where the agent was evaluated. */
  readonly evaluation?: unknown
}

const recipeSchema = z.object({
  levelshift: z.string(),
  seed: z.number(),
  recipe: z.record(z.string(), z.unknown()),
  provenance: z.record(z.string(), z.string()).default({}),
})
const metricsSchema = z.looseObject({ iteration: z.number() })
const levelSchema = z.looseObject({
  iteration: z.number(),
  game: z.string(),
  hash: z.string(),
  split: z.string(),
  solverReturn: z.number(),
})

/** Reads a run folder without locking it: a run that is still training can be looked at. */
export function readRun(folder: string): RunContents {
  const recipe = readRecipe(folder)
  const metrics = readLines(join(folder, 'metrics.jsonl'), metricsSchema) as MetricsRecord[]
  const levels = readLines(join(folder, 'levels.jsonl'), levelSchema) as RunContents['levels']
  const evaluationPath = join(folder, 'evaluation.json')
  const evaluation = existsSync(evaluationPath) ? { evaluation: readJson(evaluationPath, 'evaluation') } : {}
  return { ...recipe, metrics, levels, ...evaluation }
}

/** Reads recipe.json of a run folder. */
export function readRecipe(folder: string): RunRecipe {
  const path = join(folder, 'recipe.json')
  if (!existsSync(path)) {
    throw new UserError(
      `${folder}: not a run folder: expected recipe.json in it, as levelshift train writes it`,
    )
  }
  const parsed = recipeSchema.safeParse(readJson(path, 'recipe'))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UserError(
    `${path}: not a run's recipe: ${issue.path.join('.') || 'the file'}: ${issue.message}; train anew`,
  )
}

/** Refuses to go on with a run under another recipe or seed: the result would belong to neither. */
export function requireSameRecipe(
  saved: RunRecipe,
  asked: { readonly folder: string; readonly recipe: JsonObject; readonly seed: number },
): void {
  const { folder, recipe, seed } = asked
  const before = { seed: saved.seed, recipe: saved.recipe }
  requireSame(before, { seed, recipe }, folder, 'recipe and seed')
}

/** Refuses to go on with what `folder` holds under other settings; `what` names them. */
export function requireSame(before: JsonObject, asked: JsonObject, folder: string, what: string): void {
  // Through JSON, as the saved one went: undefined fields vanish.
  const difference = firstDifference(before, JSON.parse(JSON.stringify(asked)), [])
  if (difference === undefined) return
  throw new UserError(
    `${folder} cannot be resumed: ${difference.path.join('.')} was ${quoted(difference.before)} and is ` +
      `${quoted(difference.now)} now; give the same ${what}, or choose another folder with --out`,
  )
}

interface Difference {
  readonly path: readonly string[]
  readonly before: unknown
  readonly now: unknown
}

function firstDifference(before: unknown, now: unknown, path: readonly string[]): Difference | undefined {
  if (!isObject(before) || !isObject(now)) {
    return Object.is(before, now) ? undefined : { path, before, now }
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const difference = firstDifference(before[key], now[key], [...path, key])
    if (difference !== undefined) return difference
  }
  return Array.isArray(before) === Array.isArray(now) ? undefined : { path, before, now }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

/** The records of a JSONL file, none where it is missing. A last line without its end is still being written. */
export function readLines<T>(path: string, schema: z.ZodType<T>): T[] {
  if (!existsSync(path)) return []
  const lines = readText(path, 'log').split('\n').slice(0, -1)
  return lines.map((line, index) => {
    const parsed = schema.safeParse(parseJson(line, `${path}:${index + 1}`, 'record'))
    if (parsed.success) return parsed.data
    throw new UserError(
      `${path}:${index + 1}: not a record: ${parsed.error.issues[0].message}; remove the line`,
    )
  })
}

export function readJson(path: string, what: string): unknown {
  return parseJson(readText(path, what), path, what)
}

function parseJson(text: string, where: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(`${where}: not a ${what}: expected JSON (${messageOf(error)})`, { cause: error })
  }
}
