/** Scores by gradient step, between a random player's and the solver's. */
import { SCORE_REFERENCES } from '../charts/curve-series.ts'
import type { ChartSeries } from '../charts/series.ts'
import { StepChart } from '../charts/step-chart.tsx'

export function ScoreChart({ series }: { readonly series: readonly ChartSeries[] }) {
  return (
    <StepChart
      label="Score by gradient step"
      yLabel="interquartile mean over levels"
      xLabel="gradient steps"
      series={series}
      references={SCORE_REFERENCES}
      height={300}
    />
  )
}
