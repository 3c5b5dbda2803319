/** levelshift export: an agent for other programs. */

import type { Command } from 'commander'
import { z } from 'zod'
import type { Format } from '../export/export.ts'
import { names, oneOf, parseFlags, path } from '../flags.ts'
import type { Session } from '../session.ts'

/** Written here and not imported, so that help and other commands load nothing. */
const FORMATS = ['safetensors', 'tfjs', 'onnx'] as const satisfies readonly Format[]

const optionsSchema = z.object({
  agent: path('AGENT'),
  out: path('--out'),
  formats: names('--formats').pipe(z.array(oneOf('--formats', FORMATS))),
  force: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Checked arguments and flags of levelshift export. */
export type ExportOptions = z.infer<typeof optionsSchema>

/** Adds `export` to the command line. */
export function addExport(program: Command, session: Session): void {
  program
    .command('export')
    .summary('write an agent for other programs: safetensors, TensorFlow.js, ONNX')
    .description(
      'Writes an agent, encoder and policy head in one model from raw pixels to action logits, as a folder\n' +
        'with a model card. The inner rates that adapting it needs come along.',
    )
    .argument('<agent>', 'run folder, or a checkpoint such as agents/trained/starter.safetensors')
    .requiredOption('--out <folder>', 'folder to write')
    .option('--formats <names>', 'which of safetensors, tfjs and onnx', FORMATS.join(','))
    .option('--force', 'replace an earlier export in the folder')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift export agents/trained/starter.safetensors --out exported',
    )
    .action(async (agent: string, flags: object) => {
      const { json, ...options } = parseFlags(optionsSchema, { ...flags, agent })
      const { exportAgent, formatExport } = await import('../export/export.ts')
      const { command } = session.context
      const date = new Date().toISOString().slice(0, 10)
      session.finish(json, exportAgent({ ...options, command, date }), formatExport)
    })
}
