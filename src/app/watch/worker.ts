/** A thread beside the server's own, so that it goes on answering while something takes seconds. */
import { Worker } from 'node:worker_threads'
import { UserError } from '../../core/errors.ts'
import { AskError } from './ask-error.ts'
import type { Job, JobResult } from './worker-jobs.ts'

/** Does one job after the other. */
export interface BackgroundWorker {
  /** The job's result; a UserError where it takes longer than the limit, more memory than there is, or must wait too long. */
  run(job: Job): Promise<JobResult>
  close(): Promise<void>
}

interface Task {
  readonly job: Job
  resolve(result: JobResult): void
  reject(error: Error): void
}

/** MiB of memory that a job may use. */
const MAX_MEMORY = 1536
/** Jobs that wait: a client may ask, leave and come back. */
const MAX_WAITING = 64

/** Starts the thread with the first job. `limit` is in milliseconds, for each job. */
export function openWorker(limit: number): BackgroundWorker {
  const waiting: Task[] = []
  let thread: Worker | undefined
  let current: Task | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  /** Ends the job in work and begins the next one. */
  function settle(end: (task: Task) => void): void {
    clearTimeout(timer)
    const task = current
    current = undefined
    if (task !== undefined) end(task)
    begin()
  }

  function begin(): void {
    if (closed || current !== undefined) return
    current = waiting.shift()
    if (current === undefined) return
    thread ??= startThread()
    timer = setTimeout(giveUp, limit, new UserError(`it takes longer than ${limit / 1000} seconds`))
    thread.postMessage(current.job)
  }

  /** The thread cannot be asked to stop: it computes. */
  function giveUp(why: Error): void {
    void thread?.terminate()
    thread = undefined
    settle(task => task.reject(why))
  }

  function startThread(): Worker {
    const started = new Worker(new URL('./worker-entry.mjs', import.meta.url), {
      // Those of the process may name files that only it knows.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY },
    })
    started.unref()
    started.on('message', (result: JobResult) => {
      if (started === thread) settle(task => task.resolve(result))
    })
    started.on('error', error => {
      if (started !== thread) return
      const isFull = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      giveUp(isFull ? new UserError(`it takes more than ${MAX_MEMORY} MiB of memory`) : error)
    })
    return started
  }

  return {
    run(job) {
      if (closed) return Promise.reject(new UserError('the server stops'))
      if (waiting.length >= MAX_WAITING)
        return Promise.reject(new AskError('busy', 'the server has too much to do: try again later'))
      return new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject })
        begin()
      })
    },
    async close() {
      closed = true
      clearTimeout(timer)
      for (const task of [...(current ? [current] : []), ...waiting.splice(0)])
        task.reject(new UserError('the server stops'))
      current = undefined
      await thread?.terminate()
    },
  }
}
