/** Objects of Tiled: which tiles they stand on, and which are refused. */
import { describe, expect, test } from 'vitest'
import type { MapSpec, ObjectSpec } from './tiled-files.ts'
import {
  FORMATS,
  fileOf,
  GAME,
  GEM,
  levelFrom,
  PLAYER,
  ROOM,
  room,
  TILESET,
  whyNot,
  withObjects,
} from './tiled-room.ts'

describe.each(FORMATS)('objects in %s', format => {
  test('points and rectangles stand on the tile under them', () => {
    expect(levelFrom(format, withObjects([PLAYER, GEM]))).toEqual(room(format))
    expect(
      levelFrom(
        format,
        withObjects([
          { type: 'player', x: 16, y: 16, width: 16, height: 16 },
          { type: 'gem-a', x: 52, y: 20, width: 4, height: 4 },
        ]),
      ),
    ).toEqual(room(format))
    expect(
      levelFrom(
        format,
        withObjects([
          { class: 'player', x: 16, y: 16 },
          { name: 'a', x: 48, y: 16 },
        ]),
      ),
    ).toEqual(room(format))
  })

  test('a tile object stands where its bottom left tile is', () => {
    const objects: ObjectSpec[] = [
      { gid: 3, x: 16, y: 32, width: 16, height: 16 },
      // Twice as high as a tile, flipped, a few pixels off the grid.
      { gid: 0x80000004, x: 50, y: 31, width: 16, height: 32 },
    ]
    expect(levelFrom(format, withObjects(objects))).toEqual(room(format))
  })

  test.each([
    ['topleft', 48, 16],
    ['top', 56, 16],
    ['topright', 64, 16],
    ['left', 48, 24],
    ['center', 56, 24],
    ['right', 64, 24],
    ['bottomleft', 48, 32],
    ['bottom', 56, 32],
    ['bottomright', 64, 32],
  ])('tile objects that are aligned %s', (objectalignment, x, y) => {
    const spec = withObjects([PLAYER, { gid: 4, x, y, width: 16, height: 16 }], {
      tilesets: [{ ...TILESET, objectalignment }],
    })
    expect(levelFrom(format, spec)).toEqual(room(format))
  })

  test('the class, name and properties of a tile object win over those of its tile', () => {
    const spec = (more: Partial<ObjectSpec>) =>
      withObjects([PLAYER, { gid: 1, x: 48, y: 32, width: 16, height: 16, ...more }])
    expect(levelFrom(format, spec({ type: 'gem-a' }))).toEqual(room(format))
    expect(levelFrom(format, spec({ name: 'gem-a' }))).toEqual(room(format))
    expect(levelFrom(format, spec({ properties: [{ name: 'tile', value: 'a' }] }))).toEqual(room(format))
  })

  /** An empty field of 7x7 tiles, to draw walls on. */
  const field = (objects: ObjectSpec[]): MapSpec => ({
    ...ROOM,
    width: 7,
    height: 7,
    layers: [
      { kind: 'objectgroup', objects: [{ ...PLAYER, x: 8, y: 8 }, { ...GEM, x: 104, y: 104 }, ...objects] },
    ],
    properties: [...GAME, { name: 'empty', value: 'floor' }],
  })

  test.each<[string, Partial<ObjectSpec>, string[]]>([
    [
      'a rectangle covers the tiles whose middle it contains',
      { x: 16, y: 16, width: 40, height: 26 },
      ['@......', '.##....', '.##....', '.......', '.......', '.......', '......a'],
    ],
    [
      'a polygon',
      {
        x: 16,
        y: 16,
        polygon: [
          [0, 0],
          [80, 0],
          [0, 80],
        ],
      },
      ['@......', '.####..', '.###...', '.##....', '.#.....', '.......', '......a'],
    ],
    [
      'a polygon with a hole by the even-odd rule',
      {
        x: 16,
        y: 16,
        polygon: [
          [0, 0],
          [80, 0],
          [80, 80],
          [0, 80],
          [0, 0],
          [16, 16],
          [64, 16],
          [64, 64],
          [16, 64],
          [16, 16],
        ],
      },
      ['@......', '.#####.', '.#...#.', '.#...#.', '.#...#.', '.#####.', '......a'],
    ],
    [
      'an ellipse',
      { x: 16, y: 16, width: 80, height: 80, shape: 'ellipse' },
      ['@......', '..###..', '.#####.', '.#####.', '.#####.', '..###..', '......a'],
    ],
    [
      'a polyline',
      {
        x: 24,
        y: 24,
        polyline: [
          [0, 0],
          [64, 0],
          [64, 48],
          [16, 64],
        ],
      },
      ['@......', '.#####.', '.....#.', '.....#.', '....##.', '..##...', '......a'],
    ],
    [
      'a polyline through corners',
      {
        x: 16,
        y: 16,
        polyline: [
          [0, 0],
          [80, 80],
        ],
      },
      ['@......', '.#.....', '..#....', '...#...', '....#..', '.....#.', '......a'],
    ],
    [
      'a shape too small to contain a middle stands where it is',
      {
        x: 17,
        y: 33,
        polygon: [
          [0, 0],
          [4, 0],
          [0, 4],
        ],
      },
      ['@......', '.......', '.#.....', '.......', '.......', '.......', '......a'],
    ],
  ])('%s', (_, shape, map) => {
    expect(levelFrom(format, field([{ type: 'wall', x: 0, y: 0, ...shape }])).map).toEqual(map)
  })

  test('an object layer may be moved by any number of pixels', () => {
    const spec = {
      ...withObjects([]),
      layers: [
        withObjects([]).layers[0]!,
        { kind: 'objectgroup' as const, offset: [-3.5, 2] as const, objects: [PLAYER, GEM] },
      ],
    }
    expect(levelFrom(format, spec)).toEqual(room(format))
  })

  test.each<[string, ObjectSpec, string]>([
    [
      'a template',
      { id: 9, template: 'gem.tx', x: 48, y: 32 },
      'object 9 is an instance of a template, and templates are not read; detach it in Tiled first',
    ],
    [
      'text',
      { id: 9, name: 'sign', shape: 'text', x: 48, y: 32, width: 32, height: 8 },
      "object 9 'sign' is a text, which stands on no tiles; delete it, or give it or its layer the property 'ignore'",
    ],
    [
      'a capsule',
      { id: 9, shape: 'capsule', x: 48, y: 32, width: 32, height: 8 },
      "object 9 is a capsule, which stands on no tiles; delete it, or give it or its layer the property 'ignore'",
    ],
    [
      'a rotation',
      { id: 9, rotation: 45, x: 48, y: 32 },
      'object 9 is rotated by 45 degrees; set its rotation to 0',
    ],
    [
      'a tile of no tileset',
      { id: 9, gid: 77, x: 48, y: 32 },
      'object 9: tile number 77 is in no tileset of the map',
    ],
    ['gid 0', { gid: 0, x: 48, y: 32 }, 'gid: expected a tile number, got 0'],
    [
      'a negative size',
      { id: 9, x: 48, y: 32, width: -16, height: 16 },
      'object 9 is -16x16 pixels; expected no less than 0',
    ],
    ['a place beyond all maps', { x: 1e9, y: 0 }, 'x: expected at most 1000000 pixels, got 1000000000'],
    [
      'a huge size',
      { id: 9, x: 0, y: 0, width: 100_000, height: 16 },
      'object 9 covers 6250x1 tiles; at most 64x64 play',
    ],
    ['a single point', { x: 0, y: 0, polygon: [[0, 0]] }, '1 points; a polygon or polyline has 2 to 1000'],
  ])('%s is refused', (_, object, message) => {
    const place = format === 'tiled-json' ? 'room.tmj: layers[1].objects[2]: ' : /^maps\/room.tmx:\d+:1: /
    const why = whyNot(format, withObjects([PLAYER, GEM, object]))
    expect(why).toMatch(place)
    expect(why.endsWith(message), why).toBe(true)
  })

  test('an object outside of the map is refused, and two of a kind on one tile', () => {
    expect(whyNot(format, withObjects([PLAYER, GEM, { ...GEM, x: 90 }]))).toBe(
      `maps/${fileOf(format)}: tile (5, 1): 'object:gem-a' ('gem-a') lies outside the map`,
    )
    expect(whyNot(format, withObjects([PLAYER, GEM, GEM]))).toBe(
      `maps/${fileOf(format)}: tile (3, 1): 'object:gem-a' ('gem-a') stands there twice`,
    )
  })
})
