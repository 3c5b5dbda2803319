/**
 * Meta-training of a policy head on a frozen encoder: MAML (Finn, Abbeel and Levine 2017, algorithm 3), or a relative of
 * it, with fresh trajectories at every inner step, tasks in parallel, and a likelihood-ratio surrogate outside.
 */
import { ACTION_COUNT } from '../../envs/game.ts'
import { type Stream, stream } from '../core/random.ts'
import { adapt, estimateAdvantages } from './adapt.ts'
import {
  adaptationGain,
  type CurriculumFigures,
  type CurriculumState,
  curriculumFigures,
  type DrawnLevel,
  drawTasks,
  initCurriculum,
  positiveValueLoss,
  reportScores,
} from './curriculum.ts'
import { FEATURES } from './encoder.ts'
import type { EstimatorFigures } from './estimators/estimator.ts'
import { estimatorOf } from './estimators/registry.ts'
import type { FeatureCache } from './features.ts'
import { alphasToHost, meanRate } from './maml.ts'
import { initAdam } from './optimiser.ts'
import { adaptationLosses, type OuterState, outerUpdates } from './outer-loop.ts'
import { disposeParameters, type Shapes, toTensors } from './parameters.ts'
import { initMlp } from './policy.ts'
import type { MetaRecipe, Recipe } from './recipe.ts'
import { type Recording, recordingsOf } from './recording.ts'
import { createArena, meanReturns, type Trajectories } from './rollout.ts'
import { bootstrapInterval, mean } from './statistics.ts'

/** Everything that the next meta-iteration depends on, beside recipe, seed and encoder. */
export interface MetaState extends OuterState {
  /** The levels that may be played again. */
  readonly curriculum: CurriculumState
}

export interface IterationReport {
  readonly levels: readonly DrawnLevel[]
  /** Mean return over tasks before adaptation and after each inner step, [K + 1]. */
  readonly returns: readonly number[]
  /** Their 95% bootstrap intervals over tasks: [low, high] each. */
  readonly returnIntervals: readonly (readonly [number, number])[]
  /** Share of the solver's return that was reached, likewise. */
  readonly solverShare: readonly number[]
  readonly outerLoss: number
  readonly gradientNorm: number
  readonly logInnerGradientNorms: readonly number[]
  readonly environmentSteps: number
  /** Share of frames that needed no encoding of their own. */
  readonly framesShared: number
  /** Mean alpha of each inner step. */
  readonly alphas: readonly number[]
  /** The estimator's own metrics, where it has any. */
  readonly estimator?: EstimatorFigures
  /** After the iteration, where the recipe has a curriculum with a buffer. */
  readonly curriculum?: CurriculumFigures
  /** The first episode of each task after each number of inner steps, [K + 1][tasks]; made when asked for. */
  recordings(): readonly (readonly Recording[])[]
  readonly seconds: { readonly levels: number; readonly rollouts: number; readonly gradient: number }
}

/** What an iteration needs of a recipe. */
type TaskRecipe = Pick<Recipe, 'levels' | 'meta' | 'curriculum'>

/** Shapes of the policy head's tensors. */
export function headShapes(meta: MetaRecipe): Shapes {
  return initHead(meta, 'shapes').shapes
}

function initHead(meta: MetaRecipe, seed: string) {
  const random = stream(seed, 'head')
  return initMlp(() => random.next(), [FEATURES, ...meta.hidden, ACTION_COUNT])
}

export function initMeta(meta: MetaRecipe, seed: string): MetaState {
  const { values, shapes } = initHead(meta, seed)
  const estimator = estimatorOf(meta)
  const alphas = estimator.initAlphas(shapes, meta.steps, meta.alpha)
  const memory = estimator.initMemory?.(meta.steps)
  return {
    iteration: 0,
    theta: values,
    alphas,
    thetaAdam: initAdam(values),
    alphaAdam: initAdam(alphasToHost(alphas)),
    ...(memory ? { memory } : {}),
    curriculum: initCurriculum(),
  }
}

