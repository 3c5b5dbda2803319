/** How maps of other editors become levels: stacks of every game's legend, mapping files, messages. */
import { describe, expect, test } from 'vitest'
import {
  type ForeignMap,
  type ForeignTile,
  parseTileMapping,
  type TileMapping,
  toLevel,
} from '../levels/formats/foreign.ts'
import { legendParts, partsOf } from '../levels/formats/legend-parts.ts'
import { LEVEL_KINDS } from '../levels/registry.ts'

/** Tiles by letter: what a letter of a layer stands for. */
type Tiles = Readonly<Record<string, ForeignTile>>

function tile(tileset: string, id: number, names: string[] = [], properties = {}): ForeignTile {
  return { tileset, id, names, properties }
}

/** A map from layers of letters; a blank is nothing. */
function mapOf(
  tiles: Tiles,
  layers: string[][],
  properties: Record<string, unknown> = { game: 'gems' },
): ForeignMap {
  const cells = layers.flatMap((rows, layer) =>
    rows.flatMap((row, y) =>
      [...row].flatMap((letter, x) =>
        letter === ' ' ? [] : [{ x, y, layer: `layer ${layer}`, tile: tiles[letter] as ForeignTile }],
      ),
    ),
  )
  const [rows] = layers as [string[]]
  return { where: 'a.map', width: (rows[0] as string).length, height: rows.length, cells, properties }
}

function read(map: ForeignMap, mapping?: TileMapping): readonly string[] {
  return toLevel(map, { ...(mapping ? { mapping } : {}), format: 'tiled-json', file: 'a.map' }).map
}

const WORDS: Tiles = {
  '#': tile('t', 0, ['wall']),
  '.': tile('t', 1, ['floor']),
  '@': tile('t', 2, ['player']),
  a: tile('t', 3, ['gem-a']),
}
const ROOM = ['#####', '#@.a#', '#####']

describe.each(LEVEL_KINDS)('the legend of $game', kind => {
  const legend = legendParts(kind)
  test('every entry is found again by its layers, with the ground and without', () => {
    for (const [character, entry] of Object.entries(kind.legend)) {
      const parts = partsOf(entry)
      const found = legend.characterOf(parts) as string
      expect([...partsOf(kind.legend[found]!)].sort(), character).toEqual([...parts].sort())
      expect(legend.characterOf([...parts, legend.ground])).toBe(found)
      expect(legend.characterOf(parts.filter(part => part !== legend.ground))).toBe(found)
    }
  })

  test('every character means its entry, every part itself', () => {
    for (const [character, entry] of Object.entries(kind.legend)) {
      expect(legend.meaningOf(character)).toEqual({ parts: partsOf(entry), character })
      for (const part of partsOf(entry)) expect(legend.meaningOf(part)).toEqual({ parts: [part] })
    }
    expect(legend.meaningOf('toString')).toBeUndefined()
  })
})

describe('stacks', () => {
  test('the floor lies under everything, drawn or not', () => {
    const bare = ['#####', '#@.a#', '#####']
    expect(read(mapOf(WORDS, [bare]))).toEqual(ROOM)
    expect(
      read(
        mapOf(WORDS, [
          ['.....', '.....', '.....'],
          ['#####', '#@ a#', '#####'],
        ]),
      ),
    ).toEqual(ROOM)
  })

  test('sokoban: a box or the player on a goal is one entry', () => {
    const names = { '#': 'wall', f: 'floor', g: 'goal', b: 'box', p: 'player' }
    const tiles = Object.fromEntries(
      Object.entries(names).map(([letter, name], i) => [letter, tile('t', i, [name])]),
    )
    const ground = ['#######', '#fgfgf#', '#######']
    const things = ['       ', ' bbp   ', '       ']
    expect(read(mapOf(tiles, [ground, things], { game: 'sokoban' }))).toEqual([
      '#######',
      '#$*@.-#',
      '#######',
    ])
    const onGoal = ['       ', '  pbb  ', '       ']
    expect(read(mapOf(tiles, [ground, onGoal], { game: 'sokoban' }))).toEqual([
      '#######',
      '#-+$*-#',
      '#######',
    ])
  })

  test('what is nothing together is refused with its place', () => {
    const map = mapOf(WORDS, [ROOM, ['     ', '   # ', '     ']])
    expect(() => read(map)).toThrow(
      "a.map: tile (3, 1): 'gem-a' and 'wall' on one tile are nothing in gems; move one of them, or map one of them to null",
    )
  })

  test('cells without a tile are refused, or what `empty` says; the map wins over the mapping file', () => {
    const holes = ['#####', '#@ a#', '# ###']
    expect(() => read(mapOf(WORDS, [holes]))).toThrow(
      "a.map: 2 cells have no tile, the first at (2, 1), (1, 2); draw them, or say what they are by 'empty' (\"floor\", say) in the map's custom properties or the mapping file",
    )
    expect(read(mapOf(WORDS, [holes]), { empty: 'floor' })).toEqual(['#####', '#@.a#', '#.###'])
    expect(read(mapOf(WORDS, [holes], { game: 'gems', empty: '#' }), { empty: 'floor' })).toEqual([
      '#####',
      '#@#a#',
      '#####',
    ])
    expect(() => read(mapOf(WORDS, [holes]), { empty: 'water' })).toThrow(
      "a.map: empty: 'water' is no tile of gems; expected one of # wall",
    )
  })
})

