// The check that a backend differentiates twice as it should, run at every start: an op whose second derivative is
// wrong makes meta-learning nearly first order and says nothing. For each op that policies and losses use, and for a
// small policy and encoder, the Hessian-vector product is compared with central differences of the gradient.
import * as tf from '@tensorflow/tfjs-core'
import { messageOf } from '../core/errors.ts'
import { logSoftmax, oneHot, pick, stopGradient } from './ops.ts'

/** One function whose second derivative is checked. */
export interface SecondOrderCheck {
  /** The op's name, for the sentence that names it. */
  readonly name: string
  /** Shapes of the inputs that the function is differentiated by. */
  readonly shapes: readonly number[][]
  /** Inputs are drawn from this range; [-1, 1] when not given. */
  readonly range?: readonly [number, number]
  /** Moves each input at least this far from zero, off the kink of a piecewise op. */
  readonly awayFromZero?: number
  /** A scalar of the inputs. */
  readonly loss: (...inputs: tf.Tensor[]) => tf.Tensor
}

/** How the second-order self-check went. */
export interface SecondOrderReport {
  readonly ok: boolean
  /** The largest error over all checks, relative to the largest entry of the product; Infinity if an op threw. */
  readonly worstRelativeError: number
  /** The check with that error. */
  readonly worstOp: string
  /** What an op threw, if one did. */
  readonly reason?: string
}

/** Right backends stay below 5e-5 (float32, fourth-order stencil); a lost derivative gives 0.05 and more. */
export const SECOND_ORDER_TOLERANCE = 1e-3
// Step of the differences: rounding grows as 1 / step, the stencil's error as step to the fourth.
const STEP = 0.02

/** Runs every check on the current backend. */
export function checkSecondOrder(
  checks: readonly SecondOrderCheck[] = SECOND_ORDER_CHECKS,
): SecondOrderReport {
  let worst = { ok: true, worstRelativeError: 0, worstOp: 'none' }
  for (const check of checks) {
    try {
      const error = hessianError(check)
      // The comparison is turned around so that NaN fails.
      const ok = error < SECOND_ORDER_TOLERANCE
      if (!(error <= worst.worstRelativeError)) {
        worst = { ok: worst.ok && ok, worstRelativeError: error, worstOp: check.name }
      }
    } catch (error) {
      return {
        ok: false,
        worstRelativeError: Number.POSITIVE_INFINITY,
        worstOp: check.name,
        reason: messageOf(error),
      }
    }
  }
  return worst
}

/**
 * The largest difference between the Hessian-vector product by automatic differentiation and by central differences
 * of the gradient, relative to the largest entry of the latter.
 */
export function hessianError(check: SecondOrderCheck): number {
  return tf.tidy(() => {
    const point = check.shapes.map((shape, i) => draw(shape, i, check))
    const direction = check.shapes.map((shape, i) => tf.randomUniform(shape, -1, 1, 'float32', 100 + i))
    const gradient = tf.grads((...inputs: tf.Tensor[]) => check.loss(...inputs) as tf.Scalar)
    const product = tf.grads((...inputs: tf.Tensor[]) => sumOfProducts(gradient(inputs), direction))(point)
    const moved = (steps: number) =>
      gradient(point.map((x, i) => tf.add(x, tf.mul(direction[i]!, steps * STEP))))
    const [near, nearBack, far, farBack] = [moved(1), moved(-1), moved(2), moved(-2)]
    let difference = 0
    let size = 0
    for (let i = 0; i < point.length; i++) {
      // (8 (g(+h) - g(-h)) - (g(+2h) - g(-2h))) / 12 h, exact to the fourth order
      const numeric = tf.div(
        tf.sub(tf.mul(8, tf.sub(near[i]!, nearBack[i]!)), tf.sub(far[i]!, farBack[i]!)),
        12 * STEP,
      )
      difference = Math.max(difference, largest(tf.sub(product[i]!, numeric)))
      size = Math.max(size, largest(numeric))
    }
    if (size === 0) throw new Error(`the check of ${check.name} is void: its second derivative is zero`)
    return Number.isFinite(size) ? difference / size : Number.NaN
  })
}

