/** The hidden rule that all games share: what the four direction actions really do. */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'

/** controls[i] is the direction that action i performs: 0 up, 1 down, 2 left, 3 right. A permutation. */
export const controlsSchema = z
  .array(z.int().min(0).max(3))
  .length(4)
  .refine(c => new Set(c).size === 4, { error: 'expected a permutation of 0 1 2 3 (up down left right)' })

export const STRAIGHT_CONTROLS: readonly number[] = [0, 1, 2, 3]

/** The controls of a generated level: straight unless the recipe lets them vary. */
export function drawControls(random: Stream, vary: readonly string[]): readonly number[] {
  return vary.includes('controls') ? random.shuffled(STRAIGHT_CONTROLS) : STRAIGHT_CONTROLS
}
