/** Drawing values of hidden rules of which some are held out from training. */
import type { Stream } from '../src/core/random.ts'

/** One of the values, held out exactly where that is asked for, as far as there is such a one. */
export function pickHeldOut<Value>(
  random: Stream,
  values: readonly Value[],
  isHeldOut: (value: Value) => boolean,
  heldOut: boolean,
): Value {
  const fitting = values.filter(value => isHeldOut(value) === heldOut)
  return random.pick(fitting.length ? fitting : values)
}
