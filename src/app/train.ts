/**
 * Training from a recipe to an agent: pretrain the encoder and freeze it, meta-train the head, train the same head
 * without meta-learning for comparison, choose the baselines' rates on validation levels. Three phases, one
 * checkpoint: a run that is killed anywhere goes on from its last checkpoint and ends with the same bits.
 */
import { UserError } from '../core/errors.ts'
import { type BackendName, selectBackend } from '../learn/backend.ts'
import { ENCODER_SHAPES } from '../learn/encoder.ts'
import { drawLevels, type Learner, type ScoredLevel, scoreLearner, summarise } from '../learn/evaluate.ts'
import { createFeatureCache, type FeatureCache } from '../learn/features.ts'
import { type IterationReport, initMeta, type MetaState, metaIteration } from '../learn/meta-train.ts'
import { type HostParameters, toTensors } from '../learn/parameters.ts'
import { encoderOf } from '../learn/pretrain.ts'
import type { Recipe } from '../learn/recipe.ts'
import { type Agent, encodeAgent, fixedAlphas, randomHead } from './agent-file.ts'
import type { CommandContext } from './context.ts'
import type { PretrainedEncoder } from './encoder-file.ts'
import { type LiveFiles, openLiveFiles } from './live-files.ts'
import { pause, probeEncoder, runPretraining } from './pretrain.ts'
import { openRun, type Run } from './run-folder.ts'
import { loadTraining, NOTHING_DONE, saveTraining, type Training } from './training-file.ts'

export interface TrainRequest {
  readonly recipe: Recipe
  readonly seed: number
  readonly out: string
  readonly backend?: BackendName | 'auto'
  /** A pretrained encoder to use instead of pretraining one. */
  readonly encoder?: PretrainedEncoder
  readonly resume: boolean
  /** Rest after this many meta-iterations, scored and saved, without the baselines; a later call may go further. */
  readonly until?: number
}

export interface TrainResult {
  readonly run: string
  readonly recipe: string
  readonly seed: number
  readonly backend: string
  readonly iterations: number
  /** Best score on validation levels after K steps (IQM). */
  readonly validation: number
  /** Environment steps of the meta-training, and of the baseline's training. */
  readonly environmentSteps: { readonly meta: number; readonly baseline: number }
  readonly seconds: { readonly pretrain: number; readonly meta: number; readonly baseline: number }
}

/** Meta-iterations between two checkpoints. */
const META_SAVE = 5

