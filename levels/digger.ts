/**
 * Levels of digger: earth with boulders and gems of three colours in it. Seen: where everything lies. Hidden: which
 * colour counts, and the side that boulders and gems roll to. Gravity points down, so maps are mirrored but never
 * turned over.
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
import { at, drawSide, filledGrid, type Grid, positions, put, toRows } from './grid.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const GEMS = ['a', 'b', 'c']
const GEMS_OF_A_COLOUR = { 1: 2, 2: 2, 3: 3 }
/** Shares of the earth that is a boulder, and a wall. */
const BOULDERS = { 1: 0.1, 2: 0.17, 3: 0.22 }
const WALLS = { 1: 0.03, 2: 0.05, 3: 0.07 }
const TOWERS = { 1: 2, 2: 4, 3: 6 }
const SIDES = ['left', 'right']

const rulesSchema = z.strictObject({
  /** The colour that counts: 0 a, 1 b, 2 c. Held out: 3, 4, 5 for all but a, b, c: two colours count. */
  counts: z
    .int()
    .min(0)
    .max(5)
    .describe('the gem that counts: 0 a, 1 b, 2 c; 3, 4, 5 all but a, b, c')
    .meta({ values: [...COLOURS_BY_LETTER, ...COLOURS_BY_LETTER.map(colour => `all but ${colour}`)] }),
  /** The side that boulders and gems roll to. Held out: none. */
  roll: z
    .literal(['left', 'right', 'none'], { error: 'expected "left", "right" or "none"' })
    .describe('the side that boulders and gems roll to: "left", "right" or "none"'),
  controls: controlsSchema,
})

/** Points for a gem of colour a, b, c: whoever takes gems as they come gets about nothing. */
export function worthOf(counts: number): number[] {
  return GEMS.map((_, colour) => (counts < 3 ? (colour === counts ? 3 : -2) : colour === counts - 3 ? -2 : 1))
}

