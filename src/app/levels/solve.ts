/** The solver's play of one level, for people and programs. */
import { findGame } from '../../../envs/registry.ts'
import { sokoban, sokobanLurd } from '../../../envs/sokoban.ts'
import { solve } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { actionsOfMoves, formatMoves, movesOfActions, parseMoves } from '../../../levels/moves.ts'
import { UserError } from '../../core/errors.ts'
import { proveLevel } from './prove.ts'
import type { LoadedLevel } from './source.ts'

export interface SolvedLevel {
  readonly game: string
  readonly title: string | null
  /** The best play that was found wins. */
  readonly solved: boolean
  /** Return of the best play that was found. */
  readonly return: number
  readonly steps: number
  /** The game's time limit in steps. */
  readonly horizon: number
  /** The play in moves notation (levels/moves.ts). */
  readonly moves: string
  /** No better play exists. */
  readonly optimal: boolean
  /** States that were looked at. */
  readonly expanded: number
  /** Why it is not solved. */
  readonly why?: string
}

/** Lets the solver look at no more than `budget` states. */
export function solveLevel(level: Level, budget: number): SolvedLevel {
  const game = findGame(level.game)
  const { solved, bestReturn, actions, optimal, expanded } = solve(game, level, { budget })
  const horizon = game.horizon(level)
  const why = optimal
    ? `no way to win this level in its ${horizon} steps: the best play returns ${bestReturn} and does not win`
    : `the solver gave up after ${expanded} states; give it more by --budget, or make the level smaller or simpler`
  return {
    game: level.game,
    title: level.title ?? null,
    solved,
    return: bestReturn,
    steps: actions.length,
    horizon,
    // Sokoban players write a push in upper case.
    moves: formatMoves(game === sokoban ? sokobanLurd(level, actions) : movesOfActions(actions, level)),
    optimal,
    expanded,
    ...(solved ? {} : { why }),
  }
}

/** Actions of a play to be shown: the moves that are given, otherwise the solver's or the recorded ones. */
export function actionsOfPlay(
  { level, place }: LoadedLevel,
  moves: string | undefined,
  budget: number,
): number[] {
  if (moves !== undefined) return actionsOfMoves(parseMoves(moves, '--moves'), level)
  const proof = proveLevel(level, budget)
  if (proof.proof === 'unproved')
    throw new UserError(
      `${place}: ${proof.why}; give the play to show by --moves, or -o FILE.png for the map alone`,
    )
  return actionsOfMoves(proof.moves, level)
}
