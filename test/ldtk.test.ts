/** LDtk projects: what becomes of every part that the documentation describes, and what is refused. */
import { describe, expect, it } from 'vitest'
import { importLdtk } from '../levels/formats/ldtk.ts'
import { formatLevel, parseLevel } from '../levels/text.ts'
import { faultsAgainstDocs } from './ldtk/documented.ts'
import { type LayerSpec, type LevelSpec, ldtkProject, withLevelFiles } from './ldtk/project.ts'
import {
  GROUND,
  imported,
  importJson,
  levelOf,
  PLAYER,
  rejection,
  VALUES,
  withFields,
  YARD,
  YARD_MAP,
  yard,
} from './ldtk/yard.ts'

describe('a project', () => {
  it('gives a level of the game, marked as imported and not yet proved', () => {
    const level = yard({})
    expect(level).toEqual({
      game: 'gems',
      title: 'Yard',
      map: YARD_MAP,
      rules: { worth: [1, -1, 1], controls: [0, 1, 2, 3] },
      theme: 'dungeon',
      provenance: { source: 'imported', format: 'ldtk', file: 'yard.ldtk', proof: 'unproved' },
    })
    expect(parseLevel(formatLevel(level), 'yard.txt')).toEqual(level)
  })

  it('gives one entry a level, in order, and a fault of one is not a fault of the others', () => {
    const torn = { ...YARD, name: 'Torn', columns: 6 }
    const results = imported({ levels: [YARD, torn, { ...YARD, name: 'Last' }] })
    expect(results.map(({ title }) => title)).toEqual(['Yard', 'Torn', 'Last'])
    expect(results.map(result => 'level' in result)).toEqual([true, false, true])
  })

  it('gives the levels of all its worlds', () => {
    const project = ldtkProject({
      values: VALUES,
      levels: [],
      worlds: [
        { name: 'Town', levels: [YARD, { ...YARD, name: 'Mill' }] },
        { name: 'Wood', levels: [{ ...YARD, name: 'Glade' }] },
      ],
    })
    const results = importJson(project)
    expect(results.map(({ title }) => title)).toEqual(['Yard', 'Mill', 'Glade'])
    expect(results.map(result => levelOf(result).map)).toEqual([YARD_MAP, YARD_MAP, YARD_MAP])
  })

  it('may keep its levels in files of their own', () => {
    const { project, files } = withLevelFiles(
      ldtkProject({ values: VALUES, levels: [YARD, { ...YARD, name: 'Mill' }] }),
      'yard',
    )
    expect(faultsAgainstDocs(project)).toEqual([])
    expect([...files.values()].flatMap(level => faultsAgainstDocs(level, 'Level'))).toEqual([])
    expect(importJson(project, { files }).map(result => levelOf(result).map)).toEqual([YARD_MAP, YARD_MAP])

    files.delete('yard/Yard.ldtkl')
    files.set('yard/Mill.ldtkl', 'torn')
    const results = importJson(project, { files })
    expect(results.map(({ title }) => title)).toEqual(['Yard', 'Mill'])
    expect(results.map(result => ('why' in result ? result.why : ''))).toEqual([
      expect.stringContaining('yard/Yard.ldtkl: no such file'),
      expect.stringMatching(/^yard\/Mill\.ldtkl: level 'Mill': .*expected object/),
    ])
  })

  it('reads no file outside of its folder', () => {
    const { project } = withLevelFiles(ldtkProject({ values: VALUES, levels: [YARD] }), '../secrets')
    const [result] = importJson(project)
    expect(result).toHaveProperty('why', expect.stringContaining("'../secrets/Yard.ldtkl' is no path inside"))
  })

  it.each([
    ['0.9.3', /jsonVersion is '0\.9\.3', expected 1\.x; open the project in LDtk 1\.5 and save it/],
    ['2.0.0', /jsonVersion is '2\.0\.0', expected 1\.x/],
    ['', /jsonVersion is ''/],
  ])('of version %s is refused', (jsonVersion, message) => {
    expect(() => importJson({ ...ldtkProject({ levels: [YARD] }), jsonVersion })).toThrow(message)
  })

  it('that is none is refused in one sentence', () => {
    const read = () => new Uint8Array()
    expect(() => importLdtk('{"a":\n1,,}', 'a.ldtk', { read })).toThrow(
      /^a\.ldtk: expected an LDtk project[^\n]*$/,
    )
    expect(() => importLdtk('[]', 'a.ldtk', { read })).toThrow(/^a\.ldtk: .*expected object/)
    expect(() => importJson({ ...ldtkProject({ levels: [YARD] }), defs: {} })).toThrow(
      /defs\.layers: .*expected array/,
    )
    expect(() => imported({ levels: [] })).toThrow(/the project has no level/)
  })

  it('of too many levels, or too long, is refused', () => {
    const project = ldtkProject({ levels: [YARD] })
    expect(() => importJson({ ...project, levels: Array(10_001).fill(0) })).toThrow(
      /10001 levels; at most 10000/,
    )
    expect(() => importLdtk(' '.repeat(20_000_001), 'a.ldtk', { read: () => new Uint8Array() })).toThrow(
      /20000001 characters; at most 20000000/,
    )
  })

  it('of these tests is as LDtk writes it', () => {
    const project = ldtkProject({
      values: VALUES,
      customData: { 3: 'wall' },
      enumTags: { Floor: [1, 2] },
      levelFields: [['theme', 'ice']],
      levels: [YARD],
      worlds: [
        {
          name: 'Town',
          levels: [{ ...YARD, layers: [PLAYER, { type: 'Tiles', tiles: [{ x: 0, y: 0, t: 1 }] }, GROUND] }],
        },
      ],
    })
    expect(faultsAgainstDocs(project)).toEqual([])
    expect(faultsAgainstDocs({ ...project, jsonVersion: 1 })).toEqual(['Project.jsonVersion: no string'])
    expect(faultsAgainstDocs({ ...project, nonsense: 1 })).toEqual(['Project.nonsense: not documented'])
  })
})

