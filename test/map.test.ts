/** What grid games share: maps of any shape, open or closed at their edges. */
import { expect, test } from 'vitest'
import { ACTIONS } from '../envs/game.ts'
import { actionOffsets, cloneSharing, readMap, writeTile } from '../envs/map.ts'
import { findGame } from '../envs/registry.ts'
import { episodeStream, solve } from '../envs/solver.ts'
import { hashLevel } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { parseLevel } from '../levels/text.ts'
import { createScene } from '../src/core/scene.ts'

const level = (game: string, ...map: string[]) =>
  parseLevel(['levelshift level 1', `game: ${game}`, '', ...map].join('\n'), 'a.txt')

test('nobody walks off a map that is open at its edges, or around to its other side', () => {
  const open = level('gems', '..a', '.@.', 'a..')
  const game = findGame('gems')
  const scene = createScene()
  for (const [action, x, y] of [
    ['up', 0, -1],
    ['down', 0, 1],
    ['left', -1, 0],
    ['right', 1, 0],
  ] as const) {
    const state = game.start(open, episodeStream(open))
    game.paint(state, scene)
    const from = [scene.cameraX, scene.cameraY]
    for (let i = 0; i < 5; i++) game.step(state, ACTIONS.indexOf(action))
    game.paint(state, scene)
    expect([scene.cameraX - from[0]!, scene.cameraY - from[1]!]).toEqual([x, y])
  }
  expect(solve(game, open)).toMatchObject({ solved: true, bestReturn: 2 })
})

test('a closed map is read as it is, an open one with a ring of void; the level stays the same', () => {
  const closed = level('maze', '#####', '#@abc', '#####')
  const hash = hashLevel(closed)
  expect(readMap(closed, levelKind('maze'))).toMatchObject({ width: 7, height: 5, player: 2 * 7 + 2 })
  expect(hashLevel(closed)).toBe(hash)
  const walled = level('maze', '######', '#@abc#', '######')
  expect(readMap(walled, levelKind('maze'))).toMatchObject({ width: 6, height: 3, player: 7 })
})

test('an unknown action changes nothing', () => {
  for (const id of ['gems', 'maze'] as const) {
    const map = id === 'gems' ? ['#####', '#@.a#', '#####'] : ['######', '#@abc#', '######']
    const game = findGame(id)
    const state = game.start(level(id, ...map), episodeStream(level(id, ...map)))
    const key = game.key(state)
    for (const action of [6, -1, 99]) expect(game.step(state, action)).toBe(0)
    expect(game.key(state)).toBe(key)
  }
})

test('the controls say what each direction action does', () => {
  // up does left, down does up, left does right, right does down.
  expect([...actionOffsets(10, [2, 0, 3, 1])]).toEqual([0, -1, -10, 1, 10, 0])
})

test('clones share their tiles until one of them writes', () => {
  const state = { tiles: Uint8Array.of(1, 2, 3), shared: false }
  const clone = cloneSharing(state)
  expect(clone.tiles).toBe(state.tiles)
  writeTile(clone, 0, 9)
  expect([...state.tiles]).toEqual([1, 2, 3])
  expect([...clone.tiles]).toEqual([9, 2, 3])
  writeTile(state, 1, 8)
  expect([...clone.tiles]).toEqual([9, 2, 3])
})
