/**
 * chaser: collect the dots among creatures that walk to and fro.
 *
 * Seen: the walls, the dots, the player, every creature; each leans a quarter of a tile towards where it goes next.
 * Hidden: what touching a creature of each kind is worth (+3 or -3, in held-out levels also +1 or -1, at least one of
 * each sign) and, where the recipe says so, a permutation of the controls.
 * Actions: up, down, left, right move one tile; walls block; noop and use wait.
 * Creatures: each walks along the row or the column that it begins in, whichever is free over more tiles (the row where
 * both are equal), one tile a step, and turns round where a wall is next. It sets out to the right, or down, or the
 * other way where a wall is there. Creatures walk through each other and over dots.
 * A step: the player moves, then every creature does. One that he moves to, or that then moves to him, is touched: it is
 * gone and he is paid its worth.
 * Reward: +1 for a dot, its kind's worth for a creature.
 * End: the last dot and the last creature that pays have been taken (won).
 */
import { chaserLevels } from '../levels/chaser.ts'
import { addSprite } from '../src/core/scene.ts'
import { tileCode } from '../src/core/tiles.ts'
import { searchPickups } from './chaser-solver.ts'
import { firstPlace, indexOf, kindOf, newCreature, placeOf, type Walks, walksOn } from './chaser-walks.ts'
import type { Game, GameState } from './game.ts'
import {
  actionOffsets,
  isBlocked,
  longerSide,
  paintGrid,
  readMap,
  remembered,
  type SharedTiles,
  writeTile,
} from './map.ts'

const FLOOR = tileCode('floor')
const DOT = tileCode('dot')
const CREATURE = tileCode('creature-a')
const PLAYER = tileCode('player')

export interface ChaserState extends GameState, SharedTiles {
  readonly width: number
  readonly walks: Walks
  /** Where dots were at the start. */
  readonly dots: readonly number[]
  /** What each kind is worth. */
  readonly nature: readonly number[]
  readonly offsets: Int32Array
  player: number
  /** The first `count` are there, in ascending order: two of a kind that swap places make no other state. */
  creatures: Int32Array
  count: number
  dotsLeft: number
  /** Creatures left that pay, and what they pay together. */
  paying: number
  worthLeft: number
}

const firstState = remembered((level): ChaserState => {
  const { width, tiles, player, things } = readMap(level, chaserLevels)
  const nature = level.rules.nature as number[]
  const creatures = Int32Array.from(things, ({ code, index }) =>
    newCreature(code - CREATURE, firstPlace(index, width, tiles)),
  ).sort()
  const worths = things.map(({ code }) => nature[code - CREATURE]!).filter(worth => worth > 0)
  const dots = [...tiles.keys()].filter(i => tiles[i] === DOT)
  return {
    terminated: false,
    won: false,
    width,
    tiles,
    shared: false,
    walks: walksOn(width, tiles),
    dots,
    nature,
    offsets: actionOffsets(width, level.rules.controls as number[]),
    player,
    creatures,
    count: creatures.length,
    dotsLeft: dots.length,
    paying: worths.length,
    worthLeft: worths.reduce((sum, worth) => sum + worth, 0),
  }
})

export const chaser: Game<ChaserState> = {
  id: 'chaser',
  version: 1,
  // 32 steps for a map of 9x9.
  horizon: level => 4 * (longerSide(level) - 1),

  start: level => chaser.clone(firstState(level)),

  step(state, action) {
    const target = state.player + state.offsets[action]!
    const tile = state.tiles[target]
    if (!isBlocked(tile)) state.player = target
    let reward = 0
    if (tile === DOT) {
      writeTile(state, target, FLOOR)
      state.dotsLeft--
      reward = 1
    }
    const { creatures, player } = state
    const { next } = state.walks
    let kept = 0
    for (let i = 0; i < state.count; i++) {
      const creature = creatures[i]!
      const place = placeOf(creature)
      const moved = next[place]!
      if (indexOf(place) === player || indexOf(moved) === player) {
        reward += touch(state, creature)
        continue
      }
      const value = creature - place + moved
      let slot = kept++
      for (; slot > 0 && creatures[slot - 1]! > value; slot--) creatures[slot] = creatures[slot - 1]!
      creatures[slot] = value
    }
    state.count = kept
    if (state.dotsLeft === 0 && state.paying === 0) state.terminated = state.won = true
    return reward
  },

  clone(state) {
    state.shared = true
    return { ...state, creatures: state.creatures.slice() }
  },

  key(state) {
    const dots = state.dots.map(i => (state.tiles[i] === DOT ? 1 : 0)).join('')
    return `${state.player} ${dots} ${state.creatures.subarray(0, state.count).join()}`
  },

  bound: state => state.dotsLeft + state.worthLeft,

  solve: (level, limits) => searchPickups(firstState(level), limits),

  paint(state, scene) {
    paintGrid(scene, state.width, state.tiles, state.player, PLAYER, state.dots.length - state.dotsLeft)
    const { x, y } = state.walks
    for (let i = 0; i < state.count; i++) {
      const creature = state.creatures[i]!
      const place = placeOf(creature)
      addSprite(scene, CREATURE + kindOf(creature), x[place]!, y[place]!)
    }
  },
}

function touch(state: ChaserState, creature: number): number {
  const worth = state.nature[kindOf(creature)]!
  if (worth > 0) {
    state.paying--
    state.worthLeft -= worth
  }
  return worth
}