describe('layers', () => {
  it('IntGrid: values without an identifier and outside of the map are named with their places', () => {
    expect(
      rejection({ layers: [PLAYER, { type: 'IntGrid', values: ['11111', '15731', '12521', '11111'] }] }),
    ).toMatch(
      /no meaning in gems for 'Ground:5' 2 times, first at \(1, 1\), \(2, 2\); 'Ground:7' at \(2, 1\)/,
    )
    expect(rejection({ layers: [PLAYER, { ...GROUND, offsetPx: [16, 0] }] })).toMatch(/lies outside the map/)
  })

  it('IntGrid: an empty cell is what the level says that it is', () => {
    const holed: LayerSpec = { type: 'IntGrid', values: ['11111', '10031', '10401', '11111'] }
    expect(rejection({ layers: [PLAYER, holed] })).toMatch(/3 cells have no tile/)
    expect(yard({ layers: [PLAYER, holed], ...withFields(['empty', 'String', 'floor']) }).map).toEqual(
      YARD_MAP,
    )
  })

  const tiles = (t: (x: number, y: number) => number, flip?: 3) =>
    Array.from({ length: 20 }, (_, i) => ({
      x: i % 5,
      y: Math.floor(i / 5),
      t: t(i % 5, Math.floor(i / 5)),
      ...(flip ? { flip } : {}),
    }))
  const CODES: Readonly<Record<string, number>> = { '#': 3, '.': 4, '@': 4, a: 5, b: 6 }
  const drawn = tiles((x, y) => CODES[(YARD_MAP[y] as string)[x] as string] as number)

  it.each(['Tiles', 'AutoLayer'] as const)('%s: tiles mean what their custom data or enum tag says', type => {
    const layers: LayerSpec[] = [PLAYER, { type, tiles: drawn }]
    const customData = { 3: 'wall', 5: '{"tile": "gem-a", "note": 1}', 6: 'b' }
    const level = yard({ layers }, { customData, enumTags: { Floor: [4], Unused: [60] } })
    expect(level.map).toEqual(YARD_MAP)
  })

  it('Tiles: flips count for nothing, and the layer may use another tileset', () => {
    const flipped = drawn.map(tile => ({ ...tile, flip: 3 as const }))
    const spec = { customData: { 3: 'wall', 4: 'floor', 5: 'gem-a', 6: 'gem-b' } }
    expect(yard({ layers: [PLAYER, { type: 'Tiles', tiles: flipped }] }, spec).map).toEqual(YARD_MAP)

    const project = ldtkProject({
      ...spec,
      levels: [{ ...YARD, layers: [PLAYER, { type: 'Tiles', tiles: drawn }] }],
    })
    const layer = project.levels[0]?.layerInstances?.[1]
    Object.assign(layer ?? {}, { __tilesetDefUid: 77, overrideTilesetUid: 10 })
    expect(levelOf(importJson(project)[0]).map).toEqual(YARD_MAP)
    Object.assign(layer ?? {}, { overrideTilesetUid: null })
    expect(importJson(project)[0]).toHaveProperty(
      'why',
      expect.stringContaining('its tileset is not in the project'),
    )
  })

  it('Tiles: a mapping file names what the tileset does not', () => {
    const mapping = { tiles: { 'Sheet:3': 'wall', 'Sheet:4': 'floor', 'Sheet:5': 'a', 'Sheet:6': 'b' } }
    expect(yard({ layers: [PLAYER, { type: 'Tiles', tiles: drawn }] }, {}, { mapping }).map).toEqual(YARD_MAP)
  })

  it('Tiles: tiles of another size and off the grid are refused', () => {
    const project = ldtkProject({ levels: [{ ...YARD, layers: [{ type: 'Tiles', tiles: drawn }] }] })
    const tile = project.levels[0]?.layerInstances?.[0]?.gridTiles[7]
    Object.assign(tile ?? {}, { px: [33, 16] })
    expect(importJson(project)[0]).toHaveProperty(
      'why',
      expect.stringMatching(/the tile at \(33, 16\) px lies between/),
    )
    Object.assign(project.defs.tilesets[0] ?? {}, { tileGridSize: 32 })
    expect(importJson(project)[0]).toHaveProperty(
      'why',
      expect.stringMatching(/tiles of 'Sheet' are 32 px wide on a grid of 16/),
    )
  })

  it('lie on top of each other from the last to the first', () => {
    // What stands on a goal in LDtk is two layers; here the player above the floor, in either order of drawing.
    expect(yard({ layers: [GROUND, PLAYER] }).map).toEqual(yard({ layers: [PLAYER, GROUND] }).map)
  })

  it('offsets count when they are whole tiles', () => {
    const inner: LayerSpec = { type: 'IntGrid', values: ['1111', '2231', '2421', '1111'], offsetPx: [16, 0] }
    const edge: LayerSpec = {
      type: 'Tiles',
      tiles: [0, 1, 2, 3].map(y => ({ x: 2, y, t: 3 })),
      offsetPx: [-32, 0],
    }
    const project = ldtkProject({
      values: VALUES,
      customData: { 3: 'wall' },
      levels: [{ ...YARD, layers: [PLAYER, edge, inner] }],
    })
    Object.assign(project.levels[0]?.layerInstances?.[2] ?? {}, { __cWid: 4 })
    expect(levelOf(importJson(project)[0]).map).toEqual(YARD_MAP)
    expect(rejection({ layers: [{ ...PLAYER, offsetPx: [4, 0] }, GROUND] })).toMatch(
      /layer 'Things': its offset of \(4, 0\) px is no whole number of tiles of 16 px/,
    )
  })

  it('of different grids, and levels that are no whole number of tiles, are refused', () => {
    expect(rejection({ layers: [{ ...PLAYER, grid: 8 }, GROUND] })).toMatch(
      /layer 'Things' has a grid of 8 px and layer 'Ground' one of 16 px/,
    )
    // An empty layer has no say.
    expect(yard({ layers: [PLAYER, { type: 'Tiles', grid: 8 }, GROUND] }).map).toEqual(YARD_MAP)
    const project = ldtkProject({ values: VALUES, levels: [YARD] })
    Object.assign(project.levels[0] ?? {}, { pxWid: 81 })
    expect(importJson(project)[0]).toHaveProperty(
      'why',
      expect.stringMatching(/81x64 px, which is no whole number of tiles/),
    )
  })

  it('with a wrong number of values, none at all, or too many tiles are refused', () => {
    expect(rejection({ layers: [{ type: 'IntGrid', values: ['111'] }] })).toMatch(/3 values, expected 5x4/)
    expect(rejection({ layers: [] })).toMatch(/the project has no layers/)
    const many = Array.from({ length: 66_000 }, () => ({ x: 0, y: 0, t: 3 }))
    expect(rejection({ layers: [{ type: 'Tiles', tiles: many }] })).toMatch(/more than 65536 tiles/)
  })

  it('of more than 64x64 tiles are refused, and of 64x64 are read', () => {
    const row = `1${'2'.repeat(62)}1`
    const big = (rows: number): Partial<LevelSpec> => ({
      columns: 64,
      rows,
      layers: [
        {
          type: 'Entities',
          entities: [
            { name: 'Player', x: 1, y: 1 },
            { name: 'gem_a', x: 62, y: rows - 2 },
          ],
        },
        { type: 'IntGrid', values: ['1'.repeat(64), ...Array(rows - 2).fill(row), '1'.repeat(64)] },
      ],
    })
    expect(yard(big(64)).map).toHaveLength(64)
    expect(rejection(big(65))).toMatch(/the map is 64x65 tiles; at most 64x64 play/)
  })
})
