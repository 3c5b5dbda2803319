/**
 * Levels of crossing: a frozen river with holes of lava between two banks, coins on firm stones in it, flags on the far
 * bank. Seen: all of that. Hidden: which way, and how strongly, the current pushes whoever stands on ice.
 */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'
import { controlsSchema, DIRECTION_NAMES, drawControls, STRAIGHT_CONTROLS, tellControls } from './controls.ts'
import { at, drawSide, type Grid, positions, put, room, toRows } from './grid.ts'
import type { Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const COINS = { 1: 3, 2: 4, 3: 5 }
/** Share of lava among the tiles of the river that no way needs. */
const LAVA = { 1: 0.6, 2: 0.9, 3: 1 }
const ROCKS = 0.05
/** Share of firm stones on a way. */
const STONES = 0.2
/** Tiles that nothing has been decided about. */
const OPEN = '?'
const STONE = 's'
/** More would not fit the solver's key (one bit a coin). */
export const MAX_COINS = 30

export interface Current {
  /** 0 up, 1 down, 2 left, 3 right. */
  readonly direction: number
  /** Tiles that it pushes after every action. */
  readonly strength: number
}

const TRAINING: readonly Current[] = [
  { direction: 0, strength: 1 },
  { direction: 1, strength: 1 },
  { direction: 2, strength: 1 },
  { direction: 3, strength: 1 },
  { direction: 0, strength: 2 },
  { direction: 1, strength: 2 },
]
const DEFAULT = TRAINING[3] as Current
const HELD_OUT: readonly Current[] = [
  { direction: 0, strength: 0 },
  { direction: 2, strength: 2 },
  { direction: 3, strength: 2 },
]

const rulesSchema = z.strictObject({
  /**
   * Training draws strength 1 in all directions and 2 up and down; held out: strength 2 to the left and right, and
   * still water (strength 0).
   */
  current: z
    .strictObject({
      direction: z.int().min(0).max(3).meta({ values: DIRECTION_NAMES }),
      strength: z.int().min(0).max(2),
    })
    // Still water has one name, or the same level could be in two splits.
    .refine(c => c.strength > 0 || c.direction === 0, { error: 'expected direction 0 where strength is 0' })
    .describe(
      'where the current pushes on ice (0 up, 1 down, 2 left, 3 right) and how many tiles (0, 1 or 2)',
    ),
  controls: controlsSchema,
})

export const crossingLevels: LevelKind = {
  game: 'crossing',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall or rock' },
    '.': { tile: 'floor', means: 'firm ground' },
    '@': { tile: 'floor', player: true, means: 'player' },
    '~': { tile: 'ice', means: 'ice, where the current pushes' },
    '^': { tile: 'lava', means: 'lava' },
    o: { tile: 'coin', means: 'coin on firm ground' },
    F: { tile: 'flag', means: 'flag on the far side' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { current: DEFAULT, controls: STRAIGHT_CONTROLS },
  isHeldOut(rules) {
    const { direction, strength } = rulesSchema.parse(rules).current
    return !TRAINING.some(c => c.direction === direction && c.strength === strength)
  },
  tellRules(rules) {
    const { current, controls } = rulesSchema.parse(rules)
    const { direction, strength } = current
    const tiles = strength === 1 ? '1 tile' : `${strength} tiles`
    const tell =
      strength === 0
        ? 'The water is still: nothing pushes on ice.'
        : `The current pushes ${tiles} ${DIRECTION_NAMES[direction]} on ice, after every action.`
    return [tell, tellControls(controls)]
  },
  families: [
    { name: 'river', heldOut: false, smallest: 7 },
    { name: 'shoals', heldOut: false, smallest: 9 },
    { name: 'islands', heldOut: true, smallest: 7 },
  ],
  defaults: {
    size: [9, 11],
    vary: ['current'],
    families: ['river', 'shoals'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    rulesSchema.parse(rules)
    const problems: Problem[] = []
    const all = map.join('')
    const coins = all.split('o').length - 1
    if (coins > MAX_COINS) problems.push({ message: `${coins} coins; at most ${MAX_COINS} are supported` })
    if (!all.includes('F')) problems.push({ message: 'no flag; put at least one F on the far side' })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const { difficulty, vary, heldOutRules } = options
    const side = drawSide(random, options.size)
    const grid = banks(random.pick(options.families), side, random)
    const [actual, turns] = vary.includes('current')
      ? drawCurrent(random, heldOutRules ? HELD_OUT : TRAINING)
      : [DEFAULT, random.pick([0, 1, 2])]
    // A way for each current that may flow there: the map does not tell which one does.
    const possible = (heldOutRules ? [...TRAINING, ...HELD_OUT] : TRAINING).filter(c => !isUphill(c, turns))
    for (const { direction, strength } of random.shuffled(possible))
      layWay(grid, { direction: turnedBack(direction, turns), strength }, random)
    for (const [x, y] of positions(grid, OPEN)) put(grid, x, y, random.next() < LAVA[difficulty] ? '^' : '~')
    const stones = random.shuffled(positions(grid, STONE))
    for (const [x, y] of stones) put(grid, x, y, '.')
    const places = [...stones, ...random.shuffled(positions(grid, '~'))]
    for (const [x, y] of places.slice(0, COINS[difficulty])) put(grid, x, y, 'o')
    put(grid, 1 + random.int(side - 2), side - 2, '@')
    let map = grid
    for (let turn = 0; turn < turns; turn++) map = quarterTurn(map)
    return { map: toRows(map), rules: { current: actual, controls: drawControls(random, vary) } }
  },
}

/**
 * Draws a number of quarter turns for the map, and the current. It never flows from the far side to the near one: nobody
 * could cross then but on firm ground.
 */
function drawCurrent(random: Stream, currents: readonly Current[]): [Current, number] {
  const turns = random.int(4)
  return [random.pick(currents.filter(c => !isUphill(c, turns))), turns]
}

/** Directions clockwise. */
const CLOCKWISE = [0, 3, 1, 2]

/** What a direction was before the map was turned clockwise. */
function turnedBack(direction: number, turns: number): number {
  return CLOCKWISE[(CLOCKWISE.indexOf(direction) + 4 - turns) % 4] as number
}

/** The current flows from the far side (at the top, before the map is turned) to the near one. */
function isUphill({ direction, strength }: Current, turns: number): boolean {
  return strength > 0 && turnedBack(direction, turns) === 1
}

function quarterTurn(grid: Grid): Grid {
  return (grid[0] as string[]).map((_, x) => grid.map(row => row[x] as string).reverse())
}

/** Flags in the top row, the near bank in the two bottom rows, between them the river, with whatever is firm in it. */
function banks(family: string, side: number, random: Stream): Grid {
  const grid = room(side, side)
  for (let y = 1; y < side - 3; y++)
    for (let x = 1; x < side - 1; x++) put(grid, x, y, y === 1 ? 'F' : random.next() < ROCKS ? '#' : OPEN)
  if (family === 'shoals') {
    for (let y = 4; y < side - 3; y += 3) for (let x = 1; x < side - 1; x++) put(grid, x, y, '.')
  } else if (family === 'islands') {
    for (let island = 0; island < side - 6; island++) {
      const [x, y] = [1 + random.int(side - 3), 2 + random.int(side - 5)]
      for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) put(grid, x + dx, y + dy, '.') // biome-ignore format: a table
    }
  }
  return grid
}

/** Walks from the near bank to a flag as the current would have it; every open tile that is entered becomes safe. */
function layWay(grid: Grid, { direction, strength }: Current, random: Stream): void {
  const side = grid.length
  let [x, y] = [1 + random.int(side - 2), side - 2]
  const enter = (dx: number, dy: number): boolean => {
    if (at(grid, x + dx, y + dy) === '#') return false
    x += dx
    y += dy
    if (at(grid, x, y) === OPEN) put(grid, x, y, random.next() < STONES ? STONE : '~')
    return true
  }
  const steps = [[0, -1], [0, 1], [-1, 0], [1, 0]] as const // biome-ignore format: a table
  for (let step = 0; step < 3 * side && y > 1; step++) {
    const way = random.pick([0, 0, 0, 2, 3])
    enter(...(steps[way] as readonly [number, number]))
    for (let push = 0; push < strength && at(grid, x, y) === '~'; push++)
      if (!enter(...(steps[direction] as readonly [number, number]))) break
  }
}