describe('meaning', () => {
  test('tiles without a meaning are listed in one message, with counts and first places', () => {
    const tiles = { ...WORDS, g: tile('t', 9, ['grass']), w: tile('pond', 4) }
    expect(() => read(mapOf(tiles, [['gg#g#', '#@wg#', '#####']]))).toThrow(
      "a.map: no meaning in gems for 't:9' ('grass') 4 times, first at (0, 0), (1, 0), (3, 0); 'pond:4' at (2, 1). Give each a custom property 'tile' or a class in its tileset, or a line in a mapping file; expected one of # wall . floor @ player a gem-a b gem-b c gem-c",
    )
  })

  test('of very many, the first twenty are listed', () => {
    const letters = Array.from({ length: 60 }, (_, i) => String.fromCodePoint(0x100 + i))
    const tiles = Object.fromEntries(letters.map((letter, i) => [letter, tile('t', i)]))
    const message = (() => {
      try {
        read(mapOf(tiles, [[letters.join('')]]))
      } catch (error) {
        return (error as Error).message
      }
      return ''
    })()
    expect(message).toContain("'t:19' at (19, 0); 40 more. Give each")
    expect(message.length).toBeLessThan(1000)
  })

  test('a mapping file names tiles by tileset and id or by name, and null is nothing on purpose', () => {
    const tiles = { ...WORDS, g: tile('t', 9, ['grass', 'green']), w: tile('pond', 4) }
    const map = mapOf(tiles, [
      ['#####', '#@g.#', '#####'],
      ['     ', '  wa ', 'w    '],
    ])
    expect(read(map, { tiles: { 'pond:4': null, green: 'floor' } })).toEqual(ROOM)
    expect(() => read(map, { tiles: { 'pond:4': 'water' } })).toThrow(
      "a.map: the mapping file says that 'pond:4' is 'water', which is no tile of gems",
    )
  })

  test('a property tile that is no tile is refused', () => {
    for (const value of ['water', 7, true])
      expect(() => read(mapOf({ ...WORDS, a: tile('t', 3, ['gem-a'], { tile: value }) }, [ROOM]))).toThrow(
        `a.map: the property 'tile' says that 't:3' ('gem-a') is '${value}', which is no tile of gems`,
      )
  })

  test('game, theme and rules of a mapping file are defaults of the map', () => {
    const mapping = parseTileMapping(
      '{"game": "gems", "theme": "ice", "rules": {"worth": [-1, -1, 1]}}',
      'm.json',
    )
    const options = { mapping, format: 'ldtk' as const, file: 'folder\\a.map' }
    const alone = toLevel(mapOf({ ...WORDS, a: tile('t', 3, ['gem-c']) }, [ROOM], {}), options)
    expect(alone).toMatchObject({
      game: 'gems',
      theme: 'ice',
      rules: { worth: [-1, -1, 1] },
      provenance: { file: 'a.map' },
    })
    const own = { theme: 'rust', 'rules.worth': '[1, -1, 1]', title: 'Mine' }
    expect(toLevel(mapOf(WORDS, [ROOM], own), options)).toMatchObject({
      theme: 'rust',
      title: 'Mine',
      rules: { worth: [1, -1, 1] },
    })
  })

  test.each([
    ['no JSON', '{', 'm.json: a mapping file is JSON such as {"tiles": {"brick": "wall"}}, got \'{\''],
    [
      'an unknown field',
      '{"tile": {}}',
      'm.json: tile: unknown key; a mapping file has game, theme, rules, empty and tiles',
    ],
    ['a number for a tile', '{"tiles": {"a": 1}}', /^m\.json: tiles\.a: /],
  ])('a mapping file with %s is refused', (_, text, why) => {
    expect(() => parseTileMapping(text, 'm.json')).toThrow(why)
  })
})
