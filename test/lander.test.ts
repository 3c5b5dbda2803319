/** lander: trajectories worked out by hand, rock and pad at every speed, and what the solver claims. */
import { describe, expect, test } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTIONS, type Action } from '../envs/game.ts'
import { lander } from '../envs/lander.ts'
import { episodeStream, solve } from '../envs/solver.ts'
import { landerLevels } from '../levels/lander.ts'
import type { Level } from '../levels/level.ts'
import { parseLevel } from '../levels/text.ts'
import { createScene } from '../src/core/scene.ts'

interface HiddenRules {
  readonly fall?: number
  readonly gravity?: number
  readonly controls?: readonly number[]
}

function read(map: readonly string[], rules: HiddenRules = {}): Level {
  const lines = Object.entries(rules).map(([name, value]) => `rules.${name}: ${JSON.stringify(value)}`)
  return parseLevel(['levelshift level 1', 'game: lander', ...lines, '', ...map].join('\n'), 'a.txt')
}

const startOf = (level: Level) => lander.start(level, episodeStream(level))
const act = (state: ReturnType<typeof startOf>, action: Action) => lander.step(state, ACTIONS.indexOf(action))

/** A square of space with the ship in its middle tile, 3, 3. */
const SPACE = ['#######', '#...._#', '#.....#', '#..@..#', '#.....#', '#.....#', '#######']
/** The same, with seven tiles of space on every side of the ship. */
const WIDE = Array.from({ length: 15 }, (_, y) =>
  Array.from({ length: 15 }, (_, x) => (x === 7 && y === 7 ? '@' : x === 0 && y === 0 ? '_' : '.')).join(''),
)

describe('flight', () => {
  test('falls as worked out by hand: 2 faster each step, less a quarter', () => {
    const state = startOf(read(WIDE))
    const [x, y] = [state.x, state.y]
    // 2, then 4 - 1, 5 - 1, 6 - 1, 7 - 1, 8 - 2, and so on for ever.
    const fallen = Array.from({ length: 7 }, () => {
      act(state, 'noop')
      return [state.vy, state.y - y]
    })
    expect(fallen).toEqual([[2, 2], [3, 5], [4, 9], [5, 14], [6, 20], [6, 26], [6, 32]]) // biome-ignore format: a table
    expect([state.x, state.vx]).toEqual([x, 0])
  })

  test('thrust adds 5, up to 12, and drag then takes a quarter a step', () => {
    const state = startOf(read(WIDE, { gravity: 1 }))
    const across = (action: Action) => {
      act(state, action)
      return state.vx
    }
    // 5 - 1, 9 - 2, 12 - 3, 14 - 3, 16 - 4, and 17 - 4 is over 12.
    expect((['right', 'right', 'right', 'right', 'right', 'right'] as const).map(across)).toEqual([4, 7, 9, 11, 12, 12]) // biome-ignore format: one line
    // 12 - 3, 9 - 2, 7 - 1, 6 - 1, 5 - 1, 4 - 1, 3 - 0.
    const drift: Action[] = ['noop', 'use', 'noop', 'noop', 'noop', 'noop', 'noop']
    expect(drift.map(across)).toEqual([9, 7, 6, 5, 4, 3, 3])
  })

  test('is the same in all four directions, turned', () => {
    const turns: readonly [number, number, number][] = [[0, 0, -1], [1, 0, 1], [2, -1, 0], [3, 1, 0]] // biome-ignore format: a table
    for (const [fall, dx, dy] of turns) {
      const state = startOf(read(WIDE, { fall, gravity: fall === 0 ? 3 : fall === 1 ? 1 : 2 }))
      const [x, y] = [state.x, state.y]
      const terminal = { 0: 9, 1: 3, 2: 6, 3: 6 }[fall]!
      for (let step = 0; step < 9; step++) act(state, 'noop')
      expect([state.vx, state.vy]).toEqual([dx * terminal + 0, dy * terminal + 0])
      expect(Math.sign(state.x - x)).toBe(dx)
      expect(Math.sign(state.y - y)).toBe(dy)
    }
  })

  test('each action fires the thruster that the hidden controls name', () => {
    const state = startOf(read(WIDE, { gravity: 1, controls: [3, 2, 1, 0] }))
    act(state, 'up')
    expect([state.vx, state.vy]).toEqual([4, 1])
    act(state, 'right')
    // Across 4 - 1; along 1 - 5 + 1 = -3, of which a quarter is nothing yet.
    expect([state.vx, state.vy]).toEqual([3, -3])
  })

  test('is drawn at quarters of a tile, the camera on the tile of its middle', () => {
    const state = startOf(read(WIDE))
    for (let step = 0; step < 4; step++) act(state, 'noop')
    const scene = createScene()
    lander.paint(state, scene)
    // The map is open and has a ring around it: the ship began in tile 8, 8 and fell 14 sixteenths.
    expect([scene.spriteX[0], scene.spriteY[0]]).toEqual([32, 32 + 3])
    expect([scene.cameraX, scene.cameraY]).toEqual([8, 9])
  })
})

