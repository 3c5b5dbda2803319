/**
 * Early stopping of hopeless trials: asynchronous successive halving (Jamieson and Talwalkar 2016; Li et al. 2020, ASHA,
 * algorithm 2). Every trial is trained to the first rung; the best third of those that stand on a rung goes on to the next.
 * One trial is trained at a time, and what comes next follows from what has been recorded.
 */

/** A trial that was trained to a rung, and its score there; a lower number where it failed: minus infinity. */
export interface RungScore {
  /** Place in the order of proposals, from 0. */
  readonly trial: number
  /** Place in the list of rungs, from 0. */
  readonly rung: number
  readonly score: number
}

/** What is to be trained next. */
export interface Job {
  readonly trial: number
  readonly rung: number
}

/** Share of a rung that goes on, as 1 in ETA, and the ratio of two rungs' iterations. */
export const ETA = 3
const RUNGS = 3

/** Meta-iterations of each rung: a ninth, a third and all of the budget; fewer rungs where those are the same. */
export function rungsOf(budget: number): number[] {
  const all = Array.from({ length: RUNGS }, (_, i) =>
    Math.max(1, Math.floor(budget / ETA ** (RUNGS - 1 - i))),
  )
  return [...new Set(all)]
}

/** The job after these; undefined when all is done. A trial that is not on record yet has to be proposed. */
export function nextJob(
  records: readonly RungScore[],
  { rungs, trials }: { readonly rungs: number; readonly trials: number },
): Job | undefined {
  const ranked = Array.from({ length: rungs }, (_, rung) => rankingOf(records, rung))
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const promoted = ranked[rung]
      .slice(0, Math.floor(ranked[rung].length / ETA))
      .find(candidate => isPromotable(candidate, ranked[rung + 1]))
    if (promoted) return { trial: promoted.trial, rung: rung + 1 }
  }
  const started = ranked[0].length
  if (started < trials) return { trial: started, rung: 0 }
  // A third of one or two is nobody, yet somebody has to reach the top.
  for (let rung = 0; rung < rungs - 1; rung++) {
    const best = ranked[rung].find(candidate => isPromotable(candidate, ranked[rung + 1]))
    if (ranked[rung + 1].length === 0 && best) return { trial: best.trial, rung: rung + 1 }
  }
  return undefined
}

/** Meta-iterations that are still to come, as far as that can be told before the scores are known. */
export function iterationsLeft(
  records: readonly RungScore[],
  { rungs, trials }: { readonly rungs: readonly number[]; readonly trials: number },
): number {
  return rungs.reduce((sum, iterations, rung) => {
    const done = records.filter(record => record.rung === rung).length
    const expected = Math.max(1, Math.floor(trials / ETA ** rung))
    return sum + Math.max(0, expected - done) * (iterations - (rungs[rung - 1] ?? 0))
  }, 0)
}

/** The records of a rung, best first; of equal ones the earlier trial. */
function rankingOf(records: readonly RungScore[], rung: number): RungScore[] {
  return records
    .filter(record => record.rung === rung)
    .sort((a, b) => (a.score === b.score ? a.trial - b.trial : b.score - a.score))
}

function isPromotable({ trial, score }: RungScore, above: readonly RungScore[]): boolean {
  return Number.isFinite(score) && !above.some(record => record.trial === trial)
}
