/** levelshift levels check: reads level files, proves that they can be won and tells their split. */

import type { Command } from 'commander'
import { z } from 'zod'
import { findGame } from '../../../envs/registry.ts'
import { solve } from '../../../envs/solver.ts'
import { hashLevel, splitOf } from '../../../levels/level.ts'
import { parseLevel } from '../../../levels/text.ts'
import { UserError } from '../../core/errors.ts'
import { readText } from '../files.ts'
import { parseFlags, path } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({ files: z.array(path('FILE')).min(1), json: z.boolean().default(false) })

/** What is known of a level that was read and solved. */
interface CheckedLevel {
  readonly file: string
  readonly game: string
  readonly title: string | null
  readonly hash: string
  readonly split: string
  readonly solverReturn: number
  readonly solverSteps: number
}

/** Adds `levels` to the command line. */
export function addLevels(program: Command, session: Session): void {
  const levels = program
    .command('levels')
    .summary('work with level files')
    .description('Works with level files.')
    .helpCommand(false)
  levels
    .command('check')
    .summary('read level files and prove that they can be won')
    .description('Reads level files, proves that each can be won, and prints its hash and split.')
    .argument('<file...>', 'level files')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift levels check levels/packs/gems/*')
    .action((files: string[], flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, files })
      const checked = checkAll(options.files, session)
      session.finish(options.json, { levels: checked }, ({ levels }) => levels.map(describe).join('\n'))
    })
}

/** Every faulty file is named, so that a person can mend them in one go. */
function checkAll(files: readonly string[], session: Session): CheckedLevel[] {
  const checked: CheckedLevel[] = []
  let faults = 0
  for (const file of files) {
    try {
      checked.push(check(file))
    } catch (error) {
      if (!(error instanceof UserError) || files.length === 1) throw error
      session.context.say(error.message)
      faults++
    }
  }
  if (faults > 0)
    throw new UserError(`${faults} of ${files.length} level files have a fault: mend those named above`)
  return checked
}

function check(file: string): CheckedLevel {
  const level = parseLevel(readText(file, 'level'), file)
  const solution = solve(findGame(level.game), level)
  if (!solution.solved) {
    throw new UserError(
      `${file}: the solver found no way to win this level of ${level.game}: change its map or rules`,
    )
  }
  const hash = hashLevel(level)
  const title = level.title ?? null
  const { bestReturn, actions } = solution
  return {
    file,
    game: level.game,
    title,
    hash,
    split: splitOf(hash),
    solverReturn: bestReturn,
    solverSteps: actions.length,
  }
}

function describe({ file, game, hash, split, solverReturn, solverSteps }: CheckedLevel): string {
  return `${file}: ${game}, ${split} split, hash ${hash.slice(0, 12)}, the solver gets ${solverReturn} in ${solverSteps} steps`
}
