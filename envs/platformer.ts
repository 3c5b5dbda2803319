/**
 * platformer: run and jump to the flag, seen from the side.
 *
 * Seen: ground, coins, spikes, the flag, the player, and platforms that move to and fro. Hidden: gravity, the strength
 * of a jump and, where the recipe says so, a permutation of the controls.
 * Actions: left and right run a quarter of a tile each tick, on the ground and in the air; up jumps from the ground,
 * as fast sideways as the player ran; down stops. With noop and use a player on the ground stops, and one in the air
 * flies on. A step is two ticks.
 * Physics, in sixteenths of a tile: a jump begins with `jump` a tick upwards, each tick takes off `gravity`, and
 * nobody falls faster than 14 a tick. Ground stops from all sides, platforms only from above: they move by a quarter of
 * a tile each step, at most three tiles to either side of where they began, and carry who stands on them.
 * Reward: what the middle of the player is in is touched. A coin pays 1 and is gone, spikes cost 1, the flag pays 2.
 * End: the flag (won) or spikes are touched.
 */
import { platformerLevels } from '../levels/platformer.ts'
import { addSprite, QUARTERS } from '../src/core/scene.ts'
import { tileCode } from '../src/core/tiles.ts'
import type { Game, GameState } from './game.ts'
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
import { solvePlatformer } from './platformer-search.ts'

const FLOOR = tileCode('floor')
const COIN = tileCode('coin')
const SPIKES = tileCode('spikes')
const FLAG = tileCode('flag')
const PLAYER = tileCode('player')
const PLATFORM = tileCode('platform')

/** Units of length in a tile, and in a quarter of one. */
export const TILE = 16
const QUARTER = TILE / QUARTERS
/** The player's body within the sprite: half a tile wide, three quarters high, at the bottom. */
const LEFT_EDGE = 4
const RIGHT_EDGE = 11
const HEAD = 4
const FEET = 15
const MIDDLE_X = 8
const MIDDLE_Y = 10
/** Less than a tile, so that nobody falls through one. */
const FASTEST_FALL = 14
const TICKS = 2
/** Tiles that a platform goes to either side at most: all periods then divide 8 * 60 steps. */
const REACH = 3
const FLAG_PAYS = 2

const [UP, DOWN, LEFT, RIGHT] = [0, 1, 2, 3] as const

/** What stays the same for all of a level. */
interface Field {
  readonly width: number
  readonly gravity: number
  readonly jump: number
  /** What each action does: a direction, or undefined. */
  readonly directions: readonly (number | undefined)[]
  /** Tiles where coins lay at the start; bit i of a state's `coins` is the i-th. */
  readonly coins: readonly number[]
  /** Tops of the platforms, and where their left edges are by the clock. */
  readonly tops: readonly number[]
  readonly tracks: readonly Int16Array[]
  /** Steps after which all platforms are where they began. */
  readonly period: number
}

export interface PlatformerState extends GameState, SharedTiles {
  readonly field: Field
  /** Top left corner of the sprite, and speed a tick, in sixteenths of a tile. */
  x: number
  y: number
  vx: number
  vy: number
  clock: number
  /** One bit for each coin that is left. */
  coins: number
  /** Coins left, and taken: that counts the writes to `tiles`. */
  left: number
  taken: number
}

const firstState = remembered((level): PlatformerState => {
  const { width, tiles, player, things } = readMap(level, platformerLevels)
  const controls = level.rules.controls as number[]
  const coins = [...tiles.keys()].filter(i => tiles[i] === COIN)
  const tracks = things.map(({ index }) => trackOf(tiles, index, index % width))
  const period = tracks.reduce((all, { length }) => leastCommonMultiple(all, length), 1)
  return {
    terminated: false,
    won: false,
    field: {
      width,
      gravity: level.rules.gravity as number,
      jump: level.rules.jump as number,
      directions: [undefined, ...controls],
      coins,
      tops: things.map(({ index }) => Math.floor(index / width) * TILE),
      tracks: tracks.map(track =>
        Int16Array.from({ length: period }, (_, clock) => track[clock % track.length]!),
      ),
      period,
    },
    tiles,
    shared: false,
    x: (player % width) * TILE,
    y: Math.floor(player / width) * TILE,
    vx: 0,
    vy: 0,
    clock: 0,
    coins: 2 ** coins.length - 1,
    left: coins.length,
    taken: 0,
  }
})

/** Where a platform's left edge is, by the clock, until it is back where it began: first to the right, then left. */
function trackOf(tiles: Uint8Array, index: number, column: number): number[] {
  let [left, right] = [0, 0]
  while (left < REACH && !isBlocked(tiles[index - left - 1])) left++
  while (right < REACH && !isBlocked(tiles[index + right + 1])) right++
  const track = [column * TILE]
  const move = (tiles: number, by: number) => {
    for (let i = 0; i < tiles * QUARTERS; i++) track.push(track[track.length - 1]! + by)
  }
  move(right, QUARTER)
  move(right + left, -QUARTER)
  move(left, QUARTER)
  if (track.length > 1) track.pop()
  return track
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y) [x, y] = [y, x % y]
  return (a / x) * b
}

