/**
 * Levels of maze: corridors with one exit of each colour. Seen: the corridors and the exits. Hidden: which
 * colour is the real exit.
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
import { at, drawSide, filledGrid, type Grid, positions, put, room, toRows, turned } from './grid.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const EXITS = ['a', 'b', 'c']

const rulesSchema = z.strictObject({
  /** The colour of the real exit: 0 a, 1 b, 2 c. Held out: 3, 4, 5 for all but a, b, c: two real exits. */
  real: z
    .int()
    .min(0)
    .max(5)
    .describe('the exit that is real: 0 a, 1 b, 2 c; 3, 4, 5 all but a, b, c')
    .meta({ values: [...COLOURS_BY_LETTER, ...COLOURS_BY_LETTER.map(colour => `all but ${colour}`)] }),
  controls: controlsSchema,
})

export const mazeLevels: LevelKind = {
  game: 'maze',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall' },
    '.': { tile: 'floor', means: 'floor' },
    '@': { tile: 'floor', player: true, means: 'player' },
    a: { tile: 'exit-a', means: 'exit of colour a' },
    b: { tile: 'exit-b', means: 'exit of colour b' },
    c: { tile: 'exit-c', means: 'exit of colour c' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { real: 0, controls: STRAIGHT_CONTROLS },
  isHeldOut: rules => rulesSchema.parse(rules).real > 2,
  tellRules(rules) {
    const { real, controls } = rulesSchema.parse(rules)
    const tell =
      real < 3
        ? `The ${COLOUR_NAMES[real]} exit is real; the others are false.`
        : `The ${COLOUR_NAMES[real - 3]} exit is false; the others are real.`
    return [tell, tellControls(controls)]
  },
  families: [
    { name: 'corridors', heldOut: false, smallest: 7 },
    { name: 'loops', heldOut: false, smallest: 7 },
    { name: 'hall', heldOut: true, smallest: 7 },
  ],
  defaults: {
    size: [9, 11],
    vary: ['real'],
    families: ['corridors', 'loops'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map, rules) {
    rulesSchema.parse(rules)
    const problems: Problem[] = []
    for (const exit of EXITS) {
      const count = map.join('').split(exit).length - 1
      if (count !== 1)
        problems.push({ message: `${count} exits of colour ${exit}; a map has exactly one of each colour` })
    }
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const grid = layout(family, drawSide(random, options.size), random)
    // An exit ends the episode, so one in a corridor would close the way: they go to dead ends first.
    const free = random.shuffled(positions(grid, '.'))
    const ends = free.filter(([x, y]) => openSides(grid, x, y) === 1)
    const places = [...ends, ...free.filter(place => !ends.includes(place))]
    EXITS.forEach((exit, i) => {
      put(grid, ...(places[i] as [number, number]), exit)
    })
    put(grid, ...startIn(grid, options.difficulty, random), '@')
    const held = options.heldOutRules ? 3 : 0
    const real = options.vary.includes('real') ? held + random.int(3) : 0
    return {
      map: toRows(turned(grid, random)),
      rules: { real, controls: drawControls(random, options.vary) },
    }
  },
}

/** Where the player begins: anywhere, or for an easy or hard level near to or far from every exit. */
function startIn(grid: Grid, difficulty: Difficulty, random: Stream): [number, number] {
  const free = positions(grid, '.')
  if (difficulty === 2) return random.pick(free)
  const exits = EXITS.flatMap(exit => positions(grid, exit))
  const nearest = ([x, y]: [number, number]) =>
    Math.min(...exits.map(([ex, ey]) => Math.abs(x - ex) + Math.abs(y - ey)))
  const ranked = random
    .shuffled(free)
    .slice(0, 8)
    .sort((a, b) => nearest(a) - nearest(b))
  return ranked[difficulty === 1 ? 0 : ranked.length - 1] as [number, number]
}

function openSides(grid: Grid, x: number, y: number): number {
  return [at(grid, x, y - 1), at(grid, x, y + 1), at(grid, x - 1, y), at(grid, x + 1, y)].filter(
    t => t !== '#',
  ).length
}

/** A depth-first maze on the odd cells; `loops` opens some of its walls, `hall` is an open room with pillars. */
function layout(family: string, side: number, random: Stream): Grid {
  if (family === 'hall') {
    const grid = room(side, side)
    for (let y = 2; y < side - 2; y += 2) for (let x = 2; x < side - 2; x += 2) put(grid, x, y, '#')
    return grid
  }
  const grid = filledGrid(side, side, '#')
  const stack: [number, number][] = [[1 + 2 * random.int((side - 1) / 2), 1 + 2 * random.int((side - 1) / 2)]]
  put(grid, ...(stack[0] as [number, number]), '.')
  while (stack.length) {
    const [x, y] = stack[stack.length - 1] as [number, number]
    const steps = [[0, -2], [0, 2], [-2, 0], [2, 0]] as const // biome-ignore format: a table
    const open = steps.filter(
      ([dx, dy]) =>
        grid[y + dy]?.[x + dx] === '#' && x + dx > 0 && y + dy > 0 && x + dx < side - 1 && y + dy < side - 1,
    )
    if (open.length === 0) {
      stack.pop()
      continue
    }
    const [dx, dy] = random.pick(open)
    put(grid, x + dx / 2, y + dy / 2, '.')
    put(grid, x + dx, y + dy, '.')
    stack.push([x + dx, y + dy])
  }
  if (family === 'loops') {
    for (let y = 1; y < side - 1; y++) {
      for (let x = 1 + (y % 2); x < side - 1; x += 2)
        if (at(grid, x, y) === '#' && random.next() < 0.25) put(grid, x, y, '.')
    }
  }
  return grid
}
