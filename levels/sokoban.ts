/**
 * Levels of sokoban: a map is a board in the notation that Sokoban players share (XSB), with - for floor. Seen: all of
 * it. Hidden: the controls.
 *
 * The generator plays backwards: it begins with every box on a goal and pulls, so each draft can be won.
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
import { at, drawSide, filledGrid, type Grid, positions, put, toRows, turned } from './grid.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const WALL = '#'
const FLOOR = '-'
const GOAL = '.'
const BOX = '$'
const BOX_ON_GOAL = '*'

const BOXES = { 1: 1, 2: 2, 3: 3 }
/** The most pulls that a box is moved away from its goal by. */
const PULLS = { 1: 3, 2: 4, 3: 8 }
/** Shares of walls: anywhere, of the places for pillars, and of the gaps between the pillars of corridors. */
const SCATTERED = { 1: 0.04, 2: 0.08, 3: 0.14 }
const PILLARS = { 1: 0.35, 2: 0.6, 3: 0.8 }
const CLOSED = { 1: 0.1, 2: 0.2, 3: 0.3 }
/** Layouts that are tried until one has room for what is asked. */
const MAX_LAYOUTS = 1000

const STEPS = [[0, -1], [0, 1], [-1, 0], [1, 0]] as const // biome-ignore format: a table
type Step = (typeof STEPS)[number]
type Place = readonly [number, number]

const rulesSchema = z.strictObject({ controls: controlsSchema })

export const sokobanLevels: LevelKind = {
  game: 'sokoban',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall' },
    '-': { tile: 'floor', means: 'floor' },
    '.': { tile: 'goal', means: 'goal' },
    $: { tile: 'box', means: 'box' },
    '*': { tile: 'box-on-goal', stack: ['goal', 'box'], means: 'box on a goal' },
    '@': { tile: 'floor', player: true, means: 'player' },
    '+': { tile: 'goal', player: true, means: 'player on a goal' },
  },
  looks: ['player'],
  rules: rulesSchema,
  defaultRules: { controls: STRAIGHT_CONTROLS },
  isHeldOut: rules => isHeldOutControls(rulesSchema.parse(rules).controls),
  tellRules: rules => [tellControls(rulesSchema.parse(rules).controls)],
  families: [
    { name: 'open', heldOut: false, smallest: 7 },
    { name: 'pillars', heldOut: false, smallest: 7 },
    { name: 'rooms', heldOut: false, smallest: 7 },
    { name: 'corridors', heldOut: true, smallest: 7 },
  ],
  defaults: {
    size: [7, 9],
    vary: ['controls'],
    families: ['open', 'pillars', 'rooms'],
    difficulty: 2,
    heldOutRules: false,
  },

  problems(map) {
    const count = (tiles: string) => [...map.join('')].filter(tile => tiles.includes(tile)).length
    const boxes = count('$*')
    const goals = count('.*+')
    const problems: Problem[] = []
    if (boxes === 0) problems.push({ message: 'no box; put at least one $ on the map' })
    else if (boxes !== goals)
      problems.push({ message: `${boxes} boxes and ${goals} goals; expected as many goals as boxes` })
    else if (count('$') === 0)
      problems.push({ message: 'every box stands on a goal already; expected one that does not' })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const side = drawSide(random, options.size)
    const { difficulty } = options
    let grid = pulled(layout(family, side, difficulty, random), difficulty, random)
    for (let tries = 1; !grid && tries < MAX_LAYOUTS; tries++)
      grid = pulled(layout(family, side, difficulty, random), difficulty, random)
    if (!grid) throw new Error(`sokoban: no room for a board in ${MAX_LAYOUTS} layouts of ${family}`)
    return {
      map: toRows(turned(grid, random)),
      rules: { controls: drawControlsOf(random, options.vary, options.heldOutRules) },
    }
  },
}

/**
 * Plays backwards from the solved board: pulls boxes off their goals and leaves the player where it ended, or somewhere
 * that can be walked to from there. Undefined where the walls left no room for it.
 */
