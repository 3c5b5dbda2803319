/** Sound files of Tiled: what the project exports, and every other way to write a map. */
import { deflateSync, gzipSync } from 'node:zlib'
import { formatTiledJson, formatTiledXml } from '../../levels/formats/tiled-export.ts'
import type { Level } from '../../levels/level.ts'
import {
  jsonFile,
  type LayerSpec,
  type MapSpec,
  type TiledFile,
  type TilesetSpec,
  xmlFile,
} from '../tiled-files.ts'
import { FRAMES, GAME, GEM, PLAYER, ROOM, TILES, TILESET, withLayers, withObjects } from '../tiled-room.ts'
import { type Bundle, encode } from './case.ts'
import { generatedLevels } from './seeds.ts'

const EXTERNAL = ['sets/room.tsj', 'sets/room.tsx']

/** The room of the tests of the import, in all variants of the format. */
function rooms(): MapSpec[] {
  const external = (file: string): TilesetSpec => ({ ...TILESET, file })
  const chunks = [{ x: -16, y: 32, width: 5, height: 3, tiles: TILES }]
  const inner: LayerSpec = {
    kind: 'tilelayer',
    tiles: TILES,
    offset: [0, 0],
    properties: [{ name: 'note', value: 'a' }],
  }
  const box = { type: 'gem-a', x: 48, y: 16, width: 16, height: 16 }
  const square = [
    [0, 0],
    [16, 0],
    [16, 16],
    [0, 16],
  ] as const
  return [
    ...(['zlib', 'gzip', 'zstd'] as const).map(compression => ({
      ...ROOM,
      writing: { encoding: 'base64' as const, compression, frames: FRAMES },
    })),
    { ...ROOM, writing: { encoding: 'base64' }, tilesets: [external('sets/room.tsj')] },
    { ...ROOM, tilesets: [external('sets/room.tsx')] },
    { ...ROOM, infinite: true, width: 30, height: 20, layers: [{ kind: 'tilelayer', chunks }] },
    { ...ROOM, layers: [{ kind: 'group', name: 'all', layers: [inner] }] },
    withLayers({ kind: 'objectgroup', objects: [] }),
    withObjects([
      PLAYER,
      GEM,
      { gid: 0x80000002, x: 32, y: 32, width: 16, height: 16 },
      { type: 'floor', x: 20, y: 20, width: 24, height: 8 },
      { type: 'floor', x: 40, y: 24, width: 16, height: 8, shape: 'ellipse' },
      {
        type: 'floor',
        x: 16,
        y: 16,
        polygon: [
          [0, 0],
          [48, 0],
          [0, 16],
        ],
      },
      {
        type: 'floor',
        x: 20,
        y: 24,
        polyline: [
          [0, 0],
          [30, 4],
          [36, 0],
        ],
      },
    ]),
    {
      ...withLayers({ kind: 'group', offset: [16, -16], layers: [{ kind: 'objectgroup', objects: [] }] }),
      properties: [
        ...GAME,
        { name: 'rules', type: 'class', value: { worth: '[1, -1, 2]' } },
        { name: 'rules.controls', type: 'list', value: [1, 0, 2, 3].map(value => ({ type: 'int', value })) },
      ],
    },
    withObjects([PLAYER, box]),
    withObjects([PLAYER, { type: 'gem-a', x: 48, y: 16, polygon: square }]),
    withObjects([
      { ...PLAYER, properties: [{ name: 'tile', value: 'player' }] },
      { gid: 4, x: 48, y: 32, width: 16, height: 16 },
    ]),
    {
      ...ROOM,
      properties: [
        ...GAME,
        { name: 'title', value: 'A room' },
        { name: 'theme', value: 'ice' },
        { name: 'rules.worth', value: '[1, 1, -1]' },
        { name: 'rules.controls', type: 'string', value: '[1, 0, 2, 3]' },
        { name: 'weight', type: 'float', value: 1.5 },
        { name: 'hard', type: 'bool', value: true },
      ],
    },
  ]
}

export function tiledJsonSeeds(): Bundle[] {
  const exported = generatedLevels().map((level): Bundle => {
    const { map, tilesetFile, tileset } = formatTiledJson(level)
    return [
      { name: 'map.tmj', bytes: encode(map) },
      { name: tilesetFile, bytes: encode(tileset) },
    ]
  })
  const packed = generatedLevels().flatMap((level, i) => (i % 3 === 0 ? [packedJson(level, i)] : []))
  return [...exported, ...packed, ...rooms().map(spec => bundleOf('map.tmj', jsonFile(spec)))]
}

export function tiledXmlSeeds(): Bundle[] {
  const exported = generatedLevels().map((level): Bundle => {
    const { map, tilesetFile, tileset } = formatTiledXml(level)
    return [
      { name: 'map.tmx', bytes: encode(map) },
      { name: tilesetFile, bytes: encode(tileset) },
    ]
  })
  const others: MapSpec[] = [...rooms(), { ...ROOM, writing: { encoding: 'elements' } }]
  return [...exported, ...others.map(spec => bundleOf('map.tmx', xmlFile(spec)))]
}

function bundleOf(name: string, { text, read }: TiledFile): Bundle {
  const files = EXTERNAL.filter(file => text.includes(file))
  return [{ name, bytes: encode(text) }, ...files.map(file => ({ name: file, bytes: read(file) }))]
}

/** An exported map with its tiles in base64: zlib, gzip, or a frame of Zstandard with one raw block. */
function packedJson(level: Level, i: number): Bundle {
  const { map, tilesetFile, tileset } = formatTiledJson(level)
  const json = JSON.parse(map)
  const layer = json.layers[0]
  const bytes = Buffer.alloc(4 * layer.data.length)
  layer.data.forEach((tile: number, at: number) => {
    bytes.writeUInt32LE(tile, 4 * at)
  })
  const [compression, pack] = [
    ['zlib', deflateSync],
    ['gzip', gzipSync],
    ['zstd', rawFrame],
  ][i % 3] as [string, (data: Buffer) => Buffer]
  Object.assign(layer, { encoding: 'base64', compression, data: pack(bytes).toString('base64') })
  return [
    { name: 'map.tmj', bytes: encode(JSON.stringify(json)) },
    { name: tilesetFile, bytes: encode(tileset) },
  ]
}

/** Zstandard (RFC 8878, 3.1.1): magic number, a header with the size in four bytes, one raw block that is the last. */
function rawFrame(data: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(data.length)
  const block = (data.length << 3) | 1
  return Buffer.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0xa0,
    ...size,
    block & 255,
    (block >> 8) & 255,
    block >> 16,
    ...data,
  ])
}
