/**
 * 2D navigation (Finn et al. 2017, section 5.2): the reinforcement-learning problem with published results that the
 * meta-learner must reproduce. A point starts at the origin and must reach a goal that it cannot see, drawn anew for
 * each task from the square [-0.5, 0.5]^2. It sees its position, acts by a velocity clipped to [-0.1, 0.1] in either
 * direction, and is paid minus its distance to the goal at each of 100 steps. (No early end at the goal: standing still
 * there is part of the task.) Standing at the origin pays -38 on average, moving straight to the goal about -1.
 */

import * as tf from '@tensorflow/tfjs-core'
import { stream } from '../core/random.ts'
import { discountedReturns, type EpisodeShape, generalisedAdvantages, normalisePerTask } from './advantage.ts'
import { fitLinearBaseline } from './baseline.ts'
import type { EstimatorRequest } from './estimators/estimator.ts'
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
import { type AdamState, clipByGlobalNorm, initAdam, updateAdam } from './optimiser.ts'
import {
  disposeParameters,
  type HostParameters,
  type Parameters,
  type Shapes,
  toTensors,
  withinScope,
  withTaskAxis,
} from './parameters.ts'
import {
  gaussianKl,
  gaussianLogProbability,
  initLogStd,
  initMlp,
  joinParameterSets,
  mlp,
  standardNormal,
} from './policy.ts'
import { clippedRatioLoss, likelihoodRatioLoss, type PolicyModel, surrogateData } from './surrogate.ts'

export interface NavigationRecipe {
  /** Goals a meta-iteration. */
  readonly tasks: number
  /** Episodes a goal, before and again after adaptation. */
  readonly episodes: number
  /** Steps an episode. */
  readonly horizon: number
  /** Width of the two hidden layers. */
  readonly hidden: number
  readonly discount: number
  /** Lambda of the advantages. */
  readonly lambda: number
  /** Inner rate at the start; learned from there. */
  readonly alpha: number
  readonly alphaBounds: { readonly min: number; readonly max: number }
  /** Outer rate, of Adam. */
  readonly beta: number
  /** Outer updates on one batch. */
  readonly outerEpochs: number
  /** The outer ratio's clip. */
  readonly clip: number
  /** Bound of the meta-gradient's global norm. */
  readonly maxGradientNorm: number
  /** Log standard deviation of the fresh policy, in units of the largest velocity. */
  readonly logStd: number
  /** How the meta-gradient is estimated. */
  readonly estimator: EstimatorRecipe
}

export interface NavigationEvaluation {
  readonly iteration: number
  /** Wall-clock since the start, evaluations included. */
  readonly seconds: number
  /** Mean return over fresh goals and their episodes, undiscounted. */
  readonly returnBefore: number
  readonly returnAfterOneStep: number
}

export interface NavigationOptions {
  readonly seed: number | string
  /** Wall-clock budget. */
  readonly seconds: number
  /** Ends the run earlier; no bound by default. */
  readonly maxIterations?: number
  readonly recipe?: Partial<NavigationRecipe>
  /** Iterations between evaluations; 5 by default. */
  readonly evaluateEvery?: number
  readonly onProgress?: (evaluation: NavigationEvaluation) => void
}

export interface NavigationResult {
  readonly history: readonly NavigationEvaluation[]
  /** When the return after one step first reached -25; undefined if it never did. */
  readonly secondsToMinus25: number | undefined
  /** The evaluation with the highest return after one step. */
  readonly best: NavigationEvaluation
  /** That policy on another 40 fresh goals: the best of many noisy figures flatters itself. */
  readonly bestConfirmed: number
  /** Training only, evaluations left out. */
  readonly secondsPerIteration: number
}

/** Half of the paper's 20 episodes, but three outer updates on each batch: sooner there by the clock. */
export const DEFAULT_NAVIGATION: NavigationRecipe = {
  tasks: 20,
  episodes: 10,
  horizon: 100,
  hidden: 64,
  discount: 0.99,
  lambda: 0.95,
  alpha: 0.1,
  alphaBounds: { min: 0, max: 4 },
  beta: 5e-3,
  outerEpochs: 3,
  clip: 0.2,
  maxGradientNorm: 1,
  logStd: -1,
  estimator: { kind: 'maml' },
}

