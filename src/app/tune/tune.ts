/**
 * Tuning: trains variants of a recipe that differ in a few numbers, stops the hopeless ones early, and keeps the best by
 * its score on validation levels; test levels are never touched.
 *
 *     runs/tune-NAME/
 *       tune.json         what is searched, and how
 *       trials.jsonl      one record for each trial and rung
 *       encoder/          the run folder of the encoder that all trials share
 *       trials/0/ ...     a run folder for each trial
 *       best.json         the best recipe, for levelshift train
 *       surface.svg       the score as a function of the tuned fields
 *
 * What comes next follows from trials.jsonl and the seed alone, and each trial's own run folder goes on after a kill: so
 * a tuning that is killed and resumed ends as one that was not.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, UserError } from '../../core/errors.ts'
import type { BackendName } from '../../learn/backend.ts'
import { DivergedError } from '../../learn/optimiser.ts'
import type { Recipe } from '../../learn/recipe.ts'
import { type CommandContext, withProgress } from '../context.ts'
import { loadEncoder, type PretrainedEncoder } from '../encoder-file.ts'
import { appendText, makeFolder, namesIn, UNFINISHED_SUFFIX, writeFileAtomic } from '../files.ts'
import { pretrainEncoder } from '../pretrain.ts'
import { type JsonObject, readJson, requireSame } from '../run-contents.ts'
import { takeLock } from '../run-lock.ts'
import { train } from '../train.ts'
import { version } from '../version.ts'
import { checkFields, type Field, type FieldRange, recipeWith } from './fields.ts'
import { type Job, nextJob, rungsOf } from './halving.ts'
import { type Method, propose, type Search } from './proposals.ts'
import {
  bestOf,
  lastRecords,
  observationOf,
  readRecords,
  type Trial,
  type TrialRecord,
  trialsOf,
} from './records.ts'
import { bestSoFar, describeRecord, timeLeft } from './summary.ts'
import { drawSurface } from './surface.ts'

export interface TuneRequest {
  readonly recipe: Recipe
  readonly fields: readonly FieldRange[]
  readonly method: Method
  readonly trials: number
  /** Of everything that is drawn: the proposals, and alike in all trials the levels and episodes. */
  readonly seed: number
  /** Meta-iterations of a trial that is not stopped. */
  readonly budget: number
  readonly out: string
  readonly backend?: BackendName | 'auto'
  /** A pretrained encoder to use instead of pretraining one. */
  readonly encoder?: PretrainedEncoder
  readonly resume: boolean
}

export interface TuneResult {
  readonly folder: string
  readonly recipe: string
  readonly fields: readonly Field[]
  readonly method: Method
  readonly seed: number
  /** Meta-iterations of each rung. */
  readonly rungs: readonly number[]
  /** Those that came furthest first, of those the best first. */
  readonly trials: readonly Trial[]
  readonly best: {
    readonly trial: number
    readonly values: Readonly<Record<string, number>>
    readonly score: number
    /** The file to give to `train`. */
    readonly recipe: string
  }
  /** The encoder that all trials share, for `train --encoder`; missing where it was tuned. */
  readonly encoder?: string
  readonly picture: string
  /** Meta-iterations that were trained, and those without early stopping. */
  readonly iterations: { readonly trained: number; readonly full: number }
  /** Of meta-training, all trials together. */
  readonly seconds: number
}

const BEST_FILE = 'best.json'
const PICTURE_FILE = 'surface.svg'

