/**
 * sokoban: push every box onto a goal.
 *
 * Seen: the walls, the goals, the boxes, the player. Hidden: a permutation of the controls.
 * Actions: up, down, left, right move one tile; walls block; noop and use wait. Walking into a box pushes it one tile,
 * where the tile behind it is free: not a wall, not another box. Boxes cannot be pulled.
 * Reward: for a push, by how many pushes it brings the box nearer to its nearest goal, as if it were alone: +1 nearer,
 * -1 further away. Pushing a box to where it can never come to a goal again costs 1. +2 for the last box, so that to
 * win returns the same on every way.
 * End: every box is on a goal (won).
 */
import type { Level } from '../levels/level.ts'
import { movesOfActions } from '../levels/moves.ts'
import { sokobanLevels } from '../levels/sokoban.ts'
import { tileCode } from '../src/core/tiles.ts'
import type { Game, GameState, Solution, SolveLimits } from './game.ts'
import {
  actionOffsets,
  cloneSharing,
  directionOffsets,
  isBlocked,
  longerSide,
  paintGrid,
  readMap,
  remembered,
  type SharedTiles,
  writeTile,
} from './map.ts'
import { type Board, NEVER, readBoard } from './sokoban-board.ts'
import { searchPushes } from './sokoban-solver.ts'

const VOID = tileCode('void')
const FLOOR = tileCode('floor')
const GOAL = tileCode('goal')
const BOX = tileCode('box')
const BOX_ON_GOAL = tileCode('box-on-goal')
const PLAYER = tileCode('player')

/** Reward for the push that wins, beside what it is worth itself. */
const WIN = 2

interface SokobanState extends GameState, SharedTiles {
  readonly width: number
  /** Indices of all tiles that a box or the player can be on: for the key. */
  readonly cells: readonly number[]
  /** By tile: pushes to the nearest goal for a box that is alone there, or NEVER. */
  readonly nearest: Uint16Array
  /** The key fits a number exactly. */
  readonly small: boolean
  readonly offsets: Int32Array
  player: number
  /** Boxes that are not on a goal, and the sum of all boxes' distances to their nearest goals. */
  left: number
  distance: number
  /** Pushes: counts the writes to `tiles`. */
  pushes: number
}

interface Start {
  readonly board: Board
  readonly state: SokobanState
}

const startOf = remembered((level): Start => {
  const { width, tiles, player } = readMap(level, sokobanLevels)
  const board = readBoard(width, tiles, player)
  coverOutside(width, tiles, new Set(board.indices))
  const nearest = new Uint16Array(tiles.length).fill(NEVER)
  board.indices.forEach((i, cell) => {
    nearest[i] = board.nearest[cell]!
  })
  const boxes = [...tiles.keys()].filter(i => isBox(tiles[i]!))
  const state = {
    terminated: false,
    won: false,
    width,
    tiles,
    shared: false,
    cells: [...board.indices].sort((a, b) => a - b),
    nearest,
    small: tiles.length ** (boxes.length + 1) <= Number.MAX_SAFE_INTEGER,
    offsets: actionOffsets(width, level.rules.controls as number[]),
    player,
    left: boxes.filter(i => tiles[i] === BOX).length,
    distance: boxes.reduce((sum, i) => sum + (nearest[i] === NEVER ? 0 : nearest[i]!), 0),
    pushes: 0,
  }
  return { board, state }
})

export const sokoban: Game<SokobanState> = {
  id: 'sokoban',
  version: 1,
  // 48 steps for a map of 7x7 with two boxes, 64 for 9x9; boxes that stand in each other's way take many more.
  horizon(level) {
    const boxes = level.map.join('').replace(/[^$*]/g, '').length
    const side = longerSide(level)
    return (side - 1) * (8 + 16 * Math.max(0, boxes - 2))
  },

  start: level => sokoban.clone(startOf(level).state),

  step(state, action) {
    const offset = state.offsets[action]!
    const target = state.player + offset
    const tile = state.tiles[target]!
    if (isBlocked(tile)) return 0
    if (!isBox(tile)) {
      state.player = target
      return 0
    }
    const behind = state.tiles[target + offset]
    if (behind !== FLOOR && behind !== GOAL) return 0
    writeTile(state, target + offset, behind === GOAL ? BOX_ON_GOAL : BOX)
    writeTile(state, target, tile === BOX_ON_GOAL ? GOAL : FLOOR)
    state.pushes++
    state.player = target
    const reward = worthOf(state.nearest[target]!, state.nearest[target + offset]!)
    state.distance -= reward
    state.left += (tile === BOX_ON_GOAL ? 1 : 0) - (behind === GOAL ? 1 : 0)
    if (state.left > 0) return reward
    state.terminated = state.won = true
    return reward + WIN
  },

  clone: cloneSharing,

  key(state) {
    const { tiles, cells } = state
    if (state.small) {
      let key = state.player
      for (const i of cells) if (isBox(tiles[i]!)) key = key * tiles.length + i
      return key
    }
    let key = String.fromCharCode(state.player)
    for (const i of cells) if (isBox(tiles[i]!)) key += String.fromCharCode(i)
    return key
  },

  bound: state => (state.won ? 0 : state.distance + WIN),

  solve,

  paint: (state, scene) => paintGrid(scene, state.width, state.tiles, state.player, PLAYER, state.pushes),
}

/** Reward for pushing a box from one distance to another. */
function worthOf(from: number, to: number): number {
  if (to === NEVER) return from === NEVER ? 0 : -1
  return from - to
}

/** Searches over pushes (envs/sokoban-solver.ts). To win always returns the most there is, so a win is optimal. */
function solve(level: Level, { horizon, budget }: SolveLimits): Solution {
  const { moves, expanded } = searchPushes(startOf(level).board, budget)
  const controls = level.rules.controls as readonly number[]
  const actions = moves.map(direction => 1 + controls.indexOf(direction))
  // What an unfinished play is worth is what its best beginning returns.
  const state = sokoban.clone(startOf(level).state)
  let [total, best, length] = [0, 0, 0]
  for (let step = 0; step < Math.min(actions.length, horizon); step++) {
    total += sokoban.step(state, actions[step]!)
    if (total > best) [best, length] = [total, step + 1]
  }
  return {
    solved: state.won,
    bestReturn: best,
    actions: actions.slice(0, length),
    optimal: state.won,
    expanded,
  }
}

/** Actions as LURD: the moves that they bring about, in upper case where they push. */
export function sokobanLurd(level: Level, actions: readonly number[]): string {
  const state = sokoban.clone(startOf(level).state)
  return Array.from(movesOfActions(actions, level), (letter, i) => {
    const before = state.pushes
    if (!state.terminated) sokoban.step(state, actions[i]!)
    return state.pushes > before ? letter.toUpperCase() : letter
  }).join('')
}

/** Turns the floor around the walls into void: what the player never reaches and what joins the map's edge. */
function coverOutside(width: number, tiles: Uint8Array, inside: ReadonlySet<number>): void {
  const offsets = directionOffsets(width)
  const outside = [...tiles.keys()].filter(i => tiles[i] === VOID)
  for (const i of outside) {
    for (const offset of offsets) {
      if (tiles[i + offset] !== FLOOR || inside.has(i + offset)) continue
      tiles[i + offset] = VOID
      outside.push(i + offset)
    }
  }
}

function isBox(tile: number): boolean {
  return tile === BOX || tile === BOX_ON_GOAL
}
