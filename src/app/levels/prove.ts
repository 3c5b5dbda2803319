/** How it is known that a level can be won: the solver finds a play, or a recorded solution is replayed. */
import type { Solution } from '../../../envs/game.ts'
import { findGame } from '../../../envs/registry.ts'
import { replay } from '../../../envs/replay.ts'
import { SEARCH_BUDGET, solve } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { movesOfActions, parseMoves } from '../../../levels/moves.ts'
import { UserError } from '../../core/errors.ts'

export interface Proved {
  readonly proof: 'solver' | 'solution'
  /** Return of the play that proves it. */
  readonly return: number
  /** The play as written-out moves. */
  readonly moves: string
  /** What the solver found; missing where it was not asked. */
  readonly solution?: Solution
  /** States that the solver looked at. */
  readonly expanded: number
}

export interface NotProved {
  readonly proof: 'unproved'
  /** The solver looked at all that can happen: the level cannot be won within its time limit. */
  readonly disproved: boolean
  readonly expanded: number
  readonly why: string
}

export type Proof = Proved | NotProved

/** Lets the solver prove a level, and where it cannot, the recorded solution. */
export function proveLevel(level: Level, budget = SEARCH_BUDGET): Proof {
  const solution = solve(findGame(level.game), level, { budget })
  if (solution.solved) {
    const moves = movesOfActions(solution.actions, level)
    return { proof: 'solver', return: solution.bestReturn, moves, solution, expanded: solution.expanded }
  }
  const recorded = replaySolution(level)
  const { expanded, optimal } = solution
  if (recorded?.proof === 'solution') return { ...recorded, expanded }
  const why = optimal ? cannotBeWon(level, solution) : notFound(level, solution, budget)
  return { proof: 'unproved', disproved: optimal, why, expanded }
}

/** Whether a level's recorded solution wins; undefined where none is recorded. */
export function replaySolution(level: Level): Proof | undefined {
  if (level.solution === undefined) return undefined
  const failed = (why: string): NotProved => ({ proof: 'unproved', disproved: false, why, expanded: 0 })
  try {
    const moves = parseMoves(level.solution, 'solution')
    const played = replay(level, moves)
    if (!played.won) return failed(`the recorded solution does not win: ${played.why}`)
    return { proof: 'solution', return: played.return, moves: moves.slice(0, played.steps), expanded: 0 }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return failed(`the recorded solution cannot be read: ${error.message}`)
  }
}

function notFound(level: Level, { expanded }: Solution, budget: number): string {
  const states = `${expanded} ${expanded === 1 ? 'state' : 'states'}`
  if (expanded >= budget)
    return `not proved: the solver gave up after ${states}; make the level smaller or simpler`
  const steps = findGame(level.game).horizon(level)
  return `not proved: among ${states} the solver found no way to win in the ${steps} steps of the time limit; make the level simpler`
}

function cannotBeWon(level: Level, { bestReturn }: Solution): string {
  const steps = findGame(level.game).horizon(level)
  return `no way to win this level of ${level.game} in its ${steps} steps: the best play returns ${bestReturn} and does not win; change the map or the rules`
}
