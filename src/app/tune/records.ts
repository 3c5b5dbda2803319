/** What a tuning records, trial by trial and rung by rung. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readBytes, writeFileAtomic } from '../files.ts'
import { readLines } from '../run-contents.ts'
import type { Field } from './fields.ts'
import type { Observation } from './proposals.ts'

/** One line of trials.jsonl: a trial that was trained to a rung. */
const recordSchema = z.object({
  trial: z.int().min(0),
  rung: z.int().min(0),
  /** Meta-iterations behind the score. */
  iterations: z.int().min(1),
  /** The tuned fields by their path. */
  values: z.record(z.string(), z.number()),
  /** Best score on validation levels so far; null where the training failed. */
  score: z.number().nullable(),
  /** Why it failed. */
  failure: z.string().exactOptional(),
  /** Of the trial so far. */
  environmentSteps: z.number(),
  /** Of the trial's meta-training so far. */
  seconds: z.number(),
})
export type TrialRecord = z.infer<typeof recordSchema>

/** A trial with all of its scores. */
export interface Trial {
  readonly trial: number
  readonly values: Readonly<Record<string, number>>
  /** Score at each rung that it reached; null where its training failed. */
  readonly scores: readonly (number | null)[]
}

/** The records so far; a last line that a kill cut short is dropped from the file as well. */
export function readRecords(folder: string): TrialRecord[] {
  const path = join(folder, 'trials.jsonl')
  if (!existsSync(path)) return []
  const bytes = readBytes(path, 'list of trials')
  const whole = bytes.lastIndexOf(10) + 1
  if (whole < bytes.length) writeFileAtomic(path, bytes.subarray(0, whole))
  return readLines(path, recordSchema)
}

/** The record as the search sees it. */
export function observationOf(fields: readonly Field[]): (record: TrialRecord) => Observation {
  return ({ trial, rung, score, values }) => ({
    trial,
    rung,
    score: score ?? Number.NEGATIVE_INFINITY,
    values: fields.map(({ path }) => values[path]),
  })
}

/** The best record of the furthest rung that anybody reached with a score. */
export function bestOf(
  records: readonly TrialRecord[],
): (TrialRecord & { readonly score: number }) | undefined {
  const scored = records.filter(
    (record): record is TrialRecord & { readonly score: number } => record.score !== null,
  )
  const furthest = Math.max(...scored.map(({ rung }) => rung))
  return scored
    .filter(({ rung }) => rung === furthest)
    .sort((a, b) => b.score - a.score || a.trial - b.trial)[0]
}

/** The last record of each trial, in the order of the trials. */
export function lastRecords(records: readonly TrialRecord[]): TrialRecord[] {
  return [...new Map(records.map(record => [record.trial, record])).values()]
}

/** Those that came furthest first, of those the best first. */
export function trialsOf(records: readonly TrialRecord[]): Trial[] {
  const lastScore = ({ scores }: Trial) => scores[scores.length - 1] ?? Number.NEGATIVE_INFINITY
  return [...new Set(records.map(({ trial }) => trial))]
    .map(trial => {
      const own = records.filter(record => record.trial === trial)
      return { trial, values: own[0].values, scores: own.map(({ score }) => score) }
    })
    .sort((a, b) => b.scores.length - a.scores.length || lastScore(b) - lastScore(a) || a.trial - b.trial)
}
