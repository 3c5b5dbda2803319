/**
 * Levels of lander: a cave with coins, and a pad to land on. Hidden: where things fall, how strongly, and which thruster
 * each action fires. Maps are drawn without a look at any of it and turned at random, so that a map tells nothing.
 */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'
import {
  controlsSchema,
  DIRECTION_NAMES,
  drawControlsOf,
  isHeldOutControls,
  STRAIGHT_CONTROLS,
  tellControls,
} from './controls.ts'
import { at, drawSide, filledGrid, type Grid, positions, put, room, toRows, turned } from './grid.ts'
import { pickHeldOut } from './held-out.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const DIRECTIONS = [0, 1, 2, 3] as const
const STRENGTHS = [1, 2, 3] as const

const COINS = { 1: 3, 2: 4, 3: 6 }
/** Shares of a cavern that are rock before it is smoothed, and of an open field that are boulders. */
const ROCK = { 1: 0.3, 2: 0.38, 3: 0.42 }
const BOULDERS = { 1: 0.04, 2: 0.08, 3: 0.12 }
/** More would not fit the solver's key (one bit a coin). */
const MAX_COINS = 15
/** A cavern of fewer tiles is dug anew: a share of the map inside its border. */
const ROOMY = 0.4

const rulesSchema = z.strictObject({
  /** Where things fall: 0 up, 1 down, 2 left, 3 right. */
  fall: z
    .literal(DIRECTIONS, { error: 'expected 0, 1, 2 or 3 (up down left right)' })
    .describe('where the ship falls: 0 up, 1 down, 2 left, 3 right')
    .meta({ values: DIRECTION_NAMES }),
  /** What is added to that speed each step, in sixteenths of a tile a step. */
  gravity: z
    .literal(STRENGTHS, { error: 'expected 1, 2 or 3' })
    .describe('how fast it falls faster: 1, 2 or 3 sixteenths of a tile a step'),
  controls: controlsSchema,
})

export const landerLevels: LevelKind = {
  game: 'lander',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'rock' },
    '.': { tile: 'floor', means: 'space' },
    '@': { tile: 'floor', player: true, means: 'ship' },
    o: { tile: 'coin', means: 'coin' },
    _: { tile: 'pad', means: 'landing pad' },
  },
  looks: ['ship'],
  rules: rulesSchema,
  defaultRules: { fall: 1, gravity: 2, controls: STRAIGHT_CONTROLS },
  isHeldOut(rules) {
    const { fall, gravity, controls } = rulesSchema.parse(rules)
    return isHeldOutPair(fall, gravity) || isHeldOutControls(controls)
  },
  tellRules(rules) {
    const { fall, gravity, controls } = rulesSchema.parse(rules)
    return [
      `The ship falls ${DIRECTION_NAMES[fall]}.`,
      `Gravity is ${{ 1: 'weak', 2: 'medium', 3: 'strong' }[gravity]} (${gravity} of 3).`,
      tellControls(controls),
    ]
  },
  families: [
    { name: 'cavern', heldOut: false, smallest: 9 },
    { name: 'boulders', heldOut: false, smallest: 9 },
    { name: 'shafts', heldOut: true, smallest: 9 },
  ],
  defaults: {
    size: [11, 13],
    vary: ['fall', 'gravity', 'controls'],
    families: ['cavern', 'boulders'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    rulesSchema.parse(rules)
    const all = map.join('')
    const problems: Problem[] = []
    if (!all.includes('_')) problems.push({ message: 'no landing pad; put at least one _' })
    const coins = all.split('o').length - 1
    if (coins > MAX_COINS) problems.push({ message: `${coins} coins; at most ${MAX_COINS} are supported` })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const side = drawSide(random, options.size)
    const grid = layout(family, side, options.difficulty, random)
    const free = random.shuffled(positions(grid, '.'))
    const pad = free.find(([x, y]) => besideRock(grid, x, y)) ?? (free[0] as [number, number])
    const away = ([x, y]: [number, number]) => Math.abs(x - pad[0]) + Math.abs(y - pad[1])
    // The ship begins in the farther half of the cave.
    const start = free.slice(1, 9).reduce((far, place) => (away(place) > away(far) ? place : far))
    put(grid, ...pad, '_')
    put(grid, ...start, '@')
    const coins = free.filter(
      ([x, y]) => at(grid, x, y) === '.' && Math.abs(x - start[0]) + Math.abs(y - start[1]) > 2,
    )
    for (const [x, y] of coins.slice(0, COINS[options.difficulty])) put(grid, x, y, 'o')
    return {
      map: toRows(turned(grid, random)),
      rules: {
        ...drawPair(random, options),
        controls: drawControlsOf(random, options.vary, options.heldOutRules),
      },
    }
  },
}

