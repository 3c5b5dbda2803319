/** levelshift bench: speed and learning benchmarks, each by its name. */

import type { Command } from 'commander'
import { z } from 'zod'
import { ESTIMATOR_KINDS, type EstimatorRecipe, estimatorSchema } from '../../learn/estimators/options.ts'
import type { CommandContext } from '../context.ts'
import { backendFlag, oneOf, parseFlags, seedFlag, wholeNumber } from '../flags.ts'
import type { Session } from '../session.ts'

/** All benchmarks, with what each measures. */
const BENCHES = {
  envs: 'steps a second of every game, beside the cost of copying the frames',
  levels: 'levels a second of every game, generated and proved',
  encoder: 'frames a second of the vision encoder, forward and in training',
  maml: 'seconds a meta-iteration, and tensors left behind',
  sinusoid: 'sinusoid regression of the MAML paper: error by gradient step',
  navigation2d: '2D navigation of the MAML paper: return after one gradient step',
  viewer: 'script time of a frame in the browser, with 16 and 64 games on the page',
  watch: 'environment steps a second of a training with and without viewers',
} as const

/** The table of NUMERICS: 10-shot, 10,000 meta-iterations. */
const SINUSOID_ITERATIONS = 10_000
const SINUSOID_SHOTS = 10
/** Within six minutes the best return is reported. */
const NAVIGATION_SECONDS = 360

/** The name of a benchmark. */
export type BenchName = keyof typeof BENCHES

const optionsSchema = z
  .object({
    name: oneOf('NAME', Object.keys(BENCHES) as BenchName[]),
    seed: seedFlag,
    backend: backendFlag.optional(),
    minutes: wholeNumber('--minutes', 1, 24 * 60).optional(),
    viewers: wholeNumber('--viewers', 1, 32).optional(),
    estimator: oneOf('--estimator', ESTIMATOR_KINDS).default('maml'),
    json: z.boolean().default(false),
  })
  .refine(({ name, minutes, viewers }) => name === 'watch' || (minutes ?? viewers) === undefined, {
    error: '--minutes and --viewers belong to the benchmark watch',
  })
  .refine(({ name, estimator }) => estimator === 'maml' || name === 'sinusoid' || name === 'navigation2d', {
    error: '--estimator belongs to the benchmarks sinusoid and navigation2d',
  })
  .refine(({ name, estimator }) => name !== 'sinusoid' || estimator !== 'promp', {
    error: 'the estimator promp needs a policy: use it with navigation2d',
  })

/** Checked arguments and flags of levelshift bench. */
export type BenchOptions = z.infer<typeof optionsSchema>

/** Adds `bench` to the command line. */
export function addBench(program: Command, session: Session): void {
  const names = Object.entries(BENCHES).map(([name, what]) => `  ${name.padEnd(14)}${what}`)
  program
    .command('bench')
    .summary('measure speed or learning on a named benchmark')
    .description('Measures speed or learning on a named benchmark and prints the figures.')
    .argument('<name>', Object.keys(BENCHES).join(', '))
    .option('--seed <number>', 'seed of everything that is drawn', '1')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--minutes <number>', 'how long watch measures (default: 5)')
    .option('--viewers <number>', 'clients of watch (default: 10)')
    .option(
      '--estimator <name>',
      `of sinusoid and navigation2d: ${ESTIMATOR_KINDS.join(', ')} (default: maml)`,
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `\nBenchmarks:\n${names.join('\n')}\n\nExample:\n  npx levelshift bench envs --json`,
    )
    .action(async (name: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, name })
      session.finish(options.json, await bench(options, session.context), formatFigures)
    })
}

