/** levelshift report: writes report.html of a run folder anew. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'
import { parseFlags, path } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({ run: path('RUN'), json: z.boolean().default(false) })

/** Checked arguments and flags of levelshift report. */
export type ReportOptions = z.infer<typeof optionsSchema>

/** Adds `report` to the command line. */
export function addReport(program: Command, session: Session): void {
  program
    .command('report')
    .summary('write the report of a run as one HTML file')
    .description('Writes report.html of a run folder, one file that stands alone, and prints its path.')
    .argument('<run>', 'run folder; it may still be training')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift report runs/starter')
    .action(async (run: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, run })
      const result = await report(options, session.context)
      session.finish(options.json, result, ({ report }) => report)
    })
}

async function report(_options: ReportOptions, _context: CommandContext): Promise<{ report: string }> {
  throw new UserError('levelshift report is not built yet')
}