/** Tunes, or goes on with the tuning in a folder. */
export async function tune(request: TuneRequest, context: CommandContext): Promise<TuneResult> {
  const { recipe, method, trials, seed, budget, out } = request
  const fields = checkFields(recipe, request.fields)
  const tunesEncoder = fields.some(({ path }) => path.startsWith('encoder.'))
  if (tunesEncoder && request.encoder)
    throw new UserError(
      '--encoder leaves nothing to tune in the encoder: leave it out, or the --field encoder.*',
    )
  const rungs = rungsOf(budget)
  const search: Search = { fields, method, trials, rungs: rungs.length, seed }
  const holdsTuning = isTuning(out, request.resume)
  makeFolder(out)
  const lock = takeLock(join(out, 'tune.lock'), out)
  try {
    const settings = { recipe, fields, method, trials, seed, budget, encoder: request.encoder?.source }
    keepSettings(out, settings, holdsTuning)
    const records = readRecords(out)
    const encoder = tunesEncoder ? undefined : await sharedEncoder(request, context)
    let wanted = trials
    for (;;) {
      const job = nextJob(records.map(observationOf(fields)), { rungs: rungs.length, trials: wanted })
      if (job === undefined) break
      const values = valuesOf(job, search, records)
      if (values === undefined) {
        context.say(`nothing is left to try after ${job.trial} trials`)
        wanted = job.trial
        continue
      }
      const left = timeLeft(records, { rungs, trials: wanted })
      const told = withHeading(context, [`trial ${job.trial + 1} of ${wanted}`, bestSoFar(records), left])
      const record = await runJob(request, encoder, { job, fields, values, rungs }, told)
      appendText(join(out, 'trials.jsonl'), `${JSON.stringify(record)}\n`)
      records.push(record)
      keepOutcome(request, search, rungs, records)
      context.say(describeRecord(record, records, { rungs, trials: wanted }))
    }
    return finish(request, { search, rungs, records, encoder })
  } finally {
    lock.release()
  }
}

/** Whether the folder holds a tuning to go on with; false when it is missing or as good as empty. */
function isTuning(folder: string, resume: boolean): boolean {
  if (!existsSync(folder)) return false
  const isOther = (name: string) => !name.startsWith('tune.lock') && !name.endsWith(UNFINISHED_SUFFIX)
  const content = namesIn(folder).filter(isOther)
  const holdsTuning = content.includes('tune.json')
  if (content.length === 0 || (resume && holdsTuning)) return holdsTuning
  throw new UserError(
    holdsTuning
      ? `${folder} already holds a tuning: continue it with --resume, or choose another folder with --out`
      : `${folder} is not empty and holds no tuning: choose another folder with --out`,
  )
}

function keepSettings(folder: string, settings: JsonObject, holdsTuning: boolean): void {
  const path = join(folder, 'tune.json')
  if (!holdsTuning) {
    writeFileAtomic(path, `${JSON.stringify({ levelshift: version, ...settings }, null, 2)}\n`)
    return
  }
  const saved = z.record(z.string(), z.unknown()).safeParse(readJson(path, "tuning's settings"))
  if (!saved.success) throw new UserError(`${path}: not a tuning's settings: tune in another folder`)
  const { levelshift: _, ...before } = saved.data
  requireSame(before, settings, folder, 'recipe and options')
}

/** The encoder of all trials: the given one, or one that is pretrained once. */
async function sharedEncoder(request: TuneRequest, context: CommandContext): Promise<PretrainedEncoder> {
  if (request.encoder) return request.encoder
  const { recipe, seed, backend } = request
  const folder = join(request.out, 'encoder')
  // Written when the pretraining has ended.
  if (!existsSync(join(folder, 'checkpoints', 'best.safetensors')))
    await pretrainEncoder(
      { recipe, seed, out: folder, resume: true, ...(backend ? { backend } : {}) },
      context,
    )
  return loadEncoder(folder)
}

function valuesOf(job: Job, search: Search, records: readonly TrialRecord[]): number[] | undefined {
  const observations = records.map(observationOf(search.fields))
  const known = observations.find(({ trial }) => trial === job.trial)
  return known ? [...known.values] : propose(search, observations)
}

