/** What reading a foreign file gives: for every level in it, the level, or why there is none. Nothing is dropped. */
import type { Level } from '../level.ts'

export interface ImportedLevel {
  readonly title: string
  readonly level: Level
}

export interface RejectedLevel {
  readonly title: string
  /** One sentence that begins with file:line:column, where the format has lines. */
  readonly why: string
}

export type Imported = ImportedLevel | RejectedLevel
