/**
 * N games in lockstep, each with its own level. The vectoriser owns what is no rule: time limits, reset, and
 * the observations, which are written into one preallocated array.
 */
import type { Level } from '../levels/level.ts'
import {
  type Atlas,
  atlasOf,
  createCut,
  createView,
  drawPixels,
  drawSymbolic,
  FRAME_BYTES,
  VIEW_CELLS,
} from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'
import { findTheme } from '../src/core/themes.ts'
import type { Game, GameState } from './game.ts'
import { remembered } from './map.ts'
import { findGame } from './registry.ts'
import { episodeStream } from './solver.ts'

/**
 * What happens when an episode ends. 'same-step': the slot begins its next level within the same step, and the
 * observation is already the new episode's (the last one of a truncated episode is in `finalObservation`).
 * 'disabled': the slot stands still, with reward 0, until `reset`.
 */
export type Autoreset = 'same-step' | 'disabled'

/** 'pixels': [N, 64, 64, 3] uint8. 'symbolic': [N, 16, 16] uint8 tile codes. */
export type ObservationKind = 'pixels' | 'symbolic'

export interface VectoriserOptions {
  /** Number of games, N. */
  readonly slots: number
  /** The level of a slot's episode, counted from 0. Asked for at every reset. */
  readonly levelFor: (slot: number, episode: number) => Level
  readonly observation: ObservationKind
  readonly autoreset: Autoreset
  /** Time limit in steps; default: the game's own for the level. */
  readonly horizon?: number
}

export interface Vectoriser {
  readonly slots: number
  readonly autoreset: Autoreset
  /** Bytes of one observation. */
  readonly observationBytes: number
  /** All observations; owned by the vectoriser, overwritten by the next step, never to be written to. */
  readonly observations: Uint8Array
  /** Observations at the end of truncated episodes, for bootstrapping; valid where `truncated` is 1. */
  readonly finalObservation: Uint8Array
  /** Of the last step, [N]. */
  readonly rewards: Float32Array
  /** The game ended by its rules in the last step, [N] of 0 or 1. */
  readonly terminated: Uint8Array
  /** The time limit ended the episode in the last step, [N] of 0 or 1. */
  readonly truncated: Uint8Array
  /** With autoreset disabled: the slot stands still, [N] of 0 or 1. */
  readonly ended: Uint8Array
  /** The level that each slot is on. */
  readonly levels: readonly Level[]
  /** Begins a new episode in every slot. Does not reseed anything: the next episodes are new ones. */
  reset(): void
  /** One action (an index into ACTIONS) for each slot. */
  step(actions: ArrayLike<number>): void
}

interface Slot {
  game: Game
  state: GameState
  atlas: Atlas
  horizon: number
  /** Steps taken in this episode. */
  time: number
  /** Episodes begun. */
  episodes: number
}

export function createVectoriser(options: VectoriserOptions): Vectoriser {
  const { slots: count, autoreset } = options
  const pixels = options.observation === 'pixels'
  const observationBytes = pixels ? FRAME_BYTES : VIEW_CELLS
  const observations = new Uint8Array(count * observationBytes)
  const finalObservation = new Uint8Array(count * observationBytes)
  const rewards = new Float32Array(count)
  const terminated = new Uint8Array(count)
  const truncated = new Uint8Array(count)
  const ended = new Uint8Array(count).fill(1)
  const scene = createScene()
  const outputs = perSlot(observations, count)
  const finals = perSlot(finalObservation, count)
  const views = pixels ? outputs.map(output => createView(output)) : []
  const cuts = pixels ? [] : outputs.map(createCut)
  const slots: Slot[] = []
  const levels: Level[] = []

  const begin = (i: number, episode: number): void => {
    const level = options.levelFor(i, episode)
    const { game, atlas, horizon } = settingOf(level)
    const state = game.start(level, episodeStream(level, i, episode))
    const limit = options.horizon ?? horizon
    const slot = slots[i]
    if (slot) {
      slot.game = game
      slot.state = state
      slot.atlas = atlas
      slot.horizon = limit
      slot.time = 0
      slot.episodes = episode + 1
    } else {
      slots[i] = { game, state, atlas, horizon: limit, time: 0, episodes: episode + 1 }
    }
    levels[i] = level
    ended[i] = 0
  }
  const observe = (i: number): void => {
    const slot = slots[i]!
    slot.game.paint(slot.state, scene)
    if (pixels) drawPixels(scene, slot.atlas, views[i]!)
    else drawSymbolic(scene, outputs[i]!, cuts[i]!)
  }

  return {
    slots: count,
    autoreset,
    observationBytes,
    observations,
    finalObservation,
    rewards,
    terminated,
    truncated,
    ended,
    levels,

    reset() {
      rewards.fill(0)
      terminated.fill(0)
      truncated.fill(0)
      for (let i = 0; i < count; i++) {
        begin(i, slots[i]?.episodes ?? 0)
        observe(i)
      }
    },

    step(actions) {
      for (let i = 0; i < count; i++) {
        if (ended[i]) {
          rewards[i] = 0
          terminated[i] = 0
          truncated[i] = 0
          continue
        }
        const slot = slots[i]!
        rewards[i] = slot.game.step(slot.state, actions[i]!)
        slot.time++
        const over = slot.state.terminated
        const late = !over && slot.time >= slot.horizon
        terminated[i] = over ? 1 : 0
        truncated[i] = late ? 1 : 0
        if (over || late) {
          if (late) {
            observe(i)
            finals[i]!.set(outputs[i]!)
          }
          if (autoreset === 'disabled') {
            ended[i] = 1
            if (late) continue
          } else {
            begin(i, slot.episodes)
          }
        }
        observe(i)
      }
    },
  }
}

/** The part of an array that belongs to each slot. */
function perSlot(all: Uint8Array, count: number): Uint8Array[] {
  const bytes = all.length / count
  return Array.from({ length: count }, (_, i) => all.subarray(i * bytes, (i + 1) * bytes))
}

/** What an episode needs beside its level; found once a level, as episodes begin by the million. */
const settingOf = remembered((level): { game: Game; atlas: Atlas; horizon: number } => {
  const theme = findTheme(level.theme)
  if (!theme)
    throw new Error(`the level has the unknown theme '${level.theme}': check a level before playing it`)
  const game = findGame(level.game)
  return { game, atlas: atlasOf(theme), horizon: game.horizon(level) }
})