/** Trains a trial to its next rung, or finds it trained. */
async function runJob(
  { recipe, seed, budget, out, backend }: TuneRequest,
  encoder: PretrainedEncoder | undefined,
  {
    job: { trial, rung },
    fields,
    values,
    rungs,
  }: {
    readonly job: Job
    readonly fields: readonly Field[]
    readonly values: readonly number[]
    readonly rungs: readonly number[]
  },
  context: CommandContext,
): Promise<TrialRecord> {
  const varied = recipeWith(recipe, fields, values)
  const record = {
    trial,
    rung,
    iterations: rungs[rung],
    values: Object.fromEntries(fields.map(({ path }, i) => [path, values[i]])),
  }
  const began = performance.now()
  try {
    const { validation, environmentSteps, seconds } = await train(
      {
        recipe: { ...varied, meta: { ...varied.meta, iterations: budget } },
        seed,
        out: join(out, 'trials', String(trial)),
        resume: true,
        until: rungs[rung],
        ...(backend ? { backend } : {}),
        ...(encoder ? { encoder } : {}),
      },
      context,
    )
    const isScore = Number.isFinite(validation)
    return {
      ...record,
      score: isScore ? validation : null,
      ...(isScore ? {} : { failure: 'no score on validation levels is a number' }),
      environmentSteps: environmentSteps.meta,
      seconds: seconds.meta,
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error
    const seconds = (performance.now() - began) / 1000
    return { ...record, score: null, failure: messageOf(error), environmentSteps: 0, seconds }
  }
}

/** Replaces best.json and the picture, once any trial has a score. */
function keepOutcome(
  { recipe, out }: TuneRequest,
  search: Search,
  rungs: readonly number[],
  records: readonly TrialRecord[],
): void {
  const best = bestOf(records)
  if (best === undefined) return
  const { fields } = search
  const values = fields.map(({ path }) => best.values[path])
  const told = fields.map(({ path }, i) => `${path} ${values[i]}`).join(', ')
  const tuned = {
    ...recipeWith(recipe, fields, values),
    name: `${recipe.name}-tuned`,
    description: `${recipe.description}; tuned: ${told}`,
  }
  const observations = records.map(observationOf(fields))
  const picture = drawSurface({ search, rungs, observations, best: best.trial, name: recipe.name })
  writeFileAtomic(join(out, BEST_FILE), `${JSON.stringify(tuned, null, 2)}\n`)
  writeFileAtomic(join(out, PICTURE_FILE), picture)
}

function finish(
  request: TuneRequest,
  {
    search,
    rungs,
    records,
    encoder,
  }: {
    readonly search: Search
    readonly rungs: readonly number[]
    readonly records: readonly TrialRecord[]
    readonly encoder: PretrainedEncoder | undefined
  },
): TuneResult {
  const { recipe, budget, out, seed, method } = request
  const best = bestOf(records)
  if (best === undefined) {
    const { failure } = records[records.length - 1]
    throw new UserError(
      `${out}: every trial failed, the last one with: ${failure}; tune in another folder, with lower bounds for the rates`,
    )
  }
  // Once more: a kill may have come between the last record and its outcome.
  keepOutcome(request, search, rungs, records)
  const trials = trialsOf(records)
  const last = lastRecords(records)
  return {
    folder: out,
    recipe: recipe.name,
    fields: search.fields,
    method,
    seed,
    rungs,
    trials,
    best: { trial: best.trial, values: best.values, score: best.score, recipe: join(out, BEST_FILE) },
    ...(encoder ? { encoder: encoder.source } : {}),
    picture: join(out, PICTURE_FILE),
    iterations: {
      trained: last.reduce((sum, { iterations }) => sum + iterations, 0),
      full: trials.length * budget,
    },
    seconds: last.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

/** Jobs say which trial they belong to, and how the tuning stands. */
function withHeading(context: CommandContext, parts: readonly (string | undefined)[]): CommandContext {
  const [heading, ...standing] = parts.filter(part => part !== undefined)
  return withProgress(context, options => {
    const shown = context.progress({ ...options, label: `${heading}, ${options.label}` })
    return {
      update: (done, detail) =>
        shown.update(done, [detail, ...standing].filter(part => part !== undefined).join(' · ')),
      stop: () => shown.stop(),
    }
  })
}
