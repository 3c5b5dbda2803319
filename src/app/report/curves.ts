/** From a run's records to the curves that a report and the page show. Runs in Node and in the browser. */
import { z } from 'zod'
import type { MetricsRecord } from '../run-contents.ts'
import type { Curve, CurvePoint, Probe } from './data.ts'

/** Mean return on training levels, one curve for each adaptation step. */
export function learningCurves(metrics: readonly MetricsRecord[]): Curve[] {
  return stepCurves(metrics, 'returns', 'returnIntervals')
}

/** Score on validation levels, one curve for each adaptation step. */
export function validationCurves(metrics: readonly MetricsRecord[]): Curve[] {
  return stepCurves(metrics, 'validation', 'validationIntervals')
}

export function speedCurve(metrics: readonly MetricsRecord[]): Curve {
  return curveOf('environment steps a second', metrics, record => numberAt(record['stepsPerSecond']))
}

const probeSchema = z.object({
  directionAccuracy: z.number(),
  directionByKind: z.record(z.string(), z.number()),
  spriteAccuracy: z.number(),
  actionAccuracy: z.number(),
})
const probesSchema = z.object({ validation: probeSchema, heldOutThemes: probeSchema })

/** The encoder's probes, which the first record of a training run carries. */
export function probesOf(metrics: readonly MetricsRecord[]): Probe[] {
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

export function lossCurves(metrics: readonly MetricsRecord[]): Curve[] {
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

/** Paths of all numbers that the records hold, as TensorBoard has them: returns/0, seconds/total. */
export function metricNames(metrics: readonly MetricsRecord[]): string[] {
  // The first and the last record together have every kind of number.
  const names = [metrics[0], metrics.at(-1)].flatMap(record => (record ? pathsOf(record, '') : []))
  return [...new Set(names)].filter(name => name !== 'iteration').sort()
}

export function metricCurve(metrics: readonly MetricsRecord[], path: string): Curve {
  const keys = path.split('/')
  return curveOf(path, metrics, record =>
    numberAt(keys.reduce<unknown>((part, key) => (part as Record<string, unknown> | null)?.[key], record)),
  )
}

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value === 'number') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => pathsOf(part, path === '' ? key : `${path}/${key}`))
}