/** Each direction but up is held out with one strength, and each strength with one direction. */
function isHeldOutPair(fall: number, gravity: number): boolean {
  return fall + gravity === 4
}

/** Direction and strength: what does not vary keeps its default, and the pair is held out exactly where asked for. */
function drawPair(
  random: Stream,
  { vary, heldOutRules }: GenerateOptions,
): { fall: number; gravity: number } {
  const falls = vary.includes('fall') ? DIRECTIONS : [1]
  const strengths = vary.includes('gravity') ? STRENGTHS : [2]
  const pairs = falls.flatMap(fall => strengths.map(gravity => ({ fall, gravity })))
  return pickHeldOut(random, pairs, ({ fall, gravity }) => isHeldOutPair(fall, gravity), heldOutRules)
}

function layout(family: string, side: number, difficulty: Difficulty, random: Stream): Grid {
  if (family === 'cavern') return digCavern(side, difficulty, random)
  if (family === 'boulders') {
    const grid = room(side, side)
    for (const [x, y] of positions(grid, '.')) if (random.next() < BOULDERS[difficulty]) put(grid, x, y, '#')
    return onePiece(grid)
  }
  // Chambers side by side, walls between them with a gap of two tiles.
  const grid = room(side, side)
  const walls = difficulty === 1 || side < 11 ? 1 : 2
  for (let wall = 1; wall <= walls; wall++) {
    const x = Math.round(((side - 1) * wall) / (walls + 1))
    const gap = 1 + random.int(side - 3)
    for (let y = 1; y < side - 1; y++) if (y !== gap && y !== gap + 1) put(grid, x, y, '#')
  }
  return grid
}

/** Random rock, smoothed by a cellular automaton; the largest hollow is the cave. */
function digCavern(side: number, difficulty: Difficulty, random: Stream): Grid {
  for (;;) {
    let grid = room(side, side)
    for (const [x, y] of positions(grid, '.')) if (random.next() < ROCK[difficulty]) put(grid, x, y, '#')
    for (let pass = 0; pass < 2; pass++) grid = smoothed(grid)
    grid = onePiece(grid)
    if (positions(grid, '.').length >= ROOMY * (side - 2) ** 2) return grid
  }
}

/** A tile becomes rock with five or more rocks among itself and the eight around it. */
function smoothed(grid: Grid): Grid {
  const next = filledGrid(grid.length, grid.length, '#')
  for (let y = 1; y < grid.length - 1; y++) {
    for (let x = 1; x < grid.length - 1; x++) {
      let rocks = 0
      for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) if (at(grid, x + dx, y + dy) === '#') rocks++
      if (rocks < 5) put(next, x, y, '.')
    }
  }
  return next
}

/** Keeps the largest connected space and fills the others with rock. */
function onePiece(grid: Grid): Grid {
  let largest: [number, number][] = []
  const known = grid.map(row => row.map(tile => tile === '#'))
  for (const place of positions(grid, '.')) {
    const piece: [number, number][] = []
    const add = (x: number, y: number) => {
      const row = known[y] as boolean[]
      if (row[x]) return
      row[x] = true
      piece.push([x, y])
    }
    add(...place)
    for (let next = 0; next < piece.length; next++) {
      const [x, y] = piece[next] as [number, number]
      add(x, y - 1)
      add(x, y + 1)
      add(x - 1, y)
      add(x + 1, y)
    }
    if (piece.length > largest.length) largest = piece
  }
  const out = filledGrid(grid.length, grid.length, '#')
  for (const [x, y] of largest) put(out, x, y, '.')
  return out
}

function besideRock(grid: Grid, x: number, y: number): boolean {
  return [at(grid, x, y - 1), at(grid, x, y + 1), at(grid, x - 1, y), at(grid, x + 1, y)].includes('#')
}
