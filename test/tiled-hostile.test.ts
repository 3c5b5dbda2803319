/** Tiled files that were damaged or made to do harm: each ends in one sentence, soon and in little memory. */
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Imported } from '../levels/formats/imported.ts'
import { importTiledJson, importTiledXml } from '../levels/formats/tiled.ts'
import { UserError } from '../src/core/errors.ts'
import { jsonFile, type MapSpec, xmlFile } from './tiled-files.ts'
import { FORMATS, type Format, ROOM, TILES, TILESET } from './tiled-room.ts'

const NO_FILES = {
  read(name: string): never {
    throw new UserError(`cannot read ${name}: no such file or folder`)
  },
}

function whyNot(
  format: Format,
  text: string,
  options: { read(name: string): Uint8Array } = NO_FILES,
): string {
  const began = process.cpuUsage()
  const why = whyNotIn(() =>
    (format === 'tiled-json' ? importTiledJson : importTiledXml)(text, 'bad', options),
  )
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1e6).toBeLessThan(2)
  expect(why).not.toMatch(/[\n\p{Cc}]/u)
  expect(why.length).toBeLessThan(400)
  return why
}

function whyNotIn(read: () => Imported[]): string {
  try {
    const [imported] = read()
    if (imported && 'why' in imported) return imported.why
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  throw new Error('a level was read')
}

describe('JSON', () => {
  test.each([
    ['nothing', '', /^bad: no valid JSON: '/],
    ['no JSON', '{"type": "map", }', /^bad:1:17: no valid JSON: '/],
    ['a list', '[]', "bad: expected a Tiled map as JSON, got '[]'"],
    ['null', 'null', "bad: expected a Tiled map as JSON, got 'null'"],
    ['a tileset', '{"type": "tileset"}', 'bad: expected a Tiled map ("type": "map"), got type \'tileset\''],
    ['no size', '{"type": "map"}', "bad: no 'width'; expected a whole number from 1 to 100000"],
    ['brackets without end', '['.repeat(1_000_000), /^bad: ?(\d+:\d+: )?no valid JSON/],
    [
      'deep lists',
      `{"type": ${'['.repeat(500_000)}${']'.repeat(500_000)}}`,
      'bad: expected a Tiled map ("type": "map"), got type a deeply nested value',
    ],
    [
      'a long file',
      ' '.repeat(2_000_001),
      'bad: 2000001 characters; at most 2000000 are read of a Tiled file',
    ],
  ])('%s', (_, text, why) => {
    expect(whyNot('tiled-json', text)).toEqual(typeof why === 'string' ? why : expect.stringMatching(why))
  })

  const changed = (change: Record<string, unknown>) =>
    JSON.stringify({ ...JSON.parse(jsonFile(ROOM).text), ...change })
  const layer = (change: Record<string, unknown>) => {
    const map = JSON.parse(jsonFile(ROOM).text)
    return JSON.stringify({ ...map, layers: [{ ...map.layers[0], ...change }] })
  }
  let groups: unknown[] = []
  for (let i = 0; i < 20; i++) groups = [{ type: 'group', layers: groups }]
  let list: unknown = 1
  for (let i = 0; i < 20; i++) list = [{ type: 'list', value: list }]
  // JSON.stringify cannot write it.
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`

  test.each<[string, string, string | RegExp]>([
    ['a width that is text', changed({ width: '5' }), "bad: width: expected a number, got '5'"],
    [
      'a width without end',
      changed({ width: 1e308 * 10 }).replace('"width":null', '"width":1e999'),
      'bad: width: expected a whole number from 1 to 100000, got Infinity',
    ],
    [
      'layers that are no list',
      changed({ layers: { length: 1e9 } }),
      'bad: layers: expected a list, got \'{"length":1000000000}\'',
    ],
    ['a layer that is no object', changed({ layers: [7] }), "bad: layers[0]: expected an object, got '7'"],
    [
      'a layer of an unknown kind',
      layer({ type: 'voxels' }),
      "bad: layers[0]: type: expected tilelayer, objectgroup, imagelayer or group, got 'voxels'",
    ],
    [
      'groups in groups',
      changed({ layers: groups }),
      /^bad: layers\[0\](\.layers\[0\]){16}: groups are nested more than 16 deep$/,
    ],
    [
      'lists in lists',
      changed({ properties: [{ name: 'n', type: 'list', value: list }] }),
      /values are nested more than 16 deep$/,
    ],
    [
      'a deep class value',
      changed({ properties: [{ name: 'n', type: 'class', value: { deep: 'DEEP' } }] }).replace(
        '"DEEP"',
        deep,
      ),
      'bad: properties[0].value: expected values nested at most 16 deep, got a deeply nested value',
    ],
    [
      'properties as before Tiled 1.2',
      changed({ properties: { game: 'gems' } }),
      'bad: its properties are no list; it was saved by a Tiled before 1.2; open it in a current Tiled and save it again',
    ],
    [
      'a tileset as before Tiled 1.2',
      changed({ tilesets: [{ firstgid: 1, tiles: { 0: {} } }] }),
      'bad: tilesets[0]: its tiles are no list; it was saved by a Tiled before 1.2; open it in a current Tiled and save it again',
    ],
    [
      'no data',
      layer({ data: 7 }),
      "bad: layers[0]: data: expected a list of tile numbers or base64 text, got '7'",
    ],
    [
      'data that is no number',
      layer({ data: TILES.map(t => (t === 4 ? 'x' : t)) }),
      "bad: layers[0]: data: expected tile numbers, got 'x'",
    ],
    [
      'a negative tile number',
      layer({ data: TILES.map(t => (t === 4 ? -4 : t)) }),
      "bad: layers[0]: data: expected tile numbers, got '-4'",
    ],
    [
      'an unknown encoding',
      layer({ encoding: 'morse', data: '' }),
      "bad: layers[0]: encoding: expected csv or base64, got 'morse'",
    ],
    [
      'an unknown compression',
      layer({ encoding: 'base64', compression: 'rar', data: 'AAAA' }),
      "bad: layers[0]: compression: expected none or one of zlib, gzip, zstd, got 'rar'",
    ],
    [
      'data that is no base64',
      layer({ encoding: 'base64', data: 'AA*A' }),
      "bad: layers[0]: data: expected base64, got 'AA*A'",
    ],
    [
      'too much base64',
      layer({ encoding: 'base64', data: 'A'.repeat(100_000) }),
      'bad: layers[0]: data: 100000 characters of base64; 15 tiles take at most 1528',
    ],
    [
      'too many tilesets',
      changed({ tilesets: Array.from({ length: 65 }, (_, i) => ({ firstgid: i + 1 })) }),
      'bad: 65 tilesets; at most 64 are read',
    ],
    [
      'a tile twice in a tileset',
      changed({ tilesets: [{ firstgid: 1, tiles: [{ id: 0 }, { id: 0 }] }] }),
      'bad: tilesets[0].tiles[1]: tile 0 stands twice in its tileset',
    ],
  ])('%s', (_, text, why) => {
    expect(whyNot('tiled-json', text)).toEqual(typeof why === 'string' ? why : expect.stringMatching(why))
  })

  test('names such as __proto__ change nothing', () => {
    const text = changed({}).replace(
      '"properties":[',
      '"__proto__":{"infinite":true},"properties":[{"name":"__proto__","type":"class","value":{"theme":"disco"}},{"name":"rules.__proto__","value":"1"},',
    )
    expect(whyNot('tiled-json', text)).toBe(
      "bad: gems has no hidden rule '__proto__'; expected worth, controls",
    )
    expect(({} as Record<string, unknown>).theme).toBeUndefined()
    const named = {
      ...ROOM,
      tilesets: [
        {
          ...TILESET,
          tiles: TILESET.tiles.map(t => ({ ...t, class: { as: 'type' as const, is: 'constructor' } })),
        },
      ],
    }
    expect(whyNot('tiled-json', jsonFile(named).text)).toContain(
      "no meaning in gems for 'room:0' ('constructor') 12 times, first at (0, 0), (1, 0), (2, 0); 'room:2'",
    )
  })
})

describe('XML', () => {
  const good = xmlFile(ROOM).text
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
  test.each<[string, string, string | RegExp]>([
    ['nothing', '', /^bad:1:1: no valid XML: '/],
    ['no XML', '{}', /^bad:1:1: no valid XML: '/],
    [
      'another document',
      '<?xml version="1.0"?>\n<svg/>',
      "bad:2:1: expected a Tiled map (<map>), got '<svg>'",
    ],
    [
      'an element without end',
      good.replace('</map>', ''),
      /^bad:\d+:\d+: no valid XML: 'Missing end tag for element map'$/,
    ],
    [
      'a billion laughs',
      good.replace('<map', `<!DOCTYPE map [<!ENTITY l0 "ha">${laughs}]>\n<map`).replace('gems', '&l9;'),
      /^bad:\d+:\d+: no valid XML: 'Named entity isn't defined: &l9;'$/,
    ],
    [
      'an external entity',
      good
        .replace('<map', '<!DOCTYPE map [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<map')
        .replace('gems', '&e;'),
      /^bad:\d+:\d+: no valid XML: 'Named entity isn't defined: &e;'$/,
    ],
    [
      'elements within elements',
      '<map>'.repeat(50_000),
      /^bad: elements are nested too deep to be a Tiled file$/,
    ],
    [
      'very many elements',
      `<map>${'<a/>'.repeat(100_000)}</map>`,
      'bad: 100002 elements; at most 100000 are read of a Tiled file',
    ],
    [
      'a long file',
      ' '.repeat(2_000_001),
      'bad: 2000001 characters; at most 2000000 are read of a Tiled file',
    ],
    [
      'a width that is no number',
      good.replace('width="5"', 'width="0x5"'),
      "bad:2:1: width: expected a number, got '0x5'",
    ],
    [
      'a width without end',
      good.replace('width="5"', 'width="1e999"'),
      "bad:2:1: width: expected a number, got '1e999'",
    ],
    [
      'a flag that is none',
      good.replace('infinite="0"', 'infinite="maybe"'),
      "bad:2:1: infinite: expected 0 or 1, got 'maybe'",
    ],
    [
      'a layer without data',
      good.replace(/<data[\s\S]*<\/data>/, ''),
      /^bad:\d+:1: no <data> with the tiles of the layer$/,
    ],
    [
      'CSV that is none',
      good.replace('1,1,1,1,1', '1,1,,1,1'),
      /^bad:\d+:1: data: expected tile numbers between commas, got ''$/,
    ],
    [
      'a large tile number',
      good.replace('1,1,1,1,1', '1,1,4294967296,1,1'),
      /^bad:\d+:1: data: expected tile numbers between commas, got '4294967296'$/,
    ],
  ])('%s', (_, text, why) => {
    expect(whyNot('tiled-xml', text)).toEqual(typeof why === 'string' ? why : expect.stringMatching(why))
  })

  test('a document type without entities does no harm', () => {
    const text = good.replace('<map', '<!DOCTYPE map SYSTEM "http://mapeditor.org/dtd/1.0/map.dtd">\n<map')
    expect(importTiledXml(text, 'a.tmx', NO_FILES)[0]).toHaveProperty('level')
  })

  test('properties in properties', () => {
    const nested =
      '<property name="n" type="class"><properties>'.repeat(40) + '</properties></property>'.repeat(40)
    expect(whyNot('tiled-xml', good.replace('<properties>', `<properties>${nested}`))).toMatch(
      /values are nested more than 16 deep$/,
    )
  })
})

describe.each(FORMATS)('bombs in %s', format => {
  const write = format === 'tiled-json' ? jsonFile : xmlFile
  const zeros = Buffer.alloc(30_000_000)
  test.each([
    ['zlib', deflateSync(zeros)],
    ['gzip', gzipSync(zeros)],
  ] as const)('%s', (compression, bomb) => {
    const tiles = Array<number>(4096).fill(1)
    const spec: MapSpec = {
      ...ROOM,
      width: 64,
      height: 64,
      layers: [{ kind: 'tilelayer', tiles }],
      writing: { encoding: 'base64', compression },
    }
    const harmless = (compression === 'zlib' ? deflateSync : gzipSync)(
      Buffer.from(Uint32Array.from(tiles).buffer),
    ).toString('base64')
    const text = write(spec).text.replace(harmless, bomb.toString('base64'))
    const before = process.memoryUsage().arrayBuffers
    expect(whyNot(format, text)).toMatch(
      new RegExp(
        `data: expected 16384 bytes in ${compression}; it is damaged or of another size: its content is more than 16384 bytes$`,
      ),
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
  })

  test.each(['zlib', 'gzip'] as const)('%s that is cut off anywhere', compression => {
    const { text } = write({ ...ROOM, writing: { encoding: 'base64', compression } })
    const data = (compression === 'zlib' ? deflateSync : gzipSync)(
      Buffer.from(Uint32Array.from(TILES).buffer),
    )
    expect(text).toContain(data.toString('base64'))
    // The last bytes are a checksum, which is not looked at.
    for (let end = 0; end < data.length - 8; end++)
      expect(
        whyNot(format, text.replace(data.toString('base64'), data.subarray(0, end).toString('base64'))),
      ).toMatch(/damaged or of another size|no tiles|0 tiles/)
  })

  test('an infinite map of many chunks is bounded', () => {
    const chunks = Array.from({ length: 300 }, (_, i) => ({
      x: 64 * i,
      y: 0,
      width: 64,
      height: 64,
      tiles: Array<number>(4096).fill(0),
    }))
    const spec: MapSpec = {
      ...ROOM,
      infinite: true,
      layers: [{ kind: 'tilelayer', chunks }],
      writing: { encoding: 'base64', compression: 'zlib' },
    }
    expect(whyNot(format, write(spec).text)).toMatch(/the map has more than 1048576 places for tiles$/)
  })

  test('a line that runs to and fro is bounded', () => {
    const polyline = Array.from({ length: 1000 }, (_, i): [number, number] => (i % 2 ? [1000, 1000] : [0, 1]))
    const objects = Array.from({ length: 12 }, () => ({ x: 0, y: 0, type: 'wall', polyline }))
    expect(whyNot(format, write({ ...ROOM, layers: [{ kind: 'objectgroup', objects }] }).text)).toMatch(
      /the map has more than 1048576 places for tiles$/,
    )
  })
})

describe.each(FORMATS)('external tilesets of %s', format => {
  const { text } = (format === 'tiled-json' ? jsonFile : xmlFile)({
    ...ROOM,
    tilesets: [{ ...TILESET, file: 'set.tsx' }],
  })
  const file = (content: string | Uint8Array) => ({
    read: () => (typeof content === 'string' ? new TextEncoder().encode(content) : content),
  })
  test.each<[string, { read(name: string): Uint8Array }, string | RegExp]>([
    ['a file that cannot be read', NO_FILES, 'cannot read set.tsx: no such file or folder'],
    ['a map', file('<map/>'), "set.tsx:1:1: expected a Tiled tileset (<tileset>), got '<map>'"],
    [
      'a JSON map',
      file('{"type":"map"}'),
      'set.tsx: expected a Tiled tileset ("type": "tileset"), got type \'map\'',
    ],
    [
      'a file that refers to another',
      file('<tileset source="set.tsx"/>'),
      'set.tsx:1:1: a tileset in its own file refers to another file',
    ],
    ['a picture', file(Uint8Array.of(137, 80, 78, 71)), /the tileset set.tsx is not UTF-8 text$/],
    ['a huge file', file(new Uint8Array(8_000_001)), /the tileset set.tsx is too large: 8000001 bytes$/],
  ])('%s', (_, options, why) => {
    expect(whyNot(format, text, options)).toEqual(typeof why === 'string' ? why : expect.stringMatching(why))
  })

  test('a name that is no name is never asked for', () => {
    for (const name of ['', 'a'.repeat(1001), 'a\u0007b', 'a\u202eb']) {
      const changed =
        format === 'tiled-json'
          ? text.replace('"set.tsx"', JSON.stringify(name))
          : text.replace('set.tsx', name.replace('\u0007', '&#10;'))
      expect(whyNot(format, changed, { read: () => expect.fail('was asked for') })).toMatch(
        /source: expected the name of a tileset file, got/,
      )
    }
  })
})
