/** Exports levels: as text, as a Sokoban collection, or as a Tiled map with its tileset and the tileset's picture. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatTiledJson, formatTiledXml } from '../../../levels/formats/tiled-export.ts'
import { formatXsb } from '../../../levels/formats/xsb.ts'
import type { Level } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { formatLevel } from '../../../levels/text.ts'
import { UserError } from '../../core/errors.ts'
import { findTheme, type Theme } from '../../core/themes.ts'
import { makeFolder, writeFileAtomic } from '../files.ts'
import { encodePng } from '../picture.ts'
import { pictureOfTileset } from '../tileset-image.ts'

export type ExportFormat = 'text' | 'tiled-json' | 'tiled-xml' | 'xsb'

/** A level as the content of files, the level's own first; the others lie beside it under names of their own. */
interface Exported {
  readonly content: string
  readonly beside: Readonly<Record<string, string | Uint8Array>>
}

/** Levels as the text of one file; only a collection holds more than one. */
export function exportText(levels: readonly Level[], format: 'text' | 'xsb'): string {
  const stranger = levels.find(({ game }) => game !== 'sokoban')
  if (format === 'xsb' && stranger)
    throw new UserError(
      `xsb is for levels of sokoban, got one of ${stranger.game}; export it as text or for Tiled`,
    )
  return format === 'xsb' ? formatXsb(levels) : formatLevel(onlyOne(levels))
}

/** Writes a level to a file, and for Tiled the tileset and its picture beside it; returns what was written. */
export function exportFiles(
  levels: readonly Level[],
  format: ExportFormat,
  path: string,
  force: boolean,
): string[] {
  const { content, beside } =
    format === 'text' || format === 'xsb'
      ? { content: exportText(levels, format), beside: {} }
      : forTiled(onlyOne(levels), format)
  if (existsSync(path) && !force)
    throw new UserError(`${path} is there already: choose another name, or replace it with --force`)
  const files = Object.entries(beside).map(([name, data]) => ({ file: join(dirname(path), name), data }))
  for (const { file, data } of files) {
    // The levels of a folder share a tileset: it may be there, but not be another one.
    if (existsSync(file) && !force && !readFileSync(file).equals(Buffer.from(data)))
      throw new UserError(
        `${file} is there already and differs: choose another folder, or replace it with --force`,
      )
  }
  makeFolder(dirname(path))
  for (const { file, data } of files) writeFileAtomic(file, data)
  writeFileAtomic(path, content)
  return [path, ...files.map(({ file }) => file)]
}

function forTiled(level: Level, format: 'tiled-json' | 'tiled-xml'): Exported {
  const { map, tilesetFile, tileset, image } =
    format === 'tiled-json' ? formatTiledJson(level) : formatTiledXml(level)
  const picture = pictureOfTileset(levelKind(level.game), findTheme(level.theme) as Theme)
  return { content: map, beside: { [tilesetFile]: tileset, [image]: encodePng(picture) } }
}

function onlyOne(levels: readonly Level[]): Level {
  if (levels.length !== 1)
    throw new UserError(`this format holds one level a file, got ${levels.length}; choose one by --level`)
  return levels[0] as Level
}
