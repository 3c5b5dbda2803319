/**
 * Levels of chaser: dots to collect, and creatures of three kinds that walk to and fro. Seen: all of them, and which way
 * each creature goes. Hidden: which kinds pay and which cost.
 */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'
import { MAX_SPRITES } from '../src/core/scene.ts'
import {
  COLOUR_NAMES,
  COLOURS_BY_LETTER,
  controlsSchema,
  drawControls,
  STRAIGHT_CONTROLS,
  tellControls,
} from './controls.ts'
import { at, drawSide, type Grid, positions, put, room, toRows, turned } from './grid.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const KINDS = ['a', 'b', 'c']
const CREATURES = { 1: 3, 2: 6, 3: 9 }
const DOTS = { 1: 2, 2: 2, 3: 3 }
/** Shares of walls: anywhere in a field, and of the places for bars. */
const SCATTERED = { 1: 0.05, 2: 0.12, 3: 0.2 }
const BARS = { 1: 0.4, 2: 0.6, 3: 0.8 }
/** Tiles that a creature has to walk on at least, and that lie between it and the player at the start. */
const SHORTEST_WALK = 3
const NEAREST = 3
/** The player is a sprite too. */
export const MAX_CREATURES = MAX_SPRITES - 1

const rulesSchema = z.strictObject({
  /**
   * Points for touching a creature of kind a, b, c, at least one of each sign. Training draws 3 and -3; held out: one of
   * the kinds is worth 1 or -1.
   */
  nature: z
    .array(z.literal([3, -3, 1, -1], { error: 'expected 3, -3, 1 or -1' }))
    .length(3)
    .refine(n => n.some(points => points > 0) && n.some(points => points < 0), {
      error: 'expected at least one kind that pays and one that costs',
    })
    .describe('points for touching a creature of kind a, b, c: 3 or 1 pays, -3 or -1 costs')
    .meta({
      places: COLOURS_BY_LETTER,
      values: { 3: 'pays 3', '-3': 'costs 3', 1: 'pays 1', '-1': 'costs 1' },
    }),
  controls: controlsSchema,
})

export const chaserLevels: LevelKind = {
  game: 'chaser',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall' },
    '.': { tile: 'floor', means: 'floor' },
    '@': { tile: 'floor', player: true, means: 'player' },
    '*': { tile: 'dot', means: 'dot' },
    a: { tile: 'floor', thing: 'creature-a', means: 'creature of kind a' },
    b: { tile: 'floor', thing: 'creature-b', means: 'creature of kind b' },
    c: { tile: 'floor', thing: 'creature-c', means: 'creature of kind c' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { nature: [3, -3, 3], controls: STRAIGHT_CONTROLS },
  isHeldOut: rules => rulesSchema.parse(rules).nature.some(points => points !== 3 && points !== -3),
  tellRules(rules) {
    const { nature, controls } = rulesSchema.parse(rules)
    const tell = (points: number, i: number) =>
      `Touching a ${COLOUR_NAMES[i]} creature ${points > 0 ? 'pays' : 'costs'} ${Math.abs(points)}.`
    return [...nature.map(tell), tellControls(controls)]
  },
  families: [
    { name: 'field', heldOut: false, smallest: 7 },
    { name: 'lanes', heldOut: false, smallest: 7 },
    { name: 'yards', heldOut: true, smallest: 7 },
  ],
  defaults: {
    size: [9, 11],
    vary: ['nature'],
    families: ['field', 'lanes'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    rulesSchema.parse(rules)
    const problems: Problem[] = []
    const all = map.join('')
    if (!all.includes('*')) problems.push({ message: 'no dot; put at least one' })
    const creatures = all.replace(/[^abc]/g, '').length
    if (creatures > MAX_CREATURES)
      problems.push({ message: `${creatures} creatures; at most ${MAX_CREATURES} are supported` })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const { difficulty, vary } = options
    const grid = layout(random.pick(options.families), drawSide(random, options.size), difficulty, random)
    const start = random.pick(positions(grid, '.'))
    const near = random.shuffled(connected(grid, start))
    const walks = near.filter(
      ([x, y]) =>
        Math.abs(x - start[0]) + Math.abs(y - start[1]) >= NEAREST && walkAt(grid, x, y) >= SHORTEST_WALK,
    )
    // As many of each kind, so that no kind is rare enough to tell its nature by.
    const creatures = walks.slice(0, CREATURES[difficulty])
    creatures.forEach(([x, y], i) => {
      put(grid, x, y, KINDS[i % 3] as string)
    })
    const rest = near.filter(place => place !== start && !creatures.includes(place))
    for (const [x, y] of rest.slice(0, DOTS[difficulty])) put(grid, x, y, '*')
    put(grid, ...start, '@')
    return {
      map: toRows(turned(grid, random)),
      rules: { nature: drawNature(random, options), controls: drawControls(random, vary) },
    }
  },
}

function drawNature(random: Stream, { vary, heldOutRules }: GenerateOptions): number[] {
  if (!vary.includes('nature')) return [3, -3, 3]
  // 1 to 6 in binary: every pattern of signs but all-equal.
  const pattern = 1 + random.int(6)
  const nature: number[] = [0, 1, 2].map(bit => ((pattern >> bit) & 1 ? 3 : -3))
  if (heldOutRules) {
    const other = random.int(3)
    nature[other] = Math.sign(nature[other] as number)
  }
  return nature
}

function layout(family: string, side: number, difficulty: Difficulty, random: Stream): Grid {
  const grid = room(side, side)
  const middle = (side - 1) / 2
  if (family === 'field') {
    for (const [x, y] of positions(grid, '.')) if (random.next() < SCATTERED[difficulty]) put(grid, x, y, '#')
  } else if (family === 'lanes') {
    for (let y = 2; y < side - 2; y += 2)
      for (let x = 1; x < side - 1; x++) if (random.next() < BARS[difficulty]) put(grid, x, y, '#')
  } else {
    // Walls around the middle, each with a gate: an inner yard and an outer one.
    for (let i = 2; i < side - 2; i++)
      for (const [x, y] of [[i, 2], [i, side - 3], [2, i], [side - 3, i]] as const) put(grid, x, y, '#') // biome-ignore format: a table
    const gate = () => middle - 1 + random.int(3)
    put(grid, gate(), 2, '.')
    put(grid, gate(), side - 3, '.')
    if (difficulty < 3) put(grid, 2, gate(), '.')
    if (difficulty < 2) put(grid, side - 3, gate(), '.')
  }
  return grid
}

/** All floor that can be reached from a place, the place itself first. */
function connected(grid: Grid, start: [number, number]): [number, number][] {
  const found = [start]
  const known = new Set([start.join()])
  for (const [x, y] of found) {
    for (const next of [
      [x, y - 1],
      [x, y + 1],
      [x - 1, y],
      [x + 1, y],
    ] as [number, number][]) {
      // biome-ignore format: a table
      if (at(grid, ...next) === '#' || known.has(next.join())) continue
      known.add(next.join())
      found.push(next)
    }
  }
  return found
}

/** How many tiles a creature that begins there walks on: the longer of its free row and column. */
function walkAt(grid: Grid, x: number, y: number): number {
  const free = (dx: number, dy: number): number => {
    let count = 0
    while (at(grid, x + (count + 1) * dx, y + (count + 1) * dy) !== '#') count++
    return count
  }
  return 1 + Math.max(free(-1, 0) + free(1, 0), free(0, -1) + free(0, 1))
}
