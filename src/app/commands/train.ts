/** levelshift train: meta-trains the agent of a recipe. */

import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CommandContext } from '../context.ts'
import { backendFlag, parseFlags, path, seedFlag } from '../flags.ts'
import type { Session } from '../session.ts'
import type { TrainResult } from '../train.ts'

const optionsSchema = z
  .object({
    recipe: path('RECIPE'),
    out: path('--out').optional(),
    seed: seedFlag,
    backend: backendFlag.optional(),
    encoder: path('--encoder').optional(),
    resume: z.boolean().default(false),
    json: z.boolean().default(false),
  })
  .transform(({ out, ...rest }) => {
    const name = basename(rest.recipe, extname(rest.recipe))
    return { ...rest, out: out ?? `runs/${name}-${rest.seed}` }
  })

/** Checked arguments and flags of levelshift train. */
export type TrainOptions = z.infer<typeof optionsSchema>

/** Adds `train` to the command line. */
export function addTrain(program: Command, session: Session): void {
  program
    .command('train')
    .summary('meta-train the agent of a recipe')
    .description(
      'Meta-trains the agent of a recipe on training levels; validation levels pick the checkpoint that is kept.',
    )
    .argument('<recipe>', 'name of a recipe, such as starter, or a recipe as a .json file')
    .option('--out <folder>', 'run folder (default: runs/RECIPE-SEED)')
    .option('--seed <number>', 'seed of everything that is drawn', '1')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--encoder <file>', 'checkpoint of a pretrained encoder (default: pretrain one)')
    .option('--resume', 'go on with the run in the folder')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift train starter --out runs/a --seed 1\n' +
        '  npx levelshift train starter --out runs/a --seed 1 --resume    after a kill or Ctrl-C',
    )
    .action(async (recipe: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, recipe })
      session.finish(options.json, await runTraining(options, session.context), formatResult)
    })
}

async function runTraining(options: TrainOptions, context: CommandContext): Promise<TrainResult> {
  const { train } = await import('../train.ts')
  const { findRecipe } = await import('../recipes.ts')
  const { loadEncoder } = await import('../encoder-file.ts')
  const { recipe, backend, encoder, out, seed, resume } = options
  return train(
    {
      recipe: findRecipe(recipe),
      out,
      seed,
      resume,
      ...(backend ? { backend } : {}),
      ...(encoder ? { encoder: loadEncoder(encoder) } : {}),
    },
    context,
  )
}

function formatResult({ run, validation, iterations, backend, seconds }: TrainResult): string {
  const minutes = (Object.values(seconds).reduce((sum, value) => sum + value, 0) / 60).toFixed(1)
  return `${run}: ${iterations} meta-iterations on ${backend} in ${minutes} min, score on validation levels ${validation.toFixed(2)}\nnext: npx levelshift evaluate ${run}`
}