/** Runs a benchmark; all but the speed of games and generators need a tensor backend. */
async function bench(options: BenchOptions, context: CommandContext): Promise<unknown> {
  const { name, seed, backend } = options
  if (name === 'envs') {
    const { benchEnvs } = await import('../../../test/bench/envs.ts')
    return benchEnvs()
  }
  if (name === 'levels') {
    const { benchLevels } = await import('../../../test/bench/levels.ts')
    return benchLevels()
  }
  if (name === 'viewer') {
    const { benchViewer } = await import('../../../test/bench/viewer.ts')
    return benchViewer()
  }
  if (name === 'watch') return watch(options, context)
  const { selectBackend } = await import('../../learn/backend.ts')
  await selectBackend(backend)
  return BENCHES_ON_TENSORS[name](seed, context, estimatorSchema.parse({ kind: options.estimator }))
}

const BENCHES_ON_TENSORS = { encoder, maml, sinusoid, navigation2d }

async function watch(options: BenchOptions, context: CommandContext): Promise<unknown> {
  const { seed, minutes = 5, viewers = 10, backend } = options
  const { benchWatch } = await import('../../../test/bench/watch.ts')
  const progress = context.progress({ label: 'watch', total: 60 * minutes, unit: 'seconds' })
  try {
    const onProgress = (seconds: number) => progress.update(seconds)
    return await benchWatch({
      seed,
      minutes,
      viewers,
      ...(backend ? { backend } : {}),
      signal: context.signal,
      onProgress,
    })
  } finally {
    progress.stop()
  }
}

async function encoder(seed: number, context: CommandContext): Promise<unknown> {
  const { benchEncoder, WINDOWS } = await import('../../../test/bench/encoder.ts')
  const progress = context.progress({ label: 'encoder', total: WINDOWS, unit: 'windows' })
  try {
    return benchEncoder({ seed, onProgress: window => progress.update(window) })
  } finally {
    progress.stop()
  }
}

async function maml(seed: number, context: CommandContext): Promise<unknown> {
  const { benchMaml, ITERATIONS } = await import('../../../test/bench/maml.ts')
  const progress = context.progress({ label: 'maml', total: ITERATIONS, unit: 'iterations' })
  try {
    return benchMaml({ seed, onProgress: iteration => progress.update(iteration) })
  } finally {
    progress.stop()
  }
}

async function sinusoid(seed: number, context: CommandContext, estimator: EstimatorRecipe): Promise<unknown> {
  const { benchSinusoid } = await import('../../learn/sinusoid.ts')
  const progress = context.progress({ label: 'sinusoid', total: SINUSOID_ITERATIONS, unit: 'iterations' })
  try {
    return benchSinusoid({
      iterations: SINUSOID_ITERATIONS,
      shots: SINUSOID_SHOTS,
      seed,
      recipe: { estimator },
      onProgress: ({ iteration, loss }) => progress.update(iteration, `loss ${loss.toFixed(3)}`),
    })
  } finally {
    progress.stop()
  }
}

async function navigation2d(
  seed: number,
  context: CommandContext,
  estimator: EstimatorRecipe,
): Promise<unknown> {
  const { benchNavigation2d } = await import('../../learn/navigation2d.ts')
  const progress = context.progress({ label: 'navigation2d', total: NAVIGATION_SECONDS, unit: 'seconds' })
  try {
    return benchNavigation2d({
      seconds: NAVIGATION_SECONDS,
      seed,
      recipe: { estimator },
      onProgress: ({ seconds, iteration, returnAfterOneStep }) =>
        progress.update(
          Math.min(Math.floor(seconds), NAVIGATION_SECONDS),
          `iteration ${iteration}, return ${returnAfterOneStep.toFixed(1)}`,
        ),
    })
  } finally {
    progress.stop()
  }
}

/** Figures as lines of name and value; where they are one list, one block an entry. */
function formatFigures(figures: unknown): string {
  const entries = Object.entries(figures as Record<string, unknown>)
  const [only] = entries
  if (entries.length === 1 && Array.isArray(only?.[1]))
    return only[1].map((row, i) => `${i ? '\n' : ''}${formatFigures(row)}`).join('\n')
  return entries
    .filter(([, value]) => !Array.isArray(value))
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join('\n')
}
