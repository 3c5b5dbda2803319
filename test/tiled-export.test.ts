/** Export to Tiled: what is written is as the format is documented, and reading it again loses nothing. */
import { parseXml, type XmlElement, XmlText } from '@rgrove/parse-xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { importTiledJson, importTiledXml } from '../levels/formats/tiled.ts'
import {
  formatTiledJson,
  formatTiledXml,
  TILESET_SIDE,
  type TiledFiles,
} from '../levels/formats/tiled-export.ts'
import { FOREIGN_FORMATS, type Level, type LevelKind, problemsOf } from '../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../levels/registry.ts'
import { encodePng } from '../src/app/picture.ts'
import { pictureOfTileset } from '../src/app/tileset-image.ts'
import { stream } from '../src/core/random.ts'
import { rgb, THEMES } from '../src/core/themes.ts'

const EXPORTS = [
  ['JSON', formatTiledJson, importTiledJson],
  ['XML', formatTiledXml, importTiledXml],
] as const

function read(importTiled: typeof importTiledJson, { map, tileset, tilesetFile }: TiledFiles): Level {
  const [imported] = importTiled(map, 'again', {
    read(name) {
      expect(name).toBe(tilesetFile)
      return new TextEncoder().encode(tileset)
    },
  })
  if (!imported || 'why' in imported) throw new Error(imported?.why)
  return imported.level
}

function generated(kind: LevelKind, seed: number): Level {
  const random = stream('export', kind.game, seed)
  const family = random.pick(kind.families)
  const side = family.smallest + (family.smallest % 2 ? 0 : 1) + 2 * random.int(3)
  const draft = kind.generate(random, {
    ...kind.defaults,
    size: [side, side],
    vary: Object.keys(kind.defaultRules),
    families: [family.name],
    heldOutRules: random.int(2) === 1,
  })
  return { game: kind.game, ...draft, theme: random.pick(THEMES).name, provenance: { source: 'hand' } }
}

const line = fc.stringMatching(/^[^\s\p{C}]([^\p{C}\u2028\u2029]{0,30}[^\s\p{C}])?$/u)
const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
const about = fc.record(
  {
    title: line,
    solution: fc.stringMatching(/^[udlrUDLR]{1,40}$/),
    provenance: fc.oneof(
      fc.constant({ source: 'hand' as const }),
      fc.record({
        source: fc.constant('generated' as const),
        generator: word.map(name => `${name}@3`),
        family: word,
        seed: line,
      }),
      fc.record(
        {
          source: fc.constant('imported' as const),
          format: fc.constantFrom(...FOREIGN_FORMATS),
          file: line,
          author: line,
          proof: fc.constantFrom('solver' as const, 'solution' as const, 'unproved' as const),
        },
        { requiredKeys: ['source', 'format', 'file', 'proof'] },
      ),
    ),
  },
  { requiredKeys: ['provenance'] },
)

