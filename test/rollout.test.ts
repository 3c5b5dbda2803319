/** Rollouts from pixels: what is stored is what happened, replayed by hand game by game. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { findGame, GAMES } from '../envs/registry.ts'
import { episodeStream } from '../envs/solver.ts'
import type { Level } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { stream } from '../src/core/random.ts'
import { atlasOf, createView, drawPixels, FRAME_BYTES } from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'
import { findTheme, type Theme } from '../src/core/themes.ts'
import { adapt } from '../src/learn/adapt.ts'
import { episodeLengths } from '../src/learn/advantage.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { ENCODER_SHAPES, FEATURES, initEncoder } from '../src/learn/encoder.ts'
import { createFeatureCache, type FeatureCache } from '../src/learn/features.ts'
import { initAlphas } from '../src/learn/maml.ts'
import {
  disposeParameters,
  type HostParameters,
  type Parameters,
  toHost,
  toTensors,
  withTaskAxis,
} from '../src/learn/parameters.ts'
import { initMlp } from '../src/learn/policy.ts'
import { type Arena, createArena, meanReturns, type Trajectories } from '../src/learn/rollout.ts'
import { encoded, largestDifference } from './encoder-frames.ts'

const EPISODES = 4
const HIDDEN = 8
/** A level of each game, of different sizes: their time limits differ. */
const LEVELS: readonly Level[] = GAMES.map(({ id }, i) => {
  const { defaults, families } = levelKind(id)
  const room = families.filter(({ name }) => defaults.families.includes(name)).map(({ smallest }) => smallest)
  const side = Math.max(...room) + 2 * (i % 2)
  return drawLevel({ game: id, size: [side, side] }, 'train', `rollout/${i}`).level
})
const TASKS = LEVELS.length
const OBJECTIVE = { discount: 0.95, lambda: 0.95 }

let encoder: Parameters
let features: FeatureCache
beforeAll(async () => {
  await selectBackend()
  const random = stream('rollout encoder')
  encoder = toTensors(initEncoder(() => random.next()).values, ENCODER_SHAPES)
  features = createFeatureCache(encoder)
})

function head(seed: string) {
  const random = stream(seed, 'head')
  // A last layer of gain 1: actions are far from equally likely, so that log-probabilities tell policies apart.
  return initMlp(() => random.next(), [FEATURES, HIDDEN, ACTION_COUNT], { lastGain: 1 })
}

function arena(seed: string, options: { record?: boolean; levels?: readonly Level[] } = {}): Arena {
  const { levels = LEVELS, record = false } = options
  return createArena({
    levels,
    episodes: EPISODES,
    features,
    streams: levels.map((_, task) => stream(seed, task, 'actions')),
    record,
  })
}

/** One rollout of a fresh head. */
function played(seed: string, options: { record?: boolean } = {}): Trajectories {
  const { values, shapes } = head('policy')
  const theta = toTensors(values, shapes)
  const policy = withTaskAxis(theta, TASKS)
  const trajectories = arena(seed, options).play(policy)
  disposeParameters(theta)
  disposeParameters(policy)
  return trajectories
}

/** Log-probabilities of all actions in 64-bit numbers: features of one frame, weights of one task. */
function byHand(values: HostParameters, task: number, x: ArrayLike<number>): number[] {
  const layer = (input: readonly number[], name: number) => {
    const [w, b] = [values[`w${name}`]!, values[`b${name}`]!]
    const outputs = b.length / TASKS
    return Array.from({ length: outputs }, (_, out) =>
      input.reduce(
        (sum, value, i) => sum + value * w[(task * input.length + i) * outputs + out]!,
        b[task * outputs + out]!,
      ),
    )
  }
  const logits = layer(layer(Array.from(x), 0).map(Math.tanh), 1)
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
  return logits.map(logit => logit - total)
}

/** The largest difference between stored log-probabilities and those of the policy `values`, over all steps played. */
function logProbabilityError(trajectories: Trajectories, values: HostParameters): number {
  let largest = 0
  const { shape } = trajectories
  const lengths = episodeLengths(shape, trajectories)
  for (let row = 0; row < lengths.length; row++) {
    const task = Math.floor(row / shape.episodes)
    for (let at = row * shape.steps; at < row * shape.steps + lengths[row]!; at++) {
      const x = trajectories.features.subarray(at * FEATURES, (at + 1) * FEATURES)
      const truth = byHand(values, task, x)[trajectories.actions[at]!]!
      largest = Math.max(largest, Math.abs(truth - trajectories.logProbabilities[at]!))
    }
  }
  return largest
}

