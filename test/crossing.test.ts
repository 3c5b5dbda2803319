/** crossing against examples worked by hand, and its generator against what it promises. */
import { describe, expect, test } from 'vitest'
import { crossing } from '../envs/crossing.ts'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTIONS, type Action } from '../envs/game.ts'
import { episodeStream, solve } from '../envs/solver.ts'
import { type Current, crossingLevels } from '../levels/crossing.ts'
import { type Level, problemsOf } from '../levels/level.ts'
import { parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'

function read(rows: readonly string[], direction: number, strength: number): Level {
  const rule = `rules.current: ${JSON.stringify({ direction, strength })}`
  return parseLevel(`levelshift level 1\ngame: crossing\n${rule}\n\n${rows.join('\n')}`, 'a.txt')
}

/** Where the player stands after each action, as [column, row] from the top left tile, with the reward. */
function walk(level: Level, actions: readonly Action[]): [number, number, number][] {
  const state = crossing.start(level, episodeStream(level))
  return actions.map(action => {
    const reward = crossing.step(state, ACTIONS.indexOf(action))
    return [state.player % state.width, Math.floor(state.player / state.width), reward]
  })
}

const UP = 0
const DOWN = 1
const LEFT = 2
const RIGHT = 3

describe('the current', () => {
  const POND = ['########', '#F.....#', '#~~~~~~#', '#~~~~~~#', '#@.....#', '########']

  test('pushes once after every action on ice, as many tiles as it is strong', () => {
    expect(walk(read(POND, RIGHT, 1), ['up', 'up', 'noop', 'use'])).toEqual([
      [2, 3, 0],
      [3, 2, 0],
      [4, 2, 0],
      [5, 2, 0],
    ])
    expect(walk(read(POND, RIGHT, 2), ['up', 'right', 'left'])).toEqual([
      [3, 3, 0],
      [6, 3, 0],
      [6, 3, 0],
    ])
    expect(walk(read(POND, UP, 0), ['up', 'noop', 'up'])).toEqual([
      [1, 3, 0],
      [1, 3, 0],
      [1, 2, 0],
    ])
  })

  test('does nothing on firm ground, and ends where the ice does', () => {
    expect(walk(read(POND, UP, 2), ['right', 'noop', 'up', 'noop'])).toEqual([
      [2, 4, 0],
      [2, 4, 0],
      // On the ice of row 3, pushed over row 2 to the firm ground of row 1.
      [2, 1, 0],
      [2, 1, 0],
    ])
    expect(walk(read(POND, DOWN, 2), ['up', 'noop'])).toEqual([
      [1, 4, 0],
      [1, 4, 0],
    ])
  })

  test('is stopped by walls and rocks; a step against one is a wait in which the current pushes', () => {
    const rocks = ['#######', '#F....#', '#~~#~~#', '#@....#', '#######']
    expect(walk(read(rocks, RIGHT, 2), ['up', 'right', 'noop'])).toEqual([
      [2, 2, 0],
      [2, 2, 0],
      [2, 2, 0],
    ])
    expect(walk(read(rocks, LEFT, 1), ['right', 'up', 'left'])).toEqual([
      [2, 3, 0],
      [1, 2, 0],
      [1, 2, 0],
    ])
  })

  test('pushes over coins, flags and lava as if the player had walked there', () => {
    const row = (tiles: string) => ['######', `#${tiles}#`, '#@...#', '######']
    // A coin lies on firm ground: the push ends there.
    expect(walk(read(row('~o~F'), RIGHT, 2), ['up', 'right'])).toEqual([
      [2, 1, 1],
      [4, 1, 2],
    ])
    expect(walk(read(row('~^~F'), RIGHT, 1), ['right', 'left', 'up', 'noop'])).toEqual([
      [2, 2, 0],
      [1, 2, 0],
      [1, 2, -1],
      [1, 2, 0],
    ])
  })
})

test('lava sends back to where the player began; what he has taken stays taken', () => {
  const level = read(['######', '#Fo.^#', '##.@.#', '######'], UP, 1)
  const state = crossing.start(level, episodeStream(level))
  const play = (action: Action) => crossing.step(state, ACTIONS.indexOf(action))
  expect(['left', 'up', 'right', 'right'].map(action => play(action as Action))).toEqual([0, 1, 0, -1])
  expect(state).toMatchObject({ player: 2 * state.width + 3, terminated: false, taken: 1 })
  expect(['left', 'up', 'left'].map(action => play(action as Action))).toEqual([0, 0, 2])
  expect(state).toMatchObject({ terminated: true, won: true })
})

test('an unsafe way under one current is the best one under another', () => {
  const gate = (direction: number) =>
    read(['#######', '#^FFF^#', '#^~^~^#', '#.....#', '#..@..#', '#######'], direction, 1)
  expect(solve(crossing, gate(UP))).toMatchObject({ solved: true, bestReturn: 2, optimal: true })
  // Both gates are one tile wide, with lava on either side.
  for (const sideways of [LEFT, RIGHT])
    expect(solve(crossing, gate(sideways))).toMatchObject({ solved: false, bestReturn: 0, optimal: true })
})

describe('levels', () => {
  const faults = (rows: readonly string[], current: unknown) =>
    problemsOf(
      {
        game: 'crossing',
        map: rows,
        rules: { ...crossingLevels.defaultRules, current },
        theme: 'ice',
        provenance: { source: 'hand' },
      },
      crossingLevels,
    ).map(problem => problem.message)

  test('want a flag, at most 30 coins, and one name for still water', () => {
    expect(faults(['@~~'], { direction: 0, strength: 1 })).toEqual([
      'no flag; put at least one F on the far side',
    ])
    expect(faults([`@F${'o'.repeat(31)}`], { direction: 0, strength: 1 })).toEqual([
      '31 coins; at most 30 are supported',
    ])
    expect(faults(['@F'], { direction: 2, strength: 0 })).toEqual([
      'rules.current: expected direction 0 where strength is 0',
    ])
    expect(faults(['@F'], { direction: 2, strength: 3 })[0]).toContain('rules.current.strength')
  })

  test('never have the current flow from the far side to the near one, and have all others', () => {
    const met = new Map<string, number>()
    for (let i = 0; i < 400; i++) {
      const { map, rules } = crossingLevels.generate(stream('uphill', i), crossingLevels.defaults)
      const { direction, strength } = rules['current'] as Current
      const flags = (rows: readonly string[]) => rows.every(row => row.includes('F'))
      const far = map[1]!.includes('FF')
        ? UP
        : map.at(-2)!.includes('FF')
          ? DOWN
          : flags(map.slice(1, -1).map(row => row.slice(0, 2)))
            ? LEFT
            : RIGHT
      expect([DOWN, UP, RIGHT, LEFT][far], map.join('\n')).not.toBe(direction)
      met.set(`${direction} ${strength}`, (met.get(`${direction} ${strength}`) ?? 0) + 1)
    }
    expect([...met.keys()].sort()).toEqual(['0 1', '0 2', '1 1', '1 2', '2 1', '3 1'])
    expect(Math.min(...met.values())).toBeGreaterThan(30)
  })

  test('are not crossed by knowing the way alone: plans made for another current mostly fail', () => {
    let right = 0
    let wrong = 0
    for (let i = 0; i < 60; i++) {
      const { level, solution } = drawLevel({ game: 'crossing' }, 'validation', `blind/${i}`)
      const { direction } = level.rules['current'] as Current
      const other = { direction: direction < 2 ? RIGHT : UP, strength: 1 }
      const plan = solve(crossing, { ...level, rules: { ...level.rules, current: other } }).actions
      const play = (actions: readonly number[]) => {
        const state = crossing.start(level, episodeStream(level))
        for (const action of actions) if (!state.terminated) crossing.step(state, action)
        return state.won ? 1 : 0
      }
      right += play(solution.actions)
      wrong += play(plan)
    }
    expect(right).toBe(60)
    expect(wrong).toBeLessThan(30)
  })
})
