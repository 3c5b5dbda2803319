/**
 * Levels of keys: rooms in a row with a locked door between each two, keys in the first room, the chest in the
 * last. Seen: keys, doors, chest. Hidden: which key colour opens which door colour.
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
import { at, drawSide, type Grid, positions, put, room, toRows, turned } from './grid.ts'
import type { Difficulty, Draft, GenerateOptions, LevelKind, Problem } from './level.ts'

const KEYS = ['a', 'b', 'c']
const DOORS = ['A', 'B', 'C']
/** Shares of the first room's floor that are wall. */
const SCATTERED = { 1: 0, 2: 0.08, 3: 0.2 }
/** More would not fit the solver's key (one bit each). */
export const MAX_KEYS_AND_DOORS = 24

const rulesSchema = z.strictObject({
  /**
   * opens[i] is the door colour (0 a, 1 b, 2 c) that the key of colour i opens: in training a permutation; held out:
   * two keys that open the same colour.
   */
  opens: z
    .array(z.int().min(0).max(2))
    .length(3)
    .refine(o => new Set(o).size > 1, { error: 'expected at least two colours among the doors that open' })
    .describe('the door that key a, b, c opens: 0 door A, 1 door B, 2 door C')
    .meta({
      places: COLOURS_BY_LETTER.map(key => `${key} key`),
      values: COLOUR_NAMES.map(door => `${door} door`),
    }),
  controls: controlsSchema,
})

export const keysLevels: LevelKind = {
  game: 'keys',
  version: 1,
  legend: {
    '#': { tile: 'wall', means: 'wall' },
    '.': { tile: 'floor', means: 'floor' },
    '@': { tile: 'floor', player: true, means: 'player' },
    a: { tile: 'key-a', means: 'key of colour a' },
    b: { tile: 'key-b', means: 'key of colour b' },
    c: { tile: 'key-c', means: 'key of colour c' },
    A: { tile: 'door-a', means: 'door of colour a' },
    B: { tile: 'door-b', means: 'door of colour b' },
    C: { tile: 'door-c', means: 'door of colour c' },
    $: { tile: 'chest', means: 'the chest' },
  },
  looks: ['player', 'player-key-a', 'player-key-b', 'player-key-c'],
  rules: rulesSchema,
  defaultRules: { opens: [0, 1, 2], controls: STRAIGHT_CONTROLS },
  isHeldOut: rules => new Set(rulesSchema.parse(rules).opens).size < 3,
  tellRules(rules) {
    const { opens, controls } = rulesSchema.parse(rules)
    const tell = (door: number, i: number) => `A ${COLOUR_NAMES[i]} key opens ${COLOUR_NAMES[door]} doors.`
    return [...opens.map(tell), tellControls(controls)]
  },
  families: [
    { name: 'two-doors', heldOut: false, smallest: 7 },
    { name: 'one-door', heldOut: false, smallest: 7 },
    { name: 'three-doors', heldOut: true, smallest: 9 },
  ],
  defaults: { size: [9, 11], vary: ['opens'], families: ['two-doors'], difficulty: 2, heldOutRules: false },

  problems(map, rules) {
    rulesSchema.parse(rules)
    const all = map.join('')
    const problems: Problem[] = []
    const chests = all.split('$').length - 1
    if (chests !== 1) problems.push({ message: `${chests} chests; a map has exactly one` })
    const count = all.replace(/[^abcABC]/g, '').length
    if (count > MAX_KEYS_AND_DOORS)
      problems.push({ message: `${count} keys and doors; at most ${MAX_KEYS_AND_DOORS} are supported` })
    return problems
  },

  generate(random: Stream, options: GenerateOptions): Draft {
    const family = random.pick(options.families)
    const doors = { 'one-door': 1, 'two-doors': 2, 'three-doors': 3 }[family] ?? 2
    const grid = layout(drawSide(random, options.size), doors, options.difficulty, random)
    const opens = options.vary.includes('opens') ? random.shuffled([0, 1, 2]) : [0, 1, 2]
    if (options.heldOutRules && options.vary.includes('opens')) {
      const [twin, other] = random.shuffled([0, 1, 2]) as [number, number]
      const shut = opens[twin] as number
      opens[twin] = opens[other] as number
      // No key is left for that colour.
      for (const [x, y] of positions(grid, DOORS[shut] as string))
        put(grid, x, y, DOORS[opens[other] as number] as string)
    }
    return { map: toRows(grid), rules: { opens, controls: drawControls(random, options.vary) } }
  },
}

/** The first room takes what the others leave: it holds the player and the keys. */
function layout(side: number, doors: number, difficulty: Difficulty, random: Stream): Grid {
  const grid = room(side, side)
  const colours = random.shuffled(DOORS)
  let wall = side - 1
  for (let door = doors - 1; door >= 0; door--) {
    wall -= 2 + (doors < 3 && side > 9 ? random.int(2) : 0)
    for (let y = 1; y < side - 1; y++) put(grid, wall, y, '#')
    put(grid, wall, 1 + random.int(side - 2), colours[door] as string)
  }
  const inFirst = positions(grid, '.').filter(([x]) => x < wall)
  let spare = inFirst.length - 1 - KEYS.length
  for (const [x, y] of inFirst) {
    const besideDoor = [at(grid, x - 1, y), at(grid, x + 1, y)].some(tile => DOORS.includes(tile))
    if (!besideDoor && random.next() < SCATTERED[difficulty] && spare-- > 0) put(grid, x, y, '#')
  }
  const first = random.shuffled(inFirst.filter(([x, y]) => at(grid, x, y) === '.'))
  const last = positions(grid, '.').filter(([x]) => x > side - 3)
  put(grid, ...random.pick(last), '$')
  ;['@', ...KEYS].forEach((tile, i) => {
    put(grid, ...(first[i] as [number, number]), tile)
  })
  return turned(grid, random)
}
