/** levelshift levels solve: the solver's play of a level. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { parseFlags } from '../../flags.ts'
import type { SolvedLevel } from '../../levels/solve.ts'
import type { Session } from '../../session.ts'
import { budgetFlag, levelNamed, namesOneLevel, oneLevelShape } from './one.ts'

const optionsSchema = z.object({ ...oneLevelShape, budget: budgetFlag })

/** Adds `solve` to the commands on levels. */
export function addSolve(levels: Command, session: Session): void {
  namesOneLevel(levels.command('solve'))
    .summary('find the best play of a level')
    .description('Prints the moves of the best play that the solver finds, and whether no better one exists.')
    .option('--budget <number>', 'states that the solver may look at', '200000')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift levels solve levels/packs/gems/toll-gate.txt')
    .action(async (file: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, file })
      const { solveLevel } = await import('../../levels/solve.ts')
      const { level, place } = levelNamed(options)
      const solved = solveLevel(level, options.budget)
      if (options.json || solved.solved) session.finish(options.json, solved, formatSolved)
      if (!solved.solved) throw new UserError(`${place}: ${solved.why}`)
    })
}

function formatSolved(solved: SolvedLevel): string {
  const best = solved.optimal ? 'no play returns more' : 'better plays may exist'
  return `${solved.moves}\nreturn ${solved.return} in ${solved.steps} of ${solved.horizon} steps; ${best}; ${solved.expanded.toLocaleString('en')} states looked at`
}
