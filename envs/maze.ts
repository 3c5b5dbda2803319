/**
 * maze: find the real exit.
 *
 * Seen: the corridors, the player, one exit of each colour. Hidden: which colour is real (in held-out levels two are) and, where the recipe
 * says so, a permutation of the controls.
 * Actions: up, down, left, right move one tile; walls block; noop and use wait.
 * Reward: +2 for the real exit, -1 for a false one (so that a guess is worth nothing on average).
 * End: any exit is entered; won where it was the real one.
 */
import { mazeLevels } from '../levels/maze.ts'
import { tileCode } from '../src/core/tiles.ts'
import type { Game, GameState } from './game.ts'
import { actionOffsets, isBlocked, longerSide, paintGrid, readMap, remembered } from './map.ts'

const EXIT = tileCode('exit-a')
const PLAYER = tileCode('player')

interface MazeState extends GameState {
  readonly width: number
  readonly tiles: Uint8Array
  readonly offsets: Int32Array
  /** Whether the exit of each colour is real. */
  readonly real: readonly boolean[]
  player: number
}

const firstState = remembered((level): MazeState => {
  const { width, tiles, player } = readMap(level, mazeLevels)
  const real = level.rules.real as number
  return {
    terminated: false,
    won: false,
    width,
    tiles,
    offsets: actionOffsets(width, level.rules.controls as number[]),
    real: [0, 1, 2].map(colour => (real < 3 ? colour === real : colour !== real - 3)),
    player,
  }
})

export const maze: Game<MazeState> = {
  id: 'maze',
  version: 1,
  // 32 steps for a map of 9x9.
  horizon: level => 4 * (longerSide(level) - 1),

  start: level => maze.clone(firstState(level)),

  step(state, action) {
    const target = state.player + state.offsets[action]!
    const tile = state.tiles[target]
    if (isBlocked(tile)) return 0
    state.player = target
    if (tile < EXIT || tile >= EXIT + 3) return 0
    state.terminated = true
    state.won = state.real[tile - EXIT]!
    return state.won ? 2 : -1
  },

  // The map never changes, so a clone may share it.
  clone: state => ({ ...state }),
  key: state => state.player,
  bound: state => (state.terminated ? 0 : 2),

  paint: (state, scene) => paintGrid(scene, state.width, state.tiles, state.player, PLAYER, 0),
}
