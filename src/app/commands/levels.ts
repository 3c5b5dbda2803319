/** levelshift levels check: reads level files, proves that they can be won and tells their split. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { parseFlags, path } from '../flags.ts'
import { type CheckedLevel, checkLevel, checkLevels } from '../levels-check.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({ files: z.array(path('FILE')).min(1), json: z.boolean().default(false) })

/** Adds `levels` to the command line. */
export function addLevels(program: Command, session: Session): void {
  const levels = program
    .command('levels')
    .summary('work with level files')
    .description('Works with level files.')
    .helpCommand(false)
  levels
    .command('check')
    .summary('read level files and prove that they can be won')
    .description('Reads level files, proves that each can be won, and prints its hash and split.')
    .argument('<file...>', 'level files')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift levels check levels/packs/gems/*')
    .action((files: string[], flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, files })
      const [only, ...others] = options.files
      if (others.length === 0 && !options.json) {
        // One file's fault is the error itself.
        session.finish(false, checkLevel(only as string), describe)
        return
      }
      const report = checkLevels(options.files)
      const { checked, failed } = report
      for (const { why } of failed) session.context.say(why)
      if (options.json || report.levels.length > 0)
        session.finish(options.json, report, ({ levels }) => levels.map(describe).join('\n'))
      if (failed.length > 0)
        throw new UserError(`${failed.length} of ${checked} level files have a fault: mend those named above`)
    })
}

function describe({ file, game, hash, split, solverReturn, solverSteps }: CheckedLevel): string {
  return `${file}: ${game}, ${split} split, hash ${hash.slice(0, 12)}, the solver gets ${solverReturn} in ${solverSteps} steps`
}
