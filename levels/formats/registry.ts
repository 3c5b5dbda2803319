/** All formats that levels are read from, and which of them a file is written in. */
import { parseLevel } from '../text.ts'
import type { ForeignOptions } from './foreign.ts'
import type { Imported } from './imported.ts'
import { importLdtk } from './ldtk.ts'
import { isPack, parsePack } from './pack.ts'
import { importTiledJson, importTiledXml } from './tiled.ts'

export const LEVEL_FORMATS = ['text', 'pack', 'ldtk', 'tiled-json', 'tiled-xml'] as const
export type LevelFormat = (typeof LEVEL_FORMATS)[number]

/** Endings of files that hold levels, for whoever looks through a folder. A .json may be anything. */
export const LEVEL_ENDINGS = ['.txt', '.jsonl', '.ldtk', '.tmj', '.tmx']

/** How a file of another program is to be read. */
export interface ReadOptions extends ForeignOptions {
  /** The bytes of a file that the level file refers to, by the name that it gives, relative to its folder. */
  read(name: string): Uint8Array
}

/** Which format a file is in: by its ending where that is clear, otherwise by how it begins. */
export function formatOf(text: string, file: string): LevelFormat {
  const ending = /\.[a-z0-9]+$/.exec(file.toLowerCase())?.[0]
  const start = text.slice(0, 1000).trimStart()
  if (ending === '.jsonl' || isPack(text)) return 'pack'
  if (ending === '.ldtk' || (start.startsWith('{') && start.includes('"__header__"'))) return 'ldtk'
  if (ending === '.tmx' || /^(<\?xml[^>]*>\s*)?(<!DOCTYPE[^>]*>\s*)?<map\b/.test(start)) return 'tiled-xml'
  if (ending === '.tmj' || (start.startsWith('{') && /"(tiledversion|nextobjectid)"\s*:/.test(text)))
    return 'tiled-json'
  return 'text'
}

/** Reads all levels of a file: for each the level, or why there is none. A file that is unsound as a whole is thrown. */
export function readLevels(text: string, file: string, options: ReadOptions): Imported[] {
  const format = formatOf(text, file)
  switch (format) {
    case 'text': {
      const level = parseLevel(text, file)
      return [{ title: level.title ?? file, level }]
    }
    case 'pack':
      return parsePack(text, file)
    case 'ldtk':
      return importLdtk(text, file, options)
    case 'tiled-json':
      return importTiledJson(text, file, options)
    case 'tiled-xml':
      return importTiledXml(text, file, options)
    default:
      return format satisfies never
  }
}
