/**
 * MAML on policies against truth that shares no code with it: double-precision finite differences of a policy written
 * out below, and a Markov decision process small enough to enumerate.
 */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { stream } from '../src/core/random.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { type AlphaSchedule, initAlphas, innerStep, metaGradient, type TaskLoss } from '../src/learn/maml.ts'
import { type Parameters, toTensors, withinScope, withTaskAxis } from '../src/learn/parameters.ts'
import { categoricalLogProbabilities, mlp, oneHotRows, takenLogProbability } from '../src/learn/policy.ts'
import {
  clippedRatioLoss,
  episodeRatioLoss,
  likelihoodRatioLoss,
  type PolicyModel,
  type SurrogateData,
  surrogateData,
} from '../src/learn/surrogate.ts'

/** Numbers in [0, 1) from the stream of this name. */
function numbers(...name: (string | number)[]): () => number {
  const draws = stream(...name)
  return () => draws.next()
}

beforeAll(async () => {
  await selectBackend()
})

describe('the meta-gradient of a tanh softmax policy', () => {
  const [inputs, hidden, actions, tasks, rows] = [2, 3, 3, 2, 5]
  const shapes = { w0: [inputs, hidden], b0: [1, hidden], w1: [hidden, actions], b1: [1, actions] }
  const sizes = { w0: 6, b0: 3, w1: 9, b1: 3 }
  const names = ['w0', 'b0', 'w1', 'b1'] as const
  const random = numbers('maml', 'finite differences')
  const draw = (length: number, scale: number) => Array.from({ length }, () => scale * (random() - 0.5))
  /** Recorded data of one loss: for each task and row an observation, an action, its old log-probability, advantage. */
  const record = () =>
    Array.from({ length: tasks }, () =>
      Array.from({ length: rows }, () => ({
        x: draw(inputs, 3).map(Math.fround),
        action: Math.floor(random() * actions),
        old: Math.fround(-0.5 - random()),
        advantage: Math.fround(2 * random() - 1),
      })),
    )
  type Recorded = ReturnType<typeof record>
  const flat = draw(6 + 3 + 9 + 3, 1.6).map(Math.fround)

  /** -mean ratio * advantage, in double precision, of task `task` at parameters laid out as w0, b0, w1, b1. */
  function lossByHand(p: readonly number[], data: Recorded[number]): number {
    let sum = 0
    for (const { x, action, old, advantage } of data) {
      const h = Array.from({ length: hidden }, (_, j) =>
        Math.tanh(x[0] * p[j] + x[1] * p[hidden + j] + p[6 + j]),
      )
      const z = Array.from({ length: actions }, (_, a) =>
        h.reduce((total, value, j) => total + value * p[9 + j * actions + a], p[18 + a]),
      )
      const logSum = Math.log(z.reduce((total, value) => total + Math.exp(value), 0))
      sum += Math.exp(z[action] - logSum - old) * advantage
    }
    return -sum / data.length
  }

  function differences(f: (p: readonly number[]) => number, p: readonly number[], step: number): number[] {
    return p.map((value, i) => {
      const at = (x: number) => f(p.map((other, j) => (j === i ? x : other)))
      return (at(value + step) - at(value - step)) / (2 * step)
    })
  }

  /** Mean outer loss after the inner steps, each of which descends along central differences. */
  function objectiveByHand(
    p: readonly number[],
    rates: number[][],
    inner: Recorded[],
    outer: Recorded,
  ): number {
    let total = 0
    for (let task = 0; task < tasks; task++) {
      let adapted = [...p]
      for (const [k, data] of inner.entries()) {
        const gradient = differences(q => lossByHand(q, data[task]), adapted, 1e-5)
        adapted = adapted.map((value, i) => value - rates[k][tensorOf(i)] * gradient[i])
      }
      total += lossByHand(adapted, outer[task]) / tasks
    }
    return total
  }
  const tensorOf = (i: number) => (i < 6 ? 0 : i < 9 ? 1 : i < 18 ? 2 : 3)

  function taskLoss(data: Recorded, build: typeof likelihoodRatioLoss = likelihoodRatioLoss): TaskLoss {
    const all = data.flat()
    const x = tf.tensor3d(Float32Array.from(all.flatMap(row => row.x)), [tasks, rows, inputs])
    const taken = tf.tensor3d(
      oneHotRows(
        all.map(row => row.action),
        actions,
      ),
      [tasks, rows, actions],
    )
    return build(
      parameters => ({
        logProbability: takenLogProbability(categoricalLogProbabilities(mlp(parameters, x)), taken),
      }),
      surrogateData({
        tasks,
        oldLogProbabilities: Float32Array.from(all, row => row.old),
        advantages: Float32Array.from(all, row => row.advantage),
      }),
    )
  }

  const theta = () => {
    let start = 0
    const values = Object.fromEntries(
      names.map(name => [name, Float32Array.from(flat.slice(start, (start += sizes[name])))]),
    )
    return toTensors(values, shapes)
  }
  const ratesOf = (alphas: AlphaSchedule<number>) => alphas.map(step => names.map(name => step[name]))
  const concatenated = (record: Readonly<Record<string, Float32Array>>) =>
    names.flatMap(name => [...record[name]])

  function expectRelative(actual: number[], expected: number[], tolerance: number) {
    const scale = Math.max(...expected.map(Math.abs))
    for (const [i, value] of expected.entries()) {
      expect(Math.abs(actual[i] - value) / scale, `entry ${i}: ${actual[i]} for ${value}`).toBeLessThan(
        tolerance,
      )
    }
  }

  it.each([1, 2, 3])('with K = %i equals finite differences, for theta and alpha', steps => {
    const inner = Array.from({ length: steps }, record)
    const outer = record()
    const alphas = Array.from({ length: steps }, (_, k) => ({
      w0: 0.9 + 0.1 * k,
      b0: 0.5,
      w1: 1.2 - 0.2 * k,
      b1: 0.3,
    }))
    const result = withinScope(() =>
      metaGradient({
        theta: theta(),
        alphas,
        tasks,
        innerLosses: inner.map(data => taskLoss(data)),
        outerLoss: taskLoss(outer),
        order: 2,
      }),
    )
    const rates = ratesOf(alphas)
    const expected = differences(p => objectiveByHand(p, rates, inner, outer), flat, 1e-3)
    expectRelative(concatenated(result.gradients), expected, 2e-4)
    const expectedAlphas = rates.flatMap((step, k) =>
      differences(own => objectiveByHand(flat, rates.with(k, [...own]), inner, outer), step, 1e-3),
    )
    const actual = result.alphaGradients.flatMap(step => names.map(name => step[name]))
    expectRelative(actual, expectedAlphas, 2e-4)

    const first = withinScope(() =>
      metaGradient({
        theta: theta(),
        alphas,
        tasks,
        innerLosses: inner.map(data => taskLoss(data)),
        outerLoss: taskLoss(outer),
        order: 1,
      }),
    )
    const gap = Math.max(...concatenated(first.gradients).map((value, i) => Math.abs(value - expected[i])))
    expect(gap / Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.05)
  })

  it('at alpha 0 is the plain policy gradient, and at a positive alpha another', () => {
    const [inner, outer] = [record(), record()]
    const at = (rate: number, build?: typeof likelihoodRatioLoss) =>
      withinScope(() =>
        concatenated(
          metaGradient({
            theta: theta(),
            alphas: initAlphas(names, 1, rate),
            tasks,
            innerLosses: [taskLoss(inner)],
            outerLoss: taskLoss(outer, build),
            order: 2,
          }).gradients,
        ),
      )
    const mean = (p: readonly number[]) => outer.reduce((sum, data) => sum + lossByHand(p, data) / tasks, 0)
    const plain = differences(mean, flat, 1e-4)
    expectRelative(at(0), plain, 1e-4)
    expect(() => expectRelative(at(1), plain, 0.05)).toThrow()
    // Clipping does nothing while every ratio is inside, and differs where one is outside.
    const clip = (bound: number) => (model: PolicyModel, data: SurrogateData) =>
      clippedRatioLoss(model, data, { clip: bound })
    expectRelative(at(0, clip(100)), plain, 1e-4)
    expect(() => expectRelative(at(0, clip(0.05)), plain, 0.05)).toThrow()
  })

  it('stays finite for K = 1 to 8 at the largest alpha', () => {
    const losses = Array.from({ length: 9 }, record)
    for (let steps = 1; steps <= 8; steps++) {
      withinScope(() => {
        const alphas = initAlphas(names, steps, 4)
        const innerLosses = losses.slice(0, steps).map(data => taskLoss(data))
        const result = metaGradient({
          theta: theta(),
          alphas,
          tasks,
          innerLosses,
          outerLoss: taskLoss(losses[8]),
          order: 2,
        })
        expect(Number.isFinite(result.gradientNorm)).toBe(true)
        expect(result.outerLosses.every(Number.isFinite)).toBe(true)
        let adapted: Parameters = withTaskAxis(theta(), tasks)
        for (const loss of innerLosses) {
          const step = innerStep(adapted, alphas[0], loss)
          expect(step.logGradientNorms.every(Number.isFinite)).toBe(true)
          adapted = step.adapted
        }
      })
    }
  })
})

