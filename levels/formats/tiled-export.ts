/**
 * Export to Tiled: a map with one tile layer, and an external tileset with one tile for each legend entry of the game,
 * whose picture src/app/tileset-image.ts draws. Each tile names its legend character in the custom property `tile`, and
 * the map carries all else in custom properties, so that importing it again gives the same level.
 */
import { quoted, UserError } from '../../src/core/errors.ts'
import { hashLevel, type Level, type LevelKind } from '../level.ts'
import { levelKind } from '../registry.ts'
import { legendParts, partsOf } from './legend-parts.ts'

/** A level for Tiled: what to write into which file. */
export interface TiledFiles {
  readonly map: string
  /** Name of the file that the tileset must be saved as, beside the map. */
  readonly tilesetFile: string
  readonly tileset: string
  /** Name of the tileset's picture, beside both: one row of squares of TILESET_SIDE pixels, in the legend's order. */
  readonly image: string
}

export interface TiledExportOptions {
  /** Name of the tileset and its files, without an ending; the game and theme when left out. */
  readonly tileset?: string
}

/** Pixels across and down a tile of the exported tileset. */
export const TILESET_SIDE = 32

/** Format version and program of the files that this writes: https://doc.mapeditor.org/en/stable/reference/ */
const VERSION = '1.10'
const TILED_VERSION = '1.11.2'

/** Characters that XML 1.0 has a place for (production 2 of its grammar). */
const XML_TEXT = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u

/** Writes a level as a Tiled JSON map (.tmj) with its tileset (.tsj). */
export function formatTiledJson(level: Level, options: TiledExportOptions = {}): TiledFiles {
  const kind = levelKind(level.game)
  const name = options.tileset ?? `${level.game}-${level.theme}`
  const files = { tilesetFile: `${name}.tsj`, image: `${name}.png` }
  const tiles = tilesOf(kind)
  const rows = csvOf(level, tiles)
  const map = {
    compressionlevel: -1,
    height: level.map.length,
    infinite: false,
    layers: [
      {
        // The rows go in below, one on a line.
        data: [],
        height: level.map.length,
        id: 1,
        name: 'level',
        opacity: 1,
        type: 'tilelayer',
        visible: true,
        width: widthOf(level),
        x: 0,
        y: 0,
      },
    ],
    nextlayerid: 2,
    nextobjectid: 1,
    orientation: 'orthogonal',
    properties: propertiesOf(level).map(([key, value]) => ({ name: key, type: 'string', value })),
    renderorder: 'right-down',
    tiledversion: TILED_VERSION,
    tileheight: TILESET_SIDE,
    tilesets: [{ firstgid: 1, source: files.tilesetFile }],
    tilewidth: TILESET_SIDE,
    type: 'map',
    version: VERSION,
    width: widthOf(level),
  }
  const tileset = {
    columns: tiles.length,
    image: files.image,
    imageheight: TILESET_SIDE,
    imagewidth: tiles.length * TILESET_SIDE,
    margin: 0,
    name,
    spacing: 0,
    tilecount: tiles.length,
    tiledversion: TILED_VERSION,
    tileheight: TILESET_SIDE,
    tiles: tiles.map(({ character, className }, id) => ({
      id,
      properties: [{ name: 'tile', type: 'string', value: character }],
      type: className,
    })),
    tilewidth: TILESET_SIDE,
    type: 'tileset',
    version: VERSION,
  }
  const text = JSON.stringify(map, null, 1).replace('"data": []', `"data": [\n${rows}\n   ]`)
  return {
    map: `${text}\n`,
    tileset: `${JSON.stringify(tileset, null, 1)}\n`,
    ...files,
  }
}

/** Writes a level as a Tiled XML map (.tmx) with its tileset (.tsx). */
export function formatTiledXml(level: Level, options: TiledExportOptions = {}): TiledFiles {
  const kind = levelKind(level.game)
  const name = options.tileset ?? `${level.game}-${level.theme}`
  const files = { tilesetFile: `${name}.tsx`, image: `${name}.png` }
  const tiles = tilesOf(kind)
  const size = `width="${widthOf(level)}" height="${level.map.length}"`
  const grid = `tilewidth="${TILESET_SIDE}" tileheight="${TILESET_SIDE}"`
  const versions = `version="${VERSION}" tiledversion="${TILED_VERSION}"`
  const map = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<map ${versions} orientation="orthogonal" renderorder="right-down" ${size} ${grid} infinite="0" nextlayerid="2" nextobjectid="1">`,
    ' <properties>',
    ...propertiesOf(level).map(([key, value]) => `  <property name="${xml(key)}" value="${xml(value)}"/>`),
    ' </properties>',
    ` <tileset firstgid="1" source="${xml(files.tilesetFile)}"/>`,
    ` <layer id="1" name="level" ${size}>`,
    '  <data encoding="csv">',
    csvOf(level, tiles),
    '</data>',
    ' </layer>',
    '</map>',
    '',
  ]
  const tileset = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<tileset ${versions} name="${xml(name)}" ${grid} tilecount="${tiles.length}" columns="${tiles.length}">`,
    ` <image source="${xml(files.image)}" width="${tiles.length * TILESET_SIDE}" height="${TILESET_SIDE}"/>`,
    ...tiles.flatMap(({ character, className }, id) => [
      ` <tile id="${id}" type="${xml(className)}">`,
      '  <properties>',
      `   <property name="tile" value="${xml(character)}"/>`,
      '  </properties>',
      ' </tile>',
    ]),
    '</tileset>',
    '',
  ]
  return { map: map.join('\n'), tileset: tileset.join('\n'), ...files }
}

/** The legend's entries in order: character, and a class that says what the tile is. */
function tilesOf(kind: LevelKind): { character: string; className: string }[] {
  const { ground } = legendParts(kind)
  return Object.entries(kind.legend).map(([character, entry]) => ({
    character,
    className:
      partsOf(entry)
        .filter(part => part !== ground)
        .join('+') || ground,
  }))
}

/** Tile numbers with commas between them, a row on a line. */
function csvOf(level: Level, tiles: readonly { character: string }[]): string {
  const numbers = new Map(tiles.map(({ character }, i) => [character, i + 1]))
  return level.map.map(row => [...row].map(character => numbers.get(character)).join(',')).join(',\n')
}

function widthOf(level: Level): number {
  return [...(level.map[0] as string)].length
}

/** Everything of a level but its map, as text by name. */
function propertiesOf(level: Level): [string, string][] {
  return [
    ['game', level.game],
    ...(level.title === undefined ? [] : [['title', level.title] as [string, string]]),
    ['theme', level.theme],
    ...Object.entries(level.rules).map(([name, value]): [string, string] => [
      `rules.${name}`,
      JSON.stringify(value),
    ]),
    ...(level.solution === undefined ? [] : [['solution', level.solution] as [string, string]]),
    // Tells on import whether the level was edited since, and its origin is another one.
    ['hash', hashLevel(level)],
    ...Object.entries(level.provenance).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ]
}

/** Text inside an attribute. Blanks other than the space would be read as spaces. */
function xml(text: string): string {
  if (!XML_TEXT.test(text))
    throw new UserError(`${quoted(text)} has a character that XML cannot hold; rename it, or export as JSON`)
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/[\t\n\r]/g, character => `&#${character.charCodeAt(0)};`)
}