function pictureOf(level: Level, state: ReturnType<(typeof GAMES)[number]['start']>): Uint8Array {
  const scene = createScene()
  findGame(level.game).paint(state, scene)
  const view = createView(new Uint8Array(FRAME_BYTES))
  drawPixels(scene, atlasOf(findTheme(level.theme) as Theme), view)
  return view.pixels
}

/** Plays the stored actions of a slot again, in a game of its own. */
function replay(trajectories: Trajectories, slot: number, episode: number) {
  const { shape } = trajectories
  const level = LEVELS[Math.floor(slot / shape.episodes)]!
  const game = findGame(level.game)
  const state = game.start(level, episodeStream(level, slot, episode))
  const frames = [pictureOf(level, state)]
  const rewards: number[] = []
  while (!state.terminated && rewards.length < game.horizon(level)) {
    rewards.push(game.step(state, trajectories.actions[slot * shape.steps + rewards.length]!))
    frames.push(pictureOf(level, state))
  }
  return { rewards, frames, terminated: state.terminated }
}

describe('trajectories', () => {
  let all: Trajectories
  beforeAll(() => {
    all = played('trajectories', { record: true })
  })

  it('are what the games say when their actions are played again', () => {
    const { shape, environmentSteps, rewards, terminated, truncated, returns } = all
    const ended = { terminated: 0, truncated: 0 }
    let steps = 0
    for (let slot = 0; slot < TASKS * EPISODES; slot++) {
      const truth = replay(all, slot, 0)
      const length = truth.rewards.length
      const row = <A extends Float32Array | Uint8Array>(array: A) => [
        ...array.subarray(slot * shape.steps, (slot + 1) * shape.steps),
      ]
      const padded = (values: readonly number[]) => [
        ...values.map(Math.fround),
        ...new Array<number>(shape.steps - length).fill(0),
      ]
      expect(row(rewards)).toEqual(padded(truth.rewards))
      const last = (value: boolean) => padded(truth.rewards.map((_, t) => +(value && t === length - 1)))
      expect(row(terminated)).toEqual(last(truth.terminated))
      expect(row(truncated)).toEqual(last(!truth.terminated))
      expect(returns[slot]).toBeCloseTo(
        truth.rewards.reduce((sum, reward) => sum + reward, 0),
        5,
      )
      expect(
        row(all.actions)
          .slice(length)
          .every(action => action === 0),
      ).toBe(true)
      ended[truth.terminated ? 'terminated' : 'truncated']++
      steps += length
    }
    expect(environmentSteps).toBe(steps)
    expect(episodeLengths(shape, all).reduce((sum, length) => sum + length, 0)).toBe(steps)
    // Both ends were seen, and time limits that differ.
    expect(ended.truncated).toBeGreaterThan(0)
    expect(new Set(LEVELS.map(level => findGame(level.game).horizon(level))).size).toBeGreaterThan(1)
    expect(shape).toEqual({
      tasks: TASKS,
      episodes: EPISODES,
      steps: Math.max(...LEVELS.map(level => findGame(level.game).horizon(level))),
    })
  })

  it('hold the features of the frames that were acted on, and nothing after the end', () => {
    const { shape } = all
    for (const slot of [0, EPISODES + 1, TASKS * EPISODES - 1]) {
      const { frames, rewards } = replay(all, slot, 0)
      const acted = frames.slice(0, rewards.length)
      const truth = encoded(encoder, new Uint8Array(Buffer.concat(acted)))
      const from = slot * shape.steps * FEATURES
      const own = all.features.subarray(from, from + shape.steps * FEATURES)
      expect(largestDifference(own.subarray(0, truth.length), truth)).toBeLessThan(1e-5)
      expect(own.subarray(truth.length).every(value => value === 0)).toBe(true)
    }
  })

  it('record the first episode of each task, from its first frame to its last', () => {
    expect(all.recordings).toHaveLength(TASKS)
    for (let task = 0; task < TASKS; task++) {
      const { frames } = replay(all, task * EPISODES, 0)
      expect(all.recordings[task]).toHaveLength(frames.length)
      for (const [t, frame] of frames.entries())
        expect(Buffer.compare(all.recordings[task]![t]!, frame)).toBe(0)
    }
    expect(played('trajectories').recordings).toEqual([])
  })

  it('hold the log-probability of each action', () => {
    const { values, shapes } = head('policy')
    const theta = toTensors(values, shapes)
    const policy = withTaskAxis(theta, TASKS)
    expect(logProbabilityError(all, toHost(policy))).toBeLessThan(1e-4)
    disposeParameters(theta)
    disposeParameters(policy)
  })

  it('have as mean return the mean over episodes', () => {
    const means = meanReturns(all)
    for (let task = 0; task < TASKS; task++) {
      const own = [...all.returns.subarray(task * EPISODES, (task + 1) * EPISODES)]
      expect(means[task]).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / EPISODES, 5)
    }
  })

  it('are the same for the same streams, whatever the cache knows, and others for other streams', () => {
    const again = played('trajectories')
    features.clear()
    const forgetful = played('trajectories')
    for (const other of [again, forgetful]) {
      expect(other.actions).toEqual(all.actions)
      expect(other.logProbabilities).toEqual(all.logProbabilities)
      expect(other.rewards).toEqual(all.rewards)
    }
    expect(played('other').actions).not.toEqual(all.actions)
  })

  it('take actions as often as the policy says', () => {
    // Many draws from one frame: the first action of every episode.
    const { values, shapes } = head('policy')
    const theta = toTensors(values, shapes)
    const policy = withTaskAxis(theta, TASKS)
    const counts = new Array<number>(ACTION_COUNT).fill(0)
    const place = arena('often')
    const rounds = 60
    let expected: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { actions, features: seen, shape } = place.play(policy)
      expected = byHand(toHost(policy), 0, seen.subarray(0, FEATURES)).map(Math.exp)
      for (let slot = 0; slot < EPISODES; slot++) counts[actions[slot * shape.steps]!]!++
    }
    disposeParameters(theta)
    disposeParameters(policy)
    const draws = rounds * EPISODES
    for (const [action, share] of expected.entries()) {
      const deviation = Math.sqrt((share * (1 - share)) / draws)
      expect(Math.abs(counts[action]! / draws - share)).toBeLessThan(4 * deviation + 1e-9)
    }
  })
})

