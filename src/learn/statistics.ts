/**
 * Aggregate scores with uncertainty, as rliable does (Agarwal et al. 2021, "Deep reinforcement learning at the edge of
 * the statistical precipice"). Scores are a matrix [runs][tasks]: one row a training run (seed), one column a task.
 */
import {
  type BootstrapOptions,
  bootstrap,
  type Interval,
  rectangularWidth,
  type ScoreMatrix,
} from './bootstrap.ts'

export interface ScoreSummary {
  readonly iqm: number
  readonly mean: number
  /** Of the tasks' means over runs. */
  readonly median: number
  readonly optimalityGap: number
  /** Interval of the IQM. */
  readonly interval: Interval
}

/** (R - Rmin) / (Rmax - Rmin): 0 is a random player, 1 the solver. Throws unless Rmax > Rmin. */
export function normalisedScore(result: number, randomReturn: number, solverReturn: number): number {
  if (!(solverReturn > randomReturn)) {
    throw new Error(
      `normalised score: the solver's ${solverReturn} must exceed a random player's ${randomReturn}`,
    )
  }
  return (result - randomReturn) / (solverReturn - randomReturn)
}

export function mean(scores: ArrayLike<number>): number {
  refuseEmpty(scores)
  let sum = 0
  for (let i = 0; i < scores.length; i++) sum += scores[i]
  return sum / scores.length
}

/** The middle score, or the mean of the middle two. */
export function median(scores: readonly number[]): number {
  refuseEmpty(scores)
  const sorted = ascending(scores)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/**
 * Interquartile mean: the mean of the scores left when floor(n / 4) are cut from either end, as scipy's trim_mean,
 * which rliable uses, does it.
 */
export function interquartileMean(scores: readonly number[]): number {
  refuseEmpty(scores)
  const cut = Math.floor(scores.length / 4)
  return mean(ascending(scores).slice(cut, scores.length - cut))
}

/** Mean shortfall below `target`: mean of max(0, target - score). */
export function optimalityGap(scores: readonly number[], target = 1): number {
  return mean(scores.map(score => Math.max(0, target - score)))
}

/**
 * Percentile interval of a statistic of all scores by stratified bootstrap over runs; see bootstrap.ts, which has other
 * ways to resample and other statistics.
 *
 * With a single run that would draw the same scores each time. The tasks are then resampled instead: the interval tells
 * the uncertainty over levels, not that over training runs. Throws on a ragged or empty matrix.
 */
export function bootstrapInterval(
  scores: ScoreMatrix,
  statistic: (scores: readonly number[]) => number,
  options: BootstrapOptions,
): Interval {
  return bootstrap([scores], ([drawn]) => [statistic(drawn.flat())], options)[0]
}

/** All aggregates over the scores of all runs and tasks, with the IQM's bootstrap interval. */
export function summariseScores(scores: ScoreMatrix, options: BootstrapOptions): ScoreSummary {
  rectangularWidth(scores)
  const all = scores.flat()
  return {
    iqm: interquartileMean(all),
    mean: mean(all),
    median: medianOfTasks(scores),
    optimalityGap: optimalityGap(all),
    interval: bootstrapInterval(scores, interquartileMean, options),
  }
}

/** The median, over tasks, of a task's mean over runs: rliable's median. Throws on a ragged or empty matrix. */
export function medianOfTasks(scores: ScoreMatrix): number {
  return median(taskMeans(scores))
}

/** Mean over runs of each task, [tasks]. Throws on a ragged or empty matrix. */
export function taskMeans(scores: ScoreMatrix): number[] {
  const tasks = rectangularWidth(scores)
  return Array.from({ length: tasks }, (_, task) => mean(scores.map(run => run[task])))
}

function ascending(values: readonly number[]): number[] {
  return Array.from(Float64Array.from(values).sort())
}

function refuseEmpty(scores: ArrayLike<number>): void {
  if (scores.length === 0) throw new Error('no scores to aggregate')
}
