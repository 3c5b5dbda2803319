import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { selectBackend } from '../src/learn/backend.ts'
import {
  type AlphaSchedule,
  alphaAt,
  alphasFromHost,
  alphasToHost,
  initAlphas,
  innerStep,
  metaGradient,
  projectAlphas,
  type TaskLoss,
} from '../src/learn/maml.ts'
import {
  disposeParameters,
  type Parameters,
  toHost,
  withinScope,
  withTaskAxis,
} from '../src/learn/parameters.ts'

const theta0 = [1, -2, 0.5]
const targets = [
  [3, 0, 1],
  [-1, 1, 2],
]

/** 1/2 |theta_m|^2 for each task: a gradient step shrinks theta by 1 - alpha. */
const bowl: TaskLoss = ({ w }) => tf.mul(tf.sum(tf.square(w), 1), 0.5)

/** 1/2 |theta_m - target_m|^2. */
const towards =
  (goals: number[][]): TaskLoss =>
  ({ w }) =>
    tf.mul(tf.sum(tf.square(tf.sub(w, tf.tensor2d(goals))), 1), 0.5)

function bowlGradient(order: 1 | 2, alphas: AlphaSchedule<number>, steps: number, goals = targets) {
  return withinScope(() =>
    metaGradient({
      theta: { w: tf.tensor1d(theta0) },
      alphas,
      tasks: goals.length,
      innerLosses: Array.from({ length: steps }, () => bowl),
      outerLoss: towards(goals),
      order,
    }),
  )
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits = 5) {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits)
}

beforeAll(async () => {
  await selectBackend()
})

describe('on a quadratic loss, in closed form', () => {
  const rates = [0.1, 0.3, 0.25, 0.7]

  it.each([0, 1, 2, 3, 4])('the meta-gradient after %i steps has the factor prod (1 - alpha_k)', steps => {
    const alphas = rates.map(rate => ({ w: rate }))
    const factor = rates.slice(0, steps).reduce((product, rate) => product * (1 - rate), 1)
    const adapted = theta0.map(value => factor * value)
    // Mean over tasks of theta_K - target.
    const residual = adapted.map((value, i) => value - (targets[0][i] + targets[1][i]) / 2)
    const second = bowlGradient(2, alphas, steps)
    const first = bowlGradient(1, alphas, steps)
    expectClose(
      second.gradients['w'],
      residual.map(value => factor * value),
    )
    expectClose(first.gradients['w'], residual)
    const loss = (goal: number[]) => adapted.reduce((sum, value, i) => sum + (value - goal[i]) ** 2, 0) / 2
    for (const result of [first, second]) expectClose(result.outerLosses, targets.map(loss))
    expect(second.gradientNorm).toBeCloseTo(factor * Math.hypot(...residual), 5)

    for (let k = 0; k < rates.length; k++) {
      // d theta_K / d alpha_k = -theta prod_{j != k} (1 - alpha_j); to first order -theta prod_{j < k} (1 - alpha_j).
      const others = rates
        .slice(0, steps)
        .reduce((product, rate, j) => (j === k ? product : product * (1 - rate)), 1)
      const before = rates.slice(0, k).reduce((product, rate) => product * (1 - rate), 1)
      const along = theta0.reduce((sum, value, i) => sum + value * residual[i], 0)
      const used = k < steps ? 1 : 0
      expect(second.alphaGradients[k]['w']).toBeCloseTo(-used * others * along, 5)
      expect(first.alphaGradients[k]['w']).toBeCloseTo(-used * before * along, 5)
    }
  })

  it('steps beyond the schedule reuse its last rate, whose gradient adds up', () => {
    const once = bowlGradient(2, initAlphas(['w'], 1, 0.2), 3)
    const thrice = bowlGradient(2, initAlphas(['w'], 3, 0.2), 3)
    expectClose(once.gradients['w'], [...thrice.gradients['w']])
    expect(once.alphaGradients[0]['w']).toBeCloseTo(
      thrice.alphaGradients.reduce((sum, step) => sum + step['w'], 0),
      5,
    )
    expect(() => bowlGradient(2, [], 1)).toThrow(/alpha schedule is empty/)
  })

  it('a numeric inner step shrinks theta and reports losses and log gradient norms', () => {
    const result = withinScope(() => {
      const start = { w: tf.tensor2d([theta0, [0, 0, 0]]) }
      const step = innerStep(start, { w: 0.25 }, bowl)
      return { ...step, adapted: toHost(step.adapted) }
    })
    expectClose(result.adapted['w'], [0.75, -1.5, 0.375, 0, 0, 0])
    expectClose(result.losses, [5.25 / 2, 0])
    expect(result.logGradientNorms[0]).toBeCloseTo(Math.log(5.25) / 2, 5)
    expect(result.logGradientNorms[1]).toBe(Number.NEGATIVE_INFINITY)
  })

  it('losses at the inner steps need second order', () => {
    const attempt = () =>
      withinScope(() =>
        metaGradient({
          theta: { w: tf.tensor1d(theta0) },
          alphas: initAlphas(['w'], 1, 0.2),
          tasks: 2,
          innerLosses: [bowl],
          outerLoss: bowl,
          stepLosses: [bowl],
          order: 1,
        }),
      )
    expect(attempt).toThrow('losses at the inner steps need order 2')
  })

  it('fixed rates have no gradient, and leave that of theta as it is', () => {
    const request = {
      alphas: initAlphas(['w'], 2, 0.2),
      tasks: 2,
      innerLosses: [bowl, bowl],
      outerLoss: towards(targets),
    }
    for (const order of [1, 2] as const) {
      const fixed = withinScope(() =>
        metaGradient({ ...request, theta: { w: tf.tensor1d(theta0) }, order, learnAlphas: false }),
      )
      expect(fixed.alphaGradients).toEqual([])
      expectClose(fixed.gradients['w'], [...bowlGradient(order, request.alphas, 2).gradients['w']])
    }
  })
})