/** An elementwise op, with weights so that no symmetry hides an error. */
function elementwise(
  name: string,
  op: (x: tf.Tensor) => tf.Tensor,
  where: Pick<SecondOrderCheck, 'range' | 'awayFromZero'> = {},
): SecondOrderCheck {
  return { name, shapes: [[3, 4]], loss: x => weightedSum(op(x)), ...where }
}

/** A piecewise linear op: squared, since its own second derivative is zero almost everywhere. */
function piecewise(name: string, op: (x: tf.Tensor) => tf.Tensor): SecondOrderCheck {
  return { name, shapes: [[3, 4]], awayFromZero: 0.1, loss: x => weightedSum(tf.square(op(x))) }
}

const POSITIVE = { range: [0.5, 2] } as const

/** Every op that the policies and losses use, then the two networks. */
export const SECOND_ORDER_CHECKS: readonly SecondOrderCheck[] = [
  elementwise('tanh', tf.tanh),
  elementwise('sigmoid', tf.sigmoid),
  elementwise('exp', tf.exp),
  elementwise('softplus', tf.softplus),
  elementwise('elu', tf.elu, { awayFromZero: 0.1 }),
  elementwise('log', tf.log, POSITIVE),
  elementwise('sqrt', tf.sqrt, POSITIVE),
  elementwise('square', tf.square),
  elementwise('softmax', x => tf.softmax(x)),
  elementwise('logSoftmax', logSoftmax),
  elementwise('logSumExp', x => tf.logSumExp(x, -1)),
  elementwise('mean', x => tf.square(tf.mean(x, 0))),
  elementwise('sum', x => tf.square(tf.sum(x, 1))),
  elementwise('pick', x => tf.square(pick(x, tf.tensor1d([2, 0, 3], 'int32')))),
  piecewise('relu', tf.relu),
  piecewise('minimum', x => tf.minimum(x, 0)),
  piecewise('maximum', x => tf.maximum(x, 0)),
  piecewise('clip', x => tf.add(tf.clipByValue(x, 0, 5), tf.mul(x, 0.1))),
  piecewise('where', x => tf.where(tf.greater(x, 0), x, tf.mul(x, 0.3))),
  { name: 'mul', shapes: [[3, 4], [4]], loss: (a, b) => weightedSum(tf.mul(tf.mul(a, b), b)) },
  { name: 'add', shapes: [[3, 4], [4]], loss: (a, b) => weightedSum(tf.square(tf.add(a, b))) },
  { name: 'sub', shapes: [[3, 4], [4]], loss: (a, b) => weightedSum(tf.square(tf.sub(a, b))) },
  { name: 'div', shapes: [[3, 4], [4]], range: [0.5, 2], loss: (a, b) => weightedSum(tf.div(a, b)) },
  {
    name: 'matMul',
    shapes: [
      [3, 4],
      [4, 2],
    ],
    loss: (a, b) => weightedSum(tf.square(tf.matMul(a, b))),
  },
  {
    name: 'batched matMul',
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    loss: (a, b) => weightedSum(tf.square(tf.matMul(a, b))),
  },
  {
    name: 'conv2d 4x4 stride 4',
    shapes: [
      [2, 8, 8, 2],
      [4, 4, 2, 3],
    ],
    loss: (x, w) => weightedSum(tf.square(conv(x, w, 4, 'valid'))),
  },
  {
    name: 'conv2d 3x3 stride 2',
    shapes: [
      [2, 6, 6, 2],
      [3, 3, 2, 3],
    ],
    loss: (x, w) => weightedSum(tf.square(conv(x, w, 2, 'same'))),
  },
  {
    name: 'avgPool',
    shapes: [[2, 4, 4, 2]],
    loss: x => weightedSum(tf.square(tf.avgPool(tf.square(x) as tf.Tensor4D, 2, 2, 'valid'))),
  },
  {
    name: 'the policy',
    shapes: [
      [2, 5, 6],
      [2, 1, 6],
      [2, 6, 3],
    ],
    loss: policyLoss,
  },
  {
    name: 'the encoder',
    shapes: [
      [4, 4, 3, 3],
      [3, 3, 3, 4],
      [16, 4],
    ],
    range: [-0.3, 0.3],
    loss: encoderLoss,
  },
]

