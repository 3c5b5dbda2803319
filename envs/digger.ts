/**
 * digger: dig for the gems that count, under boulders that fall and roll.
 *
 * Seen: walls, earth, boulders, gems of three colours, the player. Hidden: which colour counts (in held-out levels two
 * colours do), the side that boulders and gems roll to (in held-out levels they do not roll) and, where the recipe says
 * so, a permutation of the controls.
 * Actions: up, down, left, right move one tile onto floor, into earth (dug away) or onto a gem (taken); a boulder is
 * pushed left or right where the tile behind it is free; walls and other boulders block; noop and use wait.
 * Falling: after every action each boulder and gem moves at most one tile. Rows take turns from the bottom to the top,
 * in a row the tiles on the side that things roll to come first. What has a free tile below falls. What lies on a
 * boulder, a gem or a wall rolls aside where the tile there and the one below that are free. Free is floor without
 * the player, who carries what lies on them.
 * Reward: a gem is taken for its worth: +3 where its colour counts and -2 where not (+1 and -2 where two colours
 * count), so that taking them as they come is worth little. A boulder that falls and has the player right below it then
 * breaks on their head: -1. Play goes on, so that an unlucky episode still teaches.
 * End: the last gem that counts is taken (won).
 */
import { diggerLevels, worthOf } from '../levels/digger.ts'
import { tileCode } from '../src/core/tiles.ts'
import { searchDigging } from './digger-solver.ts'
import type { Game, GameState } from './game.ts'
import {
  actionOffsets,
  cloneSharing,
  longerSide,
  paintGrid,
  readMap,
  remembered,
  type SharedTiles,
  writeTile,
} from './map.ts' // biome-ignore format: one line

const FLOOR = tileCode('floor')
const WALL = tileCode('wall')
const EARTH = tileCode('earth')
const BOULDER = tileCode('boulder')
const GEM = tileCode('gem-a')
const PLAYER = tileCode('player')

export interface DiggerState extends GameState, SharedTiles {
  readonly width: number
  /** Tiles that can ever change, in order. */
  readonly changeable: readonly number[]
  /** Worth of each tile code; 0 for what is no gem. */
  readonly worth: Int8Array
  readonly offsets: Int32Array
  /** Which way things roll: -1 left, 1 right, 0 not at all. */
  readonly roll: number
  player: number
  /** Gems left that count. */
  left: number
  /** What each of them pays. */
  readonly pays: number
  /** Nothing moves unless the player does something: the last scan moved nothing. Saves work, changes nothing. */
  quiet: boolean
  /** Writes to `tiles`. */
  changes: number
}

const firstState = remembered((level): DiggerState => {
  const { width, tiles, player } = readMap(level, diggerLevels)
  const points = worthOf(level.rules.counts as number)
  const worth = new Int8Array(256)
  worth.set(points, GEM)
  return {
    terminated: false,
    won: false,
    width,
    changeable: [...tiles.keys()].filter(i => tiles[i] === FLOOR || tiles[i] === EARTH || canFall(tiles[i]!)),
    tiles,
    shared: false,
    worth,
    offsets: actionOffsets(width, level.rules.controls as number[]),
    roll: { left: -1, right: 1, none: 0 }[level.rules.roll as 'left' | 'right' | 'none'],
    player,
    left: tiles.filter(tile => worth[tile]! > 0).length,
    pays: Math.max(...points),
    quiet: false,
    changes: 0,
  }
})

export const digger: Game<DiggerState> = {
  id: 'digger',
  version: 1,
  // 40 steps for a map of 9x9, 50 for 11x11.
  horizon: level => 5 * (longerSide(level) - 1),

  start: level => digger.clone(firstState(level)),

  step(state, action) {
    const from = state.player
    const reward = move(state, state.offsets[action]!)
    if (state.terminated || (state.quiet && !wakes(state, from))) return reward
    return reward - settle(state)
  },

  clone: cloneSharing,

  key(state) {
    const { tiles, changeable } = state
    let text = String.fromCharCode(state.player)
    // Six tiles to a letter: floor, earth, boulder and three gems are six values, and 6 ** 6 letters fit 16 bits.
    for (let i = 0; i < changeable.length; ) {
      let letter = 0
      for (const end = Math.min(i + 6, changeable.length); i < end; i++) {
        const tile = tiles[changeable[i]!]!
        letter =
          letter * 6 + (tile === FLOOR ? 0 : tile === EARTH ? 1 : tile === BOULDER ? 2 : 3 + tile - GEM)
      }
      text += String.fromCharCode(letter)
    }
    return text
  },

  bound: state => state.left * state.pays,

  solve: (level, limits) => searchDigging(digger, level, limits),
  drawBudget: 4_000,

  paint: (state, scene) => paintGrid(scene, state.width, state.tiles, state.player, PLAYER, state.changes),
}

/** Moves the player by an index offset (0: stays) and returns what that pays. */
function move(state: DiggerState, offset: number): number {
  const target = state.player + offset
  const tile = state.tiles[target]!
  if (offset === 0) return 0
  if (tile === FLOOR) {
    state.player = target
    return 0
  }
  if (tile === BOULDER) {
    const behind = target + offset
    if (Math.abs(offset) !== 1 || state.tiles[behind] !== FLOOR) return 0
    write(state, behind, BOULDER)
  } else if (tile !== EARTH && state.worth[tile] === 0) return 0
  write(state, target, FLOOR)
  state.player = target
  const reward = state.worth[tile]!
  if (reward > 0 && --state.left === 0) state.terminated = state.won = true
  return reward
}

/** Whether something can move after the player left `from`, on a map where nothing moved before. */
function wakes(state: DiggerState, from: number): boolean {
  if (state.player === from) return false
  const { tiles, width, player, roll } = state
  // A tile that the player left lets in what lies above it, beside it or above that; a pushed boulder may fall.
  return (
    canFall(tiles[from - width]!) ||
    canFall(tiles[from - roll]!) ||
    canFall(tiles[from - roll - width]!) ||
    canFall(tiles[2 * player - from]!)
  )
}

/** Lets every boulder and gem fall or roll by one tile; returns 1 where one hits the player, 0 otherwise. */
function settle(state: DiggerState): number {
  const { width, roll } = state
  const last = state.tiles.length - width - 1
  const before = state.changes
  let hits = 0
  for (let row = last - (last % width); row >= width; row -= width) {
    for (let column = 0; column < width; column++) {
      const i = row + (roll > 0 ? width - 1 - column : column)
      const tile = state.tiles[i]!
      if (!canFall(tile)) continue
      let to = i + width
      if (!isFree(state, to)) {
        if (roll === 0 || !isRound(state.tiles[to]!) || to === state.player) continue
        if (!isFree(state, i + roll) || !isFree(state, to + roll)) continue
        to = i + roll
      }
      write(state, i, FLOOR)
      if (tile === BOULDER && to === i + width && to + width === state.player) hits = 1
      else write(state, to, tile)
    }
  }
  state.quiet = state.changes === before
  return hits
}

function write(state: DiggerState, index: number, tile: number): void {
  writeTile(state, index, tile)
  state.changes++
}

function isFree(state: DiggerState, index: number): boolean {
  return state.tiles[index] === FLOOR && index !== state.player
}

function canFall(tile: number): boolean {
  return tile === BOULDER || (tile >= GEM && tile < GEM + 3)
}

/** What things roll off. */
function isRound(tile: number): boolean {
  return tile === WALL || canFall(tile)
}
