/** Watching an episode again: its actions through the rules, one by one, forwards and back. */
import type { Level } from '../levels/level.ts'
import type { Scene } from '../src/core/scene.ts'
import type { GameState } from './game.ts'
import { findGame } from './registry.ts'
import { episodeStream } from './solver.ts'

export interface Playback {
  readonly level: Level
  /** Actions that there are to play. */
  readonly length: number
  /** Actions played so far, 0 at the start. */
  readonly step: number
  /** Sum of the rewards so far, and the last one. */
  readonly return: number
  readonly reward: number
  readonly terminated: boolean
  readonly won: boolean
  /** Plays the next action; false where there is none left or the game has ended. */
  advance(): boolean
  /** Goes to a step, which may lie behind. */
  seek(step: number): void
  paint(scene: Scene): void
}

/** Steps between two kept states: going back plays at most as many anew. */
const KEEP_EVERY = 32

/** `episode` names the random stream that the episode was played under: its slot and number. */
export function createPlayback(
  level: Level,
  actions: ArrayLike<number>,
  episode: readonly number[] = [],
): Playback {
  const game = findGame(level.game)
  let state: GameState = game.start(level, episodeStream(level, ...episode))
  let step = 0
  let total = 0
  let reward = 0
  /** Of every 32nd step: the state, the return and the reward. */
  const kept = [{ state: game.clone(state), total, reward }]

  const advance = (): boolean => {
    if (step >= actions.length || state.terminated) return false
    reward = game.step(state, actions[step] as number)
    total += reward
    step++
    if (step % KEEP_EVERY === 0 && step / KEEP_EVERY === kept.length)
      kept.push({ state: game.clone(state), total, reward })
    return true
  }
  return {
    level,
    length: actions.length,
    get step() {
      return step
    },
    get return() {
      return total
    },
    get reward() {
      return reward
    },
    get terminated() {
      return state.terminated
    },
    get won() {
      return state.won
    },
    advance,
    seek(wanted) {
      const from = Math.min(Math.floor(wanted / KEEP_EVERY), kept.length - 1)
      if (wanted < step || from * KEEP_EVERY > step) {
        const point = kept[from] as (typeof kept)[number]
        state = game.clone(point.state)
        step = from * KEEP_EVERY
        total = point.total
        reward = point.reward
      }
      while (step < wanted && advance());
    },
    paint: scene => game.paint(state, scene),
  }
}