describe.each(EXPORTS)('%s', (name, format, importTiled) => {
  test.each(LEVEL_KINDS)('reading what was written gives the same level of $game', kind => {
    fc.assert(
      fc.property(fc.nat(100_000), about, (seed, more) => {
        const level = { ...generated(kind, seed), ...more }
        // Generators draw unsound levels too, which are rejected.
        fc.pre(problemsOf(level, kind).length === 0)
        expect(read(importTiled, format(level))).toEqual(level)
      }),
      { numRuns: 40 },
    )
  })

  test('a title with the signs and blanks of the format itself', () => {
    const level = {
      ...generated(levelKind('gems'), 1),
      title: '<a b="c">\t&amp;\u0085]]> \\u0022 {"x": [1]} "data": []',
    }
    expect(read(importTiled, format(level))).toEqual(level)
  })

  test('a level that was edited in between is imported, and no longer what it was', () => {
    const made = { source: 'generated' as const, generator: 'gems@1', family: 'scatter', seed: 'a/b' }
    const level = { ...generated(levelKind('gems'), 1), title: 'Mine', provenance: made }
    const files = format(level)
    const wall = level.map[0]!
    // The row of walls at the top gets a floor tile.
    const edited = {
      ...files,
      map: files.map.replace(`1,${'1,'.repeat(wall.length - 2)}1,`, `2,${'1,'.repeat(wall.length - 2)}1,`),
    }
    expect(wall).toBe('#'.repeat(wall.length))
    expect(read(importTiled, edited)).toEqual({
      ...level,
      map: [`.${wall.slice(1)}`, ...level.map.slice(1)],
      provenance: {
        source: 'imported',
        format: name === 'JSON' ? 'tiled-json' : 'tiled-xml',
        file: 'again',
        proof: 'unproved',
      },
    })
  })

  test('64x64 tiles', () => {
    const rows = Array.from({ length: 64 }, (_, y) => (y % 63 ? `#${'.'.repeat(62)}#` : '#'.repeat(64)))
    rows[1] = `#@a${'.'.repeat(60)}#`
    const level: Level = {
      ...generated(levelKind('gems'), 1),
      map: rows,
      rules: levelKind('gems').defaultRules,
    }
    expect(read(importTiled, format(level))).toEqual(level)
  })

  test('the tileset and its picture are called as one likes', () => {
    const files = format(generated(levelKind('maze'), 2), { tileset: 'my "own" & best' })
    expect(files.tilesetFile).toMatch(/^my "own" & best\.ts[jx]$/)
    expect(files.image).toBe('my "own" & best.png')
    expect(read(importTiled, files).game).toBe('maze')
  })
})

test('a character that XML has no place for is refused', () => {
  const level = { ...generated(levelKind('gems'), 1), title: 'bell \u0007' }
  expect(() => formatTiledXml(level)).toThrow(
    "'bell \uFFFD' has a character that XML cannot hold; rename it, or export as JSON",
  )
  expect(read(importTiledJson, formatTiledJson(level))).toEqual(level)
})

/**
 * https://doc.mapeditor.org/en/stable/reference/json-map-format/ (Tiled 1.11): the fields that Tiled writes for a finite
 * orthogonal map with tile layers, and for a tileset that is one picture; nothing else.
 */
const property = z.strictObject({ name: z.string(), type: z.literal('string'), value: z.string() })
const size = z.int().min(1)
const mapSchema = z.strictObject({
  compressionlevel: z.int(),
  height: size,
  infinite: z.literal(false),
  layers: z.array(
    z.strictObject({
      data: z.array(z.int().min(0).max(0xffffffff)),
      height: size,
      id: z.int().min(1),
      name: z.string(),
      opacity: z.number().min(0).max(1),
      type: z.literal('tilelayer'),
      visible: z.boolean(),
      width: size,
      x: z.literal(0),
      y: z.literal(0),
    }),
  ),
  nextlayerid: z.int(),
  nextobjectid: z.int(),
  orientation: z.enum(['orthogonal', 'isometric', 'staggered', 'hexagonal']),
  properties: z.array(property),
  renderorder: z.enum(['right-down', 'right-up', 'left-down', 'left-up']),
  tiledversion: z.string(),
  tileheight: size,
  tilesets: z.array(z.strictObject({ firstgid: z.int().min(1), source: z.string() })),
  tilewidth: size,
  type: z.literal('map'),
  version: z.string(),
  width: size,
})
const tilesetSchema = z.strictObject({
  columns: z.int(),
  image: z.string(),
  imageheight: size,
  imagewidth: size,
  margin: z.int(),
  name: z.string(),
  spacing: z.int(),
  tilecount: size,
  tiledversion: z.string(),
  tileheight: size,
  tiles: z.array(z.strictObject({ id: z.int().min(0), properties: z.array(property), type: z.string() })),
  tilewidth: size,
  type: z.literal('tileset'),
  version: z.string(),
})

