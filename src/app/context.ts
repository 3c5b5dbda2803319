/** What the command line hands to the code that does a command's work. */

import type { Progress, ProgressOptions } from './progress.ts'

/** Lives as long as one command. */
export interface CommandContext {
  /**
   * Aborted by Ctrl-C or SIGTERM. A long job calls `signal.throwIfAborted()` between two steps of its work, and gives
   * way to the event loop there (`await setImmediate()` of node:timers/promises): a signal is not noticed before that. A
   * job that never reads this property dies at the first Ctrl-C, as any program does.
   */
  readonly signal: AbortSignal
  /** The command as it was typed, for a run's provenance. */
  readonly command: string
  /** Prints a line for a person, on stderr. */
  say(line: string): void
  /** Shows how far a job is, on stderr. */
  progress(options: Omit<ProgressOptions, 'stream'>): Progress
}

/** The same context but for how it shows a job; the signal is still read only where the job reads it. */
export function withProgress(context: CommandContext, progress: CommandContext['progress']): CommandContext {
  return {
    get signal() {
      return context.signal
    },
    command: context.command,
    say: line => context.say(line),
    progress,
  }
}