const MAX_VELOCITY = 0.1
const EVALUATION_GOALS = 40
/** Episodes a goal in evaluations, before and again after adaptation: the paper's number, whatever training uses. */
const EVALUATION_EPISODES = 20

/** What is learned, with the optimiser's state. */
interface Learner {
  readonly shapes: Shapes
  readonly theta: HostParameters
  readonly alphas: AlphaSchedule
  readonly adam: AdamState
  /** What the estimator remembers; empty where it remembers nothing. */
  readonly memory: HostParameters
}

/** Recorded episodes; arrays over steps are [tasks, episodes, horizon] with 2 coordinates last where they have them. */
interface Rollouts {
  readonly positions: Float32Array
  /** In units of the largest velocity, before clipping. */
  readonly actions: Float32Array
  readonly logProbabilities: Float32Array
  readonly rewards: Float32Array
  /** Undiscounted, over all tasks and episodes. */
  readonly meanReturn: number
}

/** Meta-trains on the current backend until the time is up, evaluating on fresh goals on the way. */
export function benchNavigation2d(options: NavigationOptions): NavigationResult {
  const { seed, seconds, maxIterations = Number.POSITIVE_INFINITY, evaluateEvery = 5, onProgress } = options
  const recipe = { ...DEFAULT_NAVIGATION, ...options.recipe }
  const random = numbers(seed, 'train')
  const evaluation = numbers(seed, 'evaluate')
  let learner = initLearner(numbers(seed, 'model'), recipe)
  let best: { readonly learner: Learner; readonly evaluation: NavigationEvaluation } | undefined
  const history: NavigationEvaluation[] = []
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1000
  let training = 0
  let iteration = 0
  for (; ; iteration++) {
    const last = iteration >= maxIterations || elapsed() >= seconds
    if (last || iteration % evaluateEvery === 0) {
      const result = { iteration, ...evaluateNavigation(learner, recipe, evaluation), seconds: elapsed() }
      history.push(result)
      onProgress?.(result)
      if (best === undefined || result.returnAfterOneStep > best.evaluation.returnAfterOneStep) {
        best = { learner, evaluation: result }
      }
      if (last) break
    }
    const before = elapsed()
    learner = metaIteration(learner, recipe, random)
    training += elapsed() - before
  }
  return {
    history,
    secondsToMinus25: history.find(({ returnAfterOneStep }) => returnAfterOneStep >= -25)?.seconds,
    best: best.evaluation,
    bestConfirmed: evaluateNavigation(best.learner, recipe, evaluation).returnAfterOneStep,
    secondsPerIteration: training / Math.max(iteration, 1),
  }
}

function initLearner(random: () => number, recipe: NavigationRecipe): Learner {
  const { shapes, values } = joinParameterSets(
    initMlp(random, [2, recipe.hidden, recipe.hidden, 2]),
    initLogStd(2, recipe.logStd),
  )
  const estimator = navigationEstimator(recipe)
  const alphas = estimator.initAlphas(shapes, 1, recipe.alpha)
  const adam = initAdam({ ...values, ...alphasToHost(alphas) })
  return { shapes, theta: values, alphas, adam, memory: estimator.initMemory?.(1) ?? {} }
}

function navigationEstimator({ estimator }: NavigationRecipe) {
  return estimatorOf({ estimator, order: 2, steps: 1 })
}

