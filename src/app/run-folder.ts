/**
 * The run folder: everything that a training run leaves behind, and all that it needs to go on after being killed.
 *
 *     runs/NAME/
 *       recipe.json                  the resolved recipe, seed, version and provenance
 *       metrics.jsonl                one record a meta-iteration
 *       levels.jsonl                 the levels that were drawn: hash, seed, split, solver return
 *       events.out.tfevents.*        the same metrics for TensorBoard; one file a session
 *       checkpoints/latest.safetensors, previous.safetensors, best.safetensors
 *       evaluation.json, report.html
 *       live.json, status.json       for whoever watches the training (live-files.ts)
 *       run.lock                     while a trainer works on it
 *
 * Iterations count completed meta-iterations: a record or checkpoint of iteration n describes the agent after n of them.
 * Records are appended as they come, a checkpoint is replaced in one step. So after a kill the records may be ahead of
 * the checkpoint; a resumed run cuts them back to it and repeats those iterations, and nothing is there twice.
 */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, UserError } from '../core/errors.ts'
import { decodeSafetensors, encodeSafetensors, type TensorFile } from '../learn/safetensors.ts'
import {
  appendText,
  makeFolder,
  namesIn,
  readBytes,
  removeIfThere,
  UNFINISHED_SUFFIX,
  writeFileAtomic,
} from './files.ts'
import { dropLaterGames } from './live-files.ts'
import {
  type JsonObject,
  type LevelRecord,
  type MetricsRecord,
  readRecipe,
  requireSameRecipe,
} from './run-contents.ts'
import { type RunLock, takeLock } from './run-lock.ts'
import { encodeEvent, encodeFileHeader, eventFileName, lengthUpTo } from './tensorboard.ts'
import { version } from './version.ts'

/** Which agent: the one to go on from, or the one with the best score on validation levels. */
export type CheckpointName = 'latest' | 'best'

/** What openRun needs to know. */
export interface RunOptions {
  readonly folder: string
  /** The resolved recipe: plain data. */
  readonly recipe: JsonObject
  readonly seed: number
  /** Go on with the run in the folder; a folder that is missing or empty begins a new one. */
  readonly resume: boolean
  /** Kept in recipe.json of a new run: backend, command, machine and so on. */
  readonly provenance?: Readonly<Record<string, string>>
  /** Takes what a person should know, for example that a damaged checkpoint was passed over. */
  readonly say?: (line: string) => void
}

/** An open run folder, locked for this process until close(). */
export interface Run {
  readonly folder: string
  /** Meta-iterations behind the checkpoint that loadCheckpoint('latest') gives; 0 for a new run. */
  readonly iteration: number
  /** Appends a record to metrics.jsonl and its numbers to the event file. */
  log(record: MetricsRecord): void
  /** Appends the levels drawn in a meta-iteration to levels.jsonl. */
  logLevels(iteration: number, levels: readonly LevelRecord[]): void
  /** Replaces a checkpoint in one step; `iteration` is added to its metadata. The latest before it is kept. */
  saveCheckpoint(name: CheckpointName, iteration: number, checkpoint: TensorFile): void
  /** A checkpoint, or undefined where none was saved yet. */
  loadCheckpoint(name: CheckpointName): TensorFile | undefined
  /** Gives the folder back. */
  close(): void
}

const PREVIOUS = 'previous'

/**
 * Opens a run folder for a trainer: new, or where the run in it stopped. Refuses a folder that holds anything when not
 * resuming, one whose recipe or seed is another, and one that another trainer works on.
 */
