/**
 * What a level is: a map that the agent sees, hidden rules that it does not, and where both came from. Plain
 * readonly data; the same value in Node, in the browser, in a file and over the wire.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { quoted, UserError } from '../src/core/errors.ts'
import type { Stream } from '../src/core/random.ts'
import { findTheme, THEMES } from '../src/core/themes.ts'

/** Largest map that plays, in tiles a side. */
export const MAX_SIDE = 64

/** Hidden rules: each value is plain JSON; each game's schema says which there are. */
export type Rules = Readonly<Record<string, unknown>>

const line = z.string().regex(/^\S(.*\S)?$/, 'expected one line of text')

/** File formats of other programs that levels are read from. */
export const FOREIGN_FORMATS = ['tiled-json', 'tiled-xml', 'ldtk', 'xsb'] as const
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number]

const PROOFS = ['solver', 'solution', 'unproved'] as const

export const provenanceSchema = z.discriminatedUnion(
  'source',
  [
    z.strictObject({ source: z.literal('hand') }),
    z.strictObject({
      source: z.literal('generated'),
      /** Generator and version, e.g. gems@1; for a level edited at random the mutator's too: gems@1+mutate@1. */
      generator: z
        .string()
        .regex(/^[a-z0-9-]+@\d+(\+[a-z0-9-]+@\d+)?$/, 'expected a name and a version such as gems@1'),
      /** Layout family. */
      family: z.string().regex(/^[a-z0-9-]+$/, 'expected a name in lower case'),
      /** Name of the random stream that it was drawn from; of an edited level its parent's, then ~ and the edits' own. */
      seed: line,
    }),
    z.strictObject({
      source: z.literal('imported'),
      format: z.enum(FOREIGN_FORMATS, { error: `expected one of ${FOREIGN_FORMATS.join(', ')}` }),
      /** Name of the file that it was read from, without folders. */
      file: line,
      author: line.optional(),
      /** How it is known that the level can be won: 'solution' is the recorded one, replayed. */
      proof: z.enum(PROOFS, { error: `expected one of ${PROOFS.join(', ')}` }),
    }),
  ],
  { error: 'expected hand, generated or imported' },
)
export type Provenance = z.infer<typeof provenanceSchema>

export const levelSchema = z.strictObject({
  game: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a game name in lower case'),
  title: line.optional(),
  /** Rows of equal length, one character a tile; the game's legend gives their meaning. */
  map: z.array(z.string().min(1).max(MAX_SIDE)).min(1).max(MAX_SIDE).readonly(),
  rules: z.record(z.string().regex(/^[a-z][a-zA-Z0-9]*$/), z.unknown()).readonly(),
  theme: z.string().refine(name => findTheme(name) !== undefined, {
    error: `expected one of ${THEMES.map(t => t.name).join(', ')}`,
  }),
  /** Recorded moves that win the level, as letters (levels/moves.ts). */
  solution: line.optional(),
  provenance: provenanceSchema,
})
export type Level = Readonly<z.infer<typeof levelSchema>>

export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

/** SHA-256 over the canonical content: game, map and rules. Theme, title, solution and provenance do not count. */
export function hashLevel(level: Level): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify([level.game, level.map, level.rules], sortedKeys))))
}

