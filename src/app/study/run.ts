/**
 * Running a study: every arm from every seed, one after the other. What is finished is on the disk and never repeated; a
 * study that was killed goes on where it was, in the middle of a training too.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BackendName, selectBackend } from '../../learn/backend.ts'
import { mean } from '../../learn/statistics.ts'
import type { Study } from '../../learn/study.ts'
import { type CommandContext, withProgress } from '../context.ts'
import { loadEncoder, type PretrainedEncoder } from '../encoder-file.ts'
import { makeFolder } from '../files.ts'
import { pretrainEncoder } from '../pretrain.ts'
import { formatDuration } from '../progress.ts'
import { takeLock } from '../run-lock.ts'
import { type TrainResult, train } from '../train.ts'
import { version } from '../version.ts'
import {
  type PlannedEncoder,
  type PlannedRun,
  type PlannedTraining,
  planStudy,
  type Selection,
} from './plan.ts'
import { loadResult, type RunResult, saveResult } from './result.ts'
import { createLevelSource, scoreRun } from './score-run.ts'

export interface StudyRequest {
  readonly study: Study
  readonly folder: string
  readonly selection: Selection
  readonly backend?: BackendName | 'auto'
}

/** Makes all results that are missing, and returns how many it made. */
export async function runStudy(request: StudyRequest, context: CommandContext): Promise<number> {
  const { study, folder, selection, backend } = request
  const runs = planStudy(study, folder, selection)
  makeFolder(join(folder, 'results'))
  const lock = takeLock(join(folder, 'study.lock'), folder)
  try {
    const draw = createLevelSource()
    const results = loadResults(runs)
    let made = 0
    for (const [i, run] of runs.entries()) {
      // A seed that is asked for twice is made once.
      results[i] ??= loadResult(run)
      if (results[i]) continue
      const left = timeLeft(runs, results)
      const label = `run ${i + 1}/${runs.length}, ${run.arm.name}, seed ${run.seed}${left === undefined ? '' : `, ${left} left`}`
      const labelled = labelProgress(context, label)
      const { encoder, seconds } = await prepareEncoder(run.training, backend, labelled)
      const trained = await trainOnce(run.training, encoder, backend, labelled)
      const began = performance.now()
      const scored = await scoreRun(run, study, draw, labelled)
      const scoring = (performance.now() - began) / 1000
      const result = await resultOf(study, run, trained, scored, { encoder: seconds, scoring })
      saveResult(run.result, result)
      results[i] = result
      made++
      const rest = timeLeft(runs, results)
      const score = scored.sets[0].scores[study.evaluation.at]
      context.say(
        `${i + 1} of ${runs.length} runs done: ${run.arm.name}, seed ${run.seed}, mean score ${mean(score).toFixed(2)}${rest === undefined ? '' : `; ${rest} left`}`,
      )
    }
    return made
  } finally {
    lock.release()
  }
}

/** The runs' results that are there; the others are undefined. */
export function loadResults(runs: readonly PlannedRun[]): (RunResult | undefined)[] {
  return runs.map(loadResult)
}

/** The checkpoint of a training's encoder, made first where it is missing; `seconds` is what that took now. */
async function prepareEncoder(
  { encoder, seed }: PlannedTraining,
  backend: StudyRequest['backend'],
  context: CommandContext,
): Promise<{ encoder: PretrainedEncoder; seconds: number }> {
  if (encoder.kind === 'file') return { encoder: loadEncoder(encoder.path), seconds: 0 }
  if (existsSync(encoderFile(encoder))) return { encoder: loadEncoder(encoderFile(encoder)), seconds: 0 }
  const { seconds } = await pretrainEncoder(
    {
      // Recipes of several names may share this encoder.
      recipe: { ...encoder.recipe, name: 'encoder' },
      seed,
      out: encoder.folder,
      resume: true,
      ...(backend ? { backend } : {}),
    },
    context,
  )
  return { encoder: loadEncoder(encoderFile(encoder)), seconds }
}

function encoderFile({ folder }: Extract<PlannedEncoder, { kind: 'pretrain' }>): string {
  return join(folder, 'checkpoints', 'best.safetensors')
}

/** Trains, or goes on with a training, or reads what a finished one has to say. */
function trainOnce(
  { recipe, seed, folder, baselines }: PlannedTraining,
  encoder: PretrainedEncoder,
  backend: StudyRequest['backend'],
  context: CommandContext,
): Promise<TrainResult> {
  // A training that rests after its last iteration has its agent, and no baselines.
  const until = baselines ? {} : { until: recipe.meta.iterations }
  const request = { recipe, seed, out: folder, encoder, resume: true, ...until }
  return train({ ...request, ...(backend ? { backend } : {}) }, context)
}

async function resultOf(
  study: Study,
  { arm, seed, key, training }: PlannedRun,
  trained: TrainResult,
  scored: Pick<RunResult, 'rate' | 'sets'>,
  seconds: { readonly encoder: number; readonly scoring: number },
): Promise<RunResult> {
  const { backend, cores } = await selectBackend(trained.backend as BackendName)
  const steps = trained.environmentSteps
  return {
    study: study.name,
    arm: arm.name,
    seed,
    learner: arm.learner,
    key,
    levelshift: version,
    backend,
    machine: `${cores} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    rate: scored.rate,
    training: {
      run: training.folder,
      environmentSteps: { agent: steps.meta, fineTuned: steps.baseline, randomHead: 0 }[arm.learner],
    },
    sets: scored.sets,
    seconds: { ...seconds, training: trained.seconds.meta + trained.seconds.baseline },
  }
}

/** What the missing runs will take, as words, judged by those that are done; undefined before the first. */
function timeLeft(
  runs: readonly PlannedRun[],
  results: readonly (RunResult | undefined)[],
): string | undefined {
  const done = results.filter(result => result !== undefined)
  if (done.length === 0) return undefined
  const missing = runs.filter((_, i) => results[i] === undefined)
  const trained = new Set(done.map(({ training }) => training.run))
  const trainings = new Set(missing.map(({ training }) => training.folder).filter(name => !trained.has(name)))
  const encoders = new Set(
    missing.flatMap(({ training: { encoder } }) =>
      encoder.kind === 'pretrain' && !existsSync(encoderFile(encoder)) ? [encoder.folder] : [],
    ),
  )
  const pretrained = done.map(({ seconds }) => seconds.encoder).filter(seconds => seconds > 0)
  return formatDuration(
    trainings.size * mean(done.map(({ seconds }) => seconds.training)) +
      encoders.size * (pretrained.length > 0 ? mean(pretrained) : 0) +
      missing.length * mean(done.map(({ seconds }) => seconds.scoring)),
  )
}

/** The same context with the run's name before each job's own. */
function labelProgress(context: CommandContext, label: string): CommandContext {
  return withProgress(context, options =>
    context.progress({ ...options, label: `${label}: ${options.label}` }),
  )
}
