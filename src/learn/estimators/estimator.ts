/**
 * The interface of the estimators of the meta-gradient: what changes between MAML and its relatives, and nothing else.
 * Levels, rollouts, advantages, clipping and Adam are the same for all.
 */
import type { AlphaSchedule, MetaGradient, TaskLoss } from '../maml.ts'
import type { HostParameters, Parameters, Shapes } from '../parameters.ts'

/**
 * What one meta-iteration gathered, as losses: a task's data under theta_m,k for each k. A loss may be made when it is asked
 * for, and is then kept for the other updates: ask outside of a tensor scope.
 */
export interface TaskLosses {
  /** M. */
  readonly tasks: number
  /** L_m,k, k = 0 .. K-1: what the inner steps descend. */
  readonly innerLosses: readonly TaskLoss[]
  /** The outer loss on what was gathered under theta_m,k, k = 1 .. K. At k = K it is that of MAML, for K = 0 too. */
  outerLoss(k: number): TaskLoss
  /**
   * KL(policy that played under theta_m,k || policy), in nats, a mean over the steps played; k = 0 .. K-1. Only where
   * policies play.
   */
  policyKl?(k: number): TaskLoss
}

export interface EstimatorRequest extends TaskLosses {
  /** Initialisation, without a task axis. */
  readonly theta: Parameters
  readonly alphas: AlphaSchedule
  /** False: the inner rates are fixed, and need no gradient. */
  readonly learnAlphas: boolean
  /** Share of the meta-training that is done, in [0, 1). */
  readonly progress: number
  /** What `initMemory` or the last `conclude` returned; empty for an estimator that remembers nothing. */
  readonly memory: HostParameters
}

export interface Estimator {
  /** The inner rates at the start: which tensors move in the inner loop, and how finely the rates are resolved. */
  initAlphas(shapes: Shapes, steps: number, rate: number): AlphaSchedule
  /** The gradient for one outer update. */
  gradient(request: EstimatorRequest): MetaGradient
  /** What the estimator carries from one meta-iteration to the next, before the first one. */
  initMemory?(steps: number): HostParameters
  /** After a meta-iteration's updates, at the new theta and alphas. */
  conclude?(request: EstimatorRequest): Conclusion
}

export interface Conclusion {
  /** For the next meta-iteration; left out where nothing is remembered. */
  readonly memory?: HostParameters
  /** For the metrics. */
  readonly figures: EstimatorFigures
}

/** An estimator's own metrics, by name; one number an inner step. */
export type EstimatorFigures = Readonly<Record<string, readonly number[]>>
