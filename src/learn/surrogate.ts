/**
 * Policy-gradient losses as TaskLoss builders.
 *
 * All are likelihood ratios against the log-probabilities *recorded when the actions were taken*, constants of the
 * graph. Where the two policies coincide a ratio's first derivative is the plain policy gradient, and its second one,
 * E[(grad^2 log pi + grad log pi grad log pi^T) A], credits the sampling distribution. The plain form -E[A log pi] has the
 * same value of the gradient but lacks the second term: its meta-gradient is biased (Rothfuss et al. 2019, ProMP,
 * section 4; Foerster et al. 2018, DiCE).
 */

import * as tf from '@tensorflow/tfjs-core'
import { checkLength } from './advantage.ts'
import type { TaskLoss } from './maml.ts'
import type { Parameters } from './parameters.ts'

/** What a policy says about the N recorded steps of each of M tasks, under the given parameters. */
export interface PolicyTerms {
  /** Log-probability of each action taken, [M, N]. */
  readonly logProbability: tf.Tensor
  /** Entropy of each step's distribution, [M, N]; only needed with an entropy bonus. */
  readonly entropy?: tf.Tensor
}

export type PolicyModel = (parameters: Parameters) => PolicyTerms

/** Recorded steps as constants for the graph. The caller owns the tensors and frees them by disposeSurrogateData. */
export interface SurrogateData {
  /** Log-probability of each action when it was taken, [M, N]. */
  readonly oldLogProbabilities: tf.Tensor
  /** Advantage times the step's weight, [M, N]. */
  readonly weightedAdvantages: tf.Tensor
  /** 1 / (number of steps of the task) for a step, 0 for padding, [M, N]. */
  readonly weights: tf.Tensor
}

export interface SurrogateOptions {
  /** Weight of the mean entropy, which the loss rewards; 0 by default. */
  readonly entropyBonus?: number
}

/** Uploads recorded steps; each array is [tasks, N]. Throws on a wrong length or a task without a step. */
export function surrogateData(request: {
  readonly tasks: number
  readonly oldLogProbabilities: Float32Array
  readonly advantages: Float32Array
  /** 1 for steps of an episode, 0 for padding; all steps by default. */
  readonly mask?: Float32Array
}): SurrogateData {
  const { tasks, oldLogProbabilities, advantages, mask } = request
  checkLength('oldLogProbabilities', oldLogProbabilities, advantages.length)
  const perTask = advantages.length / tasks
  const weights = stepWeights(mask ?? new Float32Array(advantages.length).fill(1), tasks)
  checkLength('mask', weights, advantages.length)
  const weighted = advantages.map((advantage, i) => (weights[i] === 0 ? 0 : advantage * weights[i]))
  return {
    oldLogProbabilities: tf.tensor2d(oldLogProbabilities, [tasks, perTask]),
    weightedAdvantages: tf.tensor2d(weighted, [tasks, perTask]),
    weights: tf.tensor2d(weights, [tasks, perTask]),
  }
}

export function disposeSurrogateData(data: SurrogateData): void {
  for (const tensor of [data.oldLogProbabilities, data.weightedAdvantages, data.weights]) tensor.dispose()
}

/** Mask [tasks, N] over the number of masked steps of its task. */
export function stepWeights(mask: Float32Array, tasks: number): Float32Array {
  const size = mask.length / tasks
  const weights = new Float32Array(mask.length)
  for (let task = 0; task < tasks; task++) {
    const own = mask.subarray(task * size, (task + 1) * size)
    const count = own.reduce((sum, value) => sum + value, 0)
    if (count === 0) throw new Error(`task ${task} has no step: its mask is all zero`)
    for (let i = 0; i < size; i++) weights[task * size + i] = own[i] / count
  }
  return weights
}

/**
 * Likelihood ratio step by step: -mean_i [pi(a_i|s_i) / pi_old(a_i|s_i) A_i]. Low variance; in the second derivative it
 * leaves out products of different steps of an episode (ProMP's low variance curvature, eq. 9).
 */
export function likelihoodRatioLoss(
  model: PolicyModel,
  data: SurrogateData,
  options: SurrogateOptions = {},
): TaskLoss {
  return parameters => {
    const terms = model(parameters)
    const gains = tf.sum(tf.mul(ratio(terms, data), data.weightedAdvantages), 1)
    return minusEntropy(tf.neg(gains), terms, data, options)
  }
}

/** The ratio clipped to [1 - clip, 1 + clip] where that lowers the gain (PPO, Schulman et al. 2017, eq. 7). */
export function clippedRatioLoss(
  model: PolicyModel,
  data: SurrogateData,
  options: SurrogateOptions & { readonly clip: number },
): TaskLoss {
  return parameters => {
    const terms = model(parameters)
    const ratios = ratio(terms, data)
    const clipped = tf.clipByValue(ratios, 1 - options.clip, 1 + options.clip)
    const gain = tf.minimum(tf.mul(ratios, data.weightedAdvantages), tf.mul(clipped, data.weightedAdvantages))
    return minusEntropy(tf.neg(tf.sum(gain, 1)), terms, data, options)
  }
}

/**
 * Likelihood ratio of whole episodes up to each step (Loaded DiCE, Farquhar et al. 2019, eq. 12):
 *
 *   -mean_i [(f(w_t) - f(w_t-1)) A_t],  w_t = sum_{u<=t} log pi(a_u|s_u),  f(w) = exp(w - w_old)
 *
 * Unbiased in the first and second derivative, at a variance that grows with the episode: for short episodes, and as
 * the measure of what likelihoodRatioLoss leaves out. Steps N = episodes * T, padding at each episode's end.
 */
export function episodeRatioLoss(
  model: PolicyModel,
  data: SurrogateData,
  options: SurrogateOptions & { readonly steps: number },
): TaskLoss {
  const { steps } = options
  const sumsUntil = (exclusive: number) =>
    tf.buffer([steps, steps], 'float32', triangle(steps, exclusive)).toTensor()
  return parameters => {
    const terms = model(parameters)
    const [tasks, perTask] = data.weights.shape
    // A product with a triangle of ones is a running sum, and its derivatives are products as well.
    const logRatio = tf.reshape(tf.sub(terms.logProbability, data.oldLogProbabilities), [-1, steps])
    const f = (exclusive: number) => tf.exp(tf.matMul(logRatio, sumsUntil(exclusive)))
    const difference = tf.reshape(tf.sub(f(0), f(1)), [tasks, perTask as number])
    const gains = tf.sum(tf.mul(difference, data.weightedAdvantages), 1)
    return minusEntropy(tf.neg(gains), terms, data, options)
  }
}

function ratio(terms: PolicyTerms, data: SurrogateData): tf.Tensor {
  return tf.exp(tf.sub(terms.logProbability, data.oldLogProbabilities))
}

function minusEntropy(
  loss: tf.Tensor,
  terms: PolicyTerms,
  data: SurrogateData,
  { entropyBonus = 0 }: SurrogateOptions,
): tf.Tensor {
  if (entropyBonus === 0) return loss
  if (terms.entropy === undefined)
    throw new Error('an entropy bonus needs a policy model that returns the entropy')
  return tf.sub(loss, tf.mul(tf.sum(tf.mul(terms.entropy, data.weights), 1), entropyBonus))
}

/** Matrix U[u, t] = 1 where u + exclusive <= t: x U is x's running sum, without the own entry if exclusive is 1. */
function triangle(steps: number, exclusive: number): Float32Array {
  return Float32Array.from({ length: steps * steps }, (_, i) =>
    Math.floor(i / steps) + exclusive <= i % steps ? 1 : 0,
  )
}
