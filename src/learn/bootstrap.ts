/**
 * Percentile bootstrap intervals of any statistic of score matrices, [runs][tasks], as rliable draws them (Agarwal et al.
 * 2021, section 4.2): resample, apply the statistic, take quantiles.
 */

/** Scores by run and task, [runs][tasks]. */
export type ScoreMatrix = readonly (readonly number[])[]

export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * What is drawn anew in each resample.
 *
 * - `runs`: within each task apart, as many runs with replacement as there are (stratified). rliable's default; right where
 *   every score of a task is a training of its own.
 * - `runs and tasks`: tasks with replacement as well, then runs within each. rliable's `task_bootstrap`.
 * - `whole runs and tasks`: runs with all their scores, and tasks, with replacement. Where one training is scored on every
 *   task its scores rise and fall together; the other two take them for independent and give narrower intervals.
 */
export type Resampling = 'runs' | 'runs and tasks' | 'whole runs and tasks'

export interface BootstrapOptions {
  /** Numbers in [0, 1); the interval is a pure function of them and the scores. */
  readonly random: () => number
  /** Resamples; 2000 by default. */
  readonly resamples?: number
  /** Probability that the interval should cover; 0.95 by default. */
  readonly confidence?: number
  /** `runs` by default. A matrix of one run has its tasks resampled in any case. */
  readonly over?: Resampling
}

/**
 * Intervals of each number that `statistic` gives for a list of matrices, which are resampled independently. Throws on a
 * ragged or empty matrix.
 */
export function bootstrap(
  matrices: readonly ScoreMatrix[],
  statistic: (drawn: readonly ScoreMatrix[]) => readonly number[],
  { random, resamples = 2000, confidence = 0.95, over = 'runs' }: BootstrapOptions,
): Interval[] {
  for (const matrix of matrices) rectangularWidth(matrix)
  const estimates = Array.from({ length: resamples }, () =>
    statistic(matrices.map(matrix => resample(matrix, over, random))),
  )
  const tail = (1 - confidence) / 2
  return estimates[0].map((_, i) => {
    const sorted = Array.from(Float64Array.from(estimates, values => values[i]).sort())
    return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
  })
}

/** Quantile of ascending values by linear interpolation between the two nearest (numpy's default). */
export function quantile(sorted: readonly number[], probability: number): number {
  if (sorted.length === 0) throw new Error('no values to take a quantile of')
  const position = probability * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (position - below) * (sorted[above] - sorted[below])
}

/** The number of tasks; throws on a ragged or empty matrix. */
export function rectangularWidth(scores: ScoreMatrix): number {
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

function resample(scores: ScoreMatrix, over: Resampling, random: () => number): number[][] {
  const [runs, tasks] = [scores.length, scores[0].length]
  const draw = (count: number) => Math.floor(random() * count)
  const drawsTasks = over !== 'runs' || runs === 1
  const whole = over === 'whole runs and tasks' ? scores.map(() => draw(runs)) : undefined
  const drawn = scores.map(() => new Array<number>(tasks))
  for (let column = 0; column < tasks; column++) {
    const task = drawsTasks ? draw(tasks) : column
    for (let row = 0; row < runs; row++) {
      const run = whole ? whole[row] : runs === 1 ? 0 : draw(runs)
      drawn[row][column] = scores[run][task]
    }
  }
  return drawn
}
