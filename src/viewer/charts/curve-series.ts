/** From the data of a report to the series of a chart. */
import type { Curve, ScoreCurve } from '../../app/report/data.ts'
import type { ChartSeries } from './series.ts'

/** Curves for a chart; those without a point yet are left out. */
export function toSeries(curves: readonly Curve[]): ChartSeries[] {
  return curves.flatMap(({ name, points }, look) =>
    points.length === 0
      ? []
      : [
          {
            name,
            look,
            points: points.map(({ iteration, value, ...rest }) => ({ x: iteration, y: value, ...rest })),
          },
        ],
  )
}

/** Score by gradient step. */
export function scoreSeries(name: string, { steps }: ScoreCurve, look?: number): ChartSeries {
  return {
    name,
    points: steps.map(({ k, iqm, low, high }) => ({ x: k, y: iqm, low, high })),
    ...(look === undefined ? {} : { look }),
  }
}

/** What scores are measured by. */
export const SCORE_REFERENCES = [
  { name: 'random player', y: 0 },
  { name: 'solver', y: 1 },
]
