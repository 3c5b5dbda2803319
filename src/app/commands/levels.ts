/** levelshift levels: everything that is done with levels, one file a command in src/app/commands/levels/. */

import type { Command } from 'commander'
import type { Session } from '../session.ts'
import { addCheck } from './levels/check.ts'
import { addExport } from './levels/export.ts'
import { addImport } from './levels/import.ts'
import { addList } from './levels/list.ts'
import { addNew } from './levels/new.ts'
import { addPack } from './levels/pack.ts'
import { addRender } from './levels/render.ts'
import { addReplay } from './levels/replay.ts'
import { addSolve } from './levels/solve.ts'
import { addStats } from './levels/stats.ts'

/** Adds `levels` to the command line. */
export function addLevels(program: Command, session: Session): void {
  const levels = program
    .command('levels')
    .summary('make, check, show, convert and collect levels')
    .description(
      'Works with levels: the packs that ship, files of one\u2019s own, and those of other programs.',
    )
    .helpCommand(false)
  const add = [
    addNew,
    addCheck,
    addSolve,
    addReplay,
    addRender,
    addImport,
    addExport,
    addList,
    addStats,
    addPack,
  ]
  for (const addCommand of add) addCommand(levels, session)
}
