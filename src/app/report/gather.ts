/** From a run folder to a report's data. */

import { basename, join, resolve } from 'node:path'
import { UserError } from '../../core/errors.ts'
import { readRun } from '../run-contents.ts'
import { learningCurves, lossCurves, probesOf, speedCurve, validationCurves } from './curves.ts'
import type { EvaluationData, ReportData } from './data.ts'
import { loadEpisodes } from './saved-episodes.ts'
import { evaluationSchema } from './schema.ts'

/**
 * A report of what a run folder holds. `extra` adds to it or replaces parts of it. Of each record in metrics.jsonl it
 * shows `returns` (mean return by adaptation step, from 0), `returnIntervals` ([low, high] by adaptation step),
 * `validation` (score on validation levels by adaptation step), `losses` (by name) and `stepsPerSecond`. `frames: false`
 * leaves the pictures of the episodes out.
 */
export function gatherReport(
  folder: string,
  extra: Partial<ReportData> = {},
  { frames = true }: { readonly frames?: boolean } = {},
): ReportData {
  const run = readRun(folder)
  const { metrics } = run
  const episodes = loadEpisodes(folder, frames)
  const learning = learningCurves(metrics)
  const gathered: ReportData = {
    title: basename(resolve(folder)),
    learning,
    validation: validationCurves(metrics),
    losses: lossCurves(metrics),
    speed: speedCurve(metrics),
    probes: probesOf(metrics),
    episodes,
    figures: [
      {
        label: 'meta-iterations',
        value: learning[0]?.points.length ?? 0,
      },
      { label: 'levels drawn in training', value: new Set(run.levels.map(({ hash }) => hash)).size },
    ],
    recipe: run.recipe,
    provenance: { version: run.levelshift, seed: String(run.seed), ...run.provenance },
    ...(run.evaluation === undefined ? {} : { evaluation: parseEvaluation(run.evaluation, folder) }),
  }
  return {
    ...gathered,
    ...extra,
    figures: [...gathered.figures, ...(extra.figures ?? [])],
    provenance: { ...gathered.provenance, ...extra.provenance },
  }
}

function parseEvaluation(evaluation: unknown, folder: string): EvaluationData {
  const parsed = evaluationSchema.safeParse(evaluation)
  if (parsed.success) return parsed.data as EvaluationData
  const [issue] = parsed.error.issues
  throw new UserError(
    `${join(folder, 'evaluation.json')}: ${issue.path.join('.') || 'the file'}: ${issue.message}; evaluate anew`,
  )
}
