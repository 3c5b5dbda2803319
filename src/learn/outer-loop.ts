/**
 * The outer loop of one meta-iteration: several updates of the initialisation and of the inner rates from one set of
 * trajectories (Rothfuss et al. 2019, ProMP, algorithm 1). How the gradient is estimated is the estimator's business.
 */
import { type Adaptation, type TrajectoryLoss, trajectoryKl, trajectoryLoss } from './adapt.ts'
import type { EstimatorFigures, EstimatorRequest, TaskLosses } from './estimators/estimator.ts'
import { estimatorOf } from './estimators/registry.ts'
import {
  type AlphaSchedule,
  alphasFromHost,
  alphasToHost,
  type MetaGradient,
  projectAlphas,
  type TaskLoss,
} from './maml.ts'
import { type AdamState, clipByGlobalNorm, updateAdam } from './optimiser.ts'
import { disposeParameters, type HostParameters, type Shapes, toTensors } from './parameters.ts'
import type { MetaRecipe } from './recipe.ts'
import { mean } from './statistics.ts'

/** What the outer loop learns, and what it needs to go on. */
export interface OuterState {
  /** Meta-iterations done. */
  readonly iteration: number
  /** The policy head's initialisation. */
  readonly theta: HostParameters
  readonly alphas: AlphaSchedule
  readonly thetaAdam: AdamState
  readonly alphaAdam: AdamState
  /** What the estimator remembers, where it remembers anything. */
  readonly memory?: HostParameters
}

export interface OuterUpdates {
  readonly next: OuterState
  /** Mean over tasks at the last update, before it. */
  readonly outerLoss: number
  /** Norm of the last meta-gradient before clipping. */
  readonly gradientNorm: number
  /** The estimator's own metrics, where it has any. */
  readonly figures?: EstimatorFigures
}

/** Losses that hold tensors until they are disposed of. */
interface HeldLosses extends TaskLosses {
  dispose(): void
}

/** The losses of an adaptation, of which it takes possession. An outer loss or a KL is made when it is asked for. */
export function adaptationLosses({ trajectories, losses }: Adaptation, meta: MetaRecipe): HeldLosses {
  const held: TrajectoryLoss[] = [...losses]
  const madeOnce = (make: (k: number) => TrajectoryLoss) => {
    const made = new Map<number, TaskLoss>()
    return (k: number): TaskLoss => {
      const known = made.get(k)
      if (known) return known
      const fresh = make(k)
      held.push(fresh)
      made.set(k, fresh.loss)
      return fresh.loss
    }
  }
  return {
    tasks: meta.tasks,
    innerLosses: losses.map(({ loss }) => loss),
    outerLoss: madeOnce(k => trajectoryLoss(trajectories[k], meta, meta)),
    policyKl: madeOnce(k => trajectoryKl(trajectories[k])),
    dispose: () => {
      for (const loss of held) loss.dispose()
    },
  }
}

/**
 * Each update differentiates anew through the whole adaptation, whose old log-probabilities stay those of the policies
 * that played.
 */
export function outerUpdates(
  state: OuterState,
  meta: MetaRecipe,
  losses: TaskLosses,
  shapes: Shapes,
): OuterUpdates {
  const estimator = estimatorOf(meta)
  const { iteration, memory } = state
  const progress = iteration / meta.iterations
  /** Calls the estimator at some theta and alphas. */
  const ask = <T>(at: OuterState, question: (request: EstimatorRequest) => T): T => {
    const theta = toTensors(at.theta, shapes)
    try {
      const { alphas } = at
      return question({
        ...losses,
        theta,
        alphas,
        learnAlphas: meta.alphaRate > 0,
        progress,
        memory: memory ?? {},
      })
    } finally {
      disposeParameters(theta)
    }
  }
  let next = state
  let outerLoss = 0
  let gradientNorm = 0
  for (let epoch = 0; epoch < meta.epochs; epoch++) {
    const gradient = ask(next, estimator.gradient)
    const theta = updateTheta(next, gradient, meta, progress)
    const alphas = updateAlphas(next, gradient, meta)
    next = { ...next, ...theta.learned, ...alphas }
    outerLoss = mean(gradient.outerLosses)
    gradientNorm = theta.norm
  }
  const conclusion = estimator.conclude && ask(next, estimator.conclude)
  return {
    next: {
      ...next,
      iteration: iteration + 1,
      ...(conclusion?.memory ? { memory: conclusion.memory } : {}),
    },
    outerLoss,
    gradientNorm,
    ...(conclusion ? { figures: conclusion.figures } : {}),
  }
}

/** Adam along the clipped gradient; also its norm before clipping. */
function updateTheta(
  { theta, thetaAdam }: OuterState,
  gradient: MetaGradient,
  meta: MetaRecipe,
  progress: number,
) {
  // A linear fall to a tenth: late updates average over more levels than one meta-batch holds.
  const decay = Math.max(0.1, 1 - 0.9 * progress)
  const { gradients, norm } = clipByGlobalNorm(gradient.gradients, meta.clip)
  const { parameters, state } = updateAdam(thetaAdam, theta, gradients, { rate: meta.beta * decay })
  return { learned: { theta: parameters, thetaAdam: state }, norm }
}

/** Adam, then projection to the bounds; nothing where the rates are not learned. */
function updateAlphas({ alphas, alphaAdam }: OuterState, gradient: MetaGradient, meta: MetaRecipe) {
  if (meta.steps === 0 || meta.alphaRate === 0) return {}
  const { parameters, state } = updateAdam(
    alphaAdam,
    alphasToHost(alphas),
    alphasToHost(gradient.alphaGradients),
    { rate: meta.alphaRate },
  )
  const [min, max] = meta.alphaBounds
  return { alphas: projectAlphas(alphasFromHost(parameters), { min, max }), alphaAdam: state }
}
