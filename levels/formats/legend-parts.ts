/**
 * What a game's legend is made of: its entries taken apart into tiles, things and the player, so that stacked layers of
 * another editor can be put together again.
 */
import type { LegendEntry, LevelKind } from '../level.ts'

/** What a tile means in a game: the parts that it adds to its cell. */
export interface Meaning {
  readonly parts: readonly string[]
  /** The legend entry that was meant as a whole; on a cell of its own it needs no search. */
  readonly character?: string
}

export interface LegendParts {
  /** The tile that lies under everything without being drawn there: what the player stands on. */
  readonly ground: string
  /** What a tile name or legend character means; undefined for what is neither. */
  meaningOf(name: string): Meaning | undefined
  /** The legend character that is made of these parts, whether the ground is among them or not. */
  characterOf(parts: Iterable<string>): string | undefined
  /** All names that mean something, for messages. */
  readonly names: readonly string[]
}

/** Names of a legend's parts, from the ground up. */
export function partsOf(entry: LegendEntry): readonly string[] {
  return (
    entry.stack ?? [entry.tile, ...(entry.thing ? [entry.thing] : []), ...(entry.player ? ['player'] : [])]
  )
}

const CACHE = new WeakMap<LevelKind, LegendParts>()

/** The parts of a game's legend. */
export function legendParts(kind: LevelKind): LegendParts {
  const known = CACHE.get(kind) ?? takeApart(kind)
  CACHE.set(kind, known)
  return known
}

function takeApart(kind: LevelKind): LegendParts {
  const entries = Object.entries(kind.legend)
  const ground = partsOf(
    entries.find(([, entry]) => entry.player)?.[1] ?? { tile: 'floor', means: '' },
  )[0] as string
  const keyOf = (parts: Iterable<string>) =>
    [...new Set(parts)]
      .filter(part => part !== ground)
      .sort()
      .join(' ')
  const meanings = new Map<string, Meaning>()
  const characters = new Map<string, string>()
  for (const [character, entry] of entries) {
    const parts = partsOf(entry)
    meanings.set(character, { parts, character })
    for (const part of parts) meanings.set(part, { parts: [part] })
    const key = keyOf(parts)
    if (!characters.has(key)) characters.set(key, character)
  }
  // The tile of a stack that is drawn as one picture, such as a box on a goal.
  for (const [character, entry] of entries)
    if (!meanings.has(entry.tile)) meanings.set(entry.tile, { parts: partsOf(entry), character })
  return {
    ground,
    meaningOf: name => meanings.get(name),
    characterOf: parts => characters.get(keyOf(parts)),
    names: [...meanings.keys()],
  }
}
