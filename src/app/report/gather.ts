/** From a run folder to a report's data. */

import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { type MetricsRecord, readRun } from '../run-contents.ts'
import type { Curve, CurvePoint, EvaluationData, Probe, ReportData } from './data.ts'
import { loadEpisodes } from './saved-episodes.ts'

const curveSchema = z.object({
  steps: z.array(
    z.object({
      k: z.number(),
      iqm: z.number(),
      low: z.number(),
      high: z.number(),
      environmentSteps: z.number(),
    }),
  ),
})
const evaluationSchema = curveSchema.extend({
  split: z.string(),
  levels: z.number(),
  baselines: z.object({ fineTuned: curveSchema.optional(), randomHead: curveSchema.optional() }).default({}),
  games: z.array(curveSchema.extend({ game: z.string() })).optional(),
})

/**
 * A report of what a run folder holds. `extra` adds to it or replaces parts of it. Of each record in metrics.jsonl it
 * shows `returns` (mean return by adaptation step, from 0), `returnIntervals` ([low, high] by adaptation step),
 * `validation` (score on validation levels by adaptation step), `losses` (by name) and `stepsPerSecond`.
 */
export function gatherReport(folder: string, extra: Partial<ReportData> = {}): ReportData {
  const run = readRun(folder)
  const { metrics } = run
  const episodes = loadEpisodes(folder)
  const speed = curveOf('environment steps a second', metrics, record => numberAt(record['stepsPerSecond']))
  const gathered: ReportData = {
    title: basename(resolve(folder)),
    learning: stepCurves(metrics, 'returns', 'returnIntervals'),
    validation: stepCurves(metrics, 'validation', 'validationIntervals'),
    losses: lossCurves(metrics),
    speed,
    probes: probesOf(metrics),
    episodes,
    figures: [
      {
        label: 'meta-iterations',
        value: metrics.filter(record => listAt(record['returns']).length > 0).length,
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

const probeSchema = z.object({
  directionAccuracy: z.number(),
  directionByKind: z.record(z.string(), z.number()),
  spriteAccuracy: z.number(),
  actionAccuracy: z.number(),
})
const probesSchema = z.object({ validation: probeSchema, heldOutThemes: probeSchema })

/** The encoder's probes, which the first record of a training run carries. */
function probesOf(metrics: readonly MetricsRecord[]): Probe[] {
  const parsed = probesSchema.safeParse(metrics.find(record => 'probes' in record)?.['probes'])
  if (!parsed.success) return []
  const { validation, heldOutThemes } = parsed.data
  const kinds = Object.keys(validation.directionByKind)
  return [
    {
      name: 'way to the nearest object',
      chance: 0.2,
      validation: validation.directionAccuracy,
      newPalettes: heldOutThemes.directionAccuracy,
    },
    ...kinds.map(kind => ({
      name: `… ${kind}`,
      chance: 0.2,
      validation: validation.directionByKind[kind],
      ...(kind in heldOutThemes.directionByKind ? { newPalettes: heldOutThemes.directionByKind[kind] } : {}),
    })),
    {
      name: 'what the player carries',
      validation: validation.spriteAccuracy,
      newPalettes: heldOutThemes.spriteAccuracy,
    },
    {
      name: 'action between two frames',
      validation: validation.actionAccuracy,
      newPalettes: heldOutThemes.actionAccuracy,
    },
  ]
}

/** One curve for each adaptation step that any record tells of. */
function stepCurves(metrics: readonly MetricsRecord[], key: string, intervalsKey: string): Curve[] {
  const steps = Math.max(0, ...metrics.map(record => listAt(record[key]).length))
  return Array.from({ length: steps }, (_, k) => {
    const name = k === 0 ? 'before' : `after ${k} step${k === 1 ? '' : 's'}`
    return curveOf(
      name,
      metrics,
      record => numberAt(listAt(record[key])[k]),
      record => listAt(listAt(record[intervalsKey])[k]),
    )
  })
}

function lossCurves(metrics: readonly MetricsRecord[]): Curve[] {
  const names = new Set(
    metrics.flatMap(({ losses }) => Object.keys((losses as object | null | undefined) ?? {})),
  )
  return [...names].map(name =>
    curveOf(name, metrics, ({ losses }) => numberAt((losses as Record<string, unknown> | undefined)?.[name])),
  )
}

function curveOf(
  name: string,
  metrics: readonly MetricsRecord[],
  pickValue: (record: MetricsRecord) => number | undefined,
  pickInterval: (record: MetricsRecord) => readonly unknown[] = () => [],
): Curve {
  const points: CurvePoint[] = []
  for (const record of metrics) {
    const value = pickValue(record)
    if (value === undefined) continue
    const [low, high] = pickInterval(record).map(numberAt)
    const interval = low === undefined || high === undefined ? {} : { low, high }
    points.push({ iteration: record.iteration, value, ...interval })
  }
  return { name, points }
}

function numberAt(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function listAt(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
