/**
 * Few-shot sinusoid regression (Finn et al. 2017, section 5.1): the smallest problem with published results that a
 * meta-learner must reproduce. A task is y = A sin(x - phi), A in [0.1, 5], phi in [0, pi]; the learner sees `shots`
 * points with x in [-5, 5], takes gradient steps on their mean squared error, and is judged on other points.
 */

import * as tf from '@tensorflow/tfjs-core'
import { stream } from '../core/random.ts'
import type { EstimatorRecipe } from './estimators/options.ts'
import { estimatorOf } from './estimators/registry.ts'
import {
  type AlphaSchedule,
  alphaAt,
  alphasFromHost,
  alphasToHost,
  innerStep,
  projectAlphas,
  type TaskLoss,
} from './maml.ts'
import { initAdam, updateAdam } from './optimiser.ts'
import {
  type HostParameters,
  type ParameterSet,
  type Shapes,
  toTensors,
  withinScope,
  withTaskAxis,
} from './parameters.ts'
import { initMlp, mlp, rectify } from './policy.ts'

export interface SinusoidRecipe {
  /** Tasks a meta-iteration. */
  readonly tasks: number
  /** Inner rate at the start; fixed, but for Meta-SGD, which learns it. */
  readonly alpha: number
  /** Outer rate, of Adam. */
  readonly beta: number
  /** Inner steps in training. */
  readonly steps: number
  /** Width of the two hidden layers. */
  readonly hidden: number
  /** How the meta-gradient is estimated; ProMP needs a policy, and is none for regression. */
  readonly estimator: EstimatorRecipe
}

export interface SinusoidProgress {
  readonly iteration: number
  readonly iterations: number
  /** Mean squared error after adaptation, averaged over the iterations since the last report. */
  readonly loss: number
}

export interface SinusoidOptions {
  /** Meta-iterations. */
  readonly iterations: number
  readonly seed: number | string
  /** Points that a task shows, and as many to be judged on. */
  readonly shots: number
  readonly recipe?: Partial<SinusoidRecipe>
  /** Called every `reportEvery` iterations. */
  readonly onProgress?: (progress: SinusoidProgress) => void
  readonly reportEvery?: number
  /** Fresh tasks of the final evaluation; 600 by default. */
  readonly evaluationTasks?: number
}

export interface SinusoidResult {
  readonly iterations: number
  readonly shots: number
  /** Mean squared error on fresh tasks after 0, 1, 5 and 10 gradient steps. */
  readonly mse: Readonly<Record<0 | 1 | 5 | 10, number>>
  readonly secondsPerIteration: number
}

/** The paper's settings. */
export const PAPER_SINUSOID: SinusoidRecipe = {
  tasks: 25,
  alpha: 0.01,
  beta: 1e-3,
  steps: 1,
  hidden: 40,
  estimator: { kind: 'maml' },
}

/** Points each task is judged on in the final evaluation: many, so that their choice adds no noise. */
const EVALUATION_POINTS = 100
const EVALUATED_STEPS = [0, 1, 5, 10] as const