/** Algorithm 3 of the paper: sample with theta, adapt, sample with the adapted policies, update theta and alpha. */
function metaIteration(learner: Learner, recipe: NavigationRecipe, random: () => number): Learner {
  return withinScope(() => {
    const goals = drawGoals(random, recipe.tasks)
    const start = withTaskAxis(toTensors(learner.theta, learner.shapes), recipe.tasks)
    const before = rollOut(start, goals, recipe, random)
    const support = taskLoss(before, recipe)
    const { adapted } = innerStep(start, alphaAt(learner.alphas, 0), support)
    const query = taskLoss(rollOut(adapted, goals, recipe, random), recipe, recipe.clip)
    const estimator = navigationEstimator(recipe)
    /** Calls the estimator at some theta and alphas. */
    const ask = <T>(at: Learner, question: (request: EstimatorRequest) => T): T => {
      const theta = toTensors(at.theta, at.shapes)
      const result = question({
        theta,
        alphas: at.alphas,
        tasks: recipe.tasks,
        innerLosses: [support],
        outerLoss: () => query,
        policyKl: () => policyKl(start, before, recipe),
        learnAlphas: true,
        // Trained for a time and not for a number of iterations; with one inner step no estimator asks for it.
        progress: 0,
        memory: at.memory,
      })
      disposeParameters(theta)
      return result
    }
    let updated = learner
    for (let epoch = 0; epoch < recipe.outerEpochs; epoch++) {
      const { gradients, alphaGradients } = ask(updated, estimator.gradient)
      updated = outerUpdate(updated, gradients, alphaGradients, recipe)
    }
    const memory = estimator.conclude && ask(updated, estimator.conclude).memory
    return memory ? { ...updated, memory } : updated
  })
}

function outerUpdate(
  learner: Learner,
  gradients: HostParameters,
  alphaGradients: AlphaSchedule,
  recipe: NavigationRecipe,
): Learner {
  const clipped = clipByGlobalNorm({ ...gradients, ...alphasToHost(alphaGradients) }, recipe.maxGradientNorm)
  // Reptile has no gradient for alpha, which stays.
  const learnedAlphas = alphaGradients.length > 0 ? alphasToHost(learner.alphas) : {}
  const all = { ...learner.theta, ...learnedAlphas }
  const { parameters, state } = updateAdam(learner.adam, all, clipped.gradients, { rate: recipe.beta })
  const theta = Object.fromEntries(Object.keys(learner.theta).map(name => [name, parameters[name]]))
  const alphas =
    alphaGradients.length > 0 ? projectAlphas(alphasFromHost(parameters), recipe.alphaBounds) : learner.alphas
  return { ...learner, theta, alphas, adam: state }
}

/** Mean returns on fresh goals before and after one gradient step. */
function evaluateNavigation(learner: Learner, training: NavigationRecipe, random: () => number) {
  const recipe = { ...training, episodes: EVALUATION_EPISODES }
  return withinScope(() => {
    const goals = drawGoals(random, EVALUATION_GOALS)
    const start = withTaskAxis(toTensors(learner.theta, learner.shapes), EVALUATION_GOALS)
    const before = rollOut(start, goals, recipe, random)
    const { adapted } = innerStep(start, alphaAt(learner.alphas, 0), taskLoss(before, recipe))
    const after = rollOut(adapted, goals, recipe, random)
    return { returnBefore: before.meanReturn, returnAfterOneStep: after.meanReturn }
  })
}

/** Goals, [tasks, 2]. */
function drawGoals(random: () => number, tasks: number): Float32Array {
  return Float32Array.from({ length: 2 * tasks }, () => random() - 0.5)
}

