import { describe, expect, it } from 'vitest'
import { stream } from '../src/core/random.ts'
import { quantile } from '../src/learn/bootstrap.ts'
import {
  bootstrapInterval,
  interquartileMean,
  mean,
  median,
  normalisedScore,
  optimalityGap,
  summariseScores,
} from '../src/learn/statistics.ts'

/** Numbers in [0, 1) from the stream of this name. */
function numbers(...name: (string | number)[]): () => number {
  const draws = stream(...name)
  return () => draws.next()
}

describe('aggregates', () => {
  it('match values worked out by hand', () => {
    const scores = [9, 1, 5, 2, 100, 4, 3, -50]
    expect(mean(scores)).toBeCloseTo(74 / 8, 12)
    expect(median(scores)).toBe(3.5)
    expect(median([3, 1, 2])).toBe(2)
    // Sorted -50 1 | 2 3 4 5 | 9 100: two cut from either end.
    expect(interquartileMean(scores)).toBe(3.5)
    // floor(6 / 4) = 1 cut from either end: (2 + 3 + 4 + 5) / 4.
    expect(interquartileMean([1, 2, 3, 4, 5, 60])).toBe(3.5)
    expect(interquartileMean([1, 2, 6])).toBe(3)
    // Shortfalls 0.5, 0, 1.25, 0.
    expect(optimalityGap([0.5, 1, -0.25, 3])).toBe(1.75 / 4)
  })

  it('interpolate quantiles between neighbours', () => {
    expect(quantile([0, 10, 20, 30], 0.5)).toBe(15)
    expect(quantile([0, 10, 20, 30], 0.1)).toBeCloseTo(3, 12)
    expect(quantile([7], 0.975)).toBe(7)
  })

  it('normalise between the random player and the solver', () => {
    expect(normalisedScore(1.1, -0.1, 2.3)).toBeCloseTo(0.5, 12)
    expect(normalisedScore(-0.1, -0.1, 2.3)).toBe(0)
    expect(() => normalisedScore(1, 2, 2)).toThrow(/must exceed/)
  })

  it('refuse ragged or empty scores', () => {
    const options = { random: () => 0 }
    expect(() => summariseScores([], options)).toThrow(/at least one run/)
    expect(() => summariseScores([[1, 2], [1]], options)).toThrow(/run 1 has 1 tasks/)
  })
})

describe('bootstrap', () => {
  it('resamples runs within each task: tasks that differ but never vary give a point', () => {
    const scores = [
      [0, 5, 100],
      [0, 5, 100],
    ]
    expect(bootstrapInterval(scores, mean, { random: numbers('flat') })).toEqual({ low: 35, high: 35 })
  })

  it('resamples levels when there is one run', () => {
    const { low, high } = bootstrapInterval([[0, 1, 0, 1, 0, 1]], mean, { random: numbers('one') })
    expect(low).toBeLessThan(0.3)
    expect(high).toBeGreaterThan(0.7)
  })

  it('is a function of the stream and the scores', () => {
    const scores = [
      [0.1, 0.7],
      [0.4, 0.2],
      [0.9, 0.3],
    ]
    const interval = (seed: number) =>
      bootstrapInterval(scores, interquartileMean, { random: numbers(seed), resamples: 50 })
    expect(interval(1)).toEqual(interval(1))
    expect(interval(1)).not.toEqual(interval(2))
  })

  it('covers the true mean about as often as it says', () => {
    // Task t has mean t, so the true mean over 4 tasks is 1.5; noise is uniform. With 12 runs the percentile
    // bootstrap is known to cover a little less than its nominal 95%.
    const random = numbers('coverage')
    let covered = 0
    const trials = 300
    for (let trial = 0; trial < trials; trial++) {
      const scores = Array.from({ length: 12 }, () => [0, 1, 2, 3].map(task => task + random() - 0.5))
      const { low, high } = bootstrapInterval(scores, mean, { random, resamples: 200 })
      if (low <= 1.5 && 1.5 <= high) covered++
    }
    expect(covered / trials).toBeGreaterThan(0.86)
    expect(covered / trials).toBeLessThan(0.99)
  })
})
