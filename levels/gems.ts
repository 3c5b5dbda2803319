/**
 * Levels of gems: an open or walled field with gems of three colours. Seen: where each gem lies. Hidden: which
 * colours pay and which cost.
 */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'
import {
  COLOUR_NAMES,
  COLOURS_BY_LETTER,
  controlsSchema,
  drawControls,
  STRAIGHT_CONTROLS,
  tellControls,
} from './controls.ts'
import { drawSide, type Grid, positions, put, room, toRows, turned } from './grid.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const COLOURS = ['a', 'b', 'c']
const GEMS = { 1: 6, 2: 6, 3: 9 }
/** Shares of walls: anywhere, and of the places for pillars. */
const SCATTERED = { 1: 0.05, 2: 0.15, 3: 0.25 }
const PILLARS = { 1: 0.4, 2: 0.7, 3: 0.95 }
/** More would not fit the solver's key (one bit a gem). */
export const MAX_GEMS = 30

const rulesSchema = z.strictObject({
  /** Points for a gem of colour a, b, c, at least one of each sign. Training draws 1 and -1; 2 and -2 are held out. */
  worth: z
    .array(z.literal([1, -1, 2, -2], { error: 'expected 1, -1, 2 or -2' }))
    .length(3)
    .refine(w => w.some(points => points > 0) && w.some(points => points < 0), {
      error: 'expected at least one colour that pays and one that costs',
    })
    .describe('points for a gem of colour a, b, c: 1 or 2 pays, -1 or -2 costs')
    .meta({
      places: COLOURS_BY_LETTER,
      values: { 1: 'pays 1', '-1': 'costs 1', 2: 'pays 2', '-2': 'costs 2' },
    }),
  controls: controlsSchema,
})

export const gemsLevels: LevelKind = {
  game: 'gems',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall' },
    '.': { tile: 'floor', means: 'floor' },
    '@': { tile: 'floor', player: true, means: 'player' },
    a: { tile: 'gem-a', means: 'gem of colour a' },
    b: { tile: 'gem-b', means: 'gem of colour b' },
    c: { tile: 'gem-c', means: 'gem of colour c' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { worth: [1, -1, 1], controls: STRAIGHT_CONTROLS },
  isHeldOut: rules => rulesSchema.parse(rules).worth.some(points => points !== 1 && points !== -1),
  tellRules(rules) {
    const { worth, controls } = rulesSchema.parse(rules)
    const tell = (points: number, i: number) =>
      `A ${COLOUR_NAMES[i]} gem ${points > 0 ? 'pays' : 'costs'} ${Math.abs(points)}.`
    return [...worth.map(tell), tellControls(controls)]
  },
  families: [
    { name: 'scatter', heldOut: false, smallest: 7 },
    { name: 'pillars', heldOut: false, smallest: 7 },
    { name: 'rooms', heldOut: true, smallest: 7 },
  ],
  defaults: {
    size: [9, 13],
    vary: ['worth'],
    families: ['scatter', 'pillars'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    const { worth } = rulesSchema.parse(rules)
    const problems: Problem[] = []
    const gems = map.join('').replace(/[^abc]/g, '')
    if (gems.length > MAX_GEMS)
      problems.push({ message: `${gems.length} gems; at most ${MAX_GEMS} are supported` })
    if (![...gems].some(gem => (worth[COLOURS.indexOf(gem)] as number) > 0))
      problems.push({ message: 'no gem that pays; put at least one' })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const grid = layout(family, drawSide(random, options.size), options.difficulty, random)
    const free = random.shuffled(positions(grid, '.'))
    const [start, ...rest] = free
    put(grid, ...(start as [number, number]), '@')
    // Two of each colour, so that no colour is rare enough to tell its worth by.
    rest.slice(0, GEMS[options.difficulty]).forEach(([x, y], i) => {
      put(grid, x, y, COLOURS[i % 3] as string)
    })
    return {
      map: toRows(grid),
      rules: { worth: drawWorth(random, options), controls: drawControls(random, options.vary) },
    }
  },
}

function drawWorth(random: Stream, { vary, heldOutRules }: GenerateOptions): number[] {
  if (!vary.includes('worth')) return [1, -1, 1]
  // 1 to 6 in binary: every pattern of signs but all-equal.
  const pattern = 1 + random.int(6)
  const worth: number[] = [0, 1, 2].map(bit => ((pattern >> bit) & 1 ? 1 : -1))
  if (heldOutRules) {
    const doubled = random.int(3)
    worth[doubled] = 2 * (worth[doubled] as number)
  }
  return worth
}

function layout(family: string, side: number, difficulty: Difficulty, random: Stream): Grid {
  const grid = room(side, side)
  if (family === 'scatter') {
    for (const [x, y] of positions(grid, '.')) if (random.next() < SCATTERED[difficulty]) put(grid, x, y, '#')
  } else if (family === 'pillars') {
    for (let y = 2; y < side - 2; y += 2)
      for (let x = 2; x < side - 2; x += 2) if (random.next() < PILLARS[difficulty]) put(grid, x, y, '#')
  } else {
    const middle = (side - 1) / 2
    for (let i = 1; i < side - 1; i++) {
      put(grid, middle, i, '#')
      put(grid, i, middle, '#')
    }
    for (const half of [0, 1]) {
      const span = middle - 1
      put(grid, middle, 1 + half * middle + random.int(span), '.')
      put(grid, 1 + half * middle + random.int(span), middle, '.')
    }
  }
  return turned(grid, random)
}
