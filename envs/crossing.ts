/**
 * crossing: reach the far side of a frozen river.
 *
 * Seen: rocks, firm ground, ice, lava, coins, flags, the player. Hidden: which way the current pushes and how strongly
 * (in held-out levels strongly to the left or right, or not at all) and, where the recipe says so, a permutation of
 * the controls.
 * Actions: up, down, left, right move one tile; rocks block; noop and use wait. After every action, the waiting ones
 * too, the current pushes a player who stands on ice: as many tiles as it is strong, one after the other, until a rock
 * stops him or he is off the ice. What he is pushed over counts as if he had walked there.
 * Reward: +1 for each coin, +2 for a flag, -1 for lava, which sends the player back to where he began.
 * End: a flag is reached (won).
 */
import { type Current, crossingLevels } from '../levels/crossing.ts'
import { tileCode } from '../src/core/tiles.ts'
import type { Game, GameState } from './game.ts'
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

const FLOOR = tileCode('floor')
const ICE = tileCode('ice')
const LAVA = tileCode('lava')
const COIN = tileCode('coin')
const FLAG = tileCode('flag')
const PLAYER = tileCode('player')
const FLAG_REWARD = 2

interface CrossingState extends GameState, SharedTiles {
  readonly width: number
  /** Where the player began. */
  readonly home: number
  readonly coins: readonly number[]
  readonly offsets: Int32Array
  /** How one push of the current changes the player's index, and how many there are. */
  readonly push: number
  readonly strength: number
  player: number
  /** Coins taken: counts the writes to `tiles`. */
  taken: number
}

const firstState = remembered((level): CrossingState => {
  const { width, tiles, player } = readMap(level, crossingLevels)
  const { direction, strength } = level.rules.current as Current
  return {
    terminated: false,
    won: false,
    width,
    tiles,
    shared: false,
    home: player,
    coins: [...tiles.keys()].filter(i => tiles[i] === COIN),
    offsets: actionOffsets(width, level.rules.controls as number[]),
    push: directionOffsets(width)[direction]!,
    strength,
    player,
    taken: 0,
  }
})

export const crossing: Game<CrossingState> = {
  id: 'crossing',
  version: 1,
  // 32 steps for a map of 9x9.
  horizon: level => 4 * (longerSide(level) - 1),

  start: level => crossing.clone(firstState(level)),

  step(state, action) {
    const target = state.player + state.offsets[action]!
    let reward = isBlocked(state.tiles[target]) ? 0 : arrive(state, target)
    for (let push = 0; push < state.strength && state.tiles[state.player] === ICE; push++) {
      const next = state.player + state.push
      if (isBlocked(state.tiles[next])) break
      reward += arrive(state, next)
    }
    return reward
  },

  clone: cloneSharing,

  key(state) {
    let taken = 0
    for (const i of state.coins) taken = taken * 2 + (state.tiles[i] === FLOOR ? 1 : 0)
    return taken * state.tiles.length + state.player
  },

  bound: state => (state.won ? 0 : FLAG_REWARD + state.coins.length - state.taken),

  paint: (state, scene) => paintGrid(scene, state.width, state.tiles, state.player, PLAYER, state.taken),
}

/** The player comes to a tile that does not block; returns the reward. */
function arrive(state: CrossingState, index: number): number {
  state.player = index
  const tile = state.tiles[index]
  if (tile === COIN) {
    writeTile(state, index, FLOOR)
    state.taken++
    return 1
  }
  if (tile === FLAG) {
    state.terminated = state.won = true
    return FLAG_REWARD
  }
  if (tile !== LAVA) return 0
  state.player = state.home
  return -1
}
