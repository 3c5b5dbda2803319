/** The scores of one arm from one seed, as they are kept: one JSON file, so that a study can be extended. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, UserError } from '../../core/errors.ts'
import { readText, writeFileAtomic } from '../files.ts'
import type { PlannedRun } from './plan.ts'

const resultSchema = z.object({
  study: z.string(),
  arm: z.string(),
  seed: z.int(),
  learner: z.string(),
  /** Fingerprint of training, seed, learner and evaluation: a result of another declaration is not mixed in. */
  key: z.string(),
  levelshift: z.string(),
  backend: z.string(),
  machine: z.string(),
  date: z.string(),
  /** Chosen on validation levels: for an agent the factor on its inner rates, for a baseline its fixed rate. */
  rate: z.number(),
  training: z.object({
    run: z.string(),
    /** Environment steps that the learner was trained on. */
    environmentSteps: z.number(),
  }),
  sets: z.array(
    z.object({
      name: z.string(),
      levels: z.array(z.object({ game: z.string(), hash: z.string() })),
      /** Score of each level after k gradient steps, [K + 1][levels]. */
      scores: z.array(z.array(z.number())),
      /** Mean environment steps on a level before step k's policy, [K + 1]. */
      environmentSteps: z.array(z.number()),
    }),
  ),
  /** What was spent on it; a training that arms share stands with each, an encoder with the run that made it. */
  seconds: z.object({ encoder: z.number(), training: z.number(), scoring: z.number() }),
})

export type RunResult = z.infer<typeof resultSchema>

export function saveResult(path: string, result: RunResult): void {
  writeFileAtomic(path, `${JSON.stringify(result)}\n`)
}

/**
 * The result of a planned run, or undefined where it was not made yet. A UserError where the file is damaged or tells of
 * another declaration than the study's.
 */
export function loadResult({ result: path, key, arm }: PlannedRun): RunResult | undefined {
  if (!existsSync(path)) return undefined
  const result = parse(readText(path, 'result'), path)
  if (result.key === key) return result
  throw new UserError(
    `${path}: made by another declaration of the arm ${arm.name} or of the evaluation than the study has now; delete it to make it anew, or choose another folder with --out`,
  )
}

/** Seeds of which a study's folder holds results, whoever asked for them. */
export function seedsWithResults(folder: string): number[] {
  const results = join(folder, 'results')
  if (!existsSync(results)) return []
  const seeds = readdirSync(results).flatMap(name => /-(\d+)\.json$/.exec(name)?.[1] ?? [])
  return [...new Set(seeds.map(Number))]
}

function parse(text: string, path: string): RunResult {
  try {
    return resultSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new UserError(`${path}: not a whole result of a study; delete it to make it anew`, {
      cause: messageOf(error),
    })
  }
}
