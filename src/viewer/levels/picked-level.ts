/** A level that somebody chose: on the page it travels in the address, so that a link carries it. */
import type { Level, Split } from '../../../levels/level.ts'

export interface PickedLevel {
  readonly level: Level
  readonly hash: string
  readonly split: Split
  /** How it was come by, in a few words: 'test split, seed 7', 'Two locks, hand-made', 'map.tmj'. */
  readonly origin: string
}