/** Plays `episodes` episodes for each goal in lockstep, with each task's own policy. */
function rollOut(
  parameters: Parameters,
  goals: Float32Array,
  recipe: NavigationRecipe,
  random: () => number,
): Rollouts {
  const { episodes, horizon } = recipe
  const tasks = goals.length / 2
  const rows = tasks * episodes
  const logStd = parameters['logStd'].dataSync()
  const position = new Float32Array(2 * rows)
  const positions = new Float32Array(2 * rows * horizon)
  const actions = new Float32Array(2 * rows * horizon)
  const logProbabilities = new Float32Array(rows * horizon)
  const rewards = new Float32Array(rows * horizon)
  let total = 0
  for (let t = 0; t < horizon; t++) {
    const means = withinScope(() => mlp(parameters, tf.tensor3d(position, [tasks, episodes, 2])).dataSync())
    for (let row = 0; row < rows; row++) {
      const task = Math.floor(row / episodes)
      const at = row * horizon + t
      let logProbability = -Math.log(2 * Math.PI)
      let squaredDistance = 0
      for (let axis = 0; axis < 2; axis++) {
        const i = 2 * row + axis
        const noise = standardNormal(random)
        const action = means[i] + Math.exp(logStd[2 * task + axis]) * noise
        logProbability -= 0.5 * noise * noise + logStd[2 * task + axis]
        positions[2 * at + axis] = position[i]
        actions[2 * at + axis] = action
        position[i] += MAX_VELOCITY * Math.min(Math.max(action, -1), 1)
        squaredDistance += (position[i] - goals[2 * task + axis]) ** 2
      }
      logProbabilities[at] = logProbability
      rewards[at] = -Math.sqrt(squaredDistance)
      total += rewards[at]
    }
  }
  return { positions, actions, logProbabilities, rewards, meanReturn: total / rows }
}

/** The surrogate on recorded episodes; clipped for the outer loss, if a clip is given. */
function taskLoss(rollouts: Rollouts, recipe: NavigationRecipe, clip?: number): TaskLoss {
  const { episodes, horizon } = recipe
  const tasks = rollouts.rewards.length / (episodes * horizon)
  const perTask = episodes * horizon
  const data = surrogateData({
    tasks,
    oldLogProbabilities: rollouts.logProbabilities,
    advantages: advantagesOf(rollouts, { tasks, episodes, steps: horizon }, recipe),
  })
  const positions = tf.tensor3d(rollouts.positions, [tasks, perTask, 2])
  const actions = tf.tensor3d(rollouts.actions, [tasks, perTask, 2])
  const model: PolicyModel = parameters => ({
    logProbability: gaussianLogProbability(mlp(parameters, positions), parameters['logStd'], actions),
  })
  return clip === undefined ? likelihoodRatioLoss(model, data) : clippedRatioLoss(model, data, { clip })
}

/** KL of a policy from the one that played, under `played` [M, ...], a mean over the recorded steps. */
function policyKl(played: Parameters, { positions, rewards }: Rollouts, recipe: NavigationRecipe): TaskLoss {
  const perTask = recipe.episodes * recipe.horizon
  const seen = tf.tensor3d(positions, [rewards.length / perTask, perTask, 2])
  const policy = (parameters: Parameters) => ({ mean: mlp(parameters, seen), logStd: parameters['logStd'] })
  const old = policy(played)
  return parameters => tf.mean(gaussianKl(old, policy(parameters)), 1)
}

/** Advantages over a baseline of time and position. The horizon is part of this task: nothing follows its last step. */
function advantagesOf(rollouts: Rollouts, shape: EpisodeShape, recipe: NavigationRecipe): Float32Array {
  const { rewards, positions } = rollouts
  const terminated = Uint8Array.from(rewards, (_, i) => (i % shape.steps === shape.steps - 1 ? 1 : 0))
  const truncated = new Uint8Array(rewards.length)
  const { discount, lambda } = recipe
  const episodes = { shape, terminated, truncated, rewards, discount }
  const mask = new Float32Array(rewards.length).fill(1)
  const observations = new Float32Array(2 * positions.length)
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [positions[i], positions[i + 1]]
    observations.set([x, y, x * x, y * y], 2 * i)
  }
  const baseline = fitLinearBaseline({ shape, returns: discountedReturns(episodes), mask, observations })
  return normalisePerTask(generalisedAdvantages({ ...episodes, ...baseline, lambda }), mask, shape.tasks)
}

/** Numbers in [0, 1) from a stream of their own. */
function numbers(seed: number | string, purpose: string): () => number {
  const draws = stream(seed, 'navigation2d', purpose)
  return () => draws.next()
}
