/**
 * gems: collect what pays, leave what costs.
 *
 * Seen: the walls, the player, every gem. Hidden: what each colour is worth (+1 or -1, in held-out levels
 * also +2 or -2, at least one of each sign) and, where the recipe says so, a permutation of the controls.
 * Actions: up, down, left, right move one tile; walls block; noop and use wait.
 * Reward: stepping on a gem takes it for its colour's worth.
 * End: the last gem that pays has been taken (won).
 */
import { gemsLevels } from '../levels/gems.ts'
import { tileCode } from '../src/core/tiles.ts'
import type { Game, GameState } from './game.ts'
import {
  actionOffsets,
  cloneSharing,
  isBlocked,
  longerSide,
  paintGrid,
  readMap,
  remembered,
  type SharedTiles,
  writeTile,
} from './map.ts'

const FLOOR = tileCode('floor')
const GEM = tileCode('gem-a')
const PLAYER = tileCode('player')

interface GemsState extends GameState, SharedTiles {
  readonly width: number
  /** Where gems lay at the start. */
  readonly gems: readonly number[]
  /** Worth of each tile code; 0 for what is no gem. */
  readonly worth: Int8Array
  readonly offsets: Int32Array
  player: number
  /** Gems left that pay, and what they pay together. */
  left: number
  worthLeft: number
  /** Gems taken: counts the writes to `tiles`. */
  taken: number
}

const firstState = remembered((level): GemsState => {
  const { width, tiles, player } = readMap(level, gemsLevels)
  const worth = new Int8Array(256)
  worth.set(level.rules.worth as number[], GEM)
  const found = [...tiles.keys()].filter(i => worth[tiles[i]!] !== 0)
  const paying = found.filter(i => worth[tiles[i]!]! > 0)
  return {
    terminated: false,
    won: false,
    width,
    tiles,
    shared: false,
    gems: found,
    worth,
    offsets: actionOffsets(width, level.rules.controls as number[]),
    player,
    left: paying.length,
    worthLeft: paying.reduce((sum, i) => sum + worth[tiles[i]!]!, 0),
    taken: 0,
  }
})

export const gems: Game<GemsState> = {
  id: 'gems',
  version: 1,
  // 32 steps for a map of 9x9, 48 for 13x13.
  horizon: level => 4 * (longerSide(level) - 1),

  start: level => gems.clone(firstState(level)),

  step(state, action) {
    const target = state.player + state.offsets[action]!
    const tile = state.tiles[target]
    if (isBlocked(tile)) return 0
    state.player = target
    const reward = state.worth[tile]!
    if (reward !== 0) {
      writeTile(state, target, FLOOR)
      state.taken++
      if (reward > 0) {
        state.worthLeft -= reward
        if (--state.left === 0) state.terminated = state.won = true
      }
    }
    return reward
  },

  clone: cloneSharing,

  key(state) {
    let taken = 0
    for (const i of state.gems) taken = taken * 2 + (state.tiles[i] === FLOOR ? 1 : 0)
    return taken * state.tiles.length + state.player
  },

  bound: state => state.worthLeft,

  paint: (state, scene) => paintGrid(scene, state.width, state.tiles, state.player, PLAYER, state.taken),
}
