/** levelshift levels stats: how hard levels are and how much they differ. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { parseFlags, path, seedFlag, splitFlag, wholeNumber } from '../../flags.ts'
import type { Session } from '../../session.ts'
import { readingShape, readsLevels, sourceOptions } from './reading.ts'

const optionsSchema = z.object({
  names: z.array(path('NAME')),
  count: wholeNumber('--count', 1, 100_000),
  split: splitFlag,
  seed: seedFlag,
  states: wholeNumber('--states', 1, 10_000_000),
  ...readingShape,
  json: z.boolean().default(false),
})

/** Adds `stats` to the commands on levels. */
export function addStats(levels: Command, session: Session): void {
  readsLevels(levels.command('stats'))
    .summary('tell how hard levels are and how much they differ')
    .description(
      'Measures difficulty (solution length, branching, dead ends) and diversity, of level files or of a game\u2019s\n' +
        'generator over freshly drawn levels.',
    )
    .argument('<name...>', 'names of games, or level files and folders')
    .option('--count <number>', 'levels to generate of each game', '100')
    .option('--split <name>', 'split of the generated levels', 'train')
    .option('--seed <number>', 'draws the levels: another seed, other levels', '1')
    .option('--states <number>', 'states of each level to explore', '2000')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift levels stats gems\n  npx levelshift levels stats levels/packs/keys',
    )
    .action(async (names: string[], flags: object) => {
      const {
        levels: folder,
        game,
        mapping,
        json,
        ...request
      } = parseFlags(optionsSchema, { ...flags, names })
      const { formatStats, measureLevels } = await import('../../levels/stats.ts')
      const own = sourceOptions({ levels: folder, game, mapping })
      const report = await measureLevels(request, own, session.context)
      const [fault] = report.failed
      // One name's only fault is the error itself.
      if (fault && report.groups.length === 0 && report.failed.length === 1 && !json)
        throw new UserError(fault.why)
      for (const { why } of report.failed) session.context.say(why)
      if (json || report.groups.length > 0) session.finish(json, report, formatStats)
      if (report.failed.length > 0)
        throw new UserError(`${report.failed.length} levels cannot be read: mend those named above`)
    })
}
