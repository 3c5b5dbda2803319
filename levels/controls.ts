/** The hidden rule that all games share: what the four direction actions really do. */
import { z } from 'zod'
import type { Stream } from '../src/core/random.ts'

/** The directions' names, in their order. */
export const DIRECTION_NAMES = ['up', 'down', 'left', 'right'] as const

/** What people call the three colours that tiles come in, in every theme. */
export const COLOUR_NAMES = ['red', 'green', 'blue'] as const

/** The same with their letters in maps, for forms. */
export const COLOURS_BY_LETTER = COLOUR_NAMES.map((name, i) => `${name} (${'abc'[i]})`)

/** controls[i] is the direction that action i performs: 0 up, 1 down, 2 left, 3 right. A permutation. */
export const controlsSchema = z
  .array(z.int().min(0).max(3))
  .length(4)
  .refine(c => new Set(c).size === 4, { error: 'expected a permutation of 0 1 2 3 (up down left right)' })
  .describe('the direction that up, down, left, right really move: 0 up, 1 down, 2 left, 3 right')
  .meta({ places: DIRECTION_NAMES, values: DIRECTION_NAMES, uniqueItems: true })

export const STRAIGHT_CONTROLS: readonly number[] = [0, 1, 2, 3]

/** What the controls are, in a sentence. */
export function tellControls(controls: readonly number[]): string {
  if (controls.every((direction, action) => direction === action))
    return 'The controls are straight: every direction is what it says.'
  const moves = controls.map(
    (direction, action) => `${DIRECTION_NAMES[action]} goes ${DIRECTION_NAMES[direction]}`,
  )
  return `The controls are changed: ${moves.join(', ')}.`
}

/** The controls of a generated level: straight unless the recipe lets them vary. */
export function drawControls(random: Stream, vary: readonly string[]): readonly number[] {
  return vary.includes('controls') ? random.shuffled(STRAIGHT_CONTROLS) : STRAIGHT_CONTROLS
}

/**
 * Whether controls are held out from training, in games that hold some out: those under which the actions up and down
 * perform up and right, or left and down. That is 8 of the 24. Among the 16 others every action performs every
 * direction equally often, so no single guess pays.
 */
export function isHeldOutControls(controls: readonly number[]): boolean {
  return ((controls[0] as number) ^ (controls[1] as number)) === 3
}

/** Controls of a game that holds some out: drawn from those of training, or from the others. */
export function drawControlsOf(random: Stream, vary: readonly string[], heldOut: boolean): readonly number[] {
  if (!vary.includes('controls')) return STRAIGHT_CONTROLS
  for (;;) {
    const controls = random.shuffled(STRAIGHT_CONTROLS)
    if (isHeldOutControls(controls) === heldOut) return controls
  }
}