export const diggerLevels: LevelKind = {
  game: 'digger',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall' },
    '.': { tile: 'floor', means: 'floor' },
    ':': { tile: 'earth', means: 'earth' },
    o: { tile: 'boulder', means: 'boulder' },
    '@': { tile: 'floor', player: true, means: 'player' },
    a: { tile: 'gem-a', means: 'gem of colour a' },
    b: { tile: 'gem-b', means: 'gem of colour b' },
    c: { tile: 'gem-c', means: 'gem of colour c' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { counts: 0, roll: 'left', controls: STRAIGHT_CONTROLS },
  isHeldOut(rules) {
    const { counts, roll } = rulesSchema.parse(rules)
    return counts > 2 || roll === 'none'
  },
  tellRules(rules) {
    const { counts, roll, controls } = rulesSchema.parse(rules)
    const gems =
      counts < 3
        ? `Only ${COLOUR_NAMES[counts]} gems count; the others cost.`
        : `All gems but the ${COLOUR_NAMES[counts - 3]} ones count; those cost.`
    const rolling =
      roll === 'none' ? 'Boulders and gems do not roll.' : `Boulders and gems roll to the ${roll}.`
    return [gems, rolling, tellControls(controls)]
  },
  families: [
    { name: 'field', heldOut: false, smallest: 7 },
    { name: 'heaps', heldOut: false, smallest: 7 },
    { name: 'galleries', heldOut: true, smallest: 7 },
  ],
  defaults: {
    size: [9, 11],
    vary: ['counts', 'roll'],
    families: ['field', 'heaps'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    const worth = worthOf(rulesSchema.parse(rules).counts)
    const counts = GEMS.filter((_, colour) => (worth[colour] as number) > 0)
    const problems: Problem[] = []
    if (!counts.some(gem => map.some(row => row.includes(gem))))
      problems.push({ message: `no gem that counts (${counts.join(' or ')}); put at least one` })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const grid = layout(family, drawSide(random, options.size), options.difficulty, random)
    // Gems like to lie on what is round, since from there they roll.
    const free = random.shuffled(positions(grid, ':'))
    const perches = free.filter(([x, y]) => isRound(at(grid, x, y + 1)))
    const places = [...perches.filter(() => random.next() < 0.5), ...free]
    const chosen = places.filter((place, i) => places.indexOf(place) === i)
    const count = 3 * GEMS_OF_A_COLOUR[options.difficulty]
    random.shuffled(chosen.slice(0, count)).forEach(([x, y], i) => {
      put(grid, x, y, GEMS[i % 3] as string)
    })
    const start = random.pick(startsIn(grid))
    put(grid, ...start, '@')
    prop(grid)
    return { map: toRows(grid), rules: drawRules(random, options) }
  },
}

function drawRules(random: Stream, { vary, heldOutRules }: GenerateOptions): Draft['rules'] {
  const held = heldOutRules ? 3 : 0
  const counts = vary.includes('counts') ? held + random.int(3) : 0
  const roll = !vary.includes('roll') ? 'left' : heldOutRules ? 'none' : random.pick(SIDES)
  return { counts, roll, controls: drawControls(random, vary) }
}

function layout(family: string, side: number, difficulty: Difficulty, random: Stream): Grid {
  const grid = filledGrid(side, side, '#')
  // Galleries are narrow: fewer boulders already bar the way.
  const boulders = BOULDERS[difficulty] / (family === 'galleries' ? 2 : 1)
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const chance = random.next() - WALLS[difficulty]
      put(grid, x, y, chance < 0 ? '#' : chance < boulders ? 'o' : ':')
    }
  }
  if (family === 'heaps') {
    // Towers on pegs of wall, propped up on both sides: whoever digs the props away brings them down on one.
    for (let tower = 0; tower < TOWERS[difficulty]; tower++) {
      const x = 2 + random.int(side - 4)
      const foot = 4 + random.int(side - 5)
      put(grid, x, foot, '#')
      for (let y = foot - 3; y < foot; y++) {
        put(grid, x, y, random.next() < 0.75 ? 'o' : ':')
        for (const beside of [x - 1, x + 1]) put(grid, beside, y, y === foot - 1 ? '.' : ':')
      }
      for (const beside of [x - 1, x + 1]) put(grid, beside, foot, '.')
    }
  } else if (family === 'galleries') {
    // Ledges of wall with a gallery above each: things roll off their ends.
    for (let y = 3; y < side - 1; y += 3) {
      const gaps = [0, 1, 2].map(() => 1 + random.int(side - 2))
      for (let x = 1; x < side - 1; x++) {
        put(grid, x, y, gaps.includes(x) ? '.' : '#')
        if (at(grid, x, y - 1) !== 'o') put(grid, x, y - 1, '.')
      }
    }
  }
  return grid
}

/** Where the player may begin: in the open or in earth, with nothing on their head. */
function startsIn(grid: Grid): [number, number][] {
  return [...positions(grid, '.'), ...positions(grid, ':')].filter(([x, y]) => !canFall(at(grid, x, y - 1)))
}

/** Props up with earth whatever would fall or could roll to either side: at the start all lies still, whatever the rules. */
function prop(grid: Grid): void {
  for (let y = grid.length - 2; y > 0; y--) {
    for (let x = 1; x < grid.length - 1; x++) {
      if (!canFall(at(grid, x, y))) continue
      if (at(grid, x, y + 1) === '.') put(grid, x, y + 1, ':')
      if (!isRound(at(grid, x, y + 1))) continue
      for (const side of [x - 1, x + 1])
        if (at(grid, side, y) === '.' && at(grid, side, y + 1) === '.') put(grid, side, y, ':')
    }
  }
}

function canFall(tile: string): boolean {
  return tile === 'o' || GEMS.includes(tile)
}

function isRound(tile: string): boolean {
  return tile === '#' || canFall(tile)
}
