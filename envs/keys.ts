/**
 * keys: reach the chest behind the doors.
 *
 * Seen: the walls, keys, doors, the chest, and which key the player carries. Hidden: which key colour opens
 * which door colour (a permutation; in held-out levels two keys open the same colour) and, where the recipe says so, a permutation of the controls.
 * Actions: up, down, left, right move one tile; walls and closed doors block; noop and use wait. Stepping on a
 * key picks it up when the hands are empty. Walking into a door uses the key that is carried up: the right one
 * opens the door, a wrong one is lost.
 * Reward: +1 for each door opened, +1 for the chest.
 * End: the chest is reached (won).
 */
import { keysLevels } from '../levels/keys.ts'
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
const KEY = tileCode('key-a')
const DOOR = tileCode('door-a')
const CHEST = tileCode('chest')
const PLAYER = tileCode('player')
const EMPTY = -1

interface KeysState extends GameState, SharedTiles {
  readonly width: number
  /** Where keys and doors were at the start. */
  readonly movables: readonly number[]
  /** Key colour to door colour. */
  readonly opens: readonly number[]
  readonly offsets: Int32Array
  player: number
  /** Colour of the key that is carried, or EMPTY. */
  held: number
  /** Doors still closed. */
  doors: number
  /** Keys taken and doors opened: counts the writes to `tiles`. */
  changes: number
}

const firstState = remembered((level): KeysState => {
  const { width, tiles, player } = readMap(level, keysLevels)
  const movables = [...tiles.keys()].filter(i => isKey(tiles[i]!) || isDoor(tiles[i]!))
  return {
    terminated: false,
    won: false,
    width,
    tiles,
    shared: false,
    movables,
    opens: level.rules.opens as number[],
    offsets: actionOffsets(width, level.rules.controls as number[]),
    player,
    held: EMPTY,
    doors: movables.filter(i => isDoor(tiles[i]!)).length,
    changes: 0,
  }
})

export const keys: Game<KeysState> = {
  id: 'keys',
  version: 1,
  // 48 steps for a map of 9x9.
  horizon: level => 6 * (longerSide(level) - 1),

  start: level => keys.clone(firstState(level)),

  step(state, action) {
    const target = state.player + state.offsets[action]!
    const tile = state.tiles[target]
    if (isBlocked(tile)) return 0
    if (isDoor(tile)) {
      if (state.held === EMPTY) return 0
      const right = state.opens[state.held] === tile - DOOR
      state.held = EMPTY
      if (!right) return 0
      writeTile(state, target, FLOOR)
      state.changes++
      state.doors--
      return 1
    }
    state.player = target
    if (isKey(tile) && state.held === EMPTY) {
      state.held = tile - KEY
      writeTile(state, target, FLOOR)
      state.changes++
    } else if (tile === CHEST) {
      state.terminated = state.won = true
      return 1
    }
    return 0
  },

  clone: cloneSharing,

  key(state) {
    let gone = state.held + 1
    for (const i of state.movables) gone = gone * 2 + (state.tiles[i] === FLOOR ? 1 : 0)
    return gone * state.tiles.length + state.player
  },

  bound: state => state.doors + (state.won ? 0 : 1),

  // The player's sprites follow each other in the catalogue: empty hands, then carrying a, b, c.
  paint: (state, scene) =>
    paintGrid(scene, state.width, state.tiles, state.player, PLAYER + 1 + state.held, state.changes),
}

function isKey(tile: number): boolean {
  return tile >= KEY && tile < KEY + 3
}

function isDoor(tile: number): boolean {
  return tile >= DOOR && tile < DOOR + 3
}
