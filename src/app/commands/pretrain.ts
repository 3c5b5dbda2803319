/** levelshift pretrain: the vision encoder, from supervision that the simulator gives for free. */

import type { Command } from 'commander'
import { z } from 'zod'
import type { CommandContext } from '../context.ts'
import { backendFlag, parseFlags, path, seedFlag } from '../flags.ts'
import type { PretrainResult } from '../pretrain.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({
  recipe: z.string(),
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
    .argument('[recipe]', 'recipe whose encoder to pretrain', 'starter')
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
    .action(async (recipe: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, recipe })
      session.finish(options.json, await runPretrain(options, session.context), formatResult)
    })
}

async function runPretrain(options: PretrainOptions, context: CommandContext): Promise<PretrainResult> {
  const { pretrainEncoder } = await import('../pretrain.ts')
  const { findRecipe } = await import('../recipes.ts')
  const { backend, recipe, ...rest } = options
  return pretrainEncoder({ ...rest, recipe: findRecipe(recipe), ...(backend ? { backend } : {}) }, context)
}

function formatResult({ encoder, steps, seconds, probes }: PretrainResult): string {
  const line = (
    where: string,
    { directionAccuracy, actionAccuracy }: PretrainResult['probes']['validation'],
  ) =>
    `${where}: direction of objects ${(100 * directionAccuracy).toFixed(1)}% right, action between frames ${(100 * actionAccuracy).toFixed(1)}%`
  return [
    `${encoder}: ${steps} steps in ${seconds.toFixed(0)} s`,
    line('validation levels', probes.validation),
    line('validation levels in held-out palettes', probes.heldOutThemes),
  ].join('\n')
}
