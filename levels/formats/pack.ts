/**
 * A pack: many proved levels in one file, as JSON lines. The first line says what the file is and how it was drawn,
 * each other line is one level:
 *
 *     {"format":"levelshift pack 1","game":"gems","split":"test","seed":"1","count":2,"options":{"size":[9,13],…}}
 *     {"hash":"409283af…","split":"test","seed":"1/0/3","generator":"gems@1","family":"rooms","theme":"rust","game":"gems","map":["#####",…],"rules":{…},"return":3,"steps":14,"moves":"drr…"}
 *
 * `return`, `steps` and `moves` are the solver's; reading a pack checks hash and split of every level again.
 */
import { z } from 'zod'
import { oneLine, quoted, UserError } from '../../src/core/errors.ts'
import { hashLevel, type Level, levelSchema, problemsOf, SPLITS, type Split, splitOf } from '../level.ts'
import { levelKind } from '../registry.ts'
import type { Imported } from './imported.ts'

const FORMAT = 'levelshift pack 1'

/** What a pack's first line tells beside its format. */
export interface PackHeader {
  readonly game: string
  readonly split: Split
  readonly seed: string
  readonly count: number
  /** What the generator was asked for. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A generated level and the solver's play of it. */
export interface PackedLevel {
  readonly level: Level
  readonly return: number
  /** Written-out moves (levels/moves.ts). */
  readonly moves: string
}

const levelLine = z.strictObject({
  hash: z.string(),
  split: z.enum(SPLITS),
  seed: z.string(),
  generator: z.string(),
  family: z.string(),
  theme: z.string(),
  game: z.string(),
  map: z.array(z.string()),
  rules: z.record(z.string(), z.unknown()),
  return: z.number(),
  steps: z.int(),
  moves: z.string(),
})

/** Whether a text begins as a pack does. */
export function isPack(text: string): boolean {
  return /^\uFEFF?\{"format":"levelshift pack /.test(text)
}

/** Writes a pack, ending in a newline. Only generated levels belong into one. */
export function formatPack(header: PackHeader, levels: readonly PackedLevel[]): string {
  const lines = levels.map(({ level, return: reward, moves }) => {
    const { provenance, game, map, rules, theme } = level
    if (provenance.source !== 'generated') throw new Error('a pack holds generated levels only')
    const { seed, generator, family } = provenance
    const hash = hashLevel(level)
    const split = splitOf(hash)
    return { hash, split, seed, generator, family, theme, game, map, rules, return: reward, steps: moves.length, moves } // biome-ignore format: one record
  })
  return [{ format: FORMAT, ...header }, ...lines].map(line => `${JSON.stringify(line)}\n`).join('')
}

/** Reads a pack; a level is titled by the first 12 digits of its hash. `file` names the source in errors. */
export function parsePack(text: string, file: string): Imported[] {
  const [first, ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const header = jsonOf(first as string)
  const format = (header as { format?: unknown } | undefined)?.format
  if (format !== FORMAT)
    throw new UserError(`${file}:1:1: expected a pack of format '${FORMAT}', got ${quoted(format ?? first)}`)
  return rest.flatMap((line, i) => (line.trim() === '' ? [] : [readLine(line, `${file}:${i + 2}:1`)]))
}

function readLine(line: string, place: string): Imported {
  const title = `level at ${place}`
  const parsed = levelLine.safeParse(jsonOf(line))
  if (!parsed.success) {
    const issue = parsed.error.issues[0] as z.core.$ZodIssue
    const what = issue.code === 'unrecognized_keys' ? `unknown key ${quoted(issue.keys[0])}` : issue.message
    return { title, why: `${place}: ${oneLine(issue.path.join('.')) || 'the line'}: ${what}` }
  }
  const { hash, split, seed, generator, family, theme, game, map, rules, moves } = parsed.data
  const checked = levelSchema.safeParse({
    game,
    map,
    rules,
    theme,
    ...(moves === '' ? {} : { solution: moves }),
    provenance: { source: 'generated', generator, family, seed },
  })
  if (!checked.success) {
    const issue = checked.error.issues[0] as z.core.$ZodIssue
    return { title, why: `${place}: ${oneLine(issue.path.join('.'))}: ${issue.message}` }
  }
  const level = checked.data
  try {
    const problem = problemsOf(level, levelKind(game))[0]
    if (problem) return { title, why: `${place}: ${problem.message}` }
  } catch (error) {
    if (error instanceof UserError) return { title, why: `${place}: ${error.message}` }
    throw error
  }
  const actual = hashLevel(level)
  if (actual !== hash || splitOf(actual) !== split)
    return {
      title,
      why: `${place}: the level has the hash ${actual.slice(0, 12)} and belongs to the ${splitOf(actual)} split, the line says ${quoted(hash.slice(0, 12))} and ${split}; it was changed after it was packed`,
    }
  return { title: hash.slice(0, 12), level }
}

/** The JSON value of a line, or undefined where it is none. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
