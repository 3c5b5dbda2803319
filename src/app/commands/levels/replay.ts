/** levelshift levels replay: recorded moves, played through the rules. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { parseFlags, path } from '../../flags.ts'
import type { ReplayReport } from '../../levels/replay.ts'
import type { Session } from '../../session.ts'
import { levelNamed, namesOneLevel, oneLevelShape } from './one.ts'
import { sourceOptions } from './reading.ts'

const optionsSchema = z
  .object({ ...oneLevelShape, moves: z.string().optional(), solutions: path('--solutions').optional() })
  .refine(({ moves, solutions }) => (moves === undefined) !== (solutions === undefined), {
    error: 'give --moves MOVES for one level, or --solutions FILE for a collection',
  })

/** Adds `replay` to the commands on levels. */
export function addReplay(levels: Command, session: Session): void {
  namesOneLevel(levels.command('replay'))
    .summary('play recorded moves and tell whether they win')
    .description(
      'Plays recorded moves and tells whether they win: u d l r in either case, n waits, x uses; 3r and 2(uL) repeat.',
    )
    .option('--moves <moves>', 'moves to play')
    .option('--solutions <file>', "moves for many levels of a collection, a line 'title: moves' each")
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift levels replay levels/packs/gems/toll-gate.txt --moves 3r2dl\n' +
        '  npx levelshift levels replay collection.xsb --solutions solutions.txt --json',
    )
    .action(async (file: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, file })
      const { replayMoves, replaySolutions, requireLevels } = await import('../../levels/replay.ts')
      const { loadLevels } = await import('../../levels/source.ts')
      let report: ReplayReport
      if (options.moves !== undefined) report = replayMoves(levelNamed(options), options.moves)
      else {
        const loaded = loadLevels([file], sourceOptions(options))
        requireLevels(loaded)
        report = await replaySolutions(loaded, options.solutions as string, session.context.signal)
      }
      for (const { title, why } of report.failed) session.context.say(`${title}: ${why}`)
      session.finish(options.json, report, ({ replayed, won }) => `${won} of ${replayed} won`)
      if (report.failed.length > 0)
        throw new UserError(`${report.failed.length} of ${report.replayed} do not win`)
    })
}
