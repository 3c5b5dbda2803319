/**
 * Policy heads: a multilayer perceptron with a categorical or a diagonal Gaussian distribution on top.
 *
 * The same functions serve one set of weights, [in, out], and one set a task, [M, in, out]. Everything is written with
 * operations whose second derivative is right: matMul, tanh, exp, add, mul, sum, and log-softmax as z - logSumExp(z).
 */

import * as tf from '@tensorflow/tfjs-core'
import { logSoftmax, rememberOutput, stopGradient, tanhPullback } from './ops.ts'
import type { HostParameters, ParameterSet, Parameters } from './parameters.ts'

export type Activation = (x: tf.Tensor) => tf.Tensor

export interface MlpOptions {
  /** Put before the tensor names `w0`, `b0`, `w1`, ...; empty by default. */
  readonly prefix?: string
  /** Gain of the hidden layers; sqrt(2) by default, which keeps the scale through relu, and serves tanh. */
  readonly gain?: number
  /** Gain of the last layer; 0.1 by default: a fresh policy is nearly uniform, yet gradients reach all layers. */
  readonly lastGain?: number
}

/**
 * A multilayer perceptron's first weights, for `sizes` = [inputs, hidden..., outputs]: orthogonal matrices (Saxe et al.
 * 2014) scaled by the gain, biases zero with shape [1, out]. `random` gives numbers in [0, 1).
 */
export function initMlp(
  random: () => number,
  sizes: readonly number[],
  options: MlpOptions = {},
): ParameterSet {
  const { prefix = '', gain = Math.SQRT2, lastGain = 0.1 } = options
  const shapes: Record<string, readonly number[]> = {}
  const values: Record<string, Float32Array> = {}
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [inputs, outputs] = [sizes[layer], sizes[layer + 1]]
    const scale = layer + 2 === sizes.length ? lastGain : gain
    shapes[`${prefix}w${layer}`] = [inputs, outputs]
    values[`${prefix}w${layer}`] = orthogonal(random, inputs, outputs).map(value => value * scale)
    shapes[`${prefix}b${layer}`] = [1, outputs]
    values[`${prefix}b${layer}`] = new Float32Array(outputs)
  }
  return { shapes, values }
}

/**
 * The perceptron's outputs. Weights [in, out] take x [rows, in] or [M, rows, in]; weights [M, in, out] take [M, rows,
 * in]. The result has x's shape with `out` last. Biases may be [out] or [1, out], with M before it likewise. The
 * activation follows each layer but the last.
 */
export function mlp(
  parameters: Parameters,
  x: tf.Tensor,
  activation: Activation = squash,
  prefix = '',
): tf.Tensor {
  const first = parameters[`${prefix}w0`]
  if (first === undefined) throw new Error(`mlp: no tensor '${prefix}w0' among ${Object.keys(parameters)}`)
  const shared = first.rank === 2 && x.rank > 2
  let hidden = shared ? tf.reshape(x, [-1, x.shape[x.rank - 1]]) : x
  for (let layer = 0; ; layer++) {
    const weights = parameters[`${prefix}w${layer}`]
    const bias = parameters[`${prefix}b${layer}`]
    hidden = addBias(tf.matMul(hidden, weights), bias.rank === weights.rank ? bias : tf.expandDims(bias, -2))
    if (parameters[`${prefix}w${layer + 1}`] === undefined) break
    hidden = activation(hidden)
  }
  return shared ? tf.reshape(hidden, [...x.shape.slice(0, -1), -1]) : hidden
}

/** tanh: the same value and derivatives as `tf.tanh`, with the slope 1 - tanh^2 computed once for each backward pass. */
export function squash(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [a, save] = args as [tf.Tensor, (tensors: tf.Tensor[]) => void]
    const y = tf.tanh(a)
    save([a, y])
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [savedX, savedY]: tf.Tensor[]) =>
        timesSlope(
          dy,
          savedX,
          savedY,
          stopGradient(() => tf.sub(1, tf.square(savedY))),
        ),
    }
  })(x)
}

/**
 * relu: the same value and derivatives as `tf.relu`, whose stock gradient rebuilds the mask out of half a dozen
 * operations at each use, several times a second-order step.
 */
export function rectify(x: tf.Tensor): tf.Tensor {
  return masked(
    x,
    stopGradient(() => tf.cast(tf.greater(x, 0), 'float32')),
  )
}

/** Log-probabilities of all actions: logits [..., A] -> [..., A]. */
export function categoricalLogProbabilities(logits: tf.Tensor): tf.Tensor {
  return logSoftmax(logits)
}

/**
 * Log-probability of the actions taken: [..., A] and one-hot [..., A] -> [...]. By a product, not by gather, whose
 * gradient needs a kernel that wasm lacks.
 */
export function takenLogProbability(logProbabilities: tf.Tensor, oneHotActions: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(logProbabilities, oneHotActions), -1)
}

/** Entropy in nats of each row's distribution: log-probabilities [..., A] -> [...]. */
export function categoricalEntropy(logProbabilities: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(tf.exp(logProbabilities), logProbabilities), -1))
}

/** KL(p || q) in nats of each row's distributions, from the log-probabilities of both, [..., A] -> [...]. */
export function categoricalKl(p: tf.Tensor, q: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(tf.exp(p), tf.sub(p, q)), -1)
}

/** Actions as one-hot rows for takenLogProbability: N actions -> N * count values, row-major. */
export function oneHotRows(actions: ArrayLike<number>, count: number): Float32Array {
  const rows = new Float32Array(actions.length * count)
  for (let i = 0; i < actions.length; i++) rows[i * count + actions[i]] = 1
  return rows
}

