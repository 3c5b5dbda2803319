/** levelshift bench: speed and learning benchmarks, each by its name. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'
import { backendFlag, oneOf, parseFlags, seedFlag } from '../flags.ts'
import type { Session } from '../session.ts'

/** All benchmarks, with what each measures. */
const BENCHES = {
  envs: 'steps a second of every game, beside the cost of copying the frames',
  encoder: 'frames a second of the vision encoder, forward and in training',
  maml: 'seconds a meta-iteration, and tensors left behind',
  sinusoid: 'sinusoid regression of the MAML paper: error by gradient step',
  navigation2d: '2D navigation of the MAML paper: return after one gradient step',
} as const

/** The name of a benchmark. */
export type BenchName = keyof typeof BENCHES

const optionsSchema = z.object({
  name: oneOf('NAME', Object.keys(BENCHES) as BenchName[]),
  seed: seedFlag,
  backend: backendFlag.optional(),
  json: z.boolean().default(false),
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
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `\nBenchmarks:\n${names.join('\n')}\n\nExample:\n  npx levelshift bench envs --json`,
    )
    .action(async (name: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, name })
      session.finish(options.json, await bench(options, session.context), String)
    })
}

async function bench({ name }: BenchOptions, _context: CommandContext): Promise<unknown> {
  throw new UserError(`levelshift bench ${name} is not built yet`)
}
