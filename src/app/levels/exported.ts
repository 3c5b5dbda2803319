/** Levels as the content of files of other programs: text, a Sokoban collection, or a Tiled map with its tileset and picture. */
import { formatTiledJson, formatTiledXml } from '../../../levels/formats/tiled-export.ts'
import { formatXsb } from '../../../levels/formats/xsb.ts'
import type { Level } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { formatLevel } from '../../../levels/text.ts'
import { UserError } from '../../core/errors.ts'
import { findTheme, type Theme } from '../../core/themes.ts'
import { encodePng } from '../picture.ts'
import { pictureOfTileset } from '../tileset-image.ts'

export type ExportFormat = 'text' | 'tiled-json' | 'tiled-xml' | 'xsb'

/** The level's own file, and those that lie beside it under names of their own. */
export interface Exported {
  readonly content: string
  readonly beside: Readonly<Record<string, string | Uint8Array>>
}

/** Levels in a format; only a collection holds more than one. */
export function exportLevels(levels: readonly Level[], format: ExportFormat): Exported {
  return format === 'text' || format === 'xsb'
    ? { content: exportText(levels, format), beside: {} }
    : forTiled(onlyOne(levels), format)
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