/** One meta-iteration: draw levels, adapt to each, differentiate through the adaptation, update. */
export function metaIteration(
  state: MetaState,
  recipe: TaskRecipe,
  seed: string,
  features: FeatureCache,
): { readonly state: MetaState; readonly report: IterationReport } {
  const { meta } = recipe
  const { iteration } = state
  const clock = [performance.now()]
  const levels = drawTasks({ state: state.curriculum, recipe, iteration, tasks: meta.tasks, seed })
  clock.push(performance.now())

  const before = { ...features.counts }
  features.clear()
  const shapes = headShapes(meta)
  const theta = toTensors(state.theta, shapes)
  const arena = createArena({
    levels: levels.map(({ level }) => level),
    episodes: meta.episodes,
    features,
    streams: levels.map((_, task) => stream(seed, 'train', iteration, task, 'actions')),
  })
  const adaptation = adapt({
    arena,
    theta,
    tasks: meta.tasks,
    alphas: state.alphas,
    steps: meta.steps,
    objective: meta,
  })
  disposeParameters(theta)
  const { trajectories } = adaptation
  clock.push(performance.now())

  const losses = adaptationLosses(adaptation, meta)
  const { next, outerLoss, gradientNorm, figures } = outerUpdates(state, meta, losses, shapes)
  losses.dispose()
  const curriculum = updateCurriculum(state, recipe, levels, trajectories)
  clock.push(performance.now())

  const solver = mean(levels.map(({ solution }) => solution.bestReturn))
  const byTask = trajectories.map(played => [...meanReturns(played)])
  const returns = byTask.map(mean)
  const asked = features.counts.asked - before.asked
  return {
    state: { ...next, curriculum },
    report: {
      levels,
      returns,
      returnIntervals: byTask.map((tasks, k) =>
        intervalOf(tasks, stream(seed, 'train', iteration, 'bootstrap', k)),
      ),
      solverShare: returns.map(value => value / solver),
      outerLoss,
      gradientNorm,
      logInnerGradientNorms: adaptation.logGradientNorms,
      environmentSteps: trajectories.reduce((sum, played) => sum + played.environmentSteps, 0),
      framesShared: 1 - (features.counts.encoded - before.encoded) / asked,
      alphas: next.alphas.map(meanRate),
      ...(figures ? { estimator: figures } : {}),
      ...(curriculum.buffers.length ? { curriculum: curriculumFigures(curriculum, iteration, levels) } : {}),
      recordings: () =>
        trajectories.map((played, steps) =>
          recordingsOf(played, {
            levels: levels.map(({ level }) => level),
            steps,
            episodes: 1,
            discount: meta.discount,
          }),
        ),
      seconds: { levels: seconds(clock, 0), rollouts: seconds(clock, 1), gradient: seconds(clock, 2) },
    },
  }
}

/**
 * Scores the levels by how they went. Without inner steps nothing was gained by them: the baseline's training scores by
 * positive value loss whatever the recipe says.
 */
function updateCurriculum(
  state: MetaState,
  recipe: TaskRecipe,
  levels: readonly DrawnLevel[],
  trajectories: readonly Trajectories[],
): CurriculumState {
  const { curriculum, meta } = recipe
  if (curriculum === undefined || curriculum.kind === 'uniform') return state.curriculum
  const last = trajectories[meta.steps]
  let scores: ArrayLike<number>
  if (curriculum.score === 'adaptation-gain' && meta.steps > 0)
    scores = adaptationGain(meanReturns(trajectories[0]), meanReturns(last), levels)
  else {
    const { advantages, mask } = estimateAdvantages(last, meta)
    scores = positiveValueLoss(advantages, mask, meta.tasks)
  }
  return reportScores({ state: state.curriculum, recipe, iteration: state.iteration, levels, scores })
}

/** 95% bootstrap interval of the mean over tasks. */
function intervalOf(tasks: readonly number[], random: Stream): readonly [number, number] {
  const { low, high } = bootstrapInterval([tasks], mean, { random: () => random.next(), resamples: 500 })
  return [low, high]
}

function seconds(clock: readonly number[], from: number): number {
  return (clock[from + 1] - clock[from]) / 1000
}
