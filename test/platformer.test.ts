/** platformer: trajectories worked out by hand, what ends a game, and what the solver claims. */
import { describe, expect, test } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTIONS, type Action } from '../envs/game.ts'
import { platformer } from '../envs/platformer.ts'
import { episodeStream, searchBreadthFirst, solve } from '../envs/solver.ts'
import type { Level } from '../levels/level.ts'
import { platformerLevels } from '../levels/platformer.ts'
import { parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'
import { createScene } from '../src/core/scene.ts'
import { TILES } from '../src/core/tiles.ts'

interface HiddenRules {
  readonly gravity?: number
  readonly jump?: number
  readonly controls?: readonly number[]
}

function read(map: readonly string[], rules: HiddenRules = {}): Level {
  const lines = Object.entries(rules).map(([name, value]) => `rules.${name}: ${JSON.stringify(value)}`)
  return parseLevel(['levelshift level 1', 'game: platformer', ...lines, '', ...map].join('\n'), 'a.txt')
}

const startOf = (level: Level) => platformer.start(level, episodeStream(level))
const act = (state: ReturnType<typeof startOf>, action: Action) =>
  platformer.step(state, ACTIONS.indexOf(action))

/** Sixteenths of a tile that the player is above where he began, after each step. */
function heights(level: Level, actions: readonly Action[]): number[] {
  const state = startOf(level)
  const ground = state.y
  return actions.map(action => {
    act(state, action)
    return ground - state.y
  })
}

const ROOM = ['###########', ...Array<string>(7).fill('#.........#'), '#@.......F#', '###########']

describe('a jump', () => {
  test('rises and falls as worked out by hand', () => {
    // Gravity 2, jump 11, by tick: +11 +9, +7 +5, +3 +1, -1 -3, -5 -7, -9 -11.
    const jump: Action[] = ['up', 'noop', 'noop', 'noop', 'noop', 'noop', 'noop']
    expect(heights(read(ROOM), jump)).toEqual([20, 32, 36, 32, 20, 0, 0])
    // Gravity 3, jump 9: +9 +6, +3 +0, -3 -6, and the ground stops the last 9.
    expect(heights(read(ROOM, { gravity: 3, jump: 9 }), jump)).toEqual([15, 18, 9, 0, 0, 0, 0])
  })

  test.each([
    [1, 9, 45], [1, 11, 66], [1, 13, 91], [2, 9, 25], [2, 11, 36], [2, 13, 49], [3, 9, 18], [3, 11, 26], [3, 13, 35],
  ])('with gravity %i and jump %i is %i sixteenths high', (gravity, jump, height) => {
    const level = read(ROOM, { gravity, jump })
    // Two ticks a step: the highest tick may lie between two steps, one unit of speed away at most.
    const highest = Math.max(...heights(level, ['up', ...Array<Action>(14).fill('noop')]))
    expect(highest).toBeLessThanOrEqual(height)
    expect(highest).toBeGreaterThanOrEqual(height - gravity)
  }) // biome-ignore format: a table

  test('starts from the ground only, and goes on sideways as fast as the player ran', () => {
    const state = startOf(read(ROOM))
    act(state, 'right')
    expect(state.x).toBe(16 + 8)
    act(state, 'up')
    act(state, 'noop')
    const { vy } = state
    expect(state.x).toBe(16 + 24)
    act(state, 'up')
    // Two ticks of gravity and no second jump; still flying to the right.
    expect(state.vy).toBe(vy + 2 * 2)
    expect(state.x).toBe(16 + 32)
    act(state, 'down')
    expect(state.x).toBe(16 + 32)
    act(state, 'left')
    expect(state.x).toBe(16 + 24)
  })

  test('ends at a ceiling', () => {
    const level = read(['#######', '#.....#', '#@...F#', '#######'], { gravity: 1, jump: 13 })
    // The head is 4 units below the top of the sprite: 16 + 4 units of room. 13 + 12 would be more.
    expect(heights(level, ['up', 'noop', 'noop', 'noop'])).toEqual([20, 19, 14, 5])
  })

  test('is up to the hidden controls', () => {
    const level = read(ROOM, { controls: [3, 2, 1, 0] })
    expect(heights(level, ['right'])).toEqual([20])
    const state = startOf(level)
    act(state, 'up')
    expect(state.x).toBe(16 + 8)
  })
})

describe('running', () => {
  test('stops at ground, on noop, and nobody falls while both feet or one are held', () => {
    const state = startOf(read(['########', '#.....F#', '#@.#...#', '########']))
    for (let i = 0; i < 6; i++) act(state, 'right')
    // The body ends 12 units into the sprite; the wall begins at 48.
    expect(state.x).toBe(48 - 12)
    act(state, 'left')
    act(state, 'noop')
    expect([state.x, state.vx]).toEqual([28, 0])
  })

  test('off an edge, the fall begins when the body is over it', () => {
    const state = startOf(read(['#########', '#@......#', '###.....#', '###....F#', '#########']))
    // The edge is at 48, the body's left side at x + 4: at x = 44 nothing holds it.
    for (const x of [24, 32, 40]) {
      act(state, 'right')
      expect([state.x, state.y]).toEqual([x, 16])
    }
    act(state, 'right')
    expect(state.x).toBe(48)
    expect(state.vy).toBeGreaterThan(0)
    for (let i = 0; i < 6; i++) act(state, 'noop')
    expect([state.y, state.vy]).toEqual([48, 0])
  })
})

describe('platforms', () => {
  const level = read([
    '###########',
    '#.........#',
    '#.@.......#',
    '#.=.....#F#',
    '#.........#',
    '###########',
  ])
  const platformX = (state: ReturnType<typeof startOf>) => {
    const scene = createScene()
    platformer.paint(state, scene)
    expect(TILES[scene.spriteCode[1]!]!.name).toBe('platform')
    return scene.spriteX[1]
  }

  test('move a quarter of a tile a step, three tiles at most or up to ground, to and fro', () => {
    const state = startOf(level)
    const seen = [platformX(state)]
    for (let step = 0; step < 32; step++) {
      act(state, 'noop')
      seen.push(platformX(state))
    }
    // From column 2 right to 5, left to 1, and back: 12 + 16 + 4 steps.
    const to = (from: number, end: number) =>
      Array.from({ length: Math.abs(end - from) }, (_, i) => from + (i + 1) * Math.sign(end - from))
    expect(seen).toEqual([8, ...to(8, 20), ...to(20, 4), ...to(4, 8)])
  })

  test('carry who stands on them, and let jumpers through from below', () => {
    const state = startOf(level)
    const { y } = state
    for (let step = 1; step <= 12; step++) {
      act(state, 'noop')
      expect([state.x, state.y]).toEqual([32 + 4 * step, y])
    }
    const below = startOf(read(['#######', '#.....#', '##=####', '#.@..F#', '#######'], { gravity: 1 }))
    for (const action of ['up', ...Array<Action>(10).fill('noop')] as Action[]) act(below, action)
    // It cannot move between its walls; the player now stands on it.
    expect(below.y).toBe(16)
  })
})

describe('what is touched', () => {
  test('a coin pays 1 once, the flag pays 2 and wins', () => {
    const state = startOf(read(['######', '#@o.F#', '######']))
    const rewards = Array.from({ length: 5 }, () => act(state, 'right'))
    // The middle is 8 units into the sprite: in the coin's tile from x = 24, in the flag's from x = 56.
    expect(rewards).toEqual([1, 0, 0, 0, 2])
    expect(state).toMatchObject({ terminated: true, won: true })
    expect(platformer.bound(state)).toBe(0)
  })

  test('spikes cost 1 and end the game', () => {
    const state = startOf(read(['######', '#@^.F#', '######']))
    expect(act(state, 'right')).toBe(-1)
    expect(state).toMatchObject({ terminated: true, won: false })
    expect(platformer.bound(state)).toBe(0)
  })
})

describe('the solver', () => {
  test('jumps a pit, and replays to what it claims', () => {
    const level = read(['########', '#......#', '#@.o..F#', '###^^###', '########'])
    const solution = solve(platformer, level)
    expect(solution).toMatchObject({ solved: true, optimal: true, bestReturn: 3 })
    const state = startOf(level)
    let total = 0
    for (const action of solution.actions) total += platformer.step(state, action)
    expect([total, state.won]).toEqual([3, true])
  })

  test('knows what no jump can reach: the return depends on the hidden rules', () => {
    const map = ['########', '#......#', '#...o..#', '#......#', '#......#', '#@....F#', '########']
    // The coin's tile begins 3 tiles above the ground's: 43 units of rise touch it.
    expect(solve(platformer, read(map, { gravity: 2, jump: 13 }))).toMatchObject({
      bestReturn: 3,
      optimal: true,
    })
    expect(solve(platformer, read(map, { gravity: 2, jump: 11 }))).toMatchObject({
      bestReturn: 2,
      optimal: true,
    })
    const high = ['########', '#....F.#', '#......#', '#......#', '#......#', '#@.....#', '########']
    expect(solve(platformer, read(high, { gravity: 3, jump: 13 })).solved).toBe(false)
    expect(solve(platformer, read(high, { gravity: 1, jump: 13 })).solved).toBe(true)
  })

  test('claims no more and no less than a search of every play, on small random maps', () => {
    let claimed = 0
    for (let i = 0; i < 24; i++) {
      const random = stream('small', i)
      const cells = Array.from({ length: 20 }, () => random.pick(['.', '.', '.', '.', '#', '^']))
      const [player, flag, ...coins] = random.shuffled(Array.from({ length: 20 }, (_, cell) => cell))
      cells[player!] = '@'
      cells[flag!] = 'F'
      for (const coin of coins.slice(0, 2)) cells[coin] = 'o'
      const rows = [0, 5, 10, 15].map(from => `#${cells.slice(from, from + 5).join('')}#`)
      const pair = { gravity: random.pick([1, 2, 3]), jump: random.pick([9, 11, 13]) }
      const level = read(['#######', ...rows, '#######'], pair)
      const limits = { horizon: 36, budget: 200_000 }
      const every = searchBreadthFirst(platformer, level, limits)
      expect(every.expanded).toBeLessThan(limits.budget)
      const found = solve(platformer, level, limits)
      expect(found.bestReturn).toBeLessThanOrEqual(every.bestReturn)
      if (!found.optimal) continue
      claimed++
      expect(found.bestReturn).toBe(every.bestReturn)
      expect(found.solved).toBe(true)
    }
    expect(claimed).toBeGreaterThan(5)
  })

  test('proves nearly all drafts, within its budget', () => {
    for (let i = 0; i < 20; i++) {
      const { solution, level } = drawLevel({ game: 'platformer' }, 'train', `test/${i}`)
      expect(solution.expanded).toBeLessThanOrEqual(20_000)
      expect(solution.actions.length).toBeLessThanOrEqual(platformer.horizon(level))
      expect(platformer.horizon(level)).toBeLessThanOrEqual(96)
    }
  })
})

test('three pairs of gravity and jump are held out, each of their values is not', () => {
  const pairs = [1, 2, 3].flatMap(gravity => [9, 11, 13].map(jump => ({ gravity, jump })))
  const held = pairs.filter(pair => platformerLevels.isHeldOut({ ...pair, controls: [0, 1, 2, 3] }))
  expect(held.map(({ gravity, jump }) => `${gravity} ${jump}`)).toEqual(['1 9', '2 13', '3 11'])
})
