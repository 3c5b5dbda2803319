/**
 * Rollouts: M tasks (a level each) times N episodes in lockstep, from pixels through the frozen encoder to
 * actions, each task under its own policy weights.
 */
import * as tf from '@tensorflow/tfjs-core'
import { ACTION_COUNT } from '../../envs/game.ts'
import { findGame } from '../../envs/registry.ts'
import { createVectoriser } from '../../envs/vectoriser.ts'
import type { Level } from '../../levels/level.ts'
import type { Stream } from '../core/random.ts'
import { FRAME_BYTES } from '../core/rasteriser.ts'
import type { EpisodeShape } from './advantage.ts'
import { FEATURES } from './encoder.ts'
import type { FeatureCache } from './features.ts'
import { type Parameters, withinScope } from './parameters.ts'
import { categoricalLogProbabilities, mlp } from './policy.ts'

/** Episodes of all tasks; arrays are [tasks, episodes, T], padding after an episode's end. */
export interface Trajectories {
  readonly shape: EpisodeShape
  /** Features of each observation that was acted on, [tasks, episodes, T, 128]. */
  readonly features: Float32Array
  readonly actions: Uint8Array
  /** Log-probability of each action under the policy that took it. */
  readonly logProbabilities: Float32Array
  /** Probability of every action, [tasks, episodes, T, 6]. */
  readonly probabilities: Float32Array
  readonly rewards: Float32Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  /** Sum of rewards of each episode, [tasks, episodes]. */
  readonly returns: Float32Array
  /** Environment steps that were taken. */
  readonly environmentSteps: number
  /** How many times the arena had been played before: the number of each slot's episode. */
  readonly episode: number
  /** Frames of each task's first episode, where they were asked for. */
  readonly recordings: readonly (readonly Uint8Array[])[]
}

export interface RolloutRequest {
  /** One level a task. */
  readonly levels: readonly Level[]
  /** Episodes a task, N. */
  readonly episodes: number
  readonly features: FeatureCache
  /** One stream a task, for its actions. */
  readonly streams: readonly Stream[]
  /** Keep the frames of each task's first episode, to show them. */
  readonly record?: boolean
}

/** A place where M x N episodes are played again and again on the same levels. */
export interface Arena {
  /** Plays one episode in every slot under policies with a task axis, [M, ...]. */
  play(policy: Parameters): Trajectories
}

export function createArena(request: RolloutRequest): Arena {
  const { levels, episodes, features, streams } = request
  const tasks = levels.length
  const slots = tasks * episodes
  const steps = Math.max(...levels.map(level => findGame(level.game).horizon(level)))
  const games = createVectoriser({
    slots,
    levelFor: slot => levels[Math.floor(slot / episodes)],
    observation: 'pixels',
    autoreset: 'disabled',
  })
  const recordFrames = (recordings: readonly Uint8Array[][]): void => {
    recordings.forEach((frames, task) => {
      const slot = task * episodes
      // The last frame of an episode is where it ended; after that nothing moves.
      if (frames.length > 0 && games.ended[slot] && !games.terminated[slot] && !games.truncated[slot]) return
      frames.push(games.observations.slice(slot * FRAME_BYTES, (slot + 1) * FRAME_BYTES))
    })
  }
  let played = 0
  return {
    play(policy) {
      games.reset()
      const recordings: Uint8Array[][] = request.record ? levels.map(() => []) : []
      recordFrames(recordings)
      const size = slots * steps
      const all: Trajectories = {
        shape: { tasks, episodes, steps },
        features: new Float32Array(size * FEATURES),
        actions: new Uint8Array(size),
        logProbabilities: new Float32Array(size),
        probabilities: new Float32Array(size * ACTION_COUNT),
        rewards: new Float32Array(size),
        terminated: new Uint8Array(size),
        truncated: new Uint8Array(size),
        returns: new Float32Array(slots),
        environmentSteps: 0,
        episode: played++,
        recordings,
      }
      let environmentSteps = 0
      const now = new Float32Array(slots * FEATURES)
      const actions = new Uint8Array(slots)
      for (let t = 0; t < steps; t++) {
        if (games.ended.every(ended => ended === 1)) break
        features.encode(games.observations, slots, now, games.ended)
        const logProbabilities = withinScope(() =>
          categoricalLogProbabilities(mlp(policy, tf.tensor3d(now, [tasks, episodes, FEATURES]))).dataSync(),
        )
        const live = games.ended.slice()
        for (let slot = 0; slot < slots; slot++) {
          if (live[slot]) continue
          const action = draw(
            logProbabilities,
            slot * ACTION_COUNT,
            streams[Math.floor(slot / episodes)].next(),
          )
          const at = slot * steps + t
          for (let i = 0; i < ACTION_COUNT; i++)
            all.probabilities[at * ACTION_COUNT + i] = Math.exp(logProbabilities[slot * ACTION_COUNT + i])
          actions[slot] = action
          all.actions[at] = action
          all.logProbabilities[at] = logProbabilities[slot * ACTION_COUNT + action]
          all.features.set(now.subarray(slot * FEATURES, (slot + 1) * FEATURES), at * FEATURES)
        }
        games.step(actions)
        recordFrames(recordings)
        for (let slot = 0; slot < slots; slot++) {
          if (live[slot]) continue
          const at = slot * steps + t
          all.rewards[at] = games.rewards[slot]
          all.returns[slot] += games.rewards[slot]
          all.terminated[at] = games.terminated[slot]
          all.truncated[at] = games.truncated[slot]
          environmentSteps++
        }
      }
      return { ...all, environmentSteps }
    },
  }
}

/** Draws an action from log-probabilities by the inverse of their sum; `u` is uniform in [0, 1). */
function draw(logProbabilities: ArrayLike<number>, offset: number, u: number): number {
  let sum = 0
  for (let action = 0; action < ACTION_COUNT - 1; action++) {
    sum += Math.exp(logProbabilities[offset + action])
    if (u < sum) return action
  }
  return ACTION_COUNT - 1
}

/** Mean return of each task, [tasks]. */
export function meanReturns(trajectories: Trajectories): Float32Array {
  const { tasks, episodes } = trajectories.shape
  return Float32Array.from({ length: tasks }, (_, task) => {
    const own = trajectories.returns.subarray(task * episodes, (task + 1) * episodes)
    return own.reduce((sum, value) => sum + value, 0) / episodes
  })
}
