/** All formats that levels are read from, and which of them a file is written in. */
import { parseLevel } from '../text.ts'
import type { Imported } from './imported.ts'
import { isPack, parsePack } from './pack.ts'

export const LEVEL_FORMATS = ['text', 'pack'] as const
export type LevelFormat = (typeof LEVEL_FORMATS)[number]

/** Endings of files that hold levels, for whoever looks through a folder. */
export const LEVEL_ENDINGS = ['.txt', '.jsonl']

/** How a file of another program is to be read. */
export interface ReadOptions {
  /** The game that its levels are of, where the file does not say. */
  readonly game?: string
  /** The bytes of a file that the level file refers to. */
  read(name: string): Uint8Array
}

/** Which format a file is in: by its ending where that is clear, otherwise by how it begins. */
export function formatOf(text: string, file: string): LevelFormat {
  const ending = /\.[a-z0-9]+$/.exec(file.toLowerCase())?.[0]
  if (ending === '.jsonl' || isPack(text)) return 'pack'
  return 'text'
}

/** Reads all levels of a file; one that is sound in itself but holds a faulty level names that level. */
export function readLevels(text: string, file: string, _options: ReadOptions): Imported[] {
  const format = formatOf(text, file)
  switch (format) {
    case 'text': {
      const level = parseLevel(text, file)
      return [{ title: level.title ?? file, level }]
    }
    case 'pack':
      return parsePack(text, file)
    default:
      return format satisfies never
  }
}
