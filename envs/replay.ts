/** Playing recorded moves through a game's rules: does a solution win? */
import type { Level } from '../levels/level.ts'
import { actionsOfMoves } from '../levels/moves.ts'
import { findGame } from './registry.ts'
import { episodeStream } from './solver.ts'

export interface Replay {
  readonly won: boolean
  /** Sum of the rewards. */
  readonly return: number
  /** Moves that were played: the game takes none after its end. */
  readonly steps: number
  /** Moves that were left over when the game ended. */
  readonly unplayed: number
  /** The game's time limit allows as many steps. It does not decide whether the moves win. */
  readonly withinHorizon: boolean
  /** What went wrong, in a sentence; only where the level is not won. */
  readonly why?: string
}

/** Plays written-out moves (levels/moves.ts) from a level's start. Moves that do nothing, such as into a wall, are no fault. */
export function replay(level: Level, moves: string): Replay {
  const game = findGame(level.game)
  const state = game.start(level, episodeStream(level))
  const actions = actionsOfMoves(moves, level)
  let total = 0
  let steps = 0
  while (steps < actions.length && !state.terminated) total += game.step(state, actions[steps++] as number)
  return {
    won: state.won,
    return: total,
    steps,
    unplayed: actions.length - steps,
    withinHorizon: steps <= game.horizon(level),
    ...(state.won ? {} : { why: whyNotWon(state.terminated, steps, actions.length) }),
  }
}

function whyNotWon(terminated: boolean, steps: number, moves: number): string {
  if (moves === 0) return 'there are no moves'
  const after = `after move ${steps} of ${moves}`
  return terminated ? `the game is over and lost ${after}` : `the level is not won ${after}, the last`
}
