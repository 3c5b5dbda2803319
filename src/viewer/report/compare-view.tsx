/** Several reports: curves of the same kind in one chart, and a table side by side. */
import './report.css'
import { ArrowLeft } from 'lucide-preact'
import { useMemo } from 'preact/hooks'
import type { Curve, ReportData } from '../../app/report/data.ts'
import { scoreSeries, toSeries } from '../charts/curve-series.ts'
import { LineChart } from '../charts/line-chart.tsx'
import type { ChartSeries } from '../charts/series.ts'
import { linkTo } from '../router.ts'
import { Panel } from '../ui/controls.tsx'
import { CompareTable } from './compare-table.tsx'
import type { NamedReport } from './reports.ts'
import { ScoreChart } from './score-chart.tsx'

interface ComparedChart {
  readonly label: string
  readonly yLabel?: string
  readonly series: readonly ChartSeries[]
}

export function CompareView({ reports }: { readonly reports: readonly NamedReport[] }) {
  const scores = useMemo(
    () =>
      reports.flatMap(({ name, data }, look) =>
        data.evaluation ? [scoreSeries(name, data.evaluation, look)] : [],
      ),
    [reports],
  )
  const charts = useMemo(() => comparedCharts(reports), [reports])
  return (
    <div class="stack">
      <Panel
        title={`Comparing ${reports.map(({ name }) => name).join(', ')}`}
        actions={
          <a class="button quiet" href={linkTo('report')}>
            <ArrowLeft size={16} aria-hidden="true" />
            All reports
          </a>
        }
      >
        <div class="stack">
          {scores.length > 0 ? (
            <ScoreChart series={scores} />
          ) : (
            <p class="muted">None of these was evaluated yet.</p>
          )}
          <CompareTable reports={reports} />
        </div>
      </Panel>
      {charts.length > 0 ? (
        <Panel title="Training">
          <div class="chart-grid">
            {charts.map(chart => (
              <LineChart key={chart.label} xLabel="meta-iteration" {...chart} />
            ))}
          </div>
        </Panel>
      ) : null}
    </div>
  )
}

function comparedCharts(reports: readonly NamedReport[]): ComparedChart[] {
  /** The same curve of every report, named by the report. */
  const overlaid = (pick: (data: ReportData) => Curve | undefined): ChartSeries[] =>
    toSeries(reports.map(({ name, data }) => ({ name, points: pick(data)?.points ?? [] })))
  const losses = [...new Set(reports.flatMap(({ data }) => data.losses.map(({ name }) => name)))]
  return [
    {
      label: 'Score after the last step',
      yLabel: 'validation levels',
      series: overlaid(({ validation }) => validation?.at(-1)),
    },
    {
      label: 'Mean return after the last step',
      yLabel: 'training levels',
      series: overlaid(({ learning }) => learning.at(-1)),
    },
    {
      label: 'Mean return before adaptation',
      yLabel: 'training levels',
      series: overlaid(({ learning }) => learning[0]),
    },
    ...losses.map(loss => ({
      label: `Loss: ${loss}`,
      series: overlaid(({ losses }) => losses.find(({ name }) => name === loss)),
    })),
    { label: 'Environment steps a second', series: overlaid(({ speed }) => speed) },
  ].filter(({ series }) => series.length > 0)
}
