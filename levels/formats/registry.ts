/** All formats that levels are read from, and which of them a file is written in. */
import { quoted, UserError } from '../../src/core/errors.ts'
import { parseLevel } from '../text.ts'
import type { ForeignOptions } from './foreign.ts'
import type { Imported } from './imported.ts'
import { importLdtk } from './ldtk.ts'
import { isPack, parsePack } from './pack.ts'
import { importTiledJson, importTiledXml } from './tiled.ts'
import { importXsb } from './xsb.ts'

export const LEVEL_FORMATS = ['text', 'pack', 'xsb', 'ldtk', 'tiled-json', 'tiled-xml'] as const
export type LevelFormat = (typeof LEVEL_FORMATS)[number]

/** Endings of files that hold levels, for whoever looks through a folder. A .json may be anything. */
export const LEVEL_ENDINGS = ['.txt', '.jsonl', '.xsb', '.sok', '.ldtk', '.tmj', '.tmx']

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
  if (
    ending === '.tmj' ||
    ending === '.json' ||
    (start.startsWith('{') && /"(tiledversion|nextobjectid)"\s*:/.test(text))
  )
    return 'tiled-json'
  if (ending === '.xsb' || ending === '.sok' || looksLikeBoards(text)) return 'xsb'
  return 'text'
}

/** Whether some line is nothing but a row of a Sokoban board, in a text that does not mean to be a level of ours. */
function looksLikeBoards(text: string): boolean {
  const lines = text.slice(0, 100_000).split(/\r\n|\r|\n/)
  if (lines.slice(0, 5).some(line => /^\uFEFF?(levelshift\b|game:)/.test(line))) return false
  return lines.some(line => line.includes('#') && /^[ \t0-9#_.$*@+pPbBxX|()-]{2,}$/.test(line))
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
    case 'xsb':
      if (options.game !== undefined && options.game !== 'sokoban')
        throw new UserError(
          `${file}: a collection of sokoban levels, expected --game sokoban, got ${quoted(options.game)}`,
        )
      return importXsb(text, file)
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
