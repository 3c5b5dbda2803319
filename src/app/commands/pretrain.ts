/** levelshift pretrain: the vision encoder, from supervision that the simulator gives for free. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'
import { backendFlag, parseFlags, path, seedFlag } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({
  out: path('--out'),
  seed: seedFlag,
  backend: backendFlag.optional(),
  resume: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Checked flags of levelshift pretrain. */
export type PretrainOptions = z.infer<typeof optionsSchema>

/** Adds `pretrain` to the command line. */
export function addPretrain(program: Command, session: Session): void {
  program
    .command('pretrain')
    .summary('train the vision encoder on training levels of all games')
    .description(
      'Trains the vision encoder on training levels of all games and reports what it can tell on unseen levels.',
    )
    .option('--out <folder>', 'run folder', 'runs/encoder')
    .option('--seed <number>', 'seed of everything that is drawn', '1')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--resume', 'go on with the run in the folder')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift pretrain --out runs/encoder\n' +
        '  npx levelshift train starter --encoder runs/encoder/checkpoints/best.safetensors',
    )
    .action(async (flags: unknown) => {
      const options = parseFlags(optionsSchema, flags)
      session.finish(options.json, await pretrain(options, session.context), String)
    })
}

async function pretrain(_options: PretrainOptions, _context: CommandContext): Promise<unknown> {
  throw new UserError('levelshift pretrain is not built yet')
}
