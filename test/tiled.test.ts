/** Import from Tiled: every way to write a map gives the same level. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseTileMapping } from '../levels/formats/foreign.ts'
import { importTiledXml } from '../levels/formats/tiled.ts'
import { jsonFile, type MapSpec, type TilesetSpec, type Writing, xmlFile } from './tiled-files.ts'
import { FORMATS, FRAMES, levelFrom, ROOM, room, TILES, TILESET, whyNot, withLayers } from './tiled-room.ts'

describe.each(FORMATS)('%s', format => {
  const writings: Writing[] = [
    { encoding: 'csv' },
    ...(format === 'tiled-xml' ? [{ encoding: 'elements' } as const] : []),
    { encoding: 'base64' },
    ...(['zlib', 'gzip', 'zstd'] as const).map(compression => ({
      encoding: 'base64' as const,
      compression,
      frames: FRAMES,
    })),
  ]
  const tilesets: [string, TilesetSpec][] = [
    ['embedded', TILESET],
    ['external .tsj', { ...TILESET, file: format === 'tiled-json' ? 'sets/room.tsj' : 'sets/room.tsx' }],
  ]
  const sizes: [string, Partial<MapSpec>][] = [
    ['finite', {}],
    [
      'infinite',
      {
        infinite: true,
        width: 30,
        height: 20,
        layers: [{ kind: 'tilelayer', chunks: [{ x: -16, y: 32, width: 5, height: 3, tiles: TILES }] }],
      },
    ],
  ]
  const variants = writings.flatMap(writing =>
    sizes.flatMap(([size, spec]) =>
      tilesets.map(([kind, tileset]) => ({ writing, size, spec, kind, tileset })),
    ),
  )
  test.each(variants)(
    '$writing.encoding $writing.compression, $size, $kind tileset',
    ({ writing, spec, tileset }) => {
      expect(levelFrom(format, { ...ROOM, ...spec, writing, tilesets: [tileset] })).toEqual(room(format))
    },
  )

  test('64x64 tiles through zlib, gzip and base64', () => {
    const tiles = Array.from({ length: 4096 }, (_, i) => {
      const [x, y] = [i % 64, i >> 6]
      if (x === 0 || y === 0 || x === 63 || y === 63) return 1
      return x === 1 && y === 1 ? 3 : x === 62 && y === 62 ? 4 : (x * 7 + y * 13) % 11 === 0 ? 1 : 2
    })
    const rows = Array.from({ length: 64 }, (_, y) =>
      tiles
        .slice(64 * y, 64 * y + 64)
        .map(tile => ' #.@a'[tile])
        .join(''),
    )
    for (const compression of [undefined, 'zlib', 'gzip'] as const) {
      const writing = { encoding: 'base64' as const, ...(compression ? { compression } : {}) }
      const spec = {
        ...ROOM,
        width: 64,
        height: 64,
        writing,
        layers: [{ kind: 'tilelayer' as const, tiles }],
      }
      expect(levelFrom(format, spec)).toEqual(room(format, rows))
    }
  })

  test('chunks that meet, with empty chunks around them', () => {
    const [left, right] = [
      [1, 1, 1, 3, 1, 1],
      [1, 1, 1, 2, 4, 1, 1, 1, 1],
    ]
    const empty = { x: 64, y: 64, width: 2, height: 2, tiles: [0, 0, 0, 0] }
    const chunks = [
      empty,
      { x: 10, y: -4, width: 3, height: 3, tiles: right },
      { x: 8, y: -4, width: 2, height: 3, tiles: left },
    ]
    expect(levelFrom(format, { ...ROOM, infinite: true, layers: [{ kind: 'tilelayer', chunks }] })).toEqual(
      room(format),
    )
  })

  test('flip bits are left out: all sixteen combinations are the same tile', () => {
    for (let bits = 0; bits < 16; bits++) {
      const tiles = TILES.map(tile => tile + bits * 0x10000000)
      expect(levelFrom(format, { ...ROOM, layers: [{ kind: 'tilelayer', tiles }] })).toEqual(room(format))
      const writing: Writing = { encoding: 'base64', compression: 'zlib' }
      expect(levelFrom(format, { ...ROOM, writing, layers: [{ kind: 'tilelayer', tiles }] })).toEqual(
        room(format),
      )
    }
  })

  test('a class is called class or type; the property tile wins over it, a mapping file over both', () => {
    const named = (as: 'class' | 'type', is: string, tile?: string): MapSpec => ({
      ...ROOM,
      tilesets: [
        {
          ...TILESET,
          tiles: TILESET.tiles.map(t =>
            t.id !== 3
              ? t
              : {
                  id: 3,
                  class: { as, is },
                  ...(tile ? { properties: [{ name: 'tile', value: tile }] } : {}),
                },
          ),
        },
      ],
    })
    const map = (gem: string) => ['#####', `#@.${gem}#`, '#####']
    expect(levelFrom(format, named('class', 'gem-a')).map).toEqual(map('a'))
    expect(levelFrom(format, named('type', 'a')).map).toEqual(map('a'))
    expect(levelFrom(format, named('type', 'gem-b', 'a')).map).toEqual(map('a'))
    expect(levelFrom(format, named('class', 'ruby'), { mapping: { tiles: { ruby: 'gem-a' } } }).map).toEqual(
      map('a'),
    )
    expect(
      levelFrom(format, named('class', 'ruby', 'c'), { mapping: { tiles: { 'room:3': 'a' } } }).map,
    ).toEqual(map('a'))
  })

  test('layers in groups, hidden ones too, lie on one another; the ground may be drawn below', () => {
    const all = (tile: number) => Array<number>(15).fill(tile)
    const only = (tile: number) => TILES.map(t => (t === tile ? t : 0))
    const spec: MapSpec = {
      ...ROOM,
      layers: [
        { kind: 'imagelayer' },
        { kind: 'tilelayer', tiles: all(2) },
        {
          kind: 'group',
          layers: [
            { kind: 'tilelayer', tiles: only(1), visible: false },
            {
              kind: 'group',
              layers: [
                { kind: 'tilelayer', tiles: only(3) },
                { kind: 'tilelayer', tiles: only(4) },
              ],
            },
          ],
        },
      ],
    }
    expect(levelFrom(format, spec)).toEqual(room(format))
  })

  test('offsets of whole tiles move a layer, added up through its groups', () => {
    const moved = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0]
    const spec = (x: number): MapSpec => ({
      ...ROOM,
      layers: [
        { kind: 'tilelayer', tiles: TILES.map(t => (t === 1 ? 1 : 2)) },
        { kind: 'group', offset: [-16, 0], layers: [{ kind: 'tilelayer', tiles: moved, offset: [x, -16] }] },
      ],
    })
    expect(levelFrom(format, spec(16))).toEqual(room(format))
    expect(whyNot(format, spec(17))).toMatch(/its offset of 1, -16 pixels is no whole number of 16x16 tiles$/)
  })

  test('a layer or object with the property ignore is left out', () => {
    const properties = [{ name: 'ignore', type: 'bool', value: true }]
    expect(
      levelFrom(
        format,
        withLayers(
          { kind: 'tilelayer', tiles: Array(15).fill(4), properties },
          {
            kind: 'group',
            properties,
            layers: [{ kind: 'objectgroup', objects: [{ x: 0, y: 0, shape: 'text' }] }],
          },
          { kind: 'objectgroup', objects: [{ x: 0, y: 0, type: 'note', properties }] },
        ),
      ),
    ).toEqual(room(format))
    expect(
      whyNot(
        format,
        withLayers({ kind: 'group', layers: [], properties: [{ name: 'ignore', value: 'yes' }] }),
      ),
    ).toMatch(/the property 'ignore': expected one of type bool$/)
  })

  describe('tilesets', () => {
    test('gaps between tile numbers, and no count of tiles', () => {
      const { tilecount: _, ...uncounted } = TILESET
      const gem: TilesetSpec = {
        firstgid: 500,
        name: 'gems',
        tilecount: 9,
        image: 'g.png',
        tiles: [{ id: 7, class: { as: 'type', is: 'gem-a' } }],
      }
      const tiles = TILES.map(t => (t === 4 ? 507 : t))
      expect(
        levelFrom(format, { ...ROOM, tilesets: [uncounted, gem], layers: [{ kind: 'tilelayer', tiles }] }),
      ).toEqual(room(format))
    })

    test('image collections number their tiles with gaps; a number in a gap is refused', () => {
      const ids = [0, 17, 40, 3]
      const { image: _, ...without } = TILESET
      const collection = {
        ...without,
        tiles: TILESET.tiles.map((t, i) => ({ ...t, id: ids[i]!, image: `${i}.png` })),
      }
      const spec = (gid: number): MapSpec => ({
        ...ROOM,
        tilesets: [collection],
        layers: [{ kind: 'tilelayer', tiles: TILES.map(t => (t === 4 ? gid : ids[t - 1]! + 1)) }],
      })
      expect(levelFrom(format, spec(4))).toEqual(room(format))
      expect(whyNot(format, spec(5))).toMatch(/tile number 5 at tile \(3, 1\) is in no tileset of the map$/)
    })

    test.each(['set.tsj', 'set.tsx'])('%s serves a map of either kind', file => {
      if (format === 'tiled-xml' && file === 'set.tsj') {
        // The builder writes the tileset of an XML map as XML; take the file from its JSON twin.
        const spec = { ...ROOM, tilesets: [{ ...TILESET, file }] }
        const imported = importTiledXml(xmlFile(spec).text, 'room.tmx', { read: jsonFile(spec).read })
        expect(imported).toEqual([{ title: 'room', level: room(format) }])
      } else expect(levelFrom(format, { ...ROOM, tilesets: [{ ...TILESET, file }] })).toEqual(room(format))
    })
  })
})

test('the example of docs/formats.md', () => {
  const blocks = [...readFileSync('docs/formats.md', 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
  const block = (language: string, start: string) =>
    blocks.find(([, kind, content]) => kind === language && content!.startsWith(start))?.[2] as string
  const map = block('xml', '<map')
  const read = () => expect.fail('the map names no file')
  const mapping = parseTileMapping(block('json', '{\n  "game"'), 'cave.json')
  expect(importTiledXml(map, 'room.tmx', { read })).toEqual([
    { title: 'room', why: block('', 'room: ').trim().replace('room: ', '') },
  ])
  expect(importTiledXml(map, 'room.tmx', { read, mapping })).toMatchObject([
    { level: { map: block('', '#######').trim().split('\n') } },
  ])
})