function pulled(grid: Grid, difficulty: Difficulty, random: Stream): Grid | undefined {
  const [start, ...places] = random.shuffled(positions(grid, FLOOR))
  const boxes: Place[] = places.slice(0, BOXES[difficulty])
  if (!start || boxes.length < BOXES[difficulty]) return undefined
  for (const [x, y] of boxes) put(grid, x, y, BOX_ON_GOAL)
  let player: Place = start
  const pulls = boxes.map(() => 1 + random.int(PULLS[difficulty]))
  for (;;) {
    const reached = walkable(grid, player)
    const choices = boxes.flatMap((box, i) => (pulls[i] ? STEPS.map(step => ({ i, box, step })) : []))
    const choice = random.shuffled(choices).find(({ box, step }) => canPull(grid, reached, box, step))
    if (!choice) break
    const { i, box, step } = choice
    pull(grid, box, step)
    boxes[i] = [box[0] + step[0], box[1] + step[1]]
    player = [box[0] + 2 * step[0], box[1] + 2 * step[1]]
    pulls[i] = (pulls[i] as number) - 1
  }
  // A box that is on a goal, or again on one, would pay less than the level's others.
  if (positions(grid, BOX_ON_GOAL).length) return undefined
  const [x, y] = random.pick([...walkable(grid, player).values()])
  put(grid, x, y, at(grid, x, y) === GOAL ? '+' : '@')
  return grid
}

/** Places that can be walked to, by their coordinates as text. */
function walkable(grid: Grid, from: Place): Map<string, Place> {
  const reached = new Map<string, Place>([[`${from}`, from]])
  for (const [x, y] of reached.values()) {
    for (const [dx, dy] of STEPS) {
      const next: Place = [x + dx, y + dy]
      if (isFree(grid, next) && !reached.has(`${next}`)) reached.set(`${next}`, next)
    }
  }
  return reached
}

function isFree(grid: Grid, [x, y]: Place): boolean {
  const tile = at(grid, x, y)
  return tile === FLOOR || tile === GOAL
}

/** The player can stand beside the box and has room to step back. */
function canPull(grid: Grid, reached: Map<string, Place>, [x, y]: Place, [dx, dy]: Step): boolean {
  return reached.has(`${x + dx},${y + dy}`) && isFree(grid, [x + 2 * dx, y + 2 * dy])
}

function pull(grid: Grid, [x, y]: Place, [dx, dy]: Step): void {
  put(grid, x, y, at(grid, x, y) === BOX_ON_GOAL ? GOAL : FLOOR)
  put(grid, x + dx, y + dy, at(grid, x + dx, y + dy) === GOAL ? BOX_ON_GOAL : BOX)
}

function layout(family: string, side: number, difficulty: Difficulty, random: Stream): Grid {
  const grid = filledGrid(side, side, WALL)
  for (let y = 1; y < side - 1; y++) for (let x = 1; x < side - 1; x++) put(grid, x, y, FLOOR)
  if (family === 'open') {
    for (const [x, y] of positions(grid, FLOOR))
      if (random.next() < SCATTERED[difficulty]) put(grid, x, y, WALL)
  } else if (family === 'rooms') {
    const wall = (side - 1) / 2
    const door = 1 + random.int(side - 3)
    for (let y = 1; y < side - 1; y++) if (y !== door && y !== door + 1) put(grid, wall, y, WALL)
  } else {
    const share = family === 'corridors' ? 1 : PILLARS[difficulty]
    for (let y = 2; y < side - 2; y += 2)
      for (let x = 2; x < side - 2; x += 2) if (random.next() < share) put(grid, x, y, WALL)
    if (family === 'corridors') {
      for (let y = 1; y < side - 1; y++)
        for (let x = 1 + (y % 2); x < side - 1; x += 2)
          if (random.next() < CLOSED[difficulty]) put(grid, x, y, WALL)
    }
  }
  return grid
}
