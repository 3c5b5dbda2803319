/** A tuning in words: one line a job while it works, a table at the end. */
import { formatDuration } from '../progress.ts'
import { formatTable } from '../table.ts'
import { iterationsLeft } from './halving.ts'
import { bestOf, lastRecords, observationOf, type TrialRecord } from './records.ts'
import type { TuneResult } from './tune.ts'

/** In a few words; undefined where no trial has a score. */
export function bestSoFar(records: readonly TrialRecord[]): string | undefined {
  const best = bestOf(records)
  return best && `best of all trials ${best.score.toFixed(2)} (trial ${best.trial + 1})`
}

/** By the mean time of an iteration so far. */
export function timeLeft(
  records: readonly TrialRecord[],
  plan: { readonly rungs: readonly number[]; readonly trials: number },
): string | undefined {
  const last = lastRecords(records)
  const iterations = last.reduce((sum, record) => sum + record.iterations, 0)
  if (iterations === 0) return undefined
  const seconds = last.reduce((sum, record) => sum + record.seconds, 0)
  const left = iterationsLeft(records.map(observationOf([])), plan)
  return `about ${formatDuration((left * seconds) / iterations)} left`
}

/** What came out of a job, in one line. */
export function describeRecord(
  record: TrialRecord,
  records: readonly TrialRecord[],
  plan: { readonly rungs: readonly number[]; readonly trials: number },
): string {
  const values = Object.entries(record.values)
    .map(([path, value]) => `${path} ${value}`)
    .join(', ')
  const score = record.score === null ? `failed (${record.failure})` : `score ${record.score.toFixed(2)}`
  const standing = [bestSoFar(records), timeLeft(records, plan)].filter(part => part !== undefined)
  return `trial ${record.trial + 1} after ${record.iterations} iterations: ${values}: ${score}; ${standing.join(', ')}`
}

/** The result for a person. */
export function formatTuning({ fields, rungs, trials, best, encoder, picture, ...rest }: TuneResult): string {
  const head = ['trial', ...fields.map(({ path }) => path), ...rungs.map(count => `after ${count}`)]
  const rows = trials.map(({ trial, values, scores }) => [
    `${trial + 1}${trial === best.trial ? ' (best)' : ''}`,
    ...fields.map(({ path }) => String(values[path])),
    ...rungs.map((_, rung) => scoreText(scores[rung])),
  ])
  const { iterations, seconds } = rest
  const values = fields.map(({ path }) => `${path} ${best.values[path]}`).join(', ')
  return [
    formatTable(
      head,
      rows,
      head.map((_, column) => column).filter(column => column > 0),
    ),
    '',
    `score on validation levels after so many meta-iterations; ${iterations.trained} of ${iterations.full} were trained, in ${formatDuration(seconds)}`,
    `best: trial ${best.trial + 1}, ${values}: ${best.score.toFixed(2)}; response surface: ${picture}`,
    `next: npx levelshift train ${best.recipe}${encoder === undefined ? '' : ` --encoder ${encoder}`}`,
  ].join('\n')
}

/** Nothing where the trial was stopped before. */
function scoreText(score: number | null | undefined): string {
  return score === undefined ? '' : (score?.toFixed(2) ?? 'failed')
}