/** A learned, state-independent log standard deviation for `actions` dimensions, as tensor `${prefix}logStd`, [1, A]. */
export function initLogStd(actions: number, logStd: number, prefix = ''): ParameterSet {
  const name = `${prefix}logStd`
  return { shapes: { [name]: [1, actions] }, values: { [name]: new Float32Array(actions).fill(logStd) } }
}

/**
 * Log-density of a diagonal Gaussian: mean and actions [..., A], logStd broadcast against them -> [...].
 * The constant -A/2 log(2 pi) is included.
 */
export function gaussianLogProbability(mean: tf.Tensor, logStd: tf.Tensor, actions: tf.Tensor): tf.Tensor {
  const dimensions = mean.shape[mean.rank - 1]
  const z = tf.mul(tf.sub(actions, mean), tf.exp(tf.neg(logStd)))
  const squares = tf.sum(tf.add(tf.mul(tf.square(z), 0.5), logStd), -1)
  return tf.sub((-dimensions * Math.log(2 * Math.PI)) / 2, squares)
}

/** KL(p || q) in nats of diagonal Gaussians: means [..., A], logStds broadcast against them -> [...]. */
export function gaussianKl(
  p: { readonly mean: tf.Tensor; readonly logStd: tf.Tensor },
  q: { readonly mean: tf.Tensor; readonly logStd: tf.Tensor },
): tf.Tensor {
  const logRatio = tf.sub(p.logStd, q.logStd)
  const z = tf.mul(tf.sub(p.mean, q.mean), tf.exp(tf.neg(q.logStd)))
  const squares = tf.add(tf.exp(tf.mul(logRatio, 2)), tf.square(z))
  return tf.sum(tf.sub(tf.mul(tf.sub(squares, 1), 0.5), logRatio), -1)
}

/** Two parameter sets as one. Throws when they share a name. */
export function joinParameterSets(a: ParameterSet, b: ParameterSet): ParameterSet {
  const twice = Object.keys(b.shapes).find(name => name in a.shapes)
  if (twice !== undefined) throw new Error(`parameter '${twice}' is in both sets`)
  return {
    shapes: { ...a.shapes, ...b.shapes },
    values: { ...a.values, ...b.values } satisfies HostParameters,
  }
}

/** A standard normal number by Marsaglia's polar method, from numbers in [0, 1). */
export function standardNormal(random: () => number): number {
  for (;;) {
    const x = 2 * random() - 1
    const y = 2 * random() - 1
    const square = x * x + y * y
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
  }
}

/*
 * Below: linear operations whose gradients TensorFlow.js makes of more operations than they need (casts, reshapes,
 * products with ones). A small network's second-order step is bound by their number. Each gradient is again one of
 * these, so that every order of differentiation is right.
 */

/** x [..., rows, out] plus bias [..., 1, out]. */
function addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return linear(tf.add, dy => [dy, sumRows(dy)], x, bias)
}

/** [..., rows, out] -> [..., 1, out]. */
function sumRows(x: tf.Tensor): tf.Tensor {
  const rows = x.shape[x.rank - 2]
  return linear(
    a => tf.sum(a, -2, true),
    dy => [repeatRows(dy, rows)],
    x,
  )
}

/** [..., 1, out] -> [..., rows, out]. */
function repeatRows(x: tf.Tensor, rows: number): tf.Tensor {
  const repeats = x.shape.map((_, axis) => (axis === x.rank - 2 ? rows : 1))
  return linear(
    a => tf.tile(a, repeats),
    dy => [sumRows(dy)],
    x,
  )
}

/** dy tanh'(x), a function of dy and x, from y = tanh(x) and slope = tanh'(x); tanh'' = -2 tanh tanh'. */
function timesSlope(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, slope: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [d, a, save] = args as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void]
    save([d, a, y, slope])
    return {
      value: tf.mul(d, slope),
      gradFunc: (cotangent: tf.Tensor, [savedD, savedX, savedY, savedSlope]: tf.Tensor[]) => {
        const output = rememberOutput(savedX, savedY, tanhPullback)
        const bend = tf.mul(tf.mul(cotangent, savedD), tf.mul(output, -2))
        return [
          timesSlope(cotangent, savedX, savedY, savedSlope),
          timesSlope(bend, savedX, savedY, savedSlope),
        ]
      },
    }
  })(dy, x)
}

/** x times a constant of its shape. */
function masked(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [a, save] = args as [tf.Tensor, (tensors: tf.Tensor[]) => void]
    save([mask])
    return {
      value: tf.mul(a, mask),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => masked(dy, saved),
    }
  })(x)
}

/** An operation linear in its inputs, by its value and its transpose. */
function linear(
  value: (...inputs: tf.Tensor[]) => tf.Tensor,
  transpose: (dy: tf.Tensor) => tf.Tensor[],
  ...inputs: tf.Tensor[]
): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => ({
    value: value(...(args.slice(0, inputs.length) as tf.Tensor[])),
    gradFunc: transpose,
  }))(...inputs)
}

/** A matrix [rows, columns], row-major, whose shorter side is orthonormal: Gram-Schmidt on normal vectors. */
function orthogonal(random: () => number, rows: number, columns: number): Float32Array {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
  const basis: Float64Array[] = []
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, () => standardNormal(random))
    // Twice: one pass loses orthogonality to rounding when the rest is short.
    for (let pass = 0; pass < 2; pass++) for (const other of basis) removeComponent(vector, other)
    const norm = Math.sqrt(dot(vector, vector))
    basis.push(vector.map(value => value / norm))
  }
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns]
    return rows < columns ? basis[row][column] : basis[column][row]
  })
}

function removeComponent(vector: Float64Array, unit: Float64Array): void {
  const component = dot(vector, unit)
  for (let i = 0; i < vector.length; i++) vector[i] -= component * unit[i]
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
