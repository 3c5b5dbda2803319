/** levelshift start: from nothing to a report, with the starter recipe. */

import type { Command } from 'commander'
import { z } from 'zod'
import type { CommandContext } from '../context.ts'
import { backendFlag, parseFlags, path, seedFlag } from '../flags.ts'
import type { Session } from '../session.ts'
import { formatStart, type StartResult } from '../start.ts'

const optionsSchema = z.object({
  out: path('--out'),
  seed: seedFlag,
  backend: backendFlag.optional(),
  resume: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Checked flags of levelshift start. */
export type StartOptions = z.infer<typeof optionsSchema>

/** Adds `start` to the command line. */
export function addStart(program: Command, session: Session): void {
  program
    .command('start')
    .summary('pretrain, train, evaluate and report with the starter recipe')
    .description(
      'Pretrains the encoder, meta-trains the starter agent, evaluates it on unseen levels and writes a report.',
    )
    .option('--out <folder>', 'run folder', 'runs/starter')
    .option('--seed <number>', 'seed of everything that is drawn', '1')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--resume', 'go on with the run in the folder')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift start --out runs/first --seed 7')
    .action(async (flags: unknown) => {
      const options = parseFlags(optionsSchema, flags)
      session.finish(options.json, await runStart(options, session.context), formatStart)
    })
}

/** Trains, evaluates on test levels and writes the report: what `npm start` does. */
async function runStart(options: StartOptions, context: CommandContext): Promise<StartResult> {
  const { start } = await import('../start.ts')
  const { backend, ...rest } = options
  return start({ ...rest, ...(backend ? { backend } : {}) }, context)
}
