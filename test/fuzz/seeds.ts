/** Sound files to begin with: made by hand, and written from a generated level of every family of every game. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatPack } from '../../levels/formats/pack.ts'
import { formatXsb } from '../../levels/formats/xsb.ts'
import type { Level, LevelKind } from '../../levels/level.ts'
import { formatMoves } from '../../levels/moves.ts'
import { LEVEL_KINDS } from '../../levels/registry.ts'
import { formatLevel } from '../../levels/text.ts'
import { stream } from '../../src/core/random.ts'
import { type Field, type LayerSpec, type LevelSpec, ldtkProject, withLevelFiles } from '../ldtk/project.ts'
import { type Bundle, encode } from './case.ts'

const PACKS = 'levels/packs'

/** A level of every family of every game, small, with all hidden rules drawn. */
export function generatedLevels(): Level[] {
  return LEVEL_KINDS.flatMap(kind =>
    kind.families.map(family => generatedLevel(kind, family.name, family.smallest)),
  )
}

function generatedLevel(kind: LevelKind, family: string, smallest: number): Level {
  const side = smallest + (smallest % 2 ? 0 : 1)
  const seed = `fuzz/${family}`
  const draft = kind.generate(stream(kind.game, kind.version, seed), {
    ...kind.defaults,
    size: [side, side],
    vary: Object.keys(kind.defaultRules),
    families: [family],
  })
  const generator = `${kind.game}@${kind.version}`
  return {
    game: kind.game,
    ...draft,
    theme: 'ice',
    provenance: { source: 'generated', generator, family, seed },
  }
}

