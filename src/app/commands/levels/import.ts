/** levelshift levels import: levels of other programs as text. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { parseFlags, path } from '../../flags.ts'
import type { Session } from '../../session.ts'
import { budgetFlag } from './one.ts'
import { readingShape, readsLevels, sourceOptions } from './reading.ts'

const optionsSchema = z.object({
  files: z.array(path('FILE')),
  ...readingShape,
  out: path('--out').optional(),
  solutions: path('--solutions').optional(),
  budget: budgetFlag.optional(),
  title: z.string().trim().min(1, "--title must be a line of text, got ''").optional(),
  force: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** The most unproved levels that are named one by one. */
const MAX_NAMED = 10

/** Adds `import` to the commands on levels. */
export function addImport(levels: Command, session: Session): void {
  readsLevels(levels.command('import'))
    .summary('turn levels of other programs into text files')
    .description(
      'Reads levels of Tiled (.tmj, .tmx), LDtk (.ldtk) and Sokoban collections (.xsb, .sok), lets the solver or a\n' +
        'recorded solution prove each, and writes them as text files. A level that is not proved is kept and marked.',
    )
    .argument('<file...>', 'files, folders, or - for standard input')
    .option('--out <folder>', 'where to write a text file for each level (default: write nothing, only tell)')
    .option('--solutions <file>', "recorded moves, a line 'title: moves' each")
    .option(
      '--budget <number>',
      'states that the solver may look at in each level (default: about two seconds in all)',
    )
    .option('--title <title>', 'title of the level, where it is only one')
    .option('--force', 'replace files that are there')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift levels import map.tmj --game keys --out mine\n' +
        '  npx levelshift levels import collection.xsb --out sokoban --solutions solutions.txt',
    )
    .action(async (files: string[], flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, files })
      const { formatImport, importLevels } = await import('../../levels/import.ts')
      const report = await importLevels(options, sourceOptions(options), session.context)
      const { rejected, unproved, unusedSolutions } = report
      const { say } = session.context
      const [fault] = rejected
      // One level's fault is the error itself.
      if (fault && report.imported === 0 && rejected.length === 1 && !options.json)
        throw new UserError(fault.why)
      for (const { title, why } of rejected) say(`${title}: ${why}`)
      for (const { title, why } of unproved.slice(0, MAX_NAMED)) say(`${title}: unproved: ${why}`)
      if (unproved.length > MAX_NAMED) say(`and ${unproved.length - MAX_NAMED} more unproved levels`)
      for (const title of unusedSolutions) say(`${title}: a solution without a level of this title`)
      if (options.out === undefined && report.imported > 0)
        say('nothing was written: --out FOLDER writes a text file for each level')
      session.finish(options.json, report, formatImport)
      if (rejected.length > 0)
        throw new UserError(
          `${rejected.length} of ${rejected.length + report.imported} levels were rejected: see above`,
        )
    })
}