describe('the meta-gradient estimated by sampling', () => {
  /**
   * Two states, two actions, two steps from state 0; action a leads to state a. The reward of the first step depends on
   * the action, that of the second on state and action, so that credit must pass between the steps. Everything
   * can be enumerated: J(theta) is a sum over 4 episodes.
   */
  const firstReward = [0, 1]
  const secondReward = [
    [3, 0],
    [-1, 1.5],
  ]
  const alpha = 0.8
  const theta0 = [0.2, -0.3, 0.4, 0.1]
  const probabilities = (p: readonly number[], state: number) => {
    const odds = [Math.exp(p[2 * state]), Math.exp(p[2 * state + 1])]
    return odds.map(value => value / (odds[0] + odds[1]))
  }
  const expectedReturn = (p: readonly number[]) => {
    let sum = 0
    for (const a of [0, 1]) {
      for (const b of [0, 1]) {
        sum += probabilities(p, 0)[a] * probabilities(p, a)[b] * (firstReward[a] + secondReward[a][b])
      }
    }
    return sum
  }
  const gradient = (f: (p: readonly number[]) => number, p: readonly number[], step: number) =>
    p.map((value, i) => {
      const at = (x: number) => f(p.map((other, j) => (j === i ? x : other)))
      return (at(value + step) - at(value - step)) / (2 * step)
    })
  /** grad_theta J(theta + alpha grad J(theta)). */
  const exact = gradient(
    p => {
      const ascent = gradient(expectedReturn, p, 1e-5)
      return expectedReturn(p.map((value, i) => value + alpha * ascent[i]))
    },
    theta0,
    1e-4,
  )

  const [tasks, episodes, steps, repeats] = [20, 400, 2, 12]

  /** Plays with one policy a task, [tasks][4]; the advantage of a step is its reward to go. */
  function play(policies: readonly number[][], random: () => number) {
    const n = tasks * episodes * steps
    const [states, actions] = [new Int32Array(n), new Int32Array(n)]
    const [oldLogProbabilities, advantages] = [new Float32Array(n), new Float32Array(n)]
    for (let episode = 0; episode < tasks * episodes; episode++) {
      const p = policies[Math.floor(episode / episodes)]
      const act = (state: number) => (random() < probabilities(p, state)[0] ? 0 : 1)
      const a = act(0)
      const b = act(a)
      const at = episode * steps
      states.set([0, a], at)
      actions.set([a, b], at)
      oldLogProbabilities.set([Math.log(probabilities(p, 0)[a]), Math.log(probabilities(p, a)[b])], at)
      advantages.set([firstReward[a] + secondReward[a][b], secondReward[a][b]], at)
    }
    const rows = episodes * steps
    const state = tf.tensor3d(oneHotRows(states, 2), [tasks, rows, 2])
    const taken = tf.tensor3d(oneHotRows(actions, 2), [tasks, rows, 2])
    const model: PolicyModel = ({ logits }) => ({
      logProbability: takenLogProbability(categoricalLogProbabilities(tf.matMul(state, logits)), taken),
    })
    return { model, data: surrogateData({ tasks, oldLogProbabilities, advantages }) }
  }
  type Played = ReturnType<typeof play>

  /** Mean and standard error over repeats of the estimated gradient of the return. */
  function estimate(innerLoss: (played: Played) => TaskLoss) {
    const random = numbers('maml', 'two-state')
    const samples = Array.from({ length: repeats }, () =>
      withinScope(() => {
        const theta = toTensors({ logits: Float32Array.from(theta0) }, { logits: [2, 2] })
        // Losses are means over steps, returns sums over them: hence the factor `steps`.
        const alphas = [{ logits: alpha * steps }]
        const inner = innerLoss(play(Array(tasks).fill(theta0), random))
        const adapted = innerStep(withTaskAxis(theta, tasks), alphas[0], inner).adapted['logits'].dataSync()
        const policies = Array.from({ length: tasks }, (_, m) => [...adapted.subarray(4 * m, 4 * m + 4)])
        const after = play(policies, random)
        const outerLoss = likelihoodRatioLoss(after.model, after.data)
        const { gradients, outerLosses } = metaGradient({
          theta,
          alphas,
          tasks,
          innerLosses: [inner],
          outerLoss,
          order: 2,
        })
        // At the adapted policy every ratio is 1: the loss is minus the mean reward to go.
        const gains = tf.sum(after.data.weightedAdvantages, 1).dataSync()
        for (const [m, loss] of outerLosses.entries()) expect(loss).toBeCloseTo(-gains[m], 4)
        return [...gradients['logits']].map(value => -steps * value)
      }),
    )
    const mean = theta0.map((_, i) => samples.reduce((sum, sample) => sum + sample[i] / repeats, 0))
    const error = theta0.map((_, i) => {
      const squares = samples.reduce((sum, sample) => sum + (sample[i] - mean[i]) ** 2, 0)
      return Math.sqrt(squares / (repeats - 1) / repeats)
    })
    const z = Math.max(...mean.map((value, i) => Math.abs(value - exact[i]) / error[i]))
    return { mean, error, z }
  }

  const distance = (estimated: readonly number[]) =>
    Math.hypot(...estimated.map((value, i) => value - exact[i])) / Math.hypot(...exact)
  /** -E[A log pi]: the right first derivative, without the term that credits the sampling distribution. */
  const plainLogProbability = ({ model, data }: Played): TaskLoss => {
    return parameters => tf.neg(tf.sum(tf.mul(model(parameters).logProbability, data.weightedAdvantages), 1))
  }

  it('has the exact one as its mean, with ratios of whole episodes', () => {
    const { mean, z } = estimate(({ model, data }) => episodeRatioLoss(model, data, { steps }))
    expect(distance(mean)).toBeLessThan(0.05)
    expect(z).toBeLessThan(4)
  })

  it('has not without credit to the sampling distribution: the test sees what it is for', () => {
    expect(estimate(plainLogProbability).z).toBeGreaterThan(10)
  })

  it('is nearer than that with ratios step by step, which leave out credit across steps only', () => {
    const { mean, z } = estimate(({ model, data }) => likelihoodRatioLoss(model, data))
    expect(distance(mean)).toBeLessThan(0.7 * distance(estimate(plainLogProbability).mean))
    expect(z).toBeGreaterThan(4)
  })
})
