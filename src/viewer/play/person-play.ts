/**
 * A person's episodes on one level, one after the other: who plays a level again knows more of its hidden rules, as an
 * agent does after a gradient step.
 */

import type { Level } from '../../../levels/level.ts'
import { movesOfActions } from '../../../levels/moves.ts'
import {
  type GameSession,
  type Outcome,
  openGameSession,
  type Standing,
} from '../../app/play/game-session.ts'
import type { Scene } from '../../core/scene.ts'

/** How an episode ended; 'left' is one that was begun anew before its end. */
export type EpisodeOutcome = Outcome | 'left'

export interface PersonEpisode {
  /** From 1. */
  readonly number: number
  readonly outcome: EpisodeOutcome
  readonly return: number
  readonly steps: number
  /** As levels/moves.ts writes them. */
  readonly moves: string
  /** Indices into ACTIONS. */
  readonly actions: readonly number[]
  /** Steps were taken back, or a hint was asked for. */
  readonly isHelped: boolean
}

export interface PersonPlay {
  readonly level: Level
  /** Actions of the present episode. */
  readonly actions: readonly number[]
  standing(): Standing
  /** All episodes in order, the present one too once a step of it was taken. */
  episodes(): readonly PersonEpisode[]
  /** Performs an action; nothing happens once the episode has ended. */
  act(action: number): void
  undo(): boolean
  /** Begins the next episode. */
  restart(): void
  /** The present episode counts as helped from now on. */
  markHelped(): void
  /** The next action of a play that wins, as long as the person has done what it does. */
  followed(solution: readonly number[] | undefined): number | undefined
  paint(scene: Scene): void
}

export function openPersonPlay(level: Level): PersonPlay {
  const session: GameSession = openGameSession(level, { hintBudget: 0 })
  const ended: PersonEpisode[] = []
  let isHelped = false

  function present(): PersonEpisode {
    const { outcome, total, steps } = session.standing()
    const actions = [...session.actions]
    const moves = movesOfActions(actions, level)
    return { number: ended.length + 1, outcome, return: total, steps, moves, actions, isHelped }
  }

  return {
    level,
    get actions() {
      return session.actions
    },
    standing: session.standing,
    episodes: () => (session.actions.length > 0 ? [...ended, present()] : ended),
    act: session.act,
    undo() {
      const isDone = session.undo()
      if (isDone) isHelped = true
      return isDone
    },
    restart() {
      if (session.actions.length > 0) {
        const episode = present()
        ended.push(episode.outcome === 'playing' ? { ...episode, outcome: 'left' } : episode)
      }
      isHelped = false
      session.restart()
    },
    markHelped() {
      isHelped = true
    },
    followed: session.followed,
    paint: session.paint,
  }
}
