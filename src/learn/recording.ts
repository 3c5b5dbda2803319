/**
 * Recordings: an episode as the level, the actions and what the policy thought at each step. With the level's rules that
 * is all of it: whoever has them plays it again, step by step, in Node or in the browser (envs/playback.ts), and no
 * picture needs to be kept.
 */
import { base64 } from '@scure/base'
import { z } from 'zod'
import { ACTION_COUNT } from '../../envs/game.ts'
import { type Level, levelSchema } from '../../levels/level.ts'
import { discountedReturns, episodeLengths, episodeMask } from './advantage.ts'
import { fitLinearBaseline } from './baseline.ts'
import type { Trajectories } from './rollout.ts'

/** One episode. */
export interface Recording {
  readonly level: Level
  /** Slot and number of the episode, which name its random stream (envs/solver.ts, episodeStream). */
  readonly episode: readonly [number, number]
  /** Gradient steps on this level that the policy had taken before. */
  readonly steps: number
  /** Indices into ACTIONS, [T]. */
  readonly actions: Uint8Array
  /** The policy's probability of each action, [T, 6]. */
  readonly probabilities: Float32Array
  /** Discounted return that the linear baseline expected from here on, [T]. */
  readonly values: Float32Array
}

/** The first episodes of each task, `episodes` of them, task by task. `levels` are the tasks' own. */
export function recordingsOf(
  trajectories: Trajectories,
  request: {
    readonly levels: readonly Level[]
    readonly steps: number
    readonly episodes: number
    readonly discount: number
  },
): Recording[] {
  const { shape, actions, probabilities } = trajectories
  const mask = episodeMask(shape, trajectories)
  const returns = discountedReturns({ ...trajectories, discount: request.discount })
  const { values } = fitLinearBaseline({ shape, returns, mask })
  const lengths = episodeLengths(shape, trajectories)
  return request.levels.flatMap((level, task) =>
    Array.from({ length: request.episodes }, (_, i): Recording => {
      const slot = task * shape.episodes + i
      const from = slot * shape.steps
      const to = from + (lengths[slot] as number)
      return {
        level,
        episode: [slot, trajectories.episode],
        steps: request.steps,
        actions: actions.slice(from, to),
        probabilities: probabilities.slice(from * ACTION_COUNT, to * ACTION_COUNT),
        values: values.slice(from, to),
      }
    }),
  )
}

/** Numbers as base64 text: bytes, or 32-bit floats with the lowest byte first. */
const bytes = z.base64()

export const recordingSchema = z.strictObject({
  level: levelSchema,
  episode: z.tuple([z.int().min(0), z.int().min(0)]),
  steps: z.int().min(0),
  actions: bytes,
  /** A byte each: 255 is certainty. */
  probabilities: bytes,
  values: bytes,
})
export type StoredRecording = z.infer<typeof recordingSchema>

/** A recording as JSON can hold it. Probabilities are rounded to 1/255. */
export function storeRecording(recording: Recording): StoredRecording {
  const { values, probabilities, actions, ...rest } = recording
  return {
    ...rest,
    episode: [...rest.episode],
    actions: base64.encode(actions),
    probabilities: base64.encode(Uint8Array.from(probabilities, p => Math.round(p * 255))),
    values: base64.encode(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  }
}

/** The reverse of storeRecording; undefined where the parts do not fit together. */
export function readRecording(stored: StoredRecording): Recording | undefined {
  const { values, probabilities, actions, ...rest } = stored
  const taken = base64.decode(actions)
  const chances = base64.decode(probabilities)
  const expected = base64.decode(values)
  const fits = chances.length === taken.length * ACTION_COUNT && expected.length === taken.length * 4
  if (!fits || taken.some(action => action >= ACTION_COUNT)) return undefined
  return {
    ...rest,
    actions: taken,
    probabilities: Float32Array.from(chances, chance => chance / 255),
    values: new Float32Array(expected.slice().buffer),
  }
}