describe('rock', () => {
  test('stops the ship, for nothing at speed 8 and for 1 above it', () => {
    const level = read(SPACE, { gravity: 1 })
    // From the middle: 4 + 7 + 9 + 11 = 31 of the 34 to the rock; the next step hits it at 12.
    const fast = startOf(level)
    expect([1, 2, 3, 4, 5].map(() => act(fast, 'right'))).toEqual([0, 0, 0, 0, -1])
    expect(fast).toMatchObject({ x: 6 * 16 - 14, vx: 0, terminated: false })
    expect(act(fast, 'right')).toBe(0)
    const slow = startOf(level)
    const gently = ['right', 'right', 'noop', 'noop', 'noop', 'noop', 'noop', 'noop'] as const
    for (const action of gently) expect(act(slow, action)).toBe(0)
    expect(slow).toMatchObject({ x: 6 * 16 - 14, vx: 0 })
  })

  test('stops one axis only', () => {
    const state = startOf(read(SPACE, { gravity: 1 }))
    for (let step = 0; step < 6; step++) act(state, 'right')
    const y = state.y
    act(state, 'right')
    expect(state.y).toBeGreaterThan(y)
  })

  test('is never entered, whatever the pilot does', () => {
    for (let i = 0; i < 12; i++) {
      const { level } = drawLevel({ game: 'lander' }, 'train', `rock/${i}`)
      const state = startOf(level)
      for (let step = 0; step < 60 && !state.terminated; step++) {
        act(state, ACTIONS[(step * step + i) % 6]!)
        for (const [dx, dy] of [[2, 2], [13, 2], [2, 13], [13, 13]] as const) // biome-ignore format: corners
          expect(level.map[(state.y + dy) >> 4]![(state.x + dx) >> 4]).not.toBe('#')
      }
    }
  })
})

describe('what is touched', () => {
  test('a coin pays 1 once', () => {
    const state = startOf(read(['#######', '#@o.._#', '#######'], { gravity: 1 }))
    // The middle is in the coin's tile once the ship is 8 to the right: 4, then 4 + 7.
    expect([act(state, 'right'), act(state, 'right'), act(state, 'noop')]).toEqual([0, 1, 0])
    expect(lander.bound(state)).toBe(2)
  })

  test('the pad wins at speed 8 or less and is flown through above', () => {
    const map = ['##########', '#@.._....#', '##########']
    const land = startOf(read(map, { gravity: 1 }))
    const rewards: number[] = []
    for (const action of ['right', 'right', ...Array<Action>(9).fill('noop')] as Action[])
      if (!land.terminated) rewards.push(act(land, action))
    expect(rewards.at(-1)).toBe(2)
    expect(land).toMatchObject({ terminated: true, won: true })
    expect(lander.bound(land)).toBe(0)
    const fly = startOf(read(map, { gravity: 1 }))
    for (let step = 0; step < 7; step++) expect(act(fly, 'right')).toBe(0)
    expect(fly.x).toBeGreaterThan(5 * 16)
    expect(fly.terminated).toBe(false)
  })
})

describe('the solver', () => {
  test('takes all coins and lands, and replays to what it claims', () => {
    const level = read(['#########', '#@.o....#', '#.......#', '#...#.o.#', '#._.#...#', '#########'], {
      gravity: 3,
    })
    const solution = solve(lander, level)
    expect(solution).toMatchObject({ solved: true, optimal: true, bestReturn: 4 })
    const state = startOf(level)
    let total = 0
    for (const action of solution.actions) total += lander.step(state, action)
    expect([total, state.won]).toEqual([4, true])
  })

  test('knows what is walled off', () => {
    const map = ['#######', '#@._#o#', '#######']
    expect(solve(lander, read(map))).toMatchObject({ solved: true, optimal: true, bestReturn: 2 })
    expect(solve(lander, read(['#######', '#@o.#_#', '#######']))).toMatchObject({ solved: false })
  })

  test('proves what training draws, within its budget and the time limit', () => {
    for (let i = 0; i < 20; i++) {
      const { solution, level } = drawLevel({ game: 'lander' }, 'train', `test/${i}`)
      expect(solution.expanded).toBeLessThanOrEqual(20_000)
      expect(solution.actions.length).toBeLessThanOrEqual(lander.horizon(level))
      expect(lander.horizon(level)).toBeLessThanOrEqual(96)
    }
  })
})

test('three directions are held out with one strength each', () => {
  const pairs = [0, 1, 2, 3].flatMap(fall => [1, 2, 3].map(gravity => ({ fall, gravity })))
  const held = pairs.filter(pair => landerLevels.isHeldOut({ ...pair, controls: [0, 1, 2, 3] }))
  expect(held.map(({ fall, gravity }) => [fall, gravity])).toEqual([[1, 3], [2, 2], [3, 1]]) // biome-ignore format: a table
})