describe('adaptation', () => {
  const STEPS = 3
  /** Adapts and keeps a copy of every policy that was played. */
  function adapted(alpha: number, options: { seed?: string; scheduled?: number } = {}) {
    const { seed = 'adaptation', scheduled = STEPS } = options
    const { values, shapes } = head('policy')
    const theta = toTensors(values, shapes)
    const place = arena(seed)
    const policies: HostParameters[] = []
    const result = adapt({
      arena: {
        play(policy) {
          policies.push(toHost(policy))
          return place.play(policy)
        },
      },
      theta,
      tasks: TASKS,
      alphas: initAlphas(Object.keys(values), scheduled, alpha),
      steps: STEPS,
      objective: OBJECTIVE,
    })
    for (const loss of result.losses) loss.dispose()
    disposeParameters(theta)
    return { ...result, policies }
  }

  it('stores at every step k log-probabilities of theta_k, and of no other theta', () => {
    const { trajectories, policies } = adapted(2)
    expect(policies).toHaveLength(STEPS + 1)
    for (const [k, stored] of trajectories.entries()) {
      for (const [j, policy] of policies.entries()) {
        const error = logProbabilityError(stored, policy)
        if (j === k) expect(error).toBeLessThan(1e-4)
        else expect(error).toBeGreaterThan(1e-2)
      }
    }
  })

  it('plays fresh episodes at every step', () => {
    // With a rate of 0 the policy stays, and still no rollout is like another.
    const { trajectories, policies } = adapted(0)
    for (let k = 1; k <= STEPS; k++) {
      expect(policies[k]).toEqual(policies[0])
      for (let j = 0; j < k; j++) expect(trajectories[k]!.actions).not.toEqual(trajectories[j]!.actions)
      for (const slot of [0, TASKS * EPISODES - 1]) {
        const { rewards } = replay(trajectories[k]!, slot, k)
        const from = slot * trajectories[k]!.shape.steps
        const own = [...trajectories[k]!.rewards.subarray(from, from + rewards.length)]
        expect(own).toEqual(rewards.map(Math.fround))
      }
    }
  })

  it('moves each task by its own episodes', () => {
    const { policies } = adapted(2)
    const size = FEATURES * HIDDEN
    const copies = Array.from({ length: TASKS }, (_, task) =>
      policies[1]!['w0']!.slice(task * size, (task + 1) * size),
    )
    for (let task = 1; task < TASKS; task++) expect(copies[task]).not.toEqual(copies[0])
    const first = policies[0]!['w0']!
    for (let task = 1; task < TASKS; task++)
      expect(first.slice(task * size, (task + 1) * size)).toEqual(first.slice(0, size))
  })

  it('takes as many steps as are asked for, with the last rates beyond the schedule', () => {
    const whole = adapted(2)
    const short = adapted(2, { scheduled: 1 })
    expect(short.policies).toEqual(whole.policies)
  })

  it('leaves no tensor behind', () => {
    adapted(1)
    const before = tf.memory().numTensors
    adapted(1)
    expect(tf.memory().numTensors).toBe(before)
  })
})
