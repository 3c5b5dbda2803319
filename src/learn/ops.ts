// Differentiable operations that stay right at any order of differentiation. TensorFlow.js writes the gradient of
// tanh, exp and their kin in terms of the op's *output*, which is not connected to its input on the tape, and so loses
// the second derivative without a word. `rememberOutput` is the mend: it keeps the known value, and reconnects it.
import * as tf from '@tensorflow/tfjs-core'

/** The vector-Jacobian product of an op, written with the op's output y: (dy, y) => dx. */
export type Pullback = (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor

/**
 * Returns `y`, the already computed value of an op at `x`, as a differentiable function of `x`. The pullback sees y
 * through this same function, so each derivative of a derivative is right, and nothing is computed twice.
 * @param x input; the result depends on it. @param y value at x, any shape.
 */
export function rememberOutput<T extends tf.Tensor>(x: tf.Tensor, y: T, pullback: Pullback): T {
  const remembered = tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [tf.Tensor, (tensors: tf.Tensor[]) => void]
    save([input])
    return {
      value: tf.clone(y),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => pullback(dy, rememberOutput(saved[0]!, y, pullback)),
    }
  })
  return remembered(x) as T
}

/** tanh: dy (1 - y^2) */
export const tanhPullback: Pullback = (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))

/** sigmoid: dy y (1 - y) */
export const sigmoidPullback: Pullback = (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))

/** exp: dy y */
export const expPullback: Pullback = (dy, y) => tf.mul(dy, y)

/** elu: dy where y > 0, else dy (y + 1) */
export const eluPullback: Pullback = (dy, y) => tf.mul(dy, tf.add(1, tf.minimum(y, 0)))

/** softmax over the last axis: y (dy - sum(dy y)) */
export const softmaxPullback: Pullback = (dy, y) => tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)))

/** log-softmax over the last axis: dy - exp(y) sum(dy) */
const logSoftmaxPullback: Pullback = (dy, y) => tf.sub(dy, tf.mul(tf.exp(y), tf.sum(dy, -1, true)))

/**
 * Log-probabilities z - log sum exp z over the last axis, finite for logits of any size. Use this one:
 * `tf.logSoftmax` has a wrong second derivative.
 * @param logits shape [..., classes]. Returns the same shape.
 */
export function logSoftmax<T extends tf.Tensor>(logits: T): T {
  // The value is computed inside an op of its own, off the tape; only its pullback is differentiated.
  const op = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, (tensors: tf.Tensor[]) => void]
    const shifted = tf.sub(z, tf.max(z, -1, true))
    const y = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)))
    save([z, y])
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        logSoftmaxPullback(dy, rememberOutput(saved[0]!, saved[1]!, logSoftmaxPullback)),
    }
  })
  return op(logits) as T
}

/**
 * A constant for the gradient: the tensor's value with a zero derivative. Given a function, its value is computed
 * inside, off the tape, so that nothing of it is kept for a backward pass.
 */
export function stopGradient<T extends tf.Tensor>(value: T | (() => T)): T {
  // An op without inputs is on no path from a parameter to the loss: the backward pass never visits it.
  const op = tf.customGrad(() => ({
    value: tf.clone(typeof value === 'function' ? value() : value),
    gradFunc: () => [],
  }))
  return op() as T
}

/**
 * Selects one entry along the last axis: out[...] = x[..., indices[...]]. By one-hot and sum, because gather's
 * gradient has no kernel on wasm.
 * @param x shape [..., n], float32. @param indices shape [...], int32, each 0 to n - 1. Returns shape [...].
 */
export function pick(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(x, oneHot(indices, x.shape[x.rank - 1]!)), -1)
}

/** One-hot rows as a float32 constant, shape [..., depth]: build it once where the same indices are used often. */
export function oneHot(indices: tf.Tensor, depth: number): tf.Tensor {
  // Cast afterwards: asked for float32, wasm's kernel writes integers into it.
  return stopGradient(() => tf.cast(tf.oneHot(tf.cast(indices, 'int32'), depth), 'float32'))
}
