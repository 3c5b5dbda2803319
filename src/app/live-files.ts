/**
 * What a trainer leaves in its run folder for whoever watches, while it works: the games that its agent played last and
 * how far the job in work is. Both files are only a picture of the moment: training never reads them, and goes on where
 * they cannot be written.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { problemsOf } from '../../levels/level.ts'
import { levelKind } from '../../levels/registry.ts'
import { messageOf, UserError } from '../core/errors.ts'
import type { IterationReport } from '../learn/meta-train.ts'
import { type Recording, readRecording, recordingSchema, storeRecording } from '../learn/recording.ts'
import { type CommandContext, withProgress } from './context.ts'
import { removeIfThere, replaceFile } from './files.ts'
import type { Progress } from './progress.ts'
import { readJson } from './run-contents.ts'
import { MAX_WALL, progressSchema } from './watch/protocol.ts'

export const LIVE_FILE = 'live.json'
const STATUS_FILE = 'status.json'

const VERSION = 1
/** A longer file is none of ours; 64 levels of 64x64 tiles with their episodes take 2 MB. */
const MAX_BYTES = 32 * 1024 * 1024
/** Milliseconds between two writings of status.json. */
const STATUS_EVERY = 1000

const liveSchema = z.object({
  version: z.literal(VERSION),
  iteration: z.int().min(0),
  games: z.array(z.object({ task: z.int().min(0), recording: recordingSchema })).max(MAX_WALL),
})
const statusSchema = progressSchema.extend({
  /** When it was written, in milliseconds since 1970. */
  time: z.number(),
})
export type Status = z.infer<typeof statusSchema>

/** What the agent played last. */
export interface LiveGames {
  /** Meta-iterations done when it had been played. */
  readonly iteration: number
  /** Task by task, each after 0, 1, ... gradient steps. */
  readonly games: readonly { readonly task: number; readonly recording: Recording }[]
}

export interface LiveFiles {
  /** The context of the training, which from now on also tells status.json how far each job is. */
  readonly context: CommandContext
  /** Replaces live.json by the games of an iteration, as many tasks as there is room for. */
  show(iteration: number, recordings: ReturnType<IterationReport['recordings']>): void
}

/** Begins to tell of a training in its run folder. A file that cannot be written is said once. */
export function openLiveFiles(folder: string, context: CommandContext): LiveFiles {
  let isSaid = false
  const write = (name: string, content: unknown): void => {
    try {
      replaceFile(join(folder, name), JSON.stringify(content))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      if (!isSaid) context.say(`${messageOf(error)}; training goes on, but cannot be watched`)
      isSaid = true
    }
  }
  return {
    context: withStatus(context, status => write(STATUS_FILE, status)),
    show(iteration, recordings) {
      const tasks = Math.min(recordings[0].length, Math.floor(MAX_WALL / recordings.length))
      const games = Array.from({ length: tasks }, (_, task) =>
        recordings.map(ofStep => ({ task, recording: storeRecording(ofStep[task]) })),
      )
      write(LIVE_FILE, { version: VERSION, iteration, games: games.flat() })
    },
  }
}

/** The games in live.json; undefined where it is missing. Throws a UserError where it is damaged. */
export function readLiveGames(folder: string): LiveGames | undefined {
  const stored = readChecked(join(folder, LIVE_FILE), liveSchema)
  if (stored === undefined) return undefined
  const games = stored.games.map(({ task, recording: text }, i) => {
    const recording = readRecording(text)
    const fault = recording
      ? problemsOf(recording.level, levelKind(recording.level.game))[0]?.message
      : 'the parts of the recording do not fit'
    if (recording === undefined || fault !== undefined)
      throw new UserError(`${join(folder, LIVE_FILE)}: games.${i}: ${fault}`)
    return { task, recording }
  })
  return { iteration: stored.iteration, games }
}

/** How far the run's last job was; undefined where the file is missing. Throws a UserError where it is damaged. */
export function readStatus(folder: string): Status | undefined {
  return readChecked(join(folder, STATUS_FILE), statusSchema)
}

/** Removes the games of iterations that a resumed run is about to repeat. */
export function dropLaterGames(folder: string, lastIteration: number): void {
  try {
    const games = readChecked(join(folder, LIVE_FILE), liveSchema.pick({ iteration: true }))
    if (games === undefined || games.iteration <= lastIteration) return
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
  removeIfThere(join(folder, LIVE_FILE))
}

function readChecked<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) return undefined
  if (size > MAX_BYTES) throw new UserError(`${path}: ${size} bytes, expected at most ${MAX_BYTES}`)
  const parsed = schema.safeParse(readJson(path, 'file of a training'))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UserError(`${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`)
}

/** A context whose jobs are also told to `write`: at the start, at most once a second, and at the end. */
function withStatus(context: CommandContext, write: (status: Status) => void): CommandContext {
  return withProgress(context, (options): Progress => {
    const shown = context.progress(options)
    const { label, unit, total, start = 0 } = options
    const began = Date.now()
    let status: Status = { label, unit, done: start, total, perSecond: 0, detail: '', time: began }
    let written = 0
    const tell = (): void => {
      write(status)
      written = status.time
    }
    tell()
    return {
      update(done, detail = '') {
        shown.update(done, detail)
        const time = Date.now()
        const seconds = (time - began) / 1000
        status = { ...status, done, detail, time, perSecond: seconds > 0 ? (done - start) / seconds : 0 }
        if (time - written >= STATUS_EVERY) tell()
      },
      stop() {
        shown.stop()
        if (status.time !== written) tell()
      },
    }
  })
}
