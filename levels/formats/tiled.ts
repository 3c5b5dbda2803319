/**
 * Import from Tiled (https://www.mapeditor.org): JSON maps (.tmj, .json) with .tsj tilesets and XML maps (.tmx) with .tsx
 * tilesets; a map may use tilesets of either kind. docs/formats.md says what is read and how it becomes a level.
 */
import { quoted, UserError } from '../../src/core/errors.ts'
import { type ForeignOptions, toLevel } from './foreign.ts'
import type { Imported } from './imported.ts'
import { parseTiledJson } from './tiled-json.ts'
import { readTiledMap } from './tiled-map.ts'
import { MAX_TEXT, refuse, type TiledNode } from './tiled-node.ts'
import { parseTiledXml } from './tiled-xml.ts'

export interface TiledOptions extends ForeignOptions {
  /** The bytes of a file that the map names, relative to it; says no by a UserError. */
  read(name: string): Uint8Array
}

/** Reads a JSON map: its level, or why it is none. A file that is no such map is thrown. */
export function importTiledJson(text: string, file: string, options: TiledOptions): Imported[] {
  return [imported(parseTiledJson(text, file, 'map'), 'tiled-json', file, options)]
}

/** Reads an XML map: its level, or why it is none. A file that is no such map is thrown. */
export function importTiledXml(text: string, file: string, options: TiledOptions): Imported[] {
  return [imported(parseTiledXml(text, file, 'map'), 'tiled-xml', file, options)]
}

function imported(
  root: TiledNode,
  format: 'tiled-json' | 'tiled-xml',
  file: string,
  options: TiledOptions,
): Imported {
  const map = readTiledMap(root, file, (source, from) => readTileset(source, from, options))
  const named = map.properties.title
  const name = (file.split(/[\\/]/).at(-1) as string).replace(/\.[^.]*$/, '')
  const title = typeof named === 'string' && named.trim() !== '' ? named : name
  try {
    return { title, level: toLevel(map, { ...options, format, file }) }
  } catch (error) {
    if (error instanceof UserError) return { title, why: error.message }
    throw error
  }
}

/** A tileset in a file of its own: XML or JSON, whatever the map is. */
function readTileset(source: string, from: TiledNode, options: TiledOptions): TiledNode {
  // The name stands in messages and goes to whoever reads files.
  if (!/^[^\p{Cc}\p{Cf}]{1,1000}$/u.test(source))
    refuse(from, `source: expected the name of a tileset file, got ${quoted(source)}`)
  const bytes = options.read(source)
  // A character takes up to four bytes.
  if (bytes.length > 4 * MAX_TEXT) refuse(from, `the tileset ${source} is too large: ${bytes.length} bytes`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refuse(from, `the tileset ${source} is not UTF-8 text`)
  }
  return /^\s*</.test(text) ? parseTiledXml(text, source, 'tileset') : parseTiledJson(text, source, 'tileset')
}
