/**
 * Adaptation: an agent meets M levels that it has never seen, plays N episodes on each, takes a gradient step
 * for each level apart, and so on for K steps. Training and evaluation both go through here.
 */
import * as tf from '@tensorflow/tfjs-core'
import { ACTION_COUNT } from '../../envs/game.ts'
import { discountedReturns, episodeMask, generalisedAdvantages, normalisePerTask } from './advantage.ts'
import { fitLinearBaseline } from './baseline.ts'
import { FEATURES } from './encoder.ts'
import { type AlphaSchedule, alphaAt, innerStep, type TaskLoss } from './maml.ts'
import { disposeParameters, type Parameters, withTaskAxis } from './parameters.ts'
import {
  categoricalEntropy,
  categoricalKl,
  categoricalLogProbabilities,
  mlp,
  oneHotRows,
  takenLogProbability,
} from './policy.ts'
import type { Arena, Trajectories } from './rollout.ts'
import {
  clippedRatioLoss,
  disposeSurrogateData,
  likelihoodRatioLoss,
  stepWeights,
  surrogateData,
} from './surrogate.ts'

export interface Objective {
  readonly discount: number
  readonly lambda: number
}

/** The trajectories of one adaptation step as a loss, and the tensors that it holds. */
export interface TrajectoryLoss {
  readonly loss: TaskLoss
  dispose(): void
}

/**
 * Generalised advantages of recorded trajectories under the linear baseline, in points, and the mask of their steps; both
 * [tasks, episodes, T].
 */
export function estimateAdvantages(trajectories: Trajectories, objective: Objective) {
  const { shape } = trajectories
  const mask = episodeMask(shape, trajectories)
  const returns = discountedReturns({ ...trajectories, discount: objective.discount })
  const baseline = fitLinearBaseline({ shape, returns, mask })
  return { advantages: generalisedAdvantages({ ...trajectories, ...baseline, ...objective }), mask }
}

/**
 * The policy-gradient loss of recorded trajectories: a likelihood ratio with constant old log-probabilities, for the
 * outer loss clipped (PPO), so that one set of trajectories serves several updates.
 */
export function trajectoryLoss(
  trajectories: Trajectories,
  objective: Objective,
  outer: { readonly entropyBonus?: number; readonly ratioClip?: number } = {},
): TrajectoryLoss {
  const { entropyBonus = 0, ratioClip } = outer
  const { tasks, episodes, steps } = trajectories.shape
  const { advantages: raw, mask } = estimateAdvantages(trajectories, objective)
  const advantages = normalisePerTask(raw, mask, tasks)
  const data = surrogateData({ tasks, oldLogProbabilities: trajectories.logProbabilities, advantages, mask })
  const features = tf.tensor3d(trajectories.features, [tasks, episodes * steps, FEATURES])
  const actions = tf.tensor3d(oneHotRows(trajectories.actions, ACTION_COUNT), [
    tasks,
    episodes * steps,
    ACTION_COUNT,
  ])
  const model = (parameters: Parameters) => {
    const logProbabilities = categoricalLogProbabilities(mlp(parameters, features))
    const logProbability = takenLogProbability(logProbabilities, actions)
    return entropyBonus > 0
      ? { logProbability, entropy: categoricalEntropy(logProbabilities) }
      : { logProbability }
  }
  return {
    loss:
      ratioClip === undefined
        ? likelihoodRatioLoss(model, data, { entropyBonus })
        : clippedRatioLoss(model, data, { entropyBonus, clip: ratioClip }),
    dispose() {
      disposeSurrogateData(data)
      features.dispose()
      actions.dispose()
    },
  }
}

/** KL(policy that played || policy), a mean over recorded steps: how far a policy is from the one that played. */
export function trajectoryKl(trajectories: Trajectories): TrajectoryLoss {
  const { tasks, episodes, steps } = trajectories.shape
  const rows = episodes * steps
  const mask = episodeMask(trajectories.shape, trajectories)
  const weights = tf.tensor2d(stepWeights(mask, tasks), [tasks, rows])
  const features = tf.tensor3d(trajectories.features, [tasks, rows, FEATURES])
  // Padding has probability 0 and weight 0: any finite logarithm does.
  const logs = trajectories.probabilities.map(value => Math.log(Math.max(value, 1e-30)))
  const played = tf.tensor3d(logs, [tasks, rows, ACTION_COUNT])
  return {
    loss: parameters => {
      const divergence = categoricalKl(played, categoricalLogProbabilities(mlp(parameters, features)))
      return tf.sum(tf.mul(divergence, weights), 1)
    },
    dispose() {
      for (const tensor of [weights, features, played]) tensor.dispose()
    },
  }
}

export interface AdaptationRequest {
  readonly arena: Arena
  /** Without a task axis. */
  readonly theta: Parameters
  readonly tasks: number
  readonly alphas: AlphaSchedule
  readonly objective: Objective
}

/** Episodes under theta_k. */
export interface AdaptationPlay {
  readonly trajectories: Trajectories
  /** The inner step that led to theta_k; missing at k = 0. */
  readonly step?: {
    /** Of the trajectories before; the caller disposes of it. */
    readonly loss: TrajectoryLoss
    /** Mean over tasks of the log norm of the inner gradient. */
    readonly logGradientNorm: number
  }
}

/** An adaptation that goes on for as long as somebody asks. */
export interface SteppedAdaptation {
  /** Plays under theta_0, then at each further call steps on what was played last and plays again. */
  next(): AdaptationPlay
  dispose(): void
}

/** Plays, steps, plays again from theta. Any number of steps: those beyond the schedule reuse its last alphas. */
export function createAdaptation(request: AdaptationRequest): SteppedAdaptation {
  const { arena, alphas, objective } = request
  let policy = withTaskAxis(request.theta, request.tasks)
  let k = 0
  let last: Trajectories | undefined
  const takeStep = (trajectories: Trajectories): NonNullable<AdaptationPlay['step']> => {
    const loss = trajectoryLoss(trajectories, objective)
    const step = innerStep(policy, alphaAt(alphas, k++), loss.loss)
    disposeParameters(policy)
    policy = step.adapted
    const finite = step.logGradientNorms.filter(Number.isFinite)
    const sum = finite.reduce((total, norm) => total + norm, 0)
    return { loss, logGradientNorm: sum / Math.max(1, finite.length) }
  }
  return {
    next() {
      const step = last && takeStep(last)
      last = arena.play(policy)
      return { trajectories: last, ...(step && { step }) }
    },
    dispose: () => disposeParameters(policy),
  }
}

export interface Adaptation {
  /** Trajectories under theta_0 .. theta_K. */
  readonly trajectories: readonly Trajectories[]
  /** The losses of steps 0 .. K-1; the caller disposes of them. */
  readonly losses: readonly TrajectoryLoss[]
  /** Mean over tasks of the log norm of each inner gradient. */
  readonly logGradientNorms: readonly number[]
}

/** K steps at once. */
export function adapt(request: AdaptationRequest & { readonly steps: number }): Adaptation {
  const adaptation = createAdaptation(request)
  const plays = Array.from({ length: request.steps + 1 }, () => adaptation.next())
  adaptation.dispose()
  const steps = plays.flatMap(({ step }) => (step ? [step] : []))
  return {
    trajectories: plays.map(({ trajectories }) => trajectories),
    losses: steps.map(({ loss }) => loss),
    logGradientNorms: steps.map(({ logGradientNorm }) => logGradientNorm),
  }
}