describe('tasks', () => {
  // A non-linear inner loss that differs by task; rows stand for tasks.
  const data = [0.3, -1.2, 2, 0.7]
  const curved =
    (slopes: number[]): TaskLoss =>
    ({ w }) =>
      tf.sum(tf.tanh(tf.mul(w, tf.tensor2d(slopes, [slopes.length, 1]))), 1)
  const gradientFor = (order: number[], goals = order.map(i => [data[i], 1, -data[i]])) =>
    withinScope(() =>
      metaGradient({
        theta: { w: tf.tensor1d(theta0) },
        alphas: initAlphas(['w'], 2, 0.5),
        tasks: order.length,
        innerLosses: [curved(order.map(i => data[i])), curved(order.map(i => data[i] + 0.1))],
        outerLoss: towards(goals),
        order: 2,
      }),
    )

  it('count equally: the meta-gradient is the mean of single-task ones', () => {
    const all = gradientFor([0, 1, 2, 3])
    const single = [0, 1, 2, 3].map(i => gradientFor([i]))
    const mean = theta0.map((_, j) => single.reduce((sum, one) => sum + one.gradients['w'][j] / 4, 0))
    expectClose(all.gradients['w'], mean)
    expectClose(
      all.outerLosses,
      single.map(one => one.outerLosses[0]),
    )
    for (const k of [0, 1]) {
      const alpha = single.reduce((sum, one) => sum + one.alphaGradients[k]['w'] / 4, 0)
      expect(all.alphaGradients[k]['w']).toBeCloseTo(alpha, 5)
    }
  })

  it('may come in any order', () => {
    const straight = gradientFor([0, 1, 2, 3])
    const permuted = gradientFor([2, 0, 3, 1])
    expectClose(permuted.gradients['w'], [...straight.gradients['w']])
    expectClose(
      permuted.outerLosses,
      [2, 0, 3, 1].map(i => straight.outerLosses[i]),
    )
  })
})

describe('parameters', () => {
  it('that a loss does not use stay as they are, with zero gradient', () => {
    const result = withinScope(() =>
      metaGradient({
        theta: { w: tf.tensor1d(theta0), idle: tf.ones([2, 2]) },
        alphas: initAlphas(['w', 'idle'], 1, 0.1),
        tasks: 2,
        innerLosses: [bowl],
        outerLoss: towards(targets),
        order: 2,
      }),
    )
    expect([...result.gradients['idle']]).toEqual([0, 0, 0, 0])
    expect(result.alphaGradients[0]['idle']).toBe(0)
  })

  it('without an alpha are frozen in the inner loop and learned in the outer one', () => {
    const result = bowlGradient(2, [{}], 1)
    expectClose(
      result.gradients['w'],
      theta0.map((value, i) => value - (targets[0][i] + targets[1][i]) / 2),
    )
  })

  it('of any rank get a task axis', () => {
    const copies = withinScope(() =>
      toHost(withTaskAxis({ filter: tf.reshape(tf.range(0, 16), [2, 2, 2, 2]) }, 3)),
    )
    expect([...copies['filter']]).toEqual([0, 1, 2].flatMap(() => Array.from({ length: 16 }, (_, i) => i)))
  })

  it('must be what a loss is computed from, and losses must be one a task', () => {
    const attempt = (innerLoss: TaskLoss) => () =>
      withinScope(() =>
        metaGradient({
          theta: { w: tf.tensor1d(theta0) },
          alphas: initAlphas(['w'], 1, 0.1),
          tasks: 2,
          innerLosses: [innerLoss],
          outerLoss: bowl,
          order: 2,
        }),
      )
    expect(attempt(() => tf.zeros([2]))).toThrow(/no gradient reaches any parameter/)
    expect(attempt(({ w }) => tf.sum(w))).toThrow('loss: expected shape [2], one entry a task, got []')
  })
})

describe('alpha', () => {
  it('is projected to its bounds', () => {
    expect(projectAlphas([{ a: -0.1, b: 9 }, { a: 1 }])).toEqual([{ a: 0, b: 4 }, { a: 1 }])
    expect(projectAlphas([{ a: 3 }], { min: 0.5, max: 2 })).toEqual([{ a: 2 }])
  })

  it('round-trips through host parameters, names with slashes too', () => {
    const alphas = [
      { 'policy/w0': 0.5, b: 1 },
      { 'policy/w0': 0.25, b: 2 },
    ]
    expect(alphasFromHost({ ...alphasToHost(alphas), w: Float32Array.of(1) })).toEqual(alphas)
    expect(alphaAt(alphas, 7)).toBe(alphas[1])
  })
})

describe('resources', () => {
  it('no tensor is left behind, whatever the order', () => {
    const theta: Parameters = { w: tf.tensor1d(theta0) }
    const outerLoss = towards(targets)
    const iteration = () => {
      for (const order of [1, 2] as const) {
        const alphas = initAlphas(['w'], 2, 0.1)
        metaGradient({ theta, alphas, tasks: 2, innerLosses: [bowl, bowl], outerLoss, order })
      }
      const start = withTaskAxis(theta, 2)
      const { adapted } = innerStep(start, { w: 0.1 }, bowl)
      disposeParameters(start)
      expect(toHost(adapted)['w'][0]).toBeCloseTo(0.9, 5)
      disposeParameters(adapted)
    }
    iteration()
    const before = tf.memory().numTensors
    for (let i = 0; i < 10; i++) iteration()
    expect(tf.memory().numTensors).toBe(before)
    disposeParameters(theta)
  })
})
