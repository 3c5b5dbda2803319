/**
 * The command line: reads the arguments, runs one command, and turns whatever goes wrong into one sentence and an exit
 * code. Results go to stdout, everything else to stderr.
 */

import { Command, CommanderError } from 'commander'
import pc from 'picocolors'
import { messageOf, UserError } from '../core/errors.ts'
import { addBench } from './commands/bench.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEncoder } from './commands/encoder.ts'
import { addEvaluate } from './commands/evaluate.ts'
import { addExport } from './commands/export.ts'
import { addLevels } from './commands/levels.ts'
import { addPlay } from './commands/play.ts'
import { addPretrain } from './commands/pretrain.ts'
import { addReport } from './commands/report.ts'
import { addSite } from './commands/site.ts'
import { addStart } from './commands/start.ts'
import { addStudy } from './commands/study.ts'
import { addTrain } from './commands/train.ts'
import { addTune } from './commands/tune.ts'
import { addWatch } from './commands/watch.ts'
import { codeOf } from './files.ts'
import { commandLine, openSession, type Session } from './session.ts'
import { version } from './version.ts'

/** Exit code for a command line that cannot be understood. */
const USAGE_EXIT_CODE = 2
/** Exit code for a fault of Levelshift's own. */
const FAULT_EXIT_CODE = 70

/** Runs the command in `argv` (without node and the script's name) and sets the process's exit code. */
export async function main(argv: string[]): Promise<void> {
  process.stdout.on('error', stopOnClosedPipe)
  const session = openSession(argv)
  try {
    await createProgram(session, argv).parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = explain(error)
  } finally {
    session.close()
  }
}

function createProgram(session: Session, argv: readonly string[]): Command {
  const program = new Command('levelshift')
    .description('Agents that learn unseen game levels in a few gradient steps, from pixels.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', overview)
    // Errors are thrown and explained in one place.
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .hook('preAction', (_, command) => session.setResumeHint(resumeHint(command, argv)))
  const add = [
    addStart,
    addPretrain,
    addEncoder,
    addTrain,
    addTune,
    addEvaluate,
    addExport,
    addReport,
    addStudy,
    addBench,
    addDoctor,
    addLevels,
    addPlay,
    addWatch,
    addSite,
  ]
  for (const addCommand of add) addCommand(program, session)
  return program
}

function overview(): string {
  return `
Examples:
  npx levelshift start                                  train the starter agent and report, from nothing
  npx levelshift train starter --out runs/a --seed 1    the training alone
  npx levelshift evaluate runs/a --levels 200           its score on unseen levels, by gradient step
  npx levelshift evaluate agents/trained/starter.safetensors --json

Results go to stdout, with --json as one JSON value; progress and messages go to stderr.
Set LEVELSHIFT_DEBUG=1 to see where an error comes from.`
}

/** How to go on with a command that was stopped: the same with --resume, where it knows that flag. */
function resumeHint(command: Command, argv: readonly string[]): string | undefined {
  if (!command.options.some(option => option.long === '--resume')) return undefined
  return commandLine(argv.includes('--resume') ? argv : [...argv, '--resume'])
}

/** Prints what went wrong and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version were asked for and are printed already.
    if (error.exitCode === 0) return 0
    // Help that is printed because no command was given.
    if (error.code === 'commander.help') return USAGE_EXIT_CODE
    return complain(usageSentence(error.message), error, USAGE_EXIT_CODE)
  }
  if (error instanceof UserError) return complain(error.message, error, error.exitCode)
  const sentence = `a fault of Levelshift itself: ${messageOf(error)} (LEVELSHIFT_DEBUG=1 shows where; please report it)`
  return complain(sentence, error, FAULT_EXIT_CODE)
}

/** Commander's message as one sentence, with what to do. */
function usageSentence(message: string): string {
  const [what, hint] = message.replace(/^error: /, '').split('\n')
  const suggestion = hint?.replace(/^\(Did you mean (.*)\?\)$/, ' (did you mean $1?)') ?? ''
  return `${what.replace(/\.$/, '').replace('. Expected', ', expected')}${suggestion}: see npx levelshift --help`
}

function complain(sentence: string, error: unknown, exitCode: number): number {
  process.stderr.write(`${pc.red('levelshift:')} ${sentence}\n`)
  if (process.env['LEVELSHIFT_DEBUG'] && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`)
    if (error.cause !== undefined) process.stderr.write(`caused by: ${String(error.cause)}\n`)
  }
  return exitCode
}

/** The reader of a pipe, `head` for example, may leave before the end: that is no fault. */
function stopOnClosedPipe(error: Error): void {
  if (codeOf(error) === 'EPIPE') process.exit(0)
  throw error
}
