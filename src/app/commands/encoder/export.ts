/** levelshift encoder export: an encoder's weights for other programs. */

import type { Command } from 'commander'
import { z } from 'zod'
import { parseFlags, path } from '../../flags.ts'
import type { Session } from '../../session.ts'

const optionsSchema = z.object({
  encoder: path('the encoder'),
  out: path('--out'),
  force: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Adds `export` to the commands on encoders. */
export function addExport(encoder: Command, session: Session): void {
  encoder
    .command('export')
    .summary("write an encoder's weights for other programs")
    .description('Writes encoder.safetensors (32-bit floats) and a README.md that says how to use it.')
    .argument('<encoder>', "an encoder's or agent's checkpoint, or a run folder")
    .requiredOption('--out <folder>', 'where to write the files')
    .option('--force', 'replace files that are there')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift encoder export agents/trained/starter.safetensors --out exported',
    )
    .action(async (file: string, flags: object) => {
      const { encoder: given, out, force, json } = parseFlags(optionsSchema, { ...flags, encoder: file })
      const { exportEncoder } = await import('../../encoder/export.ts')
      session.finish(json, exportEncoder(given, out, force), ({ files }) => files.join('\n'))
    })
}
