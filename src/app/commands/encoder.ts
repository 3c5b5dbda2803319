/** levelshift encoder: the networks that agents see with, one file a command in src/app/commands/encoder/. */

import type { Command } from 'commander'
import type { Session } from '../session.ts'
import { addExport } from './encoder/export.ts'
import { addImport } from './encoder/import.ts'
import { addProbe } from './encoder/probe.ts'
import { addPretrain } from './pretrain.ts'

/** Adds `encoder` to the command line. */
export function addEncoder(program: Command, session: Session): void {
  const encoder = program
    .command('encoder')
    .summary('import, pretrain, probe and export the network that agents see with')
    .description('Works with encoders: the own one, and MobileNetV2 as it was trained on ImageNet.')
    .helpCommand(false)
  for (const addCommand of [addImport, addPretrain, addProbe, addExport]) addCommand(encoder, session)
}