/** Hand-made levels of the packs, generated ones, and the forms that a text editor may give them. */
export function textSeeds(): Bundle[] {
  const handMade = readdirSync(PACKS, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.txt'))
    .sort()
    .map(name => readFileSync(join(PACKS, name), 'utf8'))
  const generated = generatedLevels().map(formatLevel)
  const [first = ''] = generated
  const solved = formatLevel({
    ...(generatedLevels()[0] as Level),
    title: 'Two halves',
    solution: '3r2(uL)',
    provenance: { source: 'imported', format: 'xsb', file: 'a.xsb', author: 'Ada', proof: 'solution' },
  })
  const texts = [
    ...handMade,
    ...generated,
    solved,
    first.replaceAll('\n', '\r\n'),
    `\uFEFF${first}`,
    first.replace('\n', '\n// a comment\n'),
  ]
  return texts.map(text => [{ name: 'level.txt', bytes: encode(text) }])
}

/** One pack a game; the moves are made up, as reading does not replay them. */
export function packSeeds(): Bundle[] {
  return LEVEL_KINDS.map(({ game }) => {
    const levels = generatedLevels().filter(level => level.game === game)
    const header = {
      game,
      split: 'train',
      seed: '1',
      count: levels.length,
      options: { size: [9, 13] },
    } as const
    const text = formatPack(
      header,
      levels.map(level => ({ level, return: 3, moves: 'uldr' })),
    )
    return [{ name: 'levels.jsonl', bytes: encode(text) }]
  })
}

export const MOVES_SEEDS: readonly string[] = [
  'u',
  'udlrUDLRnx',
  '3r2(uL)',
  '10(3(u2d)LR)4x',
  'r r r\nU U\n',
  '99999u',
  '2(2(2(2(2(2(2(u)))))))',
  formatMoves('uuuurrrrRRRRdddLLLLLLLLLuddlr'.repeat(20)),
]

/** Collections: exported, and as the net has them. */
export function xsbSeeds(): Bundle[] {
  const levels = generatedLevels().filter(level => level.game === 'sokoban')
  const titled = levels.map((level, i) => ({ ...level, title: `Level ${i + 1}`, solution: 'uldrULDR' }))
  const board = ['#####', '#@$.#', '#####'].join('\n')
  const texts = [
    ...levels.map(level => formatXsb([level])),
    formatXsb([...levels, ...titled]),
    `${board}\nTitle: One\nAuthor: Ada\nSolution: R\n\n; Two\n\n#####\n#+*$#\n#-_-#\n#####\n`,
    'Collection: Small\nAuthor: Ada\n\n1\n5#|#@$.#|5#\n\n2\n\n 7#\n #2-@2-#\n #-$-.-#\n 7#\n',
    `:: a comment\r\n\r\nLevel 1\r\n${board.replaceAll('\n', '\r\n')}\r\nComment: two\r\nlines\r\nComment-End:\r\n`,
    Array.from({ length: 40 }, (_, i) => `; ${i + 1}\n${board}\n`).join('\n'),
  ]
  return texts.map(text => [{ name: 'levels.xsb', bytes: encode(text) }])
}

export const SOLUTIONS_SEEDS: readonly string[] = [
  'One: uldr\nTwo: 3r2(uL)\n',
  '; a comment\n\nA title: with a colon: uuuLLLrrr\n// another\nB: 5x\n',
  'one: u\r\ntwo: d\r\nthree: 10(ud)\r\n',
  Array.from({ length: 60 }, (_, i) => `level ${i + 1}: ${formatMoves('ulDr'.repeat(i + 1))}`).join('\n'),
]

const NAMED = { brick: 'wall', grass: 'floor', apple: 'gem-a', hero: 'player' }

export const MAPPING_SEEDS: readonly string[] = [
  { game: 'gems', tiles: NAMED },
  {
    game: 'gems',
    theme: 'ice',
    rules: { worth: [1, -1, 1], controls: [1, 0, 2, 3] },
    empty: 'floor',
    tiles: NAMED,
  },
  {
    game: 'gems',
    tiles: { 'sheet:0': '#', 'sheet:1': null, apple: 'c', hero: '@', other: 'wall' },
    empty: '.',
  },
].map(mapping => JSON.stringify(mapping, null, 1))

/** Projects with every kind of layer, embedded and in files of their own, with one world and with several. */
export function ldtkSeeds(): Bundle[] {
  const levels = generatedLevels()
  return levels.flatMap((level, i): Bundle[] => {
    const values = [...new Set(level.map.join(''))]
    const layers = [intGridLayers, tileLayers, entityLayers][i % 3] as typeof intGridLayers
    const spec = levelSpec(level, layers(level, values))
    const next = levels[(i + 1) % levels.length] as Level
    const project = ldtkProject({
      values,
      customData: Object.fromEntries(
        values.map((value, t) => [t, t % 2 ? value : JSON.stringify({ tile: value })]),
      ),
      enumTags: { Unused: [0, 1, 60] },
      levelFields: [
        ['theme', 'dungeon'],
        ['title', null],
      ],
      levels: i % 4 === 3 ? [] : [spec, { ...spec, name: 'Broken', columns: spec.columns + 1 }],
      worlds:
        i % 4 === 3
          ? [
              { name: 'Town', levels: [spec] },
              { name: 'Wood', levels: [levelSpec(next, [])] },
            ]
          : [],
    })
    if (i % 4 !== 2) return [[{ name: 'map.ldtk', bytes: encode(JSON.stringify(project)) }]]
    const separate = withLevelFiles(project, 'map')
    const files = [...separate.files].map(([name, value]) => ({ name, bytes: encode(JSON.stringify(value)) }))
    return [[{ name: 'map.ldtk', bytes: encode(JSON.stringify(separate.project)) }, ...files]]
  })
}

function levelSpec(level: Level, layers: readonly LayerSpec[]): LevelSpec {
  const rules = Object.entries(level.rules).map(
    ([name, value], i): Field =>
      i % 2 && Array.isArray(value)
        ? [`rules_${name}`, 'Array<Int>', value]
        : [`rules_${name}`, 'String', JSON.stringify(value)],
  )
  return {
    name: `Level_${level.game}`,
    columns: (level.map[0] as string).length,
    rows: level.map.length,
    layers,
    fields: [['game', 'String', level.game], ['author', 'String', null], ...rules],
  }
}

function intGridLayers({ map }: Pick<Level, 'map'>, values: readonly string[]): LayerSpec[] {
  return [
    {
      type: 'IntGrid',
      values: map.map(row => Array.from(row, tile => (1 + values.indexOf(tile)).toString(36)).join('')),
    },
  ]
}

function tileLayers({ map }: Level, values: readonly string[]): LayerSpec[] {
  const tiles = map.flatMap((row, y) => Array.from(row, (tile, x) => ({ x, y, t: values.indexOf(tile) })))
  return [
    { type: 'Tiles', tiles: tiles.slice(0, 20) },
    { type: 'AutoLayer', tiles: tiles.slice(20) },
  ]
}

function entityLayers({ map }: Level, values: readonly string[]): LayerSpec[] {
  const entities = map.flatMap((row, y) =>
    Array.from(row, (tile, x) => ({
      name: 'Thing',
      x,
      y,
      pivot: [0.5, 1] as const,
      fields: [['tile', 'String', tile]] as Field[],
    })),
  )
  return [
    { type: 'Entities', entities: entities.slice(-12) },
    ...intGridLayers({ map: withoutLast(map, 12) }, values),
  ]
}

/** The map with its last tiles left out: value 0 in an IntGrid. */
function withoutLast(map: readonly string[], count: number): string[] {
  const width = (map[0] as string).length
  const text = map.join('')
  const kept = `${text.slice(0, -count)}${' '.repeat(count)}`
  return map.map((_, y) => kept.slice(y * width, (y + 1) * width))
}
