import { describe, expect, it } from 'vitest'
import { stream } from '../src/core/random.ts'
import {
  discountedReturns,
  type EpisodeShape,
  episodeMask,
  generalisedAdvantages,
  normalisePerTask,
} from '../src/learn/advantage.ts'
import { fitLinearBaseline } from '../src/learn/baseline.ts'

/** Numbers in [0, 1) from the stream of this name. */
function numbers(...name: (string | number)[]): () => number {
  const draws = stream(...name)
  return () => draws.next()
}

// One task of two episodes with room for 4 steps. Episode 0 terminates at its third step; episode 1 is truncated after
// its second. Padding holds numbers that must not be read.
const shape: EpisodeShape = { tasks: 1, episodes: 2, steps: 4 }
const ends = {
  terminated: Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0),
  truncated: Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0),
}
const rewards = Float32Array.of(1, 2, 3, 99, 1, 2, 99, 99)
const values = Float32Array.of(4, 2, 6, 77, 2, 4, 77, 77)
const finalValues = Float32Array.of(55, 8)

describe('generalised advantage estimation', () => {
  it('matches hand-computed values with a termination and a truncation', () => {
    // gamma = lambda = 0.5, so gamma lambda = 0.25.
    // Episode 0: delta_2 = 3 - 6 = -3 (nothing follows a termination), delta_1 = 2 + 3 - 2 = 3, delta_0 = 1 + 1 - 4 = -2;
    //            A = -2 + 0.25 * 2.25 = -1.4375, 3 + 0.25 * -3 = 2.25, -3.
    // Episode 1: delta_1 = 2 + 4 - 4 = 2 (bootstraps on the final observation's 8), delta_0 = 1 + 2 - 2 = 1;
    //            A = 1 + 0.25 * 2 = 1.5, 2.
    const advantages = generalisedAdvantages({
      shape,
      ...ends,
      rewards,
      values,
      finalValues,
      discount: 0.5,
      lambda: 0.5,
    })
    expect([...advantages]).toEqual([-1.4375, 2.25, -3, 0, 1.5, 2, 0, 0])
  })

  it('with lambda 1 is the return minus the value', () => {
    const request = { shape, ...ends, rewards, finalValues, discount: 0.5 }
    // Returns: 1 + 0.5 (2 + 0.5 * 3) = 2.75, 3.5, 3; and 1 + 0.5 (2 + 0.5 * 8) = 4, 6.
    const returns = discountedReturns(request)
    expect([...returns]).toEqual([2.75, 3.5, 3, 0, 4, 6, 0, 0])
    const advantages = generalisedAdvantages({ ...request, values, lambda: 1 })
    expect([...advantages]).toEqual([-1.25, 1.5, -3, 0, 2, 2, 0, 0])
  })

  it('bootstraps where a row ends with no end marked, and counts it in full', () => {
    const open = { terminated: new Uint8Array(8), truncated: new Uint8Array(8) }
    expect([...episodeMask(shape, open)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
    const advantages = generalisedAdvantages({
      shape,
      ...open,
      rewards: new Float32Array(8),
      values: new Float32Array(8),
      finalValues: Float32Array.of(16, 0),
      discount: 0.5,
      lambda: 1,
    })
    expect([...advantages]).toEqual([1, 2, 4, 8, 0, 0, 0, 0])
  })

  it('masks what follows the end', () => {
    expect([...episodeMask(shape, ends)]).toEqual([1, 1, 1, 0, 1, 1, 0, 0])
  })

  it('refuses arrays of the wrong length', () => {
    const short = {
      shape,
      ...ends,
      rewards: new Float32Array(7),
      values,
      finalValues,
      discount: 1,
      lambda: 1,
    }
    expect(() => generalisedAdvantages(short)).toThrow('rewards: expected 8 entries, got 7')
  })
})

describe('normalisation', () => {
  it('works within each task, over its own steps only', () => {
    // Task 0: 1 and 3 (99 is padding) -> -1, 1. Task 1: 10, 10, 40 -> mean 20, deviation sqrt(200).
    const normalised = normalisePerTask(
      Float32Array.of(1, 3, 99, 10, 10, 40),
      Float32Array.of(1, 1, 0, 1, 1, 1),
      2,
    )
    const expected = [-1, 1, 0, -Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2]
    for (const [i, value] of expected.entries()) expect(normalised[i]).toBeCloseTo(value, 6)
  })

  it('maps equal advantages to zero', () => {
    expect([...normalisePerTask(Float32Array.of(2, 2), Float32Array.of(1, 1), 1)]).toEqual([0, 0])
  })
})

describe('linear baseline', () => {
  const steps = 12
  const cubic = (t: number) => 2 - t + 0.5 * t ** 2 - 0.04 * t ** 3
  const full = (tasks: number, episodes: number) => new Float32Array(tasks * episodes * steps).fill(1)

  it('fits a cubic of time exactly, and extends it to the final observation', () => {
    const returns = Float32Array.from({ length: 2 * steps }, (_, i) => cubic(i % steps))
    const mask = full(1, 2)
    // The second episode is 5 steps long.
    mask.fill(0, steps + 5)
    const fit = fitLinearBaseline({ shape: { tasks: 1, episodes: 2, steps }, returns, mask, ridge: 1e-12 })
    for (let t = 0; t < steps; t++) expect(fit.values[t]).toBeCloseTo(cubic(t), 4)
    expect(fit.values[steps + 4]).toBeCloseTo(cubic(4), 4)
    expect(fit.values[steps + 5]).toBe(0)
    expect(fit.finalValues[0]).toBeCloseTo(cubic(steps), 3)
    expect(fit.finalValues[1]).toBeCloseTo(cubic(5), 4)
  })

  it('fits observation features', () => {
    const random = numbers('baseline', 'features')
    const observations = Float32Array.from({ length: 3 * steps * 2 }, random)
    const returns = Float32Array.from(
      { length: 3 * steps },
      (_, i) => cubic(i % steps) + 3 * observations[2 * i] - 7 * observations[2 * i + 1],
    )
    const fit = fitLinearBaseline({
      shape: { tasks: 1, episodes: 3, steps },
      returns,
      mask: full(1, 3),
      observations,
      finalObservations: Float32Array.of(1, 0, 0, 1, 0, 0),
      ridge: 1e-12,
    })
    for (let i = 0; i < returns.length; i++) expect(fit.values[i]).toBeCloseTo(returns[i], 3)
    for (const [episode, extra] of [3, -7, 0].entries()) {
      expect(fit.finalValues[episode]).toBeCloseTo(cubic(steps) + extra, 2)
    }
  })

  it('knows nothing of the other tasks', () => {
    const random = numbers('baseline', 'leak')
    const own = Float32Array.from({ length: 2 * steps }, random)
    const fitBeside = (scale: number) => {
      const returns = new Float32Array(6 * steps)
      for (let i = 0; i < returns.length; i++) returns[i] = scale * random()
      returns.set(own, 2 * steps)
      const fit = fitLinearBaseline({ shape: { tasks: 3, episodes: 2, steps }, returns, mask: full(3, 2) })
      return [...fit.values.subarray(2 * steps, 4 * steps), ...fit.finalValues.subarray(2, 4)]
    }
    const alone = fitLinearBaseline({
      shape: { tasks: 1, episodes: 2, steps },
      returns: own,
      mask: full(1, 2),
    })
    expect(fitBeside(1000)).toEqual([...alone.values, ...alone.finalValues])
    expect(fitBeside(-5)).toEqual([...alone.values, ...alone.finalValues])
  })
})
