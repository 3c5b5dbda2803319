/** What a Tiled map says about its level in custom properties, and what is refused. */
import { describe, expect, test } from 'vitest'
import { levelKind } from '../levels/registry.ts'
import { UserError } from '../src/core/errors.ts'
import type { MapSpec } from './tiled-files.ts'
import { FORMATS, fileOf, GAME, levelFrom, ROOM, room, TILES, TILESET, take, whyNot } from './tiled-room.ts'

describe.each(FORMATS)('%s', format => {
  describe('properties of the map', () => {
    const withProperties = (...properties: NonNullable<MapSpec['properties']>) => ({
      ...ROOM,
      properties: [...GAME, ...properties],
    })

    test('title, theme, author and solution', () => {
      expect(
        take(
          format,
          withProperties(
            { name: 'title', value: 'Ampersand & "quotes" <3' },
            { name: 'theme', value: 'ice' },
            { name: 'author', value: 'A. Author' },
            { name: 'solution', value: '2R' },
            { name: 'mood', type: 'color', value: '#ff00ff00' },
          ),
        ),
      ).toEqual({
        title: 'Ampersand & "quotes" <3',
        level: {
          ...room(format),
          title: 'Ampersand & "quotes" <3',
          theme: 'ice',
          solution: '2R',
          provenance: {
            source: 'imported',
            format,
            file: fileOf(format),
            author: 'A. Author',
            proof: 'unproved',
          },
        },
      })
      expect(take(format, ROOM).title).toBe('room')
    })

    test('hidden rules as JSON text, as a list, and as members of a class', () => {
      const worth = [2, -1, 1]
      const rules = { ...levelKind('gems').defaultRules, worth }
      const items = worth.map(value => ({ type: 'int', value }))
      for (const property of [
        { name: 'rules.worth', value: '[2, -1, 1]' },
        { name: 'rules.worth', type: 'list', value: items },
        { name: 'rules', type: 'class', value: { worth: '[2, -1, 1]' } },
      ])
        expect(levelFrom(format, withProperties(property)).rules).toEqual(rules)
      const maze = {
        ...ROOM,
        layers: [{ kind: 'tilelayer' as const, tiles: [1, 1, 1, 1, 1, 3, 2, 4, 5, 6, 1, 1, 1, 1, 1] }],
        tilesets: [
          {
            ...TILESET,
            tilecount: 6,
            tiles: [
              ...TILESET.tiles.slice(0, 3),
              ...['a', 'b', 'c'].map((is, i) => ({ id: 3 + i, class: { as: 'type' as const, is } })),
            ],
          },
        ],
      }
      for (const property of [
        { name: 'rules.real', type: 'int', value: 2 },
        { name: 'rules', type: 'class', value: { real: 2 } },
      ])
        expect(
          levelFrom(format, { ...maze, properties: [{ name: 'game', value: 'maze' }, property] }).rules.real,
        ).toBe(2)
    })

    test.each<[string, { name: string; type?: string; value: unknown }, string]>([
      [
        'an unknown rule',
        { name: 'rules.price', value: '1' },
        "gems has no hidden rule 'price'; expected worth, controls",
      ],
      [
        'a rule that is no JSON',
        { name: 'rules.worth', value: 'one' },
        "rules.worth: expected a JSON value such as [1,-1,1], got 'one'",
      ],
      [
        'a rule of another form',
        { name: 'rules.worth', value: '[1, -1]' },
        'rules.worth: Too small: expected array to have exactly 3 items',
      ],
      [
        'an unknown theme',
        { name: 'theme', value: 'disco' },
        "theme: expected one of dungeon, meadow, desert, ice, neon, paper, rust, slate, dusk, forest, sand, got 'disco'",
      ],
      [
        'a title that is a number',
        { name: 'title', type: 'int', value: 7 },
        "title: Invalid input: expected string, received number, got '7'",
      ],
      [
        'an unknown source',
        { name: 'source', value: 'the net' },
        "source: expected hand, generated or imported, got 'the net'",
      ],
      [
        'a source without what goes with it',
        { name: 'source', value: 'generated' },
        "generator: Invalid input: expected string, received undefined, got 'undefined'",
      ],
    ])('%s is refused', (_, property, message) => {
      expect(whyNot(format, withProperties(property))).toBe(`maps/${fileOf(format)}: ${message}`)
    })

    test('a property that stands twice or has another type than it says is refused', () => {
      expect(whyNot(format, withProperties({ name: 'game', value: 'maze' }))).toMatch(
        /the property 'game' stands twice$/,
      )
      expect(whyNot(format, withProperties({ name: 'n', type: 'int', value: 1.5 }))).toMatch(
        /value: expected a whole number, as its type is int, got '1.5'$/,
      )
      expect(whyNot(format, withProperties({ name: 'n', type: 'tensor', value: 1 }))).toMatch(
        /expected string, int, float, bool, color, file, object, class or list, got 'tensor'$/,
      )
    })
  })

  describe('faults of a map', () => {
    const place = format === 'tiled-json' ? 'maps/room.tmj: ' : /^maps\/room.tmx:\d+:\d+: /
    test.each<[string, MapSpec, string]>([
      [
        'isometric',
        { ...ROOM, orientation: 'isometric' },
        "the map is 'isometric'; levels are made of square tiles: expected an orthogonal map",
      ],
      [
        'too large',
        { ...ROOM, width: 100, height: 80, layers: [] },
        'the map is 100x80 tiles; at most 64x64 play',
      ],
      ['without size', { ...ROOM, width: 0 }, 'width: expected a whole number from 1 to 100000, got 0'],
      [
        'with too few tiles',
        { ...ROOM, layers: [{ kind: 'tilelayer', tiles: TILES.slice(1) }] },
        'data: 14 tiles, expected 15 (width times height)',
      ],
      [
        'with too many tiles, packed',
        {
          ...ROOM,
          writing: { encoding: 'base64', compression: 'zlib' },
          layers: [{ kind: 'tilelayer', tiles: [...TILES, 1] }],
        },
        'data: expected 60 bytes in zlib; it is damaged or of another size: its content is more than 60 bytes',
      ],
      [
        'with an unknown tile',
        { ...ROOM, layers: [{ kind: 'tilelayer', tiles: TILES.map(t => (t === 4 ? 5 : t)) }] },
        'tile number 5 at tile (3, 1) is in no tileset of the map',
      ],
      [
        'with tilesets out of order',
        { ...ROOM, tilesets: [TILESET, TILESET] },
        'firstgid: expected more than 1, that of the tileset before it',
      ],
      [
        'infinite and empty',
        { ...ROOM, infinite: true, layers: [{ kind: 'tilelayer', chunks: [] }] },
        'the map has no tiles; draw some',
      ],
      [
        'infinite and too wide',
        {
          ...ROOM,
          infinite: true,
          layers: [
            { kind: 'tilelayer', chunks: [0, 64].map(x => ({ x, y: 0, width: 1, height: 1, tiles: [1] })) },
          ],
        },
        'the map is 65x1 tiles; at most 64x64 play',
      ],
      [
        'with a large chunk',
        {
          ...ROOM,
          infinite: true,
          layers: [
            { kind: 'tilelayer', chunks: [{ x: 0, y: 0, width: 65, height: 1, tiles: Array(65).fill(1) }] },
          ],
        },
        'width: expected a whole number from 1 to 64, got 65',
      ],
    ])('%s is refused', (_, spec, message) => {
      const why = whyNot(format, spec)
      expect(why).toMatch(place)
      expect(why.endsWith(`: ${message}`), why).toBe(true)
    })

    test('a file that is no map is thrown, a level that is faulty is rejected by its title', () => {
      expect(() => take(format, { ...ROOM, orientation: 'isometric' })).toThrow(UserError)
      const properties = [...GAME, { name: 'title', value: 'No gem' }]
      const faulty = {
        ...ROOM,
        properties,
        layers: [{ kind: 'tilelayer' as const, tiles: TILES.map(t => (t === 4 ? 2 : t)) }],
      }
      expect(take(format, faulty)).toEqual({
        title: 'No gem',
        why: expect.stringContaining('no gem that pays'),
      })
    })

    test('faults of the level are told by the place that Tiled shows', () => {
      const file = `maps/${fileOf(format)}: `
      expect(whyNot(format, { ...ROOM, properties: [] })).toBe(
        `${file}no game; add a custom property 'game' to the map, or name the game when importing`,
      )
      expect(whyNot(format, ROOM, { game: 'chess' })).toContain(
        `${file}unknown game 'chess'; expected one of gems, `,
      )
      const two = { x: -7, y: 9, width: 5, height: 3, tiles: TILES.map((t, i) => (i === 7 ? 3 : t)) }
      expect(
        whyNot(format, { ...ROOM, infinite: true, layers: [{ kind: 'tilelayer', chunks: [two] }] }),
      ).toBe(`${file}tile (-5, 10): a second player; a map has exactly one`)
      expect(
        whyNot(format, {
          ...ROOM,
          layers: [{ kind: 'tilelayer', tiles: TILES.map(t => (t === 4 ? 2 : t)) }],
        }),
      ).toBe(`${file}no gem that pays; put at least one`)
    })
  })
})