/** For JSON.stringify: writes an object's keys in order, so that the same content has the same text. */
function sortedKeys(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The split that a level belongs to, by its hash alone: 70% train, 15% validation, 15% test. */
export function splitOf(hash: string): Split {
  const bucket = Number.parseInt(hash.slice(0, 8), 16) % 100
  return bucket < 70 ? 'train' : bucket < 85 ? 'validation' : 'test'
}

/** Refuses, by name, a level that belongs to another split. */
export function requireSplit(level: Level, split: Split): void {
  const hash = hashLevel(level)
  const actual = splitOf(hash)
  if (actual !== split) {
    throw new UserError(
      `level ${level.title ? `'${level.title}' ` : ''}${hash.slice(0, 12)} of ${level.game} belongs to the ${actual} split and must not be used for ${split}; use a level of the ${split} split`,
    )
  }
}

/** A fault in a level, at a place in its map (both from 0) or in the level as a whole. */
export interface Problem {
  readonly message: string
  readonly row?: number
  readonly column?: number
  /** The hidden rule that is wrong, where one is. */
  readonly rule?: string
}

/** What a recipe may ask of a generator. */
export interface GenerateOptions {
  /** Smallest and largest side of the map in tiles, odd numbers. */
  readonly size: readonly [number, number]
  /** Hidden rules that are drawn at random; the others keep their default. */
  readonly vary: readonly string[]
  /** Layout families to draw from. */
  readonly families: readonly string[]
  /** 1 easy, 2 as in training, 3 hard; what that means is the generator's to say. */
  readonly difficulty: Difficulty
  /** Draw the varied rules from the values that are held out from training. */
  readonly heldOutRules: boolean
}

export const DIFFICULTIES = [1, 2, 3] as const
export type Difficulty = (typeof DIFFICULTIES)[number]

/** What a game's generator returns: a level that still wants its theme and provenance. */
export interface Draft {
  readonly map: readonly string[]
  readonly rules: Rules
}

/** A way of laying out maps. */
export interface Family {
  readonly name: string
  /** Never drawn in training. */
  readonly heldOut: boolean
  /** Smallest side in tiles that it has room in. */
  readonly smallest: number
}

/** What a character of a map stands for. */
export interface LegendEntry {
  /** The tile on the ground, by its name in the tile catalogue. */
  readonly tile: string
  /** The sprite that stands on it at the start, such as a creature. */
  readonly thing?: string
  /** The player stands on it at the start. */
  readonly player?: true
  /** What it is made of where layers are stacked (Tiled, LDtk); default: the tile, the thing and 'player', where present. */
  readonly stack?: readonly string[]
  readonly means: string
}

/** One game's levels: the legend of its maps, its hidden rules and its generator. One file a game. */
export interface LevelKind {
  readonly game: string
  /** Version of the generator: bump it when the same stream gives other levels. */
  readonly version: number
  /** Map characters. */
  readonly legend: Readonly<Record<string, LegendEntry>>
  /** Sprites that the player looks like, the one at the start first. */
  readonly looks: readonly string[]
  /** Schema of the hidden rules; strict. */
  readonly rules: z.ZodType<Rules>
  readonly defaultRules: Rules
  /** Whether training never draws these rules: they are kept for tests of generalisation. */
  isHeldOut(rules: Rules): boolean
  /** The hidden rules in plain words, a sentence each: for who has played, or asks. */
  tellRules(rules: Rules): string[]
  readonly families: readonly Family[]
  /** Training defaults of the generator. */
  readonly defaults: GenerateOptions
  /** Faults beyond unknown characters and a wrong number of players, e.g. a door without a key. */
  problems(map: readonly string[], rules: Rules): Problem[]
  /** Draws a map and rules. The caller checks the split and proves that it can be won. */
  generate(random: Stream, options: GenerateOptions): Draft
}

/** What a character of a map stands for; undefined where it is no tile of the game, whatever it is. */
export function legendEntry({ legend }: LevelKind, tile: string): LegendEntry | undefined {
  return Object.hasOwn(legend, tile) ? legend[tile] : undefined
}

/** All faults of a level, given its game's kind: shape, characters, players, rules, then the game's own. */
export function problemsOf(level: Level, kind: LevelKind): Problem[] {
  const problems: Problem[] = []
  const width = [...(level.map[0] as string)].length
  const legend = Object.keys(kind.legend).join(' ')
  let players = 0
  level.map.forEach((text, row) => {
    const tiles = [...text]
    if (tiles.length !== width) {
      problems.push({
        row,
        column: Math.min(tiles.length, width),
        message: `the row has ${tiles.length} tiles, expected ${width} as in the first row`,
      })
    }
    tiles.forEach((tile, column) => {
      const entry = legendEntry(kind, tile)
      if (!entry)
        problems.push({ row, column, message: `${quoted(tile)} is no tile of ${kind.game} (${legend})` })
      else if (entry.player && ++players > 1)
        problems.push({ row, column, message: 'a second player; a map has exactly one' })
    })
  })
  if (players === 0) problems.push({ message: 'no player; put one @ on the map' })
  const rules = kind.rules.safeParse(level.rules)
  for (const issue of rules.error?.issues ?? []) {
    problems.push({
      message: `rules.${issue.path.join('.') || '*'}: ${issue.message}`,
      ...(issue.path.length ? { rule: String(issue.path[0]) } : {}),
    })
  }
  return problems.length ? problems : kind.problems(level.map, level.rules)
}
