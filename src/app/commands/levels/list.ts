/** levelshift levels list: the levels that are there. */

import type { Command } from 'commander'
import { z } from 'zod'
import { gameFlag, parseFlags, path, splitFlag } from '../../flags.ts'
import type { Session } from '../../session.ts'

const optionsSchema = z.object({
  game: gameFlag.optional(),
  split: splitFlag.optional(),
  levels: path('--levels').optional(),
  json: z.boolean().default(false),
})

/** Adds `list` to the commands on levels. */
export function addList(levels: Command, session: Session): void {
  levels
    .command('list')
    .summary('list the levels of the packs and of a folder of your own')
    .description(
      'Lists the hand-made levels that ship, and those of a folder of your own, with their splits.',
    )
    .option('--game <name>', 'only levels of this game')
    .option('--split <name>', 'only levels of this split: train, validation or test')
    .option('--levels <folder>', 'a folder of your own')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift levels list --game keys --split test')
    .action(async (flags: unknown) => {
      const { levels: directory, json, ...rest } = parseFlags(optionsSchema, flags)
      const { formatList, listLevels } = await import('../../levels/list.ts')
      const list = listLevels({ ...rest, directory })
      for (const { why } of list.failed) session.context.say(why)
      session.finish(json, list, formatList)
    })
}