/** Clipped surrogate and entropy of a two-layer policy with a leading task axis: 2 tasks, 4 rows, 5 features. */
function policyLoss(w1: tf.Tensor, b1: tf.Tensor, w2: tf.Tensor): tf.Tensor {
  const features = tf.randomUniform([2, 4, 5], -1, 1, 'float32', 7)
  const actions = tf.tensor2d([0, 2, 1, 1, 2, 0, 0, 1], [2, 4], 'int32')
  const advantage = tf.tensor2d([1, -0.5, 0.7, -1.2, 0.4, 1.5, -0.3, 0.9], [2, 4])
  const logits = tf.matMul(tf.tanh(tf.add(tf.matMul(features, w1), b1)), w2)
  const logProbs = logSoftmax(logits)
  const chosen = tf.sum(tf.mul(logProbs, oneHot(actions, 3)), -1)
  // The likelihood ratio: its value is 1, its derivative that of the log-probability.
  const ratio = tf.exp(
    tf.sub(
      chosen,
      stopGradient(() => tf.fill([2, 4], -1.1)),
    ),
  )
  const surrogate = tf.minimum(tf.mul(ratio, advantage), tf.mul(tf.clipByValue(ratio, 0.2, 5), advantage))
  const entropy = tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), -1))
  return tf.sub(tf.neg(tf.mean(surrogate)), tf.mul(0.1, tf.mean(entropy)))
}

/** The encoder's layers at a small size, under a binary cross-entropy: 2 frames of 16x16 with 3 channels. */
function encoderLoss(w1: tf.Tensor, w2: tf.Tensor, w3: tf.Tensor): tf.Tensor {
  const frames = tf.randomUniform([2, 16, 16, 3], 0, 1, 'float32', 8)
  const targets = tf.randomUniform([2, 4], 0, 1, 'float32', 9)
  // Smooth in place of relu: a difference across a kink is no derivative, and relu has a check of its own.
  const first = tf.softplus(conv(frames, w1, 4, 'valid'))
  const second = tf.softplus(conv(first, w2, 2, 'same'))
  const logits = tf.matMul(tf.tanh(tf.reshape(second, [2, 16])), w3)
  return tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, targets)))
}

function conv(x: tf.Tensor, w: tf.Tensor, stride: number, pad: 'valid' | 'same'): tf.Tensor {
  return tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad)
}

function weightedSum(x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(x, tf.randomUniform(x.shape, 0.5, 1.5, 'float32', 11)))
}

function sumOfProducts(as: tf.Tensor[], bs: tf.Tensor[]): tf.Scalar {
  return tf.addN(as.map((a, i) => tf.sum(tf.mul(a, bs[i]!)))) as tf.Scalar
}

/** The same numbers on every backend: tfjs draws them in JavaScript. */
function draw(shape: number[], seed: number, { range = [-1, 1], awayFromZero }: SecondOrderCheck): tf.Tensor {
  const x = tf.randomUniform(shape, range[0], range[1], 'float32', 1 + seed)
  return awayFromZero === undefined ? x : tf.add(x, tf.mul(tf.sign(x), awayFromZero))
}

function largest(x: tf.Tensor): number {
  return tf.max(tf.abs(x)).dataSync()[0]!
}