/** https://doc.mapeditor.org/en/stable/reference/tmx-map-format/: attributes, and elements within. */
const TMX: Readonly<Record<string, { attributes: RegExp; within: readonly string[] }>> = {
  map: {
    attributes:
      /^(version|tiledversion|class|orientation|renderorder|compressionlevel|width|height|tilewidth|tileheight|backgroundcolor|nextlayerid|nextobjectid|infinite)$/,
    within: ['properties', 'tileset', 'layer'],
  },
  properties: { attributes: /^$/, within: ['property'] },
  property: { attributes: /^(name|type|propertytype|value)$/, within: [] },
  tileset: {
    attributes:
      /^(firstgid|source|version|tiledversion|name|class|tilewidth|tileheight|spacing|margin|tilecount|columns|objectalignment)$/,
    within: ['image', 'tileoffset', 'grid', 'properties', 'tile'],
  },
  image: { attributes: /^(format|source|trans|width|height)$/, within: [] },
  tile: {
    attributes: /^(id|type|probability)$/,
    within: ['properties', 'image', 'objectgroup', 'animation'],
  },
  layer: {
    attributes: /^(id|name|class|x|y|width|height|opacity|visible|tintcolor|offsetx|offsety)$/,
    within: ['properties', 'data'],
  },
  data: { attributes: /^(encoding|compression)$/, within: [] },
}

function requireDocumented(element: XmlElement): void {
  const rule = TMX[element.name]!
  for (const name of Object.keys(element.attributes)) expect(name, element.name).toMatch(rule.attributes)
  for (const child of element.children) {
    if (child instanceof XmlText) {
      if (element.name !== 'data') expect(child.text.trim()).toBe('')
    } else {
      expect(rule.within, element.name).toContain((child as XmlElement).name)
      requireDocumented(child as XmlElement)
    }
  }
}

describe.each(LEVEL_KINDS)('files of $game', kind => {
  const level = { ...generated(kind, 3), title: 'Documented' }
  const tiles = Object.keys(kind.legend).length

  test('JSON as documented', () => {
    const files = formatTiledJson(level)
    const map = mapSchema.parse(JSON.parse(files.map))
    const tileset = tilesetSchema.parse(JSON.parse(files.tileset))
    const [layer] = map.layers
    expect(layer!.data.length).toBe(map.width * map.height)
    expect(Math.max(...layer!.data)).toBeLessThanOrEqual(tiles)
    expect(map.layers.every(({ id }) => id < map.nextlayerid)).toBe(true)
    expect(map.tilesets).toEqual([{ firstgid: 1, source: files.tilesetFile }])
    expect(tileset).toMatchObject({
      tilecount: tiles,
      image: files.image,
      imagewidth: tileset.columns * tileset.tilewidth,
    })
  })

  test('XML as documented', () => {
    const files = formatTiledXml(level)
    for (const text of [files.map, files.tileset]) requireDocumented(parseXml(text).root!)
    const [columns, rows] = [level.map[0]!.length, level.map.length]
    expect(parseXml(files.map).root!.attributes).toMatchObject({
      width: String(columns),
      height: String(rows),
      orientation: 'orthogonal',
      infinite: '0',
    })
    expect(parseXml(files.tileset).root!.attributes).toMatchObject({
      tilecount: String(tiles),
      tilewidth: String(TILESET_SIDE),
    })
  })

  test('the picture is as large as the tileset says, and shows its theme', () => {
    const { imagewidth, imageheight } = tilesetSchema.parse(JSON.parse(formatTiledJson(level).tileset))
    for (const theme of THEMES) {
      const picture = pictureOfTileset(kind, theme)
      expect([picture.width, picture.height]).toEqual([imagewidth, imageheight])
      const colours = new Set<string>()
      for (let i = 0; i < picture.data.length; i += 3) colours.add(picture.data.slice(i, i + 3).join())
      for (const role of ['floor', 'wall', 'player'] as const)
        expect(colours, `${theme.name} ${role}`).toContain(rgb(theme, role).join())
    }
    // Width and height stand in the first chunk of a PNG.
    const png = Buffer.from(encodePng(pictureOfTileset(kind, THEMES[0]!)))
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([imagewidth, imageheight])
  })
})
