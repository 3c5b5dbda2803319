/**
 * Levels of platformer, seen from the side: ground, pits of spikes, coins, moving platforms, a flag at the far end.
 * Hidden: how strongly things fall and how strongly the player jumps. Maps are drawn without a look at either, so
 * that a map tells nothing of them; the solver refuses what cannot be won with them.
 */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'
import {
  controlsSchema,
  drawControlsOf,
  isHeldOutControls,
  STRAIGHT_CONTROLS,
  tellControls,
} from './controls.ts'
import { at, drawSide, type Grid, put, room, toRows } from './grid.ts'
import { pickHeldOut } from './held-out.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const GRAVITIES = [1, 2, 3] as const
const JUMPS = [9, 11, 13] as const
/** Pairs of gravity and jump that training never draws; each value alone it does draw. */
const HELD_OUT_PAIRS = ['1 9', '2 13', '3 11']

const COINS = { 1: 3, 2: 4, 3: 5 }
/** How likely the ground rises or falls by a tile from one column to the next, and is a pit with spikes. */
const SLOPES = { 1: 0.25, 2: 0.4, 3: 0.5 }
const PITS = { 1: 0.2, 2: 0.35, 3: 0.5 }
/** How likely a column of the trench that platforms cross has spikes. */
const TRENCH = { 1: 0.3, 2: 0.5, 3: 0.75 }
/** How likely spikes hang over a column, too high for a weak jump to touch. */
const HANGING = { 1: 0.1, 2: 0.25, 3: 0.35 }
/** More would not fit the solver's key (one bit a coin). */
export const MAX_COINS = 15
/** All of them are sprites. */
const MAX_PLATFORMS = 24

const rulesSchema = z.strictObject({
  /** What is added to the fall each tick, in sixteenths of a tile a tick. */
  gravity: z
    .literal(GRAVITIES, { error: 'expected 1, 2 or 3' })
    .describe('how fast a fall gets faster: 1, 2 or 3 sixteenths of a tile a tick'),
  /** Speed that a jump begins with, in sixteenths of a tile a tick. */
  jump: z
    .literal(JUMPS, { error: 'expected 9, 11 or 13' })
    .describe('how fast a jump begins: 9, 11 or 13 sixteenths of a tile a tick'),
  controls: controlsSchema,
})

