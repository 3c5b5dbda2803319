/** Episodes that are known by their actions alone, as recordings to be watched. */
import { ACTION_COUNT } from '../../../envs/game.ts'
import type { Level } from '../../../levels/level.ts'
import type { Recording } from '../../learn/recording.ts'

/** A person's or the solver's episode: what was done was certain, and no value is known. */
export function recordingOf(level: Level, actions: readonly number[]): Recording {
  const probabilities = new Float32Array(actions.length * ACTION_COUNT)
  actions.forEach((action, step) => {
    probabilities[step * ACTION_COUNT + action] = 1
  })
  return {
    level,
    episode: [0, 0],
    steps: 0,
    actions: Uint8Array.from(actions),
    probabilities,
    values: new Float32Array(actions.length),
  }
}
