/** levelshift tune: searches the numbers of a recipe for the best score on validation levels. */

import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'
import { backendFlag, methodFlag, parseFlags, path, seedFlag, wholeNumber } from '../flags.ts'
import type { Session } from '../session.ts'
import type { TuneResult } from '../tune/tune.ts'

const optionsSchema = z
  .object({
    recipe: path('RECIPE'),
    field: z.array(z.string(), '--field is missing: give at least one, such as meta.alpha=0.1..4:log'),
    method: methodFlag,
    trials: wholeNumber('--trials', 1, 1000),
    seed: seedFlag,
    budget: wholeNumber('--budget', 1, 1_000_000).optional(),
    out: path('--out').optional(),
    backend: backendFlag.optional(),
    encoder: path('--encoder').optional(),
    resume: z.boolean().default(false),
    json: z.boolean().default(false),
  })
  .transform(({ out, ...rest }) => ({
    ...rest,
    out: out ?? `runs/tune-${basename(rest.recipe, extname(rest.recipe))}`,
  }))

/** Checked arguments and flags of levelshift tune. */
export type TuneOptions = z.infer<typeof optionsSchema>

/** Most fields at once: a Gaussian process is lost in higher dimensions, and so are a few trials. */
const MAX_FIELDS = 6

/** Adds `tune` to the command line. */
export function addTune(program: Command, session: Session): void {
  program
    .command('tune')
    .summary('find the numbers of a recipe that score best on validation levels')
    .description(
      'Trains variants of a recipe that differ in the given fields, stops hopeless ones early, and writes the best one; scored on validation levels only.',
    )
    .argument('<recipe>', 'name of a recipe, such as starter, or a recipe as a .json file')
    .option(
      '--field <range>',
      'a field and its range, PATH=LOW..HIGH or PATH=LOW..HIGH:log; give it once for each field',
      (text: string, all: string[] = []) => [...all, text],
    )
    .option('--method <name>', 'grid, bayes or random', 'bayes')
    .option('--trials <number>', 'variants to try', '20')
    .option('--seed <number>', 'seed of everything that is drawn', '1')
    .option('--budget <iterations>', "meta-iterations of a trial that is not stopped (default: the recipe's)")
    .option('--out <folder>', 'folder of the tuning (default: runs/tune-RECIPE)')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--encoder <file>', 'checkpoint of a pretrained encoder (default: pretrain one for all trials)')
    .option('--resume', 'go on with the tuning in the folder')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift tune starter --field meta.alpha=0.1..4:log --field meta.beta=1e-3..1e-2:log\n' +
        '  npx levelshift train runs/tune-starter/best.json',
    )
    .action(async (recipe: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, recipe })
      const { formatTuning } = await import('../tune/summary.ts')
      session.finish(options.json, await runTuning(options, session.context), formatTuning)
    })
}

async function runTuning(options: TuneOptions, context: CommandContext): Promise<TuneResult> {
  const { tune } = await import('../tune/tune.ts')
  const { parseField } = await import('../tune/fields.ts')
  const { findRecipe } = await import('../recipes.ts')
  const { loadEncoder } = await import('../encoder-file.ts')
  const { recipe: name, field, budget, backend, encoder, json: _, ...rest } = options
  const fields = field.map(parseField)
  if (fields.length > MAX_FIELDS)
    throw new UserError(`--field is given ${fields.length} times, expected at most ${MAX_FIELDS}`)
  const recipe = findRecipe(name)
  return tune(
    {
      ...rest,
      recipe,
      fields,
      budget: budget ?? recipe.meta.iterations,
      ...(backend ? { backend } : {}),
      ...(encoder ? { encoder: loadEncoder(encoder) } : {}),
    },
    context,
  )
}