export const platformerLevels: LevelKind = {
  game: 'platformer',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'ground' },
    '.': { tile: 'floor', means: 'air' },
    '@': { tile: 'floor', player: true, means: 'player' },
    o: { tile: 'coin', means: 'coin' },
    '^': { tile: 'spikes', means: 'spikes' },
    '=': { tile: 'floor', thing: 'platform', means: 'platform that moves to and fro in its row' },
    F: { tile: 'flag', means: 'the flag' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { gravity: 2, jump: 11, controls: STRAIGHT_CONTROLS },
  isHeldOut(rules) {
    const { gravity, jump, controls } = rulesSchema.parse(rules)
    return isHeldOutPair(gravity, jump) || isHeldOutControls(controls)
  },
  tellRules(rules) {
    const { gravity, jump, controls } = rulesSchema.parse(rules)
    return [
      `Gravity is ${{ 1: 'weak', 2: 'medium', 3: 'strong' }[gravity]} (${gravity} of 3).`,
      `Jumps are ${{ 9: 'weak', 11: 'medium', 13: 'strong' }[jump]} (they begin at ${jump} sixteenths of a tile a tick).`,
      tellControls(controls),
    ]
  },
  families: [
    { name: 'hills', heldOut: false, smallest: 9 },
    { name: 'ferry', heldOut: false, smallest: 9 },
    { name: 'stones', heldOut: true, smallest: 9 },
  ],
  defaults: {
    size: [11, 13],
    vary: ['gravity', 'jump', 'controls'],
    families: ['hills', 'ferry'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    rulesSchema.parse(rules)
    const all = map.join('')
    const problems: Problem[] = []
    if (!all.includes('F')) problems.push({ message: 'no flag; put at least one F' })
    const coins = all.split('o').length - 1
    if (coins > MAX_COINS) problems.push({ message: `${coins} coins; at most ${MAX_COINS} are supported` })
    const platforms = all.split('=').length - 1
    if (platforms > MAX_PLATFORMS)
      problems.push({ message: `${platforms} platforms; at most ${MAX_PLATFORMS} are supported` })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const { difficulty } = options
    const side = drawSide(random, options.size)
    const grid = room(side, side)
    if (family === 'hills') layHills(grid, difficulty, random)
    else if (family === 'ferry') layFerry(grid, difficulty, random)
    else layStones(grid, difficulty, random)
    // The flag lies to the right or to the left.
    const map = toRows(random.int(2) ? grid.map(row => [...row].reverse()) : grid)
    return {
      map,
      rules: {
        ...drawPair(random, options),
        controls: drawControlsOf(random, options.vary, options.heldOutRules),
      },
    }
  },
}

function isHeldOutPair(gravity: number, jump: number): boolean {
  return HELD_OUT_PAIRS.includes(`${gravity} ${jump}`)
}

/** Gravity and jump: what does not vary keeps its default, and the pair is held out exactly where asked for. */
function drawPair(
  random: Stream,
  { vary, heldOutRules }: GenerateOptions,
): { gravity: number; jump: number } {
  const gravities = vary.includes('gravity') ? GRAVITIES : [2]
  const jumps = vary.includes('jump') ? JUMPS : [11]
  const pairs = gravities.flatMap(gravity => jumps.map(jump => ({ gravity, jump })))
  return pickHeldOut(random, pairs, ({ gravity, jump }) => isHeldOutPair(gravity, jump), heldOutRules)
}

/** Rolling ground with pits of spikes, coins above it and spikes that hang over it. */
function layHills(grid: Grid, difficulty: Difficulty, random: Stream): void {
  const side = grid.length
  const tops: number[] = []
  let top = side - 2 - random.int(3)
  for (let x = 1; x < side - 1; x++) {
    if (x > 2 && x < side - 2 && random.next() < SLOPES[difficulty])
      top = Math.min(side - 2, Math.max(5, top + (random.int(2) ? 1 : -1)))
    tops[x] = top
    for (let y = top; y < side - 1; y++) put(grid, x, y, '#')
  }
  const level = (x: number) => tops[x - 1] === tops[x] && tops[x] === tops[x + 1]
  for (let x = 3; x < side - 2; x++) {
    const ground = tops[x] as number
    const afterPit = at(grid, x - 1, tops[x - 1] as number) === '^'
    if (level(x) && random.next() < PITS[difficulty] && (!afterPit || difficulty === 3))
      put(grid, x, ground, '^')
    else if (random.next() < HANGING[difficulty]) put(grid, x, ground - 3 - random.int(2), '^')
  }
  put(grid, 1, (tops[1] as number) - 1, '@')
  put(grid, side - 2, (tops[side - 2] as number) - 1, 'F')
  scatterCoins(grid, difficulty, random, x => (tops[x] as number) - 1 - random.int(3))
}

/** A trench full of spikes between two shores, islands in it, and platforms that skim over it. */
function layFerry(grid: Grid, difficulty: Difficulty, random: Stream): void {
  const side = grid.length
  const shore = side - 3 - random.int(2)
  for (let x = 1; x < side - 1; x++) {
    const island = x % 4 === 3 && random.int(2) === 0
    const dry = x < 3 || x > side - 4 || island
    for (let y = dry ? shore : shore + 1; y < side - 1; y++) put(grid, x, y, '#')
    const wide = at(grid, x - 1, shore) === '^' && at(grid, x - 2, shore) === '^'
    if (!dry && random.next() < TRENCH[difficulty] && (!wide || difficulty === 3)) put(grid, x, shore, '^')
  }
  put(grid, 1, shore - 1, '@')
  put(grid, side - 2, shore - 1, 'F')
  for (let x = 4; x < side - 3; x += 4) {
    const column = x + random.int(2)
    if (at(grid, column, shore) !== '#') put(grid, column, shore, '=')
  }
  scatterCoins(grid, difficulty, random, () => shore - 1 - random.int(3))
}

/** Stepping stones over a floor of spikes, up or down by a tile from one to the next. */
function layStones(grid: Grid, difficulty: Difficulty, random: Stream): void {
  const side = grid.length
  for (let x = 1; x < side - 1; x++) put(grid, x, side - 2, '^')
  const tops: number[] = []
  let top = side - 3 - random.int(2)
  for (let x = 1; x < side - 1; ) {
    const length = x === 1 ? 2 : 1 + random.int(4 - difficulty)
    for (let end = Math.min(x + length, side - 1); x < end; x++) {
      tops[x] = top
      put(grid, x, top, '#')
    }
    if (x < side - 3) {
      x++
      top = Math.min(side - 3, Math.max(4, top + random.int(3) - 1))
    }
  }
  put(grid, 1, (tops[1] as number) - 1, '@')
  put(grid, side - 2, (tops[side - 2] as number) - 1, 'F')
  scatterCoins(grid, difficulty, random, x => (tops[x] ?? side - 4) - 1 - random.int(3))
}

/** Coins in the air, none near the start, at most one a column; `height` gives the row to try in a column. */
function scatterCoins(
  grid: Grid,
  difficulty: Difficulty,
  random: Stream,
  height: (column: number) => number,
): void {
  const side = grid.length
  const columns = random.shuffled(Array.from({ length: side - 6 }, (_, i) => i + 4))
  let left = COINS[difficulty]
  for (const x of columns) {
    const y = Math.max(1, height(x))
    if (left > 0 && at(grid, x, y) === '.') {
      put(grid, x, y, 'o')
      left--
    }
  }
}
