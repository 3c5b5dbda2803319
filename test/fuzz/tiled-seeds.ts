/** Sound Tiled files to begin with: exported levels of every game, and one room in every writing. */
import { formatTiledJson, formatTiledXml } from '../../levels/formats/tiled-export.ts'
import { jsonFile, type MapSpec, type Writing, xmlFile } from '../tiled-files.ts'
import { FRAMES, GEM, PLAYER, ROOM, TILES, withLayers, withObjects } from '../tiled-room.ts'
import { type Bundle, encode } from './case.ts'
import { generatedLevels } from './seeds.ts'

const WRITINGS: readonly Writing[] = [
  { encoding: 'csv' },
  { encoding: 'base64' },
  { encoding: 'base64', compression: 'zlib' },
  { encoding: 'base64', compression: 'gzip' },
  { encoding: 'base64', compression: 'zstd', frames: FRAMES },
]

/** Chunks, objects of every shape, groups, and properties of every type. */
const OTHERS: readonly MapSpec[] = [
  {
    ...ROOM,
    infinite: true,
    layers: [{ kind: 'tilelayer', chunks: [{ x: -16, y: 32, width: 5, height: 3, tiles: TILES }] }],
  },
  withObjects([
    PLAYER,
    GEM,
    { gid: 0x80000002, x: 32, y: 32, width: 16, height: 16 },
    { type: 'floor', x: 20, y: 20, width: 24, height: 8 },
    { type: 'floor', x: 40, y: 24, width: 16, height: 8, shape: 'ellipse' },
    { type: 'floor', x: 16, y: 16, polygon: [[0, 0], [48, 0], [0, 16]] },
    { type: 'floor', x: 20, y: 24, polyline: [[0, 0], [30, 4], [36, 0]] },
  ]), // biome-ignore format: a list of objects
  {
    ...withLayers({ kind: 'group', offset: [16, -16], layers: [{ kind: 'objectgroup', objects: [] }] }),
    properties: [
      { name: 'game', value: 'gems' },
      { name: 'title', value: 'All types' },
      { name: 'rules', type: 'class', value: { worth: '[1, -1, 2]' } },
      { name: 'rules.controls', type: 'list', value: [1, 0, 2, 3].map(value => ({ type: 'int', value })) },
      { name: 'price', type: 'float', value: 1.5 },
      { name: 'dark', type: 'bool', value: true },
    ],
  },
]

export function tiledJsonSeeds(): Bundle[] {
  const rooms = [...WRITINGS.map(writing => ({ ...ROOM, writing })), ...OTHERS]
  return [...rooms.map(spec => roomBundle('map.tmj', jsonFile(spec).text)), ...exported('map.tmj')]
}

export function tiledXmlSeeds(): Bundle[] {
  const rooms = [
    ...[...WRITINGS, { encoding: 'elements' } as const].map(writing => ({ ...ROOM, writing })),
    ...OTHERS,
  ]
  return [...rooms.map(spec => roomBundle('map.tmx', xmlFile(spec).text)), ...exported('map.tmx')]
}

function roomBundle(name: string, text: string): Bundle {
  return [{ name, bytes: encode(text) }]
}

function exported(name: 'map.tmj' | 'map.tmx'): Bundle[] {
  return generatedLevels().map(level => {
    const { map, tileset, tilesetFile } = (name === 'map.tmj' ? formatTiledJson : formatTiledXml)(level)
    return [
      { name, bytes: encode(map) },
      { name: tilesetFile, bytes: encode(tileset) },
    ]
  })
}
