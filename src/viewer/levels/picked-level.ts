/** A level that somebody chose: on the page it travels in the address, so that a link carries it. */
import { hashLevel, type Level, type Split, splitOf } from '../../../levels/level.ts'

export interface PickedLevel {
  readonly level: Level
  readonly hash: string
  readonly split: Split
  /** How it was come by, in a few words: 'drawn with seed play/7/3, layout rooms', 'made by hand', 'imported from map.tmj'. */
  readonly origin: string
}

/** A level with what can be told of it. */
export function pickedLevelOf(level: Level): PickedLevel {
  const hash = hashLevel(level)
  return { level, hash, split: splitOf(hash), origin: originOf(level) }
}

/** What a level is called: its title, or its game and where its hash begins. */
export function titleOf({ level, hash }: Pick<PickedLevel, 'level' | 'hash'>): string {
  return level.title ?? `${level.game} ${hash.slice(0, 8)}`
}

function originOf({ provenance }: Level): string {
  switch (provenance.source) {
    case 'hand':
      return 'made by hand'
    case 'generated':
      return `drawn with seed ${provenance.seed}, layout ${provenance.family}`
    case 'imported':
      return `imported from ${provenance.file}${provenance.author ? `, by ${provenance.author}` : ''}`
    default:
      return provenance satisfies never
  }
}