/** Meta-trains on the current backend, then evaluates on fresh tasks. */
export function benchSinusoid(options: SinusoidOptions): SinusoidResult {
  const { iterations, seed, shots, onProgress, reportEvery = 100, evaluationTasks = 600 } = options
  const recipe = { ...PAPER_SINUSOID, ...options.recipe }
  const start = initSinusoidModel(numbers(seed, 'model'), recipe.hidden)
  const estimator = estimatorOf({ ...recipe, order: 2 })
  const learnAlphas = recipe.estimator.kind === 'meta-sgd'
  let alphas = estimator.initAlphas(start.shapes, recipe.steps, recipe.alpha)
  const random = numbers(seed, 'train')
  let parameters = start.values
  let adam = initAdam(parameters)
  let alphaAdam = initAdam(alphasToHost(alphas))
  let [lossSum, lossCount] = [0, 0]
  const begun = performance.now()
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const { gradients, alphaGradients, outerLosses } = withinScope(() => {
      const batch = drawSinusoids(random, recipe.tasks, shots, shots)
      const support = regressionLoss(batch.support)
      const query = regressionLoss(batch.query)
      return estimator.gradient({
        theta: toTensors(parameters, start.shapes),
        alphas,
        tasks: recipe.tasks,
        innerLosses: Array(recipe.steps).fill(support),
        outerLoss: () => query,
        learnAlphas,
        progress: (iteration - 1) / iterations,
        memory: {},
      })
    })
    const update = updateAdam(adam, parameters, gradients, { rate: recipe.beta })
    parameters = update.parameters
    adam = update.state
    if (learnAlphas) {
      const rates = updateAdam(alphaAdam, alphasToHost(alphas), alphasToHost(alphaGradients), {
        rate: recipe.beta,
      })
      alphas = projectAlphas(alphasFromHost(rates.parameters))
      alphaAdam = rates.state
    }
    lossSum += outerLosses.reduce((sum, loss) => sum + loss, 0) / recipe.tasks
    lossCount++
    if (iteration % reportEvery === 0 || iteration === iterations) {
      onProgress?.({ iteration, iterations, loss: lossSum / lossCount })
      lossSum = lossCount = 0
    }
  }
  const secondsPerIteration = (performance.now() - begun) / 1000 / Math.max(iterations, 1)
  const evaluation = numbers(seed, 'evaluate')
  const mse = evaluateSinusoids(evaluation, parameters, start.shapes, shots, alphas, evaluationTasks)
  return { iterations, shots, mse, secondsPerIteration }
}

/** The regression network, 1 - hidden - hidden - 1. */
export function initSinusoidModel(random: () => number, hidden: number): ParameterSet {
  return initMlp(random, [1, hidden, hidden, 1], { lastGain: 1 })
}

/** Mean squared error on fresh tasks after each of EVALUATED_STEPS gradient steps on `shots` points. */
export function evaluateSinusoids(
  random: () => number,
  parameters: HostParameters,
  shapes: Shapes,
  shots: number,
  alphas: AlphaSchedule,
  tasks: number,
): SinusoidResult['mse'] {
  return withinScope(() => {
    const { support, query } = drawSinusoids(random, tasks, shots, EVALUATION_POINTS)
    const [loss, judge] = [regressionLoss(support), regressionLoss(query)]
    const mse = { 0: 0, 1: 0, 5: 0, 10: 0 }
    let adapted = withTaskAxis(toTensors(parameters, shapes), tasks)
    let taken = 0
    for (const steps of EVALUATED_STEPS) {
      for (; taken < steps; taken++) adapted = innerStep(adapted, alphaAt(alphas, taken), loss).adapted
      mse[steps] = tf.mean(judge(adapted)).dataSync()[0]
    }
    return mse
  })
}

/** Numbers in [0, 1) from a stream of their own. */
function numbers(seed: number | string, purpose: string): () => number {
  const draws = stream(seed, 'sinusoid', purpose)
  return () => draws.next()
}

interface Points {
  /** [tasks, points, 1]. */
  readonly x: tf.Tensor
  readonly y: tf.Tensor
}

function drawSinusoids(random: () => number, tasks: number, supportPoints: number, queryPoints: number) {
  const [xs, ys] = [supportPoints, queryPoints].map(count => new Float32Array(tasks * count))
  const host = {
    support: { x: xs, y: new Float32Array(xs.length), count: supportPoints },
    query: { x: ys, y: new Float32Array(ys.length), count: queryPoints },
  }
  for (let task = 0; task < tasks; task++) {
    const amplitude = 0.1 + 4.9 * random()
    const phase = Math.PI * random()
    for (const { x, y, count } of [host.support, host.query]) {
      for (let i = task * count; i < (task + 1) * count; i++) {
        x[i] = 10 * random() - 5
        y[i] = amplitude * Math.sin(x[i] - phase)
      }
    }
  }
  const upload = ({ x, y, count }: (typeof host)['support']): Points => ({
    x: tf.tensor3d(x, [tasks, count, 1]),
    y: tf.tensor3d(y, [tasks, count, 1]),
  })
  return { support: upload(host.support), query: upload(host.query) }
}

function regressionLoss({ x, y }: Points): TaskLoss {
  return parameters => tf.mean(tf.square(tf.sub(mlp(parameters, x, rectify), y)), [1, 2])
}
