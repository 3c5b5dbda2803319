/** What the commands on one level share: how it is named on the command line. */

import type { Command } from 'commander'
import { z } from 'zod'
import { path, wholeNumber } from '../../flags.ts'
import { type LoadedLevel, loadLevel } from '../../levels/source.ts'
import { readingShape, readsLevels, sourceOptions } from './reading.ts'

/** Arguments and flags that name one level. */
export const oneLevelShape = {
  file: path('FILE'),
  level: z.string().optional(),
  ...readingShape,
  json: z.boolean().default(false),
}

/** States that a search may expand. */
export const budgetFlag = wholeNumber('--budget', 1, 1_000_000_000)

/** Adds the argument and the flags that name one level. */
export function namesOneLevel(command: Command): Command {
  command.argument('<file>', 'level file of any format, name of a level, or - for standard input')
  return readsLevels(command).option('--level <title>', 'title or number of the level, in a file of many')
}

/** Reads the level that the command line names. */
export function levelNamed(
  options: { file: string; level?: string | undefined } & Parameters<typeof sourceOptions>[0],
): LoadedLevel {
  return loadLevel(options.file, options.level, sourceOptions(options))
}
