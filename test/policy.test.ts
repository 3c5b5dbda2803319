import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { stream } from '../src/core/random.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { type Parameters, toTensors, withinScope, withTaskAxis } from '../src/learn/parameters.ts'
import {
  categoricalEntropy,
  categoricalLogProbabilities,
  gaussianLogProbability,
  initLogStd,
  initMlp,
  joinParameterSets,
  mlp,
  oneHotRows,
  rectify,
  squash,
  standardNormal,
  takenLogProbability,
} from '../src/learn/policy.ts'

beforeAll(async () => {
  await selectBackend()
})

/** Numbers in [0, 1) from the stream of this name. */
function numbers(...name: (string | number)[]): () => number {
  const draws = stream(...name)
  return () => draws.next()
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits = 5) {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits)
}

describe('activations', () => {
  const points = [-1.7, -0.4, 0.3, 2.1]
  const grad = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.grad(f)(x) as tf.Tensor
  const at = (f: (x: tf.Tensor) => tf.Tensor) => withinScope(() => f(tf.tensor1d(points)).dataSync())

  it('squash is tanh, with the first three derivatives in closed form', () => {
    const t = points.map(Math.tanh)
    expectClose(at(squash), t)
    expectClose(
      at(grad(squash)),
      t.map(y => 1 - y * y),
    )
    expectClose(
      at(grad(grad(squash))),
      t.map(y => -2 * y * (1 - y * y)),
    )
    expectClose(
      at(grad(grad(grad(squash)))),
      t.map(y => (1 - y * y) * (6 * y * y - 2)),
    )
  })

  it('rectify is relu: its square has slope 2x and curvature 2 where x > 0', () => {
    const square = (x: tf.Tensor) => tf.square(rectify(x))
    expectClose(at(rectify), [0, 0, 0.3, 2.1])
    expectClose(at(grad(square)), [0, 0, 0.6, 4.2])
    expectClose(at(grad(grad(square))), [0, 0, 2, 2])
  })
})

describe('the perceptron', () => {
  it('computes what its formula says', () => {
    const parameters = {
      w0: tf.tensor2d([1, 2, -1, 0.5], [2, 2]),
      b0: tf.tensor2d([0.1, -0.2], [1, 2]),
      w1: tf.tensor2d([3, -2], [2, 1]),
      b1: tf.tensor2d([0.5], [1, 1]),
    }
    const y = withinScope(() => mlp(parameters, tf.tensor2d([0.3, -0.7], [1, 2])).dataSync())
    const h = [Math.tanh(0.3 + 0.7 + 0.1), Math.tanh(0.6 - 0.35 - 0.2)]
    expectClose(y, [3 * h[0] - 2 * h[1] + 0.5])
  })

  it('serves one set of weights and one a task, biases of either shape', () => {
    withinScope(() => {
      const { shapes, values } = initMlp(numbers('mlp'), [3, 8, 2], { prefix: 'policy/' })
      const biased = { ...values, 'policy/b0': Float32Array.from(values['policy/b0'], (_, i) => i / 8) }
      const shared = toTensors(biased, shapes)
      const flat: Parameters = { ...shared, 'policy/b0': tf.reshape(shared['policy/b0'], [8]) }
      const x = tf.randomUniform([4, 5, 3], -1, 1, 'float32', 7)
      const run = (parameters: Parameters) => mlp(parameters, x, squash, 'policy/')
      const expected = [...run(shared).dataSync()]
      expect(run(shared).shape).toEqual([4, 5, 2])
      for (const parameters of [flat, withTaskAxis(shared, 4), withTaskAxis(flat, 4)]) {
        const y = run(parameters)
        expect(y.shape).toEqual([4, 5, 2])
        expectClose(y.dataSync(), expected)
      }
      expectClose(mlp(flat, tf.reshape(x, [20, 3]), squash, 'policy/').dataSync(), expected)
    })
    expect(() => mlp({}, tf.zeros([1, 1]))).toThrow("no tensor 'w0'")
  })

  it('has the gradients of its parts: biases get the sum over rows, for each task apart', () => {
    withinScope(() => {
      const w0 = tf.tensor3d([1, 2], [2, 1, 1])
      const x = tf.tensor3d([1, 2, 3, 4], [2, 2, 1])
      const f = (b: tf.Tensor) => tf.sum(tf.square(mlp({ w0, b0: b }, x)))
      // Outputs x w + b at b = 0: 1, 2 and 6, 8; slope 2 sum, curvature 2 rows.
      expectClose(
        tf
          .grad(f)(tf.zeros([2, 1, 1]))
          .dataSync(),
        [6, 28],
      )
      const slope = (b: tf.Tensor) => tf.sum(tf.grad(f)(b))
      expectClose(
        tf
          .grad(slope)(tf.zeros([2, 1, 1]))
          .dataSync(),
        [4, 4],
      )
    })
  })

  it('starts orthogonal, scaled by its gains, with zero biases', () => {
    const { shapes, values } = initMlp(numbers('init'), [3, 5, 2], { gain: 2, lastGain: 0.5 })
    expect(shapes).toEqual({ w0: [3, 5], b0: [1, 5], w1: [5, 2], b1: [1, 2] })
    const dot = (w: Float32Array, size: number, a: number[], b: number[]) =>
      Array.from({ length: size }).reduce<number>((sum, _, i) => sum + w[a[i]] * w[b[i]], 0)
    const row = (i: number) => [0, 1, 2, 3, 4].map(j => 5 * i + j)
    const column = (j: number) => [0, 1, 2, 3, 4].map(i => 2 * i + j)
    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 1],
      [1, 2],
    ]) {
      expect(dot(values['w0'], 5, row(i), row(j))).toBeCloseTo(i === j ? 4 : 0, 5)
    }
    expect(dot(values['w1'], 5, column(0), column(0))).toBeCloseTo(0.25, 5)
    expect(dot(values['w1'], 5, column(0), column(1))).toBeCloseTo(0, 5)
    expect([...values['b0'], ...values['b1']].every(value => value === 0)).toBe(true)
  })
})

