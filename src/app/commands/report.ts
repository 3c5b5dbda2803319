/** levelshift report: writes report.html of a run folder anew. */

import { join } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { writeFileAtomic } from '../files.ts'
import { parseFlags, path } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({
  run: path('RUN'),
  out: path('--out').optional(),
  json: z.boolean().default(false),
})

/** Checked arguments and flags of levelshift report. */
export type ReportOptions = z.infer<typeof optionsSchema>

/** Adds `report` to the command line. */
export function addReport(program: Command, session: Session): void {
  program
    .command('report')
    .summary('write the report of a run as one HTML file')
    .description('Writes report.html of a run folder, one file that stands alone, and prints its path.')
    .argument('<run>', 'run folder; it may still be training')
    .option('--out <file>', 'where to write it (default: report.html in the run folder)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift report runs/starter')
    .action(async (run: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, run })
      session.finish(options.json, await report(options), ({ report }) => report)
    })
}

async function report({ run, out = join(run, 'report.html') }: ReportOptions): Promise<{ report: string }> {
  const { gatherReport } = await import('../report/gather.ts')
  const { renderReport } = await import('../report/report.ts')
  writeFileAtomic(out, renderReport(gatherReport(run)))
  return { report: out }
}
