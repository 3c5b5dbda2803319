/** One run of the command line: its output, its signals, and how it ends. */

import { UserError } from '../core/errors.ts'
import type { CommandContext } from './context.ts'
import { startProgress } from './progress.ts'

/** What a command's action is given beside its arguments. */
export interface Session {
  readonly context: CommandContext
  /** Prints the result on stdout: `value` as one JSON value with --json, otherwise as text for a person. */
  finish<Value>(json: boolean, value: Value, format: (value: Value) => string): void
  /** Tells how an interrupted command can be continued; the command line sets it before the action. */
  setResumeHint(hint: string | undefined): void
  /** Stops listening to signals. */
  close(): void
}

/** Exit codes by signal, as shells expect them: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Begins a session. Once the command has asked for its signal, the first Ctrl-C asks it to stop and the second one kills
 * it. A command that never asks dies at the first: it would not notice a request.
 */
export function openSession(argv: readonly string[]): Session {
  const controller = new AbortController()
  let resumeHint: string | undefined
  const onSignal = (signal: keyof typeof EXIT_CODES) => {
    if (controller.signal.aborted) process.exit(EXIT_CODES[signal])
    say('stopping after the step in work; press Ctrl-C again to stop at once')
    const message = resumeHint === undefined ? 'stopped' : `stopped; continue with: ${resumeHint}`
    controller.abort(new UserError(message, { exitCode: EXIT_CODES[signal] }))
  }
  let listening = false
  const listen = () => {
    if (listening) return
    listening = true
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  }
  return {
    context: {
      get signal() {
        listen()
        return controller.signal
      },
      command: commandLine(argv),
      say,
      progress: startProgress,
    },
    finish(json, value, format) {
      // A command that ended although it was asked to stop has not done what it was asked for.
      controller.signal.throwIfAborted()
      const text = json ? JSON.stringify(value, null, 2) : format(value)
      process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
    },
    setResumeHint: hint => {
      resumeHint = hint
    },
    close() {
      process.removeListener('SIGINT', onSignal)
      process.removeListener('SIGTERM', onSignal)
    },
  }
}

/** The command as a person would type it. */
export function commandLine(argv: readonly string[]): string {
  const quote = (word: string) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  return ['npx levelshift', ...argv.map(quote)].join(' ')
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