describe('the categorical policy', () => {
  it('gives log-probabilities, entropy and those of the actions taken', () => {
    withinScope(() => {
      // Odds 1 : 1 : 2 and a certain action.
      const all = categoricalLogProbabilities(tf.tensor2d([0, 0, Math.LN2, 500, 0, 0], [2, 3]))
      expectClose(all.dataSync().slice(0, 3), [Math.log(0.25), Math.log(0.25), Math.log(0.5)])
      expectClose(categoricalEntropy(all).dataSync(), [1.5 * Math.LN2, 0])
      const taken = tf.tensor2d(oneHotRows([2, 0], 3), [2, 3])
      expectClose(takenLogProbability(all, taken).dataSync(), [Math.log(0.5), 0])
    })
  })
})

describe('the Gaussian policy', () => {
  it('gives the log-density', () => {
    withinScope(() => {
      const [mean, logStd, action] = [
        [0.5, -1],
        [0, Math.LN2],
        [1, 1],
      ].map(row => tf.tensor2d(row, [1, 2]))
      // -(0.5)^2 / 2 - 0 - (2 / 2)^2 / 2 - ln 2 - ln(2 pi).
      const expected = -0.125 - 0.5 - Math.LN2 - Math.log(2 * Math.PI)
      expectClose(gaussianLogProbability(mean, logStd, action).dataSync(), [expected])
    })
  })

  it('draws standard normal noise', () => {
    const random = numbers('normal')
    const draws = Array.from({ length: 20_000 }, () => standardNormal(random))
    const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length
    expect(Math.abs(moment(1))).toBeLessThan(0.03)
    expect(moment(2)).toBeCloseTo(1, 1)
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25)
  })

  it('joins its spread to the perceptron, once', () => {
    const spread = initLogStd(2, -0.5)
    expect(spread.values['logStd']).toEqual(Float32Array.of(-0.5, -0.5))
    const joined = joinParameterSets(initMlp(numbers('join'), [2, 2]), spread)
    expect(Object.keys(joined.shapes)).toEqual(['w0', 'b0', 'logStd'])
    expect(() => joinParameterSets(joined, spread)).toThrow("'logStd' is in both")
  })
})