/** Trains, or goes on with, the run in a folder. */
export async function train(request: TrainRequest, command: CommandContext): Promise<TrainResult> {
  const { recipe, seed } = request
  const backend = await selectBackend(request.backend)
  const run = openRun({
    folder: request.out,
    recipe,
    seed,
    resume: request.resume,
    provenance: {
      backend: backend.backend,
      command: command.command,
      date: new Date().toISOString().slice(0, 10),
      machine: `${backend.cores} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
      encoder: request.encoder?.source ?? 'pretrained in this run',
    },
    say: command.say,
  })
  try {
    const live = openLiveFiles(run.folder, command)
    const { context } = live
    const saved = run.loadCheckpoint('latest')
    let training: Training = saved ? loadTraining(saved, recipe, run.folder) : NOTHING_DONE
    // Before the encoder's pretraining: levels that cannot be had are refused at once.
    const validation = drawLevels(recipe.levels, 'validation', recipe.validation.levels, `${seed}/validation`)
    training = await pretrainPhase(training, request, run, context)
    const features = createFeatureCache(toTensors(training.encoder as HostParameters, ENCODER_SHAPES))
    training = await metaPhase(training, request, run, live, features, validation)
    if (request.until === undefined) {
      training = await baselinePhase(training, request, run, context, features)
      await finish(training, request, run, context, features, validation)
    }
    return {
      run: run.folder,
      recipe: recipe.name,
      seed,
      backend: backend.backend,
      iterations: request.until ?? recipe.meta.iterations,
      validation: training.best,
      environmentSteps: training.environmentSteps,
      seconds: training.seconds,
    }
  } finally {
    run.close()
  }
}

async function pretrainPhase(
  training: Training,
  request: TrainRequest,
  run: Run,
  context: CommandContext,
): Promise<Training> {
  const { recipe, seed } = request
  if (training.encoder) {
    if (request.encoder) requireSameEncoder(training.encoder, request.encoder, run.folder)
    return training
  }
  if (request.encoder) {
    const { values, source, probes } = request.encoder
    const given: Training = {
      ...training,
      encoder: values,
      encoderSource: source,
      ...(probes ? { probes } : {}),
    }
    saveTraining(run, 0, given, recipe)
    return given
  }
  const began = performance.now()
  const seconds = () => training.seconds.pretrain + (performance.now() - began) / 1000
  const state = await runPretraining(
    {
      recipe: recipe.encoder,
      seed,
      from: training.pretrain,
      save: state => {
        const now = { ...training, pretrain: state, seconds: { ...training.seconds, pretrain: seconds() } }
        saveTraining(run, 0, now, recipe)
      },
    },
    context,
  )
  const probes = probeEncoder(state.parameters, recipe.encoder, String(seed))
  const { pretrain: _, ...rest } = training
  const done: Training = {
    ...rest,
    encoder: encoderOf(state.parameters),
    encoderSource: 'pretrained in the same run',
    probes,
    seconds: { ...training.seconds, pretrain: seconds() },
  }
  saveTraining(run, 0, done, recipe)
  return done
}

/** Refuses to go on under another encoder than the one that the head has learned to see with. */
function requireSameEncoder(saved: HostParameters, given: PretrainedEncoder, folder: string): void {
  const differs = Object.entries(saved).some(([name, values]) =>
    values.some((value, i) => value !== given.values[name]?.[i]),
  )
  if (!differs) return
  throw new UserError(
    `${folder} cannot be resumed with ${given.source}: it was begun with another encoder; leave --encoder out, or choose another folder with --out`,
  )
}

async function metaPhase(
  training: Training,
  request: TrainRequest,
  run: Run,
  live: LiveFiles,
  features: FeatureCache,
  validation: readonly ScoredLevel[],
): Promise<Training> {
  const { recipe, seed } = request
  const { context } = live
  const total = request.until ?? recipe.meta.iterations
  let now = training
  let state = training.meta ?? initMeta(recipe.meta, String(seed))
  if (state.iteration >= total) return training
  const progress = context.progress({
    label: 'meta-training',
    total,
    unit: 'iterations',
    start: state.iteration,
  })
  const save = () => saveTraining(run, state.iteration, { ...now, meta: state }, recipe)
  try {
    while (state.iteration < total) {
      const began = performance.now()
      const { state: next, report } = metaIteration(state, recipe, String(seed), features)
      state = next
      const spent = (performance.now() - began) / 1000
      const isDue = state.iteration % recipe.validation.every === 0 || state.iteration === total
      const scores = isDue
        ? await validate({ theta: state.theta, alphas: state.alphas }, recipe, seed, features, validation)
        : undefined
      now = {
        ...now,
        seconds: { ...now.seconds, meta: now.seconds.meta + (performance.now() - began) / 1000 },
        environmentSteps: {
          ...now.environmentSteps,
          meta: now.environmentSteps.meta + report.environmentSteps,
        },
      }
      const score = scores?.[recipe.meta.steps].iqm
      if (score !== undefined && score > now.best) {
        now = { ...now, best: score, bestMeta: state }
        run.saveCheckpoint('best', state.iteration, encodeAgent(agentOf(now, request)))
      }
      run.log({
        iteration: state.iteration,
        ...metricsOf(report, spent),
        ...(scores
          ? {
              validation: scores.map(({ iqm }) => iqm),
              validationIntervals: scores.map(({ low, high }) => [low, high]),
            }
          : {}),
        ...(state.iteration === 1 && now.probes ? { probes: now.probes } : {}),
      })
      run.logLevels(
        state.iteration,
        report.levels.map(({ level, hash, split, solution, origin, parent }) => ({
          game: level.game,
          hash,
          split,
          ...(level.provenance.source === 'generated' ? { seed: level.provenance.seed } : {}),
          solverReturn: solution.bestReturn,
          origin,
          ...(parent === undefined ? {} : { parent }),
        })),
      )
      live.show(state.iteration, report.recordings())
      if (state.iteration % META_SAVE === 0 || state.iteration === total) save()
      progress.update(
        state.iteration,
        `return ${report.returns.map(value => value.toFixed(2)).join(' → ')}${now.best > Number.NEGATIVE_INFINITY ? `, best validation ${now.best.toFixed(2)}` : ''}`,
      )
      await pause(context, save)
    }
  } finally {
    progress.stop()
  }
  return { ...now, meta: state }
}

async function validate(
  learner: Learner,
  recipe: Recipe,
  seed: number,
  features: FeatureCache,
  levels: readonly ScoredLevel[],
  steps = recipe.meta.steps,
) {
  const scores = await scoreLearner({
    learner,
    levels,
    steps,
    meta: recipe.meta,
    features,
    seed: `${seed}/validation`,
  })
  return summarise(scores, `${seed}/validation`)
}

function metricsOf(report: IterationReport, spent: number) {
  return {
    returns: report.returns,
    returnIntervals: report.returnIntervals,
    solverShare: report.solverShare,
    losses: { outer: report.outerLoss },
    gradientNorm: report.gradientNorm,
    logInnerGradientNorms: report.logInnerGradientNorms,
    alphas: report.alphas,
    ...(report.estimator ? { estimator: report.estimator } : {}),
    environmentSteps: report.environmentSteps,
    stepsPerSecond: report.environmentSteps / spent,
    framesShared: report.framesShared,
    ...(report.curriculum ? { curriculum: report.curriculum } : {}),
    seconds: { ...report.seconds, total: spent },
  }
}

/**
 * The same head without meta-learning: K + 1 times the levels, one rollout each, until it has had as many environment
 * steps as the agent. Its episodes end later, so that takes fewer iterations.
 */
async function baselinePhase(
  training: Training,
  request: TrainRequest,
  run: Run,
  context: CommandContext,
  features: FeatureCache,
): Promise<Training> {
  const { recipe, seed } = request
  const { iterations, tasks, steps } = recipe.meta
  const baseline = { ...recipe, meta: { ...recipe.meta, steps: 0, tasks: tasks * (steps + 1) } }
  let now = training
  let state: MetaState = training.baseline ?? initMeta(baseline.meta, String(seed))
  const total = training.environmentSteps.meta
  const isDone = () => now.environmentSteps.baseline >= total
  if (isDone()) return training
  const progress = context.progress({
    label: 'training the baseline',
    total,
    unit: 'environment steps',
    start: now.environmentSteps.baseline,
  })
  const save = () => saveTraining(run, iterations + state.iteration, { ...now, baseline: state }, recipe)
  try {
    while (!isDone()) {
      const began = performance.now()
      const { state: next, report } = metaIteration(state, baseline, `${seed}/baseline`, features)
      state = next
      now = {
        ...now,
        seconds: { ...now.seconds, baseline: now.seconds.baseline + (performance.now() - began) / 1000 },
        environmentSteps: {
          ...now.environmentSteps,
          baseline: now.environmentSteps.baseline + report.environmentSteps,
        },
      }
      run.log({
        iteration: iterations + state.iteration,
        baseline: { return: report.returns[0], gradientNorm: report.gradientNorm },
      })
      if (state.iteration % META_SAVE === 0 || isDone()) save()
      progress.update(
        Math.min(now.environmentSteps.baseline, total),
        `return ${report.returns[0].toFixed(2)}`,
      )
      await pause(context, save)
    }
  } finally {
    progress.stop()
  }
  return { ...now, baseline: state }
}

/** Chooses the baselines' rates on validation levels and writes the agent. */
async function finish(
  training: Training,
  request: TrainRequest,
  run: Run,
  context: CommandContext,
  features: FeatureCache,
  validation: readonly ScoredLevel[],
): Promise<void> {
  const { recipe, seed } = request
  // A run that is resumed after its end.
  if (run.loadCheckpoint('best')?.metadata['randomHeadAlpha'] !== undefined) return
  const progress = context.progress({
    label: "choosing the baselines' rates",
    total: 2 * recipe.baselines.alphas.length,
    unit: 'rates',
  })
  let tried = 0
  const best = async (theta: HostParameters): Promise<number> => {
    let chosen = { alpha: Number.NaN, score: Number.NEGATIVE_INFINITY }
    for (const alpha of recipe.baselines.alphas) {
      const scores = await validate(
        { theta, alphas: fixedAlphas(theta, alpha) },
        recipe,
        seed,
        features,
        validation,
        Math.max(1, recipe.meta.steps),
      )
      const score = scores[scores.length - 1].iqm
      if (score > chosen.score) chosen = { alpha, score }
      progress.update(++tried, `rate ${alpha}: ${score.toFixed(2)}`)
      await pause(context, () => {})
    }
    return chosen.alpha
  }
  try {
    const { theta, iteration } = training.baseline as MetaState
    const fineTuned = { theta, alphas: fixedAlphas(theta, await best(theta)) }
    const randomHeadAlpha = await best(randomHead(recipe, seed, 1).theta)
    const agent = { ...agentOf(training, request), fineTuned, randomHeadAlpha }
    run.saveCheckpoint('best', recipe.meta.iterations + iteration, encodeAgent(agent))
  } finally {
    progress.stop()
  }
}

function agentOf(training: Training, { recipe, seed }: TrainRequest): Agent {
  const { theta, alphas, iteration } = training.bestMeta as MetaState
  return {
    recipe,
    seed,
    encoder: training.encoder as HostParameters,
    learner: { theta, alphas },
    ...(training.probes ? { probes: training.probes } : {}),
    provenance: {
      bestIteration: String(iteration),
      validation: training.best.toFixed(4),
      environmentSteps: String(training.environmentSteps.meta),
      encoderSource: training.encoderSource ?? 'unknown',
    },
  }
}
