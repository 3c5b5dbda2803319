/** levelshift levels export: levels for other programs. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { oneOf, parseFlags, path } from '../../flags.ts'
import type { Session } from '../../session.ts'
import { levelNamed, namesOneLevel, oneLevelShape } from './one.ts'
import { sourceOptions } from './reading.ts'

const FORMATS = ['text', 'tiled-json', 'tiled-xml', 'xsb'] as const

const optionsSchema = z.object({
  ...oneLevelShape,
  format: oneOf('--format', FORMATS),
  out: path('-o').optional(),
  force: z.boolean().default(false),
})

/** Adds `export` to the commands on levels. */
export function addExport(levels: Command, session: Session): void {
  namesOneLevel(levels.command('export'))
    .summary('write a level for Tiled, as a Sokoban collection or as text')
    .description(
      'Writes a level in another format. For Tiled its tileset and the picture of that are written beside the map; a\n' +
        'round trip through Tiled loses nothing. As xsb a whole collection is written.',
    )
    .requiredOption('--format <name>', FORMATS.join(', '))
    .option('-o, --out <file>', 'where to write it (default for text and xsb: standard output)')
    .option('--force', 'replace files that are there')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift levels export levels/packs/keys/two-locks.txt --format tiled-json -o two-locks.tmj',
    )
    .action(async (file: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, file })
      const { format, out, force, json } = options
      const { exportFiles } = await import('../../levels/export.ts')
      const { exportText } = await import('../../levels/exported.ts')
      const { loadLevels } = await import('../../levels/source.ts')
      const whole = format === 'xsb' && options.level === undefined
      const { levels: found, faults } = whole
        ? loadLevels([file], { ...sourceOptions(options), strict: true })
        : { levels: [levelNamed(options)], faults: [] }
      if (faults[0]) throw new UserError(faults[0].why)
      const chosen = found.map(({ level }) => level)
      if (out !== undefined) {
        const files = exportFiles(chosen, format, out, force)
        session.finish(json, { format, files }, result => result.files.join('\n'))
      } else if (format === 'text' || format === 'xsb') {
        session.finish(json, { format, text: exportText(chosen, format) }, result => result.text)
      } else throw new UserError('a map for Tiled comes with a tileset beside it: say where by -o FILE')
    })
}
