/** A worker that is started when it is first asked, and again after it was stopped or broke. */
import { type Remote, wrap } from 'comlink'

export interface Background<Api> {
  /** Asks the worker. Rejects as well when it is stopped, or cannot be loaded. */
  ask<T>(question: (api: Remote<Api>) => Promise<T>): Promise<T>
  /** Whether something that was asked has not been answered. */
  readonly busy: boolean
  /** Ends what the worker is doing; whoever waits for it gets the error. */
  stop(reason: Error): void
}

export function openBackground<Api>(start: () => Worker): Background<Api> {
  let running: { readonly worker: Worker; readonly api: Remote<Api> } | undefined
  const waiting = new Set<(reason: Error) => void>()

  const stop = (reason: Error): void => {
    running?.worker.terminate()
    running = undefined
    for (const reject of waiting) reject(reason)
    waiting.clear()
  }
  const run = () => {
    const worker = start()
    worker.addEventListener('error', event => {
      event.preventDefault()
      // Where the script itself is missing there is no message.
      stop(
        new Error(
          `work in the background stopped (${event.message || 'its script did not load'}); reload the page`,
        ),
      )
    })
    return { worker, api: wrap<Api>(worker) }
  }
  return {
    ask(question) {
      running ??= run()
      const { api } = running
      return new Promise((resolve, reject) => {
        waiting.add(reject)
        question(api)
          .then(resolve, reject)
          .finally(() => waiting.delete(reject))
      })
    },
    get busy() {
      return waiting.size > 0
    },
    stop,
  }
}
