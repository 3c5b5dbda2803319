/**
 * The linear baseline of Duan et al. 2016 (rllab's LinearFeatureBaseline): a ridge regression of the returns on
 * [1, t, t^2, t^3] and, optionally, features of the observation. It is fitted from nothing for each task, on that task's
 * episodes only: a baseline that remembered another task would leak its rewards into this one.
 */

import { checkLength, type EpisodeShape } from './advantage.ts'

export interface BaselineRequest {
  readonly shape: EpisodeShape
  /** Returns to fit, [tasks, episodes, T]. */
  readonly returns: Float32Array
  /** 1 for steps of an episode, 0 for padding, [tasks, episodes, T]. */
  readonly mask: Float32Array
  /** Observation features, [tasks, episodes, T, F]. */
  readonly observations?: Float32Array
  /** The same of the observation after each episode's last step, [tasks, episodes, F]; zeros when left out. */
  readonly finalObservations?: Float32Array
  /** Ridge penalty; 1e-5 by default, as in rllab. */
  readonly ridge?: number
}

export interface BaselineValues {
  /** Prediction for each step, [tasks, episodes, T], 0 in the padding. */
  readonly values: Float32Array
  /** Prediction for the observation after each episode's last step, [tasks, episodes]. */
  readonly finalValues: Float32Array
}

const TIME_FEATURES = 4

/** Fits one regression a task and returns its predictions on the same steps. */
export function fitLinearBaseline(request: BaselineRequest): BaselineValues {
  const { shape, returns, mask, observations, finalObservations, ridge = 1e-5 } = request
  const { tasks, episodes, steps } = shape
  const rows = episodes * steps
  checkLength('returns', returns, tasks * rows)
  checkLength('mask', mask, tasks * rows)
  const width = observations === undefined ? 0 : observations.length / (tasks * rows)
  if (!Number.isInteger(width))
    throw new Error(`observations: ${observations?.length} is no multiple of the steps`)
  const size = TIME_FEATURES + width
  const features = new Float64Array(size)
  const values = new Float32Array(returns.length)
  const finalValues = new Float32Array(tasks * episodes)

  for (let task = 0; task < tasks; task++) {
    const gram = new Float64Array(size * size)
    const moment = new Float64Array(size)
    for (let i = task * rows; i < (task + 1) * rows; i++) {
      if (mask[i] === 0) continue
      writeFeatures(features, (i % steps) / steps, observations, i * width)
      for (let a = 0; a < size; a++) {
        moment[a] += features[a] * returns[i]
        for (let b = 0; b <= a; b++) gram[a * size + b] += features[a] * features[b]
      }
    }
    for (let a = 0; a < size; a++) gram[a * size + a] += ridge
    const weights = solvePositive(gram, moment)
    for (let episode = task * episodes; episode < (task + 1) * episodes; episode++) {
      let length = 0
      for (let t = 0; t < steps; t++) {
        const i = episode * steps + t
        if (mask[i] === 0) continue
        length = t + 1
        writeFeatures(features, t / steps, observations, i * width)
        values[i] = dot(features, weights)
      }
      features.fill(0)
      writeFeatures(features, length / steps, finalObservations, episode * width)
      finalValues[episode] = dot(features, weights)
    }
  }
  return { values, finalValues }
}

/** Features of the step at `time` (steps over T, so that the powers stay in [0, 1]) and its observation. */
function writeFeatures(
  features: Float64Array,
  time: number,
  observations: Float32Array | undefined,
  offset: number,
): void {
  features[0] = 1
  features[1] = time
  features[2] = time * time
  features[3] = time * time * time
  if (observations === undefined) return
  for (let k = TIME_FEATURES; k < features.length; k++) features[k] = observations[offset + k - TIME_FEATURES]
}

/**
 * Solves A x = b for a symmetric positive definite A, of which the lower triangle is read, by its Cholesky factor.
 * A direction that the data do not determine (its pivot is rounding noise) gets weight 0.
 */
function solvePositive(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length
  const factor = new Float64Array(size * size)
  const x = new Float64Array(size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column]
      for (let k = 0; k < column; k++) rest -= factor[row * size + k] * factor[column * size + k]
      if (row === column) {
        const noise = matrix[row * size + row] * 1e-13
        factor[row * size + row] = rest > noise ? Math.sqrt(rest) : Number.POSITIVE_INFINITY
      } else factor[row * size + column] = rest / factor[column * size + column]
    }
  }
  for (let row = 0; row < size; row++) {
    let rest = right[row]
    for (let k = 0; k < row; k++) rest -= factor[row * size + k] * x[k]
    x[row] = rest / factor[row * size + row]
  }
  for (let row = size - 1; row >= 0; row--) {
    let rest = x[row]
    for (let k = row + 1; k < size; k++) rest -= factor[k * size + row] * x[k]
    x[row] = rest / factor[row * size + row]
  }
  return x
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
