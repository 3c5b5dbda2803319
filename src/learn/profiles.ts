/** Comparisons of whole score distributions, as rliable makes them (Agarwal et al. 2021, sections 4.1 and 4.3). */
import { rectangularWidth, type ScoreMatrix } from './bootstrap.ts'
import { mean, taskMeans } from './statistics.ts'

/** Score distribution: the share of scores above each tau, over all runs and tasks. */
export function scoreDistribution(scores: ScoreMatrix, taus: readonly number[]): number[] {
  return sharesAbove(scores.flat(), taus)
}

/** Average-score distribution: the share of tasks whose mean over runs is above each tau. */
export function averageScoreDistribution(scores: ScoreMatrix, taus: readonly number[]): number[] {
  return sharesAbove(taskMeans(scores), taus)
}

/**
 * Probability that a run of x beats a run of y, mean over tasks. Of each task it is the Mann-Whitney U of x over the number
 * of pairs: the share of pairs in which x is larger, with half a point for equal ones. Throws unless both have the same
 * tasks.
 */
export function probabilityOfImprovement(x: ScoreMatrix, y: ScoreMatrix): number {
  const tasks = rectangularWidth(x)
  if (rectangularWidth(y) !== tasks) {
    throw new Error(
      `probability of improvement: ${tasks} tasks against ${rectangularWidth(y)}; both must have the same`,
    )
  }
  const byTask = Array.from({ length: tasks }, (_, task) => {
    let points = 0
    for (const a of x) for (const b of y) points += a[task] > b[task] ? 1 : a[task] === b[task] ? 0.5 : 0
    return points / (x.length * y.length)
  })
  return mean(byTask)
}

function sharesAbove(scores: readonly number[], taus: readonly number[]): number[] {
  return taus.map(tau => scores.reduce((count, score) => count + (score > tau ? 1 : 0), 0) / scores.length)
}
