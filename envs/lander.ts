/**
 * lander: take the coins of a cave and land on the pad.
 *
 * Seen: rock, coins, the pad, the ship. Hidden: where things fall (up, down, left or right), how strongly, and, where the
 * recipe says so, a permutation of the controls: which action fires which thruster.
 * Actions: up, down, left, right thrust that way; with noop and use the ship drifts.
 * Physics, in sixteenths of a tile: each step the speed changes by 5 the way of the thrust and by `gravity` the way
 * things fall, then loses a quarter of itself (rounded towards 0), in each axis on its own and at most 12. The ship
 * moves by it, first across, then along. Rock stops it in that axis.
 * Reward: rock that is hit faster than 8 costs 1. What the middle of the ship is in is touched: a coin pays 1 and is gone;
 * the pad pays 2 where neither speed is over 8, and is else flown through.
 * End: the ship has landed (won).
 */
import { landerLevels } from '../levels/lander.ts'
import { QUARTERS } from '../src/core/scene.ts'
import { tileCode } from '../src/core/tiles.ts'
import type { Game, GameState } from './game.ts'
import { solveLander } from './lander-search.ts'
import {
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
const COIN = tileCode('coin')
const PAD = tileCode('pad')
const SHIP = tileCode('ship')

/** Units of length in a tile. */
const TILE = 16
const MIDDLE = TILE / 2
/** The ship's body within the sprite: three quarters of a tile. */
const NEAR_EDGE = 2
const FAR_EDGE = 13
const THRUST = 5
/** Less than a tile, so that no rock is flown through. */
export const FASTEST = 12
/** The fastest that a ship may touch rock or land. */
const GENTLE = 8
const LANDING_PAYS = 2

/** Across and along, by direction: up, down, left, right. */
const ACROSS = [0, 0, -1, 1]
const ALONG = [-1, 1, 0, 0]

export interface LanderState extends GameState, SharedTiles {
  readonly width: number
  /** What each action adds to the speed, gravity included. */
  readonly pushX: readonly number[]
  readonly pushY: readonly number[]
  /** Tiles where coins lay at the start; bit i of `coins` is the i-th. */
  readonly coinTiles: readonly number[]
  /** Top left corner of the sprite, and speed a step, in sixteenths of a tile. */
  x: number
  y: number
  vx: number
  vy: number
  /** One bit for each coin that is left. */
  coins: number
  left: number
  /** Coins taken: counts the writes to `tiles`. */
  taken: number
}

const firstState = remembered((level): LanderState => {
  const { width, tiles, player } = readMap(level, landerLevels)
  const { fall, gravity, controls } = level.rules as { fall: number; gravity: number; controls: number[] }
  const coinTiles = [...tiles.keys()].filter(i => tiles[i] === COIN)
  const pushes = (axis: readonly number[]) => {
    const thrusts = controls.map(direction => THRUST * axis[direction]!)
    return [0, ...thrusts, 0].map(thrust => thrust + gravity * axis[fall]!)
  }
  return {
    terminated: false,
    won: false,
    width,
    pushX: pushes(ACROSS),
    pushY: pushes(ALONG),
    coinTiles,
    tiles,
    shared: false,
    x: (player % width) * TILE,
    y: Math.floor(player / width) * TILE,
    vx: 0,
    vy: 0,
    coins: 2 ** coinTiles.length - 1,
    left: coinTiles.length,
    taken: 0,
  }
})

export const lander: Game<LanderState> = {
  id: 'lander',
  version: 1,
  // 70 steps for a map of 11x11, 84 for 13x13.
  horizon: level => 7 * (longerSide(level) - 1),

  start: level => lander.clone(firstState(level)),

  step(state, action) {
    // An unknown action drifts.
    const known = action >= 0 && action < state.pushX.length ? action : 0
    state.vx = speedAfter(state.vx + state.pushX[known]!)
    state.vy = speedAfter(state.vy + state.pushY[known]!)
    return moveAcross(state) + moveAlong(state) + touch(state)
  },

  clone: cloneSharing,

  key({ coins, vx, vy, x, y, width, tiles }) {
    const speeds = 2 * FASTEST + 1
    const key = (coins * speeds + vx + FASTEST) * speeds + vy + FASTEST
    return (key * (tiles.length / width) * TILE + y) * width * TILE + x
  },

  bound: state => (state.terminated ? 0 : state.left + LANDING_PAYS),

  solve: (level, limits) => solveLander(lander, level, limits),

  paint(state, scene) {
    paintGrid(scene, state.width, state.tiles, middleTile(state), SHIP, state.taken)
    scene.spriteX[0] = Math.floor((state.x * QUARTERS) / TILE)
    scene.spriteY[0] = Math.floor((state.y * QUARTERS) / TILE)
  },
}

/** The tile that the middle of the ship is in. */
export function middleTile({ x, y, width }: LanderState): number {
  return ((y + MIDDLE) >> 4) * width + ((x + MIDDLE) >> 4)
}

/** A quarter is lost to drag. */
function speedAfter(speed: number): number {
  const slowed = speed - Math.trunc(speed / 4)
  return slowed > FASTEST ? FASTEST : slowed < -FASTEST ? -FASTEST : slowed
}

function moveAcross(state: LanderState): number {
  const { tiles, width, vx, y } = state
  if (vx === 0) return 0
  const x = state.x + vx
  const column = (x + (vx > 0 ? FAR_EDGE : NEAR_EDGE)) >> 4
  if (
    !isBlocked(tiles[((y + NEAR_EDGE) >> 4) * width + column]) &&
    !isBlocked(tiles[((y + FAR_EDGE) >> 4) * width + column])
  ) {
    state.x = x
    return 0
  }
  state.x = vx > 0 ? column * TILE - FAR_EDGE - 1 : (column + 1) * TILE - NEAR_EDGE
  state.vx = 0
  return vx > GENTLE || vx < -GENTLE ? -1 : 0
}

function moveAlong(state: LanderState): number {
  const { tiles, width, vy, x } = state
  if (vy === 0) return 0
  const y = state.y + vy
  const row = (y + (vy > 0 ? FAR_EDGE : NEAR_EDGE)) >> 4
  if (
    !isBlocked(tiles[row * width + ((x + NEAR_EDGE) >> 4)]) &&
    !isBlocked(tiles[row * width + ((x + FAR_EDGE) >> 4)])
  ) {
    state.y = y
    return 0
  }
  state.y = vy > 0 ? row * TILE - FAR_EDGE - 1 : (row + 1) * TILE - NEAR_EDGE
  state.vy = 0
  return vy > GENTLE || vy < -GENTLE ? -1 : 0
}

/** What the tile does that the ship's middle is in. */
function touch(state: LanderState): number {
  const tile = middleTile(state)
  const code = state.tiles[tile]
  if (code === COIN) {
    writeTile(state, tile, FLOOR)
    state.coins ^= 1 << state.coinTiles.indexOf(tile)
    state.left--
    state.taken++
    return 1
  }
  if (code !== PAD || Math.abs(state.vx) > GENTLE || Math.abs(state.vy) > GENTLE) return 0
  state.terminated = state.won = true
  return LANDING_PAYS
}
