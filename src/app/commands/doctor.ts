/** levelshift doctor: which backend runs and why, and whether its second derivatives are right. */

import type { Command } from 'commander'
import { z } from 'zod'
import { backendFlag, parseFlags } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({ backend: backendFlag.optional(), json: z.boolean().default(false) })

/** Checked flags of levelshift doctor. */
export type DoctorOptions = z.infer<typeof optionsSchema>

/** Adds `doctor` to the command line. */
export function addDoctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .summary('tell which backend runs and why, and check its derivatives')
    .description('Tells which backend runs and why, with versions, and checks its second derivatives.')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift doctor --backend wasm')
    .action(async (flags: unknown) => {
      const options = parseFlags(optionsSchema, flags)
      const { doctor, formatDoctor } = await import('../doctor.ts')
      const report = await doctor(options.backend === undefined ? {} : { backend: options.backend })
      session.finish(options.json, report, formatDoctor)
      // A script that asks whether training will work reads the exit code.
      if (!report.secondOrder.ok) process.exitCode = 1
    })
}
