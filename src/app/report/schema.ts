/** What a report's data must look like when it comes from a file or over a connection. Runs in the browser as well. */
import { z } from 'zod'
import type { EvaluationData, ReportData } from './data.ts'

const scoreCurve = z.object({
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

/** As `levelshift evaluate --json` prints it; what a report does not show is left out. */
export const evaluationSchema = scoreCurve.extend({
  split: z.string(),
  levels: z.number(),
  baselines: z.object({ fineTuned: scoreCurve.optional(), randomHead: scoreCurve.optional() }).default({}),
  games: z.array(scoreCurve.extend({ game: z.string() })).optional(),
}) as unknown as z.ZodType<EvaluationData>

const curve = z.object({
  name: z.string(),
  points: z.array(
    z.object({
      iteration: z.number(),
      value: z.number(),
      low: z.number().optional(),
      high: z.number().optional(),
    }),
  ),
})

/** A report without its episodes, whose pictures only report.html shows. */
export const reportSchema = z.object({
  title: z.string(),
  evaluation: evaluationSchema.optional(),
  learning: z.array(curve),
  validation: z.array(curve).optional(),
  losses: z.array(curve),
  speed: curve.optional(),
  probes: z
    .array(
      z.object({
        name: z.string(),
        chance: z.number().optional(),
        validation: z.number(),
        newPalettes: z.number().optional(),
      }),
    )
    .optional(),
  figures: z.array(
    z.object({
      label: z.string(),
      value: z.union([z.string(), z.number()]),
      unit: z.string().optional(),
    }),
  ),
  recipe: z.record(z.string(), z.unknown()),
  provenance: z.record(z.string(), z.string()),
}) as unknown as z.ZodType<ReportData>