export const platformer: Game<PlatformerState> = {
  id: 'platformer',
  version: 1,
  // 60 steps for a map of 11x11, 72 for 13x13.
  horizon: level => 6 * (longerSide(level) - 1),

  start: level => platformer.clone(firstState(level)),

  step(state, action) {
    const { field } = state
    movePlatforms(state)
    const direction = field.directions[action]
    if (direction === LEFT) state.vx = -QUARTER
    else if (direction === RIGHT) state.vx = QUARTER
    else if (direction === DOWN) state.vx = 0
    else if (isSupported(state)) {
      if (direction === UP) state.vy = -field.jump
      else state.vx = 0
    }
    let reward = 0
    for (let tick = 0; tick < TICKS; tick++) {
      if (state.vx !== 0) moveSideways(state)
      moveUpAndDown(state)
      reward += touch(state)
      if (state.terminated) break
    }
    return reward
  },

  clone: cloneSharing,

  key(state) {
    const { field, tiles } = state
    const height = tiles.length / field.width
    let key = state.coins * 3 + Math.sign(state.vx) + 1
    key = key * 32 + state.vy + 16
    key = key * height * TILE + state.y
    key = key * field.width * QUARTERS + state.x / QUARTER
    return key * field.period + state.clock
  },

  bound: state => (state.terminated ? 0 : state.left + FLAG_PAYS),

  solve: (level, limits) => solvePlatformer(platformer, level, limits),

  paint(state, scene) {
    const { field, x, y } = state
    paintGrid(scene, field.width, state.tiles, middleTile(state), PLAYER, state.taken)
    scene.spriteX[0] = x >> 2
    scene.spriteY[0] = y >> 2
    for (let i = 0; i < field.tops.length; i++)
      addSprite(scene, PLATFORM, field.tracks[i]![state.clock]! >> 2, field.tops[i]! >> 2)
  },
}

/** The tile that the middle of the player is in. */
export function middleTile({ x, y, field }: PlatformerState): number {
  return ((y + MIDDLE_Y) >> 4) * field.width + ((x + MIDDLE_X) >> 4)
}

/** A quarter of a tile; who stands on one and not on the ground is carried, unless ground is in the way. */
function movePlatforms(state: PlatformerState): void {
  const { field, clock } = state
  if (field.period === 1) return
  const next = clock + 1 === field.period ? 0 : clock + 1
  const under = state.vy < 0 || isOnGround(state) ? -1 : platformUnder(state)
  if (under >= 0) {
    const held = state.vx
    state.vx = field.tracks[under]![next]! - field.tracks[under]![clock]!
    moveSideways(state)
    state.vx = held
  }
  state.clock = next
}

function moveSideways(state: PlatformerState): void {
  const { tiles, y, vx } = state
  const { width } = state.field
  const x = state.x + vx
  const column = (x + (vx > 0 ? RIGHT_EDGE : LEFT_EDGE)) >> 4
  if (
    isBlocked(tiles[((y + HEAD) >> 4) * width + column]) ||
    isBlocked(tiles[((y + FEET) >> 4) * width + column])
  )
    state.vx = 0
  else state.x = x
}

function moveUpAndDown(state: PlatformerState): void {
  if (isSupported(state)) {
    state.vy = 0
    return
  }
  const { field, tiles, vy } = state
  const y = state.y + vy
  const row = (y + (vy < 0 ? HEAD : FEET)) >> 4
  const left = row * field.width + ((state.x + LEFT_EDGE) >> 4)
  const right = row * field.width + ((state.x + RIGHT_EDGE) >> 4)
  if (isBlocked(tiles[left]) || isBlocked(tiles[right])) {
    state.y = vy < 0 ? row * TILE + TILE - HEAD : row * TILE - TILE
    state.vy = 0
    return
  }
  for (let i = 0; i < field.tops.length; i++) {
    const top = field.tops[i]!
    if (state.y + TILE <= top && y + TILE > top && isOver(state, i)) {
      state.y = top - TILE
      state.vy = 0
      return
    }
  }
  state.y = y
  state.vy = Math.min(FASTEST_FALL, vy + field.gravity)
}

function isSupported(state: PlatformerState): boolean {
  return state.vy >= 0 && (isOnGround(state) || platformUnder(state) >= 0)
}

function isOnGround({ x, y, tiles, field }: PlatformerState): boolean {
  if (y % TILE !== 0) return false
  const below = (y / TILE + 1) * field.width
  return isBlocked(tiles[below + ((x + LEFT_EDGE) >> 4)]) || isBlocked(tiles[below + ((x + RIGHT_EDGE) >> 4)])
}

/** The platform that the player's feet are on, or -1. */
function platformUnder(state: PlatformerState): number {
  const { tops } = state.field
  for (let i = 0; i < tops.length; i++) if (state.y + TILE === tops[i] && isOver(state, i)) return i
  return -1
}

function isOver({ x, clock, field }: PlatformerState, platform: number): boolean {
  const left = field.tracks[platform]![clock]!
  return x + RIGHT_EDGE >= left && x + LEFT_EDGE < left + TILE
}

/** What the tile does that the player's middle is in. */
function touch(state: PlatformerState): number {
  const tile = middleTile(state)
  const code = state.tiles[tile]
  if (code === COIN) {
    const { coins } = state.field
    writeTile(state, tile, FLOOR)
    state.coins ^= 1 << coins.indexOf(tile)
    state.left--
    state.taken++
    return 1
  }
  if (code === SPIKES) {
    state.terminated = true
    return -1
  }
  if (code !== FLAG) return 0
  state.terminated = state.won = true
  return FLAG_PAYS
}
