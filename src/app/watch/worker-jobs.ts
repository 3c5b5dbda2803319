/** The jobs that are done on a thread of their own (worker.ts), because they may take seconds. */
import { parentPort } from 'node:worker_threads'
import { formatLevel, parseLevel } from '../../../levels/text.ts'
import { messageOf, UserError } from '../../core/errors.ts'
import { proveLevel } from '../levels/prove.ts'
import { gatherReport } from '../report/gather.ts'

export type Job =
  /** Reads a level, with all its faults, and proves that it can be won; gives its game and its text, written anew. */
  | { readonly kind: 'prove'; readonly text: string }
  /** Gives the data of a run's report as JSON, without the frames of its episodes. */
  | { readonly kind: 'report'; readonly folder: string }

/** What a job gave, or why it was refused: one sentence. */
export type JobResult =
  | { readonly kind: 'proved'; readonly game: string; readonly text: string }
  | { readonly kind: 'report'; readonly json: string }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'fault'; readonly message: string }

/** The name of the level in sentences. */
const NAME = 'level'

parentPort?.on('message', (job: Job) => parentPort?.postMessage(resultOf(job)))

function resultOf(job: Job): JobResult {
  try {
    return job.kind === 'prove' ? proveText(job.text) : reportOf(job.folder)
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', sentence: error.message }
    return { kind: 'fault', message: messageOf(error) }
  }
}

function proveText(text: string): JobResult {
  const level = parseLevel(text, NAME)
  const proof = proveLevel(level)
  if (proof.proof === 'unproved') return { kind: 'refused', sentence: proof.why }
  return { kind: 'proved', game: level.game, text: formatLevel(level) }
}

function reportOf(folder: string): JobResult {
  return { kind: 'report', json: JSON.stringify(gatherReport(folder, {}, { frames: false })) }
}
