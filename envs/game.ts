/**
 * The contract of a game: rules only. No tensors, no drawing, no files; integer arithmetic, so that Node and
 * every browser agree to the last bit. A game is deterministic given its level and its random stream.
 */
import type { Level } from '../levels/level.ts'
import type { Stream } from '../src/core/random.ts'
import type { Scene } from '../src/core/scene.ts'

/** The action set of every game; a game ignores what it has no use for. */
export const ACTIONS = ['noop', 'up', 'down', 'left', 'right', 'use'] as const
export type Action = (typeof ACTIONS)[number]
export const ACTION_COUNT = ACTIONS.length

/** What every state has; a game adds plain numbers and typed arrays. */
export interface GameState {
  /** The game has ended by its own rules (a time limit is the vectoriser's and no rule). */
  terminated: boolean
  /** The level's aim has been reached. */
  won: boolean
}

export interface SolveLimits {
  /** Longest play in steps. */
  readonly horizon: number
  /** States that may be expanded. */
  readonly budget: number
}

export interface Solution {
  /** The best play that was found wins the level within the time limit. */
  readonly solved: boolean
  /** Best return that was found. */
  readonly bestReturn: number
  /** Actions (indices into ACTIONS) that reach it. */
  readonly actions: readonly number[]
  /** The whole space within the limit was searched, or the upper bound reached: no better return exists. */
  readonly optimal: boolean
  readonly expanded: number
}

export interface Game<State extends GameState = GameState> {
  readonly id: string
  /** Bump on every change of behaviour; a golden rollout hash notices when you forget. */
  readonly version: number
  /** Default time limit of an episode in steps. */
  horizon(level: Level): number
  /** Begins an episode. The level has been checked. */
  start(level: Level, random: Stream): State
  /** Performs one action (an index into ACTIONS) in place and returns the reward. Never called once terminated. */
  step(state: State, action: number): number
  clone(state: State): State
  /** Equal for two states of one level exactly when their futures are equal: for search and caching. */
  key(state: State): number | string
  /** An upper bound on the rewards still to come, for the solver's pruning. */
  bound(state: State): number
  /**
   * The game's own search, where breadth first over single actions (envs/solver.ts) takes too long: pushes instead of
   * steps, or a best-first search. Its actions are replayed by whoever relies on them.
   */
  solve?(level: Level, limits: SolveLimits): Solution
  /**
   * States that the proof of a generated level may take, where fewer than SEARCH_BUDGET do: most levels are proved
   * soon, and to draw another is cheaper than to search on.
   */
  readonly drawBudget?: number
  /** Describes what can be seen. Hidden rules must not show. */
  paint(state: State, scene: Scene): void
}
