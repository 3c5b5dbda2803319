/** levelshift levels new: a level to begin from. */

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { makeFolder, writeFileAtomic } from '../../files.ts'
import { parseFlags, path, wholeNumber } from '../../flags.ts'
import type { Session } from '../../session.ts'

const optionsSchema = z.object({
  game: z.string(),
  out: path('-o').optional(),
  size: wholeNumber('--size', 5, 63).optional(),
  force: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Adds `new` to the commands on levels. */
export function addNew(levels: Command, session: Session): void {
  levels
    .command('new')
    .summary('begin a level from one that works')
    .description(
      'Writes a small level that checks as it stands; comments explain its tiles and hidden rules.',
    )
    .argument('<game>', 'the game that it is of')
    .option('-o, --out <file>', 'where to write it (default: standard output)')
    .option('--size <number>', 'side of the map in tiles, an odd number')
    .option('--force', 'replace the file if it is there')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift levels new gems -o mine.txt')
    .action(async (game: string, flags: object) => {
      const { out, size, force, json } = parseFlags(optionsSchema, { ...flags, game })
      const { templateOf } = await import('../../levels/template.ts')
      const text = templateOf(game, size)
      if (out === undefined) {
        session.finish(json, { game, text }, result => result.text)
        return
      }
      if (existsSync(out) && !force)
        throw new UserError(`${out} is there already: choose another name, or replace it with --force`)
      makeFolder(dirname(out))
      writeFileAtomic(out, text)
      session.finish(
        json,
        { game, file: out },
        ({ file }) => `${file}\nnext: npx levelshift levels check ${file}`,
      )
    })
}
