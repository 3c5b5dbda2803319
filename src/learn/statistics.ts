/**
 * Aggregate scores with uncertainty, as rliable does (Agarwal et al. 2021, "Deep reinforcement learning at the edge of
 * the statistical precipice"). Scores are a matrix [runs][tasks]: one row a training run (seed), one column a task.
 */

/** Scores by run and task, [runs][tasks]. */
export type ScoreMatrix = readonly (readonly number[])[]

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** Numbers in [0, 1); the interval is a pure function of them and the scores. */
  readonly random: () => number
  /** Resamples; 2000 by default. */
  readonly resamples?: number
  /** Probability that the interval should cover; 0.95 by default. */
  readonly confidence?: number
}

export interface ScoreSummary {
  readonly iqm: number
  readonly mean: number
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

export function mean(scores: readonly number[]): number {
  refuseEmpty(scores)
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
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
 * Percentile interval of a statistic by stratified bootstrap: each resample draws, within each task (column) apart, as
 * many runs with replacement as there are, and applies the statistic to all drawn scores.
 *
 * With a single run that would draw the same scores each time. The tasks are then resampled instead: the interval tells
 * the uncertainty over levels, not that over training runs. Throws on a ragged or empty matrix.
 */
export function bootstrapInterval(
  scores: ScoreMatrix,
  statistic: (scores: readonly number[]) => number,
  { random, resamples = 2000, confidence = 0.95 }: BootstrapOptions,
): Interval {
  const tasks = rectangularWidth(scores)
  // One stratum, its entries drawn from, a column; or, for a single run, the whole row as one stratum.
  const strata =
    scores.length === 1
      ? [scores[0]]
      : Array.from({ length: tasks }, (_, task) => scores.map(run => run[task]))
  const estimates = Array.from({ length: resamples }, () =>
    statistic(strata.flatMap(stratum => stratum.map(() => stratum[Math.floor(random() * stratum.length)]))),
  )
  const sorted = ascending(estimates)
  const tail = (1 - confidence) / 2
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
}

/** All aggregates over the scores of all runs and tasks, with the IQM's bootstrap interval. */
export function summariseScores(scores: ScoreMatrix, options: BootstrapOptions): ScoreSummary {
  rectangularWidth(scores)
  const all = scores.flat()
  return {
    iqm: interquartileMean(all),
    mean: mean(all),
    median: median(all),
    optimalityGap: optimalityGap(all),
    interval: bootstrapInterval(scores, interquartileMean, options),
  }
}

/** Quantile of ascending values by linear interpolation between the two nearest (numpy's default). */
export function quantile(sorted: readonly number[], probability: number): number {
  refuseEmpty(sorted)
  const position = probability * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (position - below) * (sorted[above] - sorted[below])
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

function rectangularWidth(scores: ScoreMatrix): number {
  const tasks = scores[0]?.length ?? 0
  if (tasks === 0) throw new Error('scores: expected at least one run with one task, got none')
  const ragged = scores.findIndex(run => run.length !== tasks)
  if (ragged >= 0) {
    throw new Error(
      `scores: run ${ragged} has ${scores[ragged].length} tasks, run 0 has ${tasks}; all must match`,
    )
  }
  return tasks
}

function refuseEmpty(scores: readonly number[]): void {
  if (scores.length === 0) throw new Error('no scores to aggregate')
}
