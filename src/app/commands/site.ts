/** levelshift site: writes the page as plain files. */

import type { Command } from 'commander'
import { z } from 'zod'
import { parseFlags, path } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({
  out: path('--out'),
  run: z.array(path('--run')).default([]),
  json: z.boolean().default(false),
})

/** Adds `site` to the command line. */
export function addSite(program: Command, session: Session): void {
  program
    .command('site')
    .summary('write the page as plain files, for any file server')
    .description(
      'Writes the page of levelshift watch as plain files: all of it but live training, with the agents that ship.',
    )
    .option('--out <folder>', 'where to write it; an earlier site there is replaced', 'dist/site')
    .option('--run <folder...>', 'runs whose reports and agents are shown')
    .option('--json', 'print the sizes as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift site --out dist/site --run runs/starter runs/second')
    .action(async (flags: object) => {
      const { out, run, json } = parseFlags(optionsSchema, flags)
      const { buildSite, formatSite } = await import('../site.ts')
      session.finish(json, await buildSite({ out, runs: run }), formatSite)
    })
}
