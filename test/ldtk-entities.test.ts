/** LDtk projects: entities and level fields, and what of them is refused. */
import { describe, expect, it } from 'vitest'
import { type EntitySpec, type Field, type LayerSpec, type LevelSpec, ldtkProject } from './ldtk/project.ts'
import {
  imported,
  importJson,
  levelOf,
  rejection,
  VALUES,
  withFields,
  YARD,
  YARD_MAP,
  yard,
} from './ldtk/yard.ts'

describe('entities', () => {
  const things = (...entities: EntitySpec[]): Partial<LevelSpec> => ({
    layers: [
      { type: 'Entities', entities },
      { type: 'IntGrid', values: ['11111', '12221', '12221', '11111'] },
    ],
  })

  it.each([
    [0, 0],
    [0.5, 0.5],
    [0.5, 1],
    [1, 1],
    [0.3, 0.7],
  ] as const)('stand on their tile, whatever their pivot (%d, %d)', (...pivot) => {
    for (const size of [
      [16, 16],
      [8, 12],
      [16, 5],
    ] as const) {
      const level = yard(
        things(
          { name: 'Player', x: 1, y: 1, pivot, size },
          { name: 'gem_a', x: 3, y: 1, pivot, size },
          { name: 'b', x: 2, y: 2, pivot, size },
        ),
      )
      expect(level.map).toEqual(YARD_MAP)
    }
  })

  it('larger than a tile cover all tiles under them', () => {
    const wide: EntitySpec = { name: 'gem_a', x: 2, y: 1, size: [32, 32], pivot: [0.5, 1] }
    expect(yard(things({ name: 'Player', x: 1, y: 1 }, wide)).map).toEqual([
      '#####',
      '#@aa#',
      '#.aa#',
      '#####',
    ])
  })

  it('between tiles, or of a size that covers tiles in part, are refused', () => {
    const large: EntitySpec = { name: 'gem_a', x: 2, y: 1, size: [24, 16] }
    expect(rejection(things({ name: 'Player', x: 1, y: 1 }, large))).toMatch(
      /entity 'gem_a' at \(32, 16\) px is 24x16 px and covers cells of 16 px in part/,
    )
    const project = ldtkProject({ values: VALUES, levels: [YARD] })
    Object.assign(project.levels[0]?.layerInstances?.[0]?.entityInstances[0] ?? {}, { px: [20, 16] })
    expect(importJson(project)[0]).toHaveProperty(
      'why',
      expect.stringMatching(/entity 'Player' at \(20, 16\) px/),
    )
  })

  it('are what their field `tile` says, and unknown ones are named with their place', () => {
    const fields: Field[] = [
      ['tile', 'String', 'gem-b'],
      ['weight', 'Int', 3],
    ]
    const gem: EntitySpec = { name: 'Fruit', x: 2, y: 2, fields }
    const first: EntitySpec = { name: 'gem_a', x: 3, y: 1 }
    expect(yard(things({ name: 'Player', x: 1, y: 1 }, first, gem)).map).toEqual(YARD_MAP)
    expect(rejection(things({ name: 'Player', x: 1, y: 1 }, { name: 'Fruit', x: 2, y: 2 }))).toMatch(
      /no meaning in gems for 'entity:Fruit' \('Fruit', 'fruit'\) at \(2, 2\)/,
    )
  })

  it('outside of the level, and two of a kind on one tile, are refused', () => {
    expect(rejection(things({ name: 'Player', x: 7, y: 1 }))).toMatch(/tile \(7, 1\).* lies outside the map/)
    expect(rejection(things({ name: 'Player', x: 1, y: 1 }, { name: 'Player', x: 1, y: 1 }))).toMatch(
      /stands there twice/,
    )
  })
})

describe('level fields', () => {
  it('give title, theme, author and hidden rules, as lists or as JSON text', () => {
    const level = yard(
      withFields(
        ['title', 'String', 'The yard'],
        ['theme', 'LocalEnum.Theme', 'Meadow'],
        ['author', 'String', 'Ada'],
        ['rules_worth', 'Array<Int>', [-1, 1, 1]],
        ['rules_controls', 'String', '[1, 0, 3, 2]'],
      ),
    )
    expect(level).toMatchObject({
      title: 'The yard',
      theme: 'meadow',
      rules: { worth: [-1, 1, 1], controls: [1, 0, 3, 2] },
      provenance: { author: 'Ada' },
    })
  })

  it('may name a rule that is a word without quotes', () => {
    const layers: LayerSpec[] = [{ type: 'IntGrid', values: ['111111', '123451', '111111'] }]
    const spec = { values: ['wall', '@', '.', 'a', 'b'], levels: [{ ...YARD, columns: 6, rows: 3, layers }] }
    const read = (...fields: Field[]) =>
      levelOf(
        imported(
          { ...spec, levels: spec.levels.map(level => ({ ...level, fields })) },
          { game: 'digger' },
        )[0],
      )
    expect(read(['rules_roll', 'LocalEnum.Side', 'right']).rules.roll).toBe('right')
    expect(read(['rules_roll', 'String', '"right"']).rules.roll).toBe('right')
  })

  it('that are empty count as not given, since all levels have the same ones', () => {
    const fields = withFields(
      ['title', 'String', ''],
      ['theme', 'String', null],
      ['rules_worth', 'Array<Int>', []],
      ['rules_opens', 'Array<Int>', []],
    )
    expect(yard(fields)).toEqual(yard({}))
  })

  it('that a level leaves out have the default of their definition', () => {
    const levelFields = [
      ['theme', 'ice'],
      ['rules_worth', '[1, 1, -1]'],
      ['title', null],
      ['game', 'gems'],
    ] as const
    const level = yard({ fields: [['rules_worth', 'String', '[-1, 1, 1]']] }, { levelFields })
    expect(level).toMatchObject({ theme: 'ice', game: 'gems', title: 'Yard', rules: { worth: [-1, 1, 1] } })
  })

  it('name the game unless the import does', () => {
    expect(yard({ fields: [['game', 'LocalEnum.Game', 'Gems']] }).game).toBe('gems')
    expect(yard({ fields: [] }, {}, { game: 'gems' }).game).toBe('gems')
    expect(rejection({ fields: [] })).toMatch(/no game/)
  })

  it('that are wrong are refused by name', () => {
    expect(rejection(withFields(['rules_worth', 'String', 'much']))).toMatch(
      /rules\.worth: expected a JSON value/,
    )
    expect(rejection(withFields(['rules_luck', 'Int', 3]))).toMatch(/gems has no hidden rule 'luck'/)
    expect(rejection(withFields(['theme', 'String', 'pink']))).toMatch(/theme: expected one of/)
    expect(rejection(withFields(['title', 'String', 'two\nlines']))).toMatch(
      /^levels\/yard\.ldtk: level 'Yard': title/,
    )
  })

  it('cannot reach into prototypes', () => {
    const fields: Field[] = [
      ['__proto__', 'String', 'x'],
      ['constructor', 'String', 'x'],
      ['rules___proto__', 'String', '{"a": 1}'],
    ]
    expect(rejection(withFields(...fields))).toMatch(/gems has no hidden rule '__proto__'/)
    expect(yard(withFields(...fields.slice(0, 2))).map).toEqual(YARD_MAP)
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  })
})
