/** One person's play of a level, without a terminal: actions, undo, restart, hints and how it stands. */
import type { Game, GameState } from '../../../envs/game.ts'
import { findGame } from '../../../envs/registry.ts'
import { episodeStream, searchBreadthFirst } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { movesOfActions } from '../../../levels/moves.ts'
import type { Scene } from '../../core/scene.ts'

export interface PlayOptions {
  /** States that a hint may cost. */
  readonly hintBudget: number
  /** Actions of a play that wins, where one is known: hints come from it as long as it is followed. */
  readonly solution?: readonly number[]
}

/** How a play ended, or that it goes on. */
export type Outcome = 'playing' | 'won' | 'lost' | 'out of time'

/** What happened so far. */
export interface Standing {
  readonly outcome: Outcome
  readonly total: number
  /** Reward of the last action. */
  readonly reward: number
  readonly steps: number
  readonly horizon: number
  /** What was done, as moves (levels/moves.ts). */
  readonly moves: string
}

export interface GameSession {
  readonly level: Level
  /** What was done so far, as indices into ACTIONS. */
  readonly actions: readonly number[]
  standing(): Standing
  /** Performs an action (an index into ACTIONS); nothing happens once the play has ended. */
  act(action: number): void
  /** Takes the last action back; false where there is none. */
  undo(): boolean
  restart(): void
  /** The next action of the best play that the solver finds from here, or undefined. */
  hint(): number | undefined
  /** The next action of a play that wins, where what was done so far is how that play begins. */
  followed(solution: readonly number[] | undefined): number | undefined
  paint(scene: Scene): void
}

/** A moment of the play, before `action` is done. */
interface Moment {
  readonly state: GameState
  readonly total: number
  readonly reward: number
}

export function openGameSession(level: Level, { hintBudget, solution }: PlayOptions): GameSession {
  const game: Game = findGame(level.game)
  const horizon = game.horizon(level)
  let past: Moment[] = []
  let actions: number[] = []
  let now: Moment = begin()
  function begin(): Moment {
    return { state: game.start(level, episodeStream(level)), total: 0, reward: 0 }
  }

  function outcome(): Outcome {
    if (now.state.terminated) return now.state.won ? 'won' : 'lost'
    return actions.length >= horizon ? 'out of time' : 'playing'
  }

  function followed(known: readonly number[] | undefined): number | undefined {
    return actions.every((action, i) => action === known?.[i]) ? known?.[actions.length] : undefined
  }

  return {
    level,
    get actions() {
      return actions
    },
    standing: () => ({
      outcome: outcome(),
      total: now.total,
      reward: now.reward,
      steps: actions.length,
      horizon,
      moves: movesOfActions(actions, level),
    }),
    act(action) {
      if (outcome() !== 'playing') return
      past.push(now)
      const state = game.clone(now.state)
      const reward = game.step(state, action)
      actions.push(action)
      now = { state, total: now.total + reward, reward }
    },
    undo() {
      const before = past.pop()
      if (!before) return false
      actions.pop()
      now = before
      return true
    },
    restart() {
      past = []
      actions = []
      now = begin()
    },
    hint() {
      if (outcome() !== 'playing') return undefined
      const next = followed(solution)
      if (next !== undefined) return next
      // From here instead of from the start: the game's own search, if it has one, knows only that.
      const from: Game = { ...game, start: () => game.clone(now.state) }
      const found = searchBreadthFirst(from, level, { horizon: horizon - actions.length, budget: hintBudget })
      return found.solved ? found.actions[0] : undefined
    },
    followed,
    paint: scene => game.paint(now.state, scene),
  }
}
