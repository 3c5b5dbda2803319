/** Statistics against rliable's own output on scores that stand beside it: test/golden/make-rliable.py made the file. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stream } from '../src/core/random.ts'
import { bootstrap, type Resampling, type ScoreMatrix } from '../src/learn/bootstrap.ts'
import {
  averageScoreDistribution,
  probabilityOfImprovement,
  scoreDistribution,
} from '../src/learn/profiles.ts'
import { mean, optimalityGap, summariseScores } from '../src/learn/statistics.ts'

interface Estimates {
  readonly point: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
}

const golden = JSON.parse(readFileSync('test/golden/rliable.json', 'utf8')) as {
  readonly x: ScoreMatrix
  readonly y: ScoreMatrix
  readonly taus: readonly number[]
  readonly 'aggregates over runs': { readonly x: Estimates; readonly y: Estimates }
  readonly 'aggregates over runs and tasks': { readonly x: Estimates; readonly y: Estimates }
  readonly 'score distribution': Estimates
  readonly 'average score distribution': Estimates
  readonly 'probability of improvement of x over y': Estimates
}

const RESAMPLES = 4000

/**
 * Intervals agree to the Monte-Carlo error: the 2.5% quantile of n draws from a normal distribution of deviation s has the
 * standard error 2.67 s / sqrt(n). With 4,000 draws here, 50,000 there, and s a quarter of the interval's width, four
 * standard errors are 4.5% of the width. A share moves in steps of one score or task, `grain`.
 */
function expectSame(
  statistic: (drawn: readonly ScoreMatrix[]) => readonly number[],
  matrices: readonly ScoreMatrix[],
  expected: Estimates,
  over: Resampling = 'runs',
  grain = 0,
) {
  const random = stream('rliable', over)
  const points = statistic(matrices)
  const intervals = bootstrap(matrices, statistic, {
    random: () => random.next(),
    resamples: RESAMPLES,
    over,
  })
  points.forEach((point, i) => {
    expect(point).toBeCloseTo(expected.point[i], 12)
    const tolerance = 0.045 * (expected.high[i] - expected.low[i]) + grain + 1e-12
    expect(Math.abs(intervals[i].low - expected.low[i])).toBeLessThanOrEqual(tolerance)
    expect(Math.abs(intervals[i].high - expected.high[i])).toBeLessThanOrEqual(tolerance)
  })
}

function aggregates([scores]: readonly ScoreMatrix[]): number[] {
  const { iqm, median } = summariseScores(scores, { random: () => 0, resamples: 1 })
  return [iqm, median, mean(scores.flat()), optimalityGap(scores.flat())]
}

describe('rliable agrees on', () => {
  it.each(['x', 'y'] as const)('IQM, median, mean and optimality gap of %s, over runs', name => {
    expectSame(aggregates, [golden[name]], golden['aggregates over runs'][name])
  })

  it.each(['x', 'y'] as const)('the same of %s, over runs and tasks', name => {
    expectSame(aggregates, [golden[name]], golden['aggregates over runs and tasks'][name], 'runs and tasks')
  })

  it('the score distribution', () => {
    const grain = 1 / golden.x.flat().length
    const statistic = ([drawn]: readonly ScoreMatrix[]) => scoreDistribution(drawn, golden.taus)
    expectSame(statistic, [golden.x], golden['score distribution'], 'runs', grain)
  })

  it('the average-score distribution', () => {
    const grain = 1 / golden.x[0].length
    const statistic = ([drawn]: readonly ScoreMatrix[]) => averageScoreDistribution(drawn, golden.taus)
    expectSame(statistic, [golden.x], golden['average score distribution'], 'runs', grain)
  })

  it('the probability of improvement', () => {
    const expected = golden['probability of improvement of x over y']
    expectSame(([x, y]) => [probabilityOfImprovement(x, y)], [golden.x, golden.y], expected)
  })
})

describe('whole runs and tasks', () => {
  it('keeps together what one training makes rise and fall together', () => {
    // Every task of a run has the run's own score: five numbers are known, not fifty.
    const scores = [0, 1, 2, 3, 4].map(score => Array.from({ length: 10 }, () => score))
    const width = (over: Resampling) => {
      const random = stream('whole', over)
      const [{ low, high }] = bootstrap([scores], ([drawn]) => [mean(drawn.flat())], {
        random: () => random.next(),
        over,
      })
      return high - low
    }
    // The mean of 50 draws has the deviation sqrt(2 / 50) = 0.2, that of 5 draws sqrt(2 / 5) = 0.63.
    expect(width('runs')).toBeCloseTo(2 * 1.96 * 0.2, 1)
    expect(Math.abs(width('whole runs and tasks') - 2 * 1.96 * 0.632)).toBeLessThan(0.3)
  })

  it('refuses to compare arms of different tasks', () => {
    expect(() => probabilityOfImprovement([[1, 2]], [[1]])).toThrow('2 tasks against 1')
  })
})