export function openRun(options: RunOptions): Run {
  const { folder, say = () => {} } = options
  const holdsRun = isRunFolder(folder, options.resume)
  makeFolder(checkpointsIn(folder))
  const lock = takeLock(join(folder, 'run.lock'), folder)
  try {
    clearUnfinished(folder)
    clearUnfinished(checkpointsIn(folder))
    if (holdsRun)
      requireSameRecipe(readRecipe(folder), { folder, recipe: options.recipe, seed: options.seed })
    else writeRecipe(options)
    const latest = holdsRun ? loadLatest(folder, say) : undefined
    const iteration = latest === undefined ? 0 : iterationOf(latest, folder)
    if (holdsRun) cutBack(folder, latest === undefined ? -1 : iteration)
    return runIn(options, latest, iteration, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * The checkpoint of an agent named on the command line, a run folder or a safetensors file, with its path. Of a run
 * folder it is the best on validation levels, or the latest where no best was saved yet.
 */
export function openAgent(agent: string): { readonly path: string; readonly checkpoint: TensorFile } {
  const inFolder = ['best', 'latest', PREVIOUS].map(name => checkpointPath(agent, name))
  const path = [...inFolder, agent].find(candidate => existsSync(candidate))
  if (path === undefined) {
    throw new UserError(
      `${agent}: no such agent: expected a run folder or a checkpoint such as agents/trained/starter.safetensors`,
    )
  }
  if (path === agent && statSync(path).isDirectory()) {
    throw new UserError(
      `${agent}: no agent in this folder: expected checkpoints/best.safetensors in it; train one first`,
    )
  }
  return { path, checkpoint: decodeSafetensors(readBytes(path, 'checkpoint'), path) }
}

/** Replaces evaluation.json of a run folder. */
export function writeEvaluation(folder: string, evaluation: unknown): void {
  writeFileAtomic(join(folder, 'evaluation.json'), `${JSON.stringify(evaluation, null, 2)}\n`)
}

/** Whether a path given as an agent is a run folder. */
export function isRun(path: string): boolean {
  return existsSync(join(path, 'recipe.json'))
}

function runIn(options: RunOptions, latest: TensorFile | undefined, iteration: number, lock: RunLock): Run {
  const { folder } = options
  const writeEvent = openEvents(folder)
  if (latest === undefined) {
    const recipe = `    ${JSON.stringify(options.recipe, null, 2).replaceAll('\n', '\n    ')}`
    writeEvent({ step: 0, wallTime: Date.now() / 1000, texts: { recipe } })
  }
  let resumeFrom = latest
  return {
    folder,
    iteration,
    log(record) {
      appendText(join(folder, 'metrics.jsonl'), `${JSON.stringify(record)}\n`)
      const { iteration: step, ...values } = record
      writeEvent({ step, wallTime: Date.now() / 1000, scalars: scalarsOf(values) })
    },
    logLevels(iteration, levels) {
      const lines = levels.map(level => `${JSON.stringify({ iteration, ...level })}\n`)
      appendText(join(folder, 'levels.jsonl'), lines.join(''))
    },
    saveCheckpoint(name, iteration, { tensors, metadata }) {
      const bytes = encodeSafetensors({ tensors, metadata: { ...metadata, iteration: String(iteration) } })
      const kept = name === 'latest' ? { keepOldAs: checkpointPath(folder, PREVIOUS) } : {}
      writeFileAtomic(checkpointPath(folder, name), bytes, kept)
      if (name === 'latest') resumeFrom = undefined
    },
    loadCheckpoint(name) {
      // What was good when the run was opened; reading it again could give another than `iteration` tells of.
      if (name === 'latest' && resumeFrom !== undefined) return resumeFrom
      return loadIfThere(checkpointPath(folder, name))
    },
    close: () => lock.release(),
  }
}

/** Whether the folder holds a run to go on with; false when it is missing or as good as empty. */
function isRunFolder(folder: string, resume: boolean): boolean {
  if (!existsSync(folder)) return false
  const content = namesIn(folder)
  const holdsRun = content.includes('recipe.json')
  // What is left of a trainer that was killed before it wrote its recipe.
  const isEmpty = content.every(name => isLeftover(name) || name === 'checkpoints')
  if (isEmpty || (resume && holdsRun)) return holdsRun
  throw new UserError(
    holdsRun
      ? `${folder} already holds a run: continue it with --resume, or choose another folder with --out`
      : `${folder} is not empty and holds no run of Levelshift: choose another folder with --out`,
  )
}

function writeRecipe({ folder, recipe, seed, provenance = {} }: RunOptions): void {
  const content = { levelshift: version, seed, recipe, provenance }
  writeFileAtomic(join(folder, 'recipe.json'), `${JSON.stringify(content, null, 2)}\n`)
}

/** The latest checkpoint that can be read; says so when it is not the one that was written last. */
function loadLatest(folder: string, say: (line: string) => void): TensorFile | undefined {
  const path = checkpointPath(folder, 'latest')
  const previousPath = checkpointPath(folder, PREVIOUS)
  try {
    const latest = loadIfThere(path)
    if (latest !== undefined) return latest
    const previous = loadIfThere(previousPath)
    if (previous !== undefined) {
      say(
        `${path} is missing: continuing from ${previousPath}, iteration ${iterationOf(previous, previousPath)}`,
      )
    }
    return previous
  } catch (error) {
    if (!(error instanceof UserError) || !existsSync(previousPath)) throw error
    const previous = decodeSafetensors(readBytes(previousPath, 'checkpoint'), previousPath)
    const from = `${previousPath}, iteration ${iterationOf(previous, previousPath)}`
    say(`${messageOf(error)}; continuing from ${from}`)
    return previous
  }
}

function loadIfThere(path: string): TensorFile | undefined {
  if (!existsSync(path)) return undefined
  return decodeSafetensors(readBytes(path, 'checkpoint'), path)
}

function iterationOf(checkpoint: TensorFile, source: string): number {
  const iteration = Number(checkpoint.metadata['iteration'])
  if (Number.isSafeInteger(iteration) && iteration >= 0) return iteration
  throw new UserError(`${source}: the checkpoint does not say after which iteration it was saved; train anew`)
}

/** Drops all records later than an iteration, and a last line that was cut short. */
function cutBack(folder: string, lastIteration: number): void {
  for (const name of ['metrics.jsonl', 'levels.jsonl']) {
    const path = join(folder, name)
    if (!existsSync(path)) continue
    const bytes = readBytes(path, 'log')
    const kept = bytes.subarray(0, linesUpTo(bytes, lastIteration))
    if (kept.length < bytes.length) writeFileAtomic(path, kept)
  }
  for (const name of namesIn(folder).filter(name => name.includes('tfevents'))) {
    const path = join(folder, name)
    const bytes = readBytes(path, 'event file')
    const kept = bytes.subarray(0, lastIteration < 0 ? 0 : lengthUpTo(bytes, lastIteration))
    if (kept.length === 0) removeIfThere(path)
    else if (kept.length < bytes.length) writeFileAtomic(path, kept)
  }
  dropLaterGames(folder, lastIteration)
}

/** Length of the leading lines that are whole records of an iteration up to `lastIteration`. */
function linesUpTo(bytes: Uint8Array, lastIteration: number): number {
  let end = 0
  for (let next = bytes.indexOf(10); next >= 0; next = bytes.indexOf(10, end)) {
    let record: unknown
    try {
      record = JSON.parse(new TextDecoder().decode(bytes.subarray(end, next)))
    } catch {
      break
    }
    const iteration = (record as { iteration?: unknown } | null)?.iteration
    if (typeof iteration !== 'number' || iteration > lastIteration) break
    end = next + 1
  }
  return end
}

/** Opens a new event file, named to be read after those that are there; returns the function that appends to it. */
function openEvents(folder: string): (event: Parameters<typeof encodeEvent>[0]) => void {
  const order = namesIn(folder).filter(name => name.includes('tfevents')).length
  const wallTime = Date.now() / 1000
  const path = join(folder, eventFileName(wallTime, order))
  let isNew = true
  return event => {
    if (isNew) appendText(path, encodeFileHeader(wallTime))
    isNew = false
    appendText(path, encodeEvent(event))
  }
}

/** The numbers of a record under their path: {loss: {inner: [1, 2]}} becomes loss/inner/0 and loss/inner/1. */
function scalarsOf(value: unknown, path: readonly string[] = []): Record<string, number> {
  if (typeof value === 'number') return { [path.join('/')]: value }
  if (typeof value !== 'object' || value === null) return {}
  return Object.assign({}, ...Object.entries(value).map(([key, part]) => scalarsOf(part, [...path, key])))
}

function clearUnfinished(folder: string): void {
  for (const name of namesIn(folder)) {
    if (name.endsWith(UNFINISHED_SUFFIX)) removeIfThere(join(folder, name))
  }
}

function isLeftover(name: string): boolean {
  return name.startsWith('run.lock') || name.endsWith(UNFINISHED_SUFFIX)
}

function checkpointsIn(folder: string): string {
  return join(folder, 'checkpoints')
}

function checkpointPath(folder: string, name: string): string {
  return join(checkpointsIn(folder), `${name}.safetensors`)
}
