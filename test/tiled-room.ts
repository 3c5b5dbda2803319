/** The 5x3 room that the tests of Tiled import, as a description of files, and what is made of it. */
import type { TileMapping } from '../levels/formats/foreign.ts'
import type { Imported } from '../levels/formats/imported.ts'
import { importTiledJson, importTiledXml } from '../levels/formats/tiled.ts'
import type { Level } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { UserError } from '../src/core/errors.ts'
import {
  jsonFile,
  type LayerSpec,
  type MapSpec,
  type ObjectSpec,
  type TilesetSpec,
  xmlFile,
} from './tiled-files.ts'

export const FORMATS = ['tiled-json', 'tiled-xml'] as const
export type Format = (typeof FORMATS)[number]

/** Wall, floor, player and a red gem, by class. */
export const TILESET: TilesetSpec = {
  firstgid: 1,
  name: 'room',
  tilecount: 4,
  image: 'room.png',
  tiles: [
    { id: 0, class: { as: 'type', is: 'wall' } },
    { id: 1, class: { as: 'type', is: 'floor' } },
    { id: 2, class: { as: 'type', is: 'player' } },
    { id: 3, class: { as: 'type', is: 'gem-a' } },
  ],
}

export const TILES = [1, 1, 1, 1, 1, 1, 3, 2, 4, 1, 1, 1, 1, 1, 1]
export const GAME = [{ name: 'game', value: 'gems' }]

/** The same 5x3 room in Tiled's simplest writing. */
export const ROOM: MapSpec = {
  width: 5,
  height: 3,
  layers: [{ kind: 'tilelayer', tiles: TILES }],
  tilesets: [TILESET],
  properties: GAME,
}

/** TILES as 60 bytes, through `zstd -3` (Zstandard 1.5.4, as libzstd makes it for Tiled). */
export const FRAMES = { [TILES.join()]: 'KLUv/QRYvQAAaAEAAAADAAAAAgAAAAQDAIAAP5Mz7Yj67ILg' }

export function room(format: Format, map = ['#####', '#@.a#', '#####']): Level {
  return {
    game: 'gems',
    map,
    rules: levelKind('gems').defaultRules,
    theme: 'dungeon',
    provenance: { source: 'imported', format, file: fileOf(format), proof: 'unproved' },
  }
}

export function fileOf(format: Format): string {
  return format === 'tiled-json' ? 'room.tmj' : 'room.tmx'
}

interface TakeOptions {
  readonly game?: string
  readonly mapping?: TileMapping
}

/** Imports a description through a format. */
export function take(format: Format, spec: MapSpec, options: TakeOptions = {}): Imported {
  const { text, read } = format === 'tiled-json' ? jsonFile(spec) : xmlFile(spec)
  const importTiled = format === 'tiled-json' ? importTiledJson : importTiledXml
  const [imported, ...more] = importTiled(text, `maps/${fileOf(format)}`, { read, ...options })
  if (!imported || more.length) throw new Error('a map gave another number of levels than one')
  return imported
}

export function levelFrom(format: Format, spec: MapSpec, options?: TakeOptions): Level {
  const imported = take(format, spec, options)
  if ('why' in imported) throw new Error(imported.why)
  return imported.level
}

/** Why there is no level, whether the file was refused or the level in it. */
export function whyNot(format: Format, spec: MapSpec, options?: TakeOptions): string {
  try {
    const imported = take(format, spec, options)
    if ('why' in imported) return imported.why
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  throw new Error('a level was read')
}

/** The room with other things on it. */
export function withLayers(...layers: LayerSpec[]): MapSpec {
  return { ...ROOM, layers: [...ROOM.layers, ...layers] }
}

/** A floor within walls and objects on it, in pixels of 16 a tile. */
export function withObjects(objects: ObjectSpec[], more: Partial<MapSpec> = {}): MapSpec {
  const floor = TILES.map(tile => (tile === 1 ? 1 : 2))
  return {
    ...ROOM,
    layers: [
      { kind: 'tilelayer', tiles: floor },
      { kind: 'objectgroup', objects },
    ],
    ...more,
  }
}

export const PLAYER: ObjectSpec = { type: 'player', shape: 'point', x: 24, y: 24 }
export const GEM: ObjectSpec = { type: 'gem-a', shape: 'point', x: 56, y: 20 }
