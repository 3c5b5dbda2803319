/** A run's curves, as far as they have grown. */
import { useMemo, useState } from 'preact/hooks'
import {
  learningCurves,
  lossCurves,
  metricCurve,
  metricNames,
  speedCurve,
  validationCurves,
} from '../../app/report/curves.ts'
import type { MetricsRecord } from '../../app/run-contents.ts'
import { toSeries } from '../charts/curve-series.ts'
import { LineChart } from '../charts/line-chart.tsx'
import { Toggle } from '../ui/choices.tsx'
import { Panel, Select } from '../ui/controls.tsx'

export function RunCurves({ records }: { readonly records: readonly MetricsRecord[] }) {
  const [smooth, setSmooth] = useState(false)
  const curves = useMemo(
    () => ({
      learning: toSeries(learningCurves(records)),
      validation: toSeries(validationCurves(records)),
      losses: toSeries(lossCurves(records)),
      speed: toSeries([speedCurve(records)]),
    }),
    [records],
  )
  const charts = [
    { label: 'Mean return by adaptation step', yLabel: 'training levels', series: curves.learning },
    { label: 'Score by adaptation step', yLabel: 'validation levels', series: curves.validation },
    ...curves.losses.map(loss => ({ label: `Loss: ${loss.name}`, series: [loss] })),
    { label: 'Environment steps a second', series: curves.speed },
  ].filter(({ series }) => series.length > 0)
  if (charts.length === 0) return null
  return (
    <Panel title="Curves" actions={<Toggle label="Smooth" checked={smooth} onChange={setSmooth} />}>
      <div class="chart-grid">
        {charts.map(chart => (
          <LineChart key={chart.label} xLabel="meta-iteration" smooth={smooth} {...chart} />
        ))}
        <AnyMetric records={records} smooth={smooth} />
      </div>
    </Panel>
  )
}

/** One more chart, of whatever the records hold. */
function AnyMetric(props: { readonly records: readonly MetricsRecord[]; readonly smooth: boolean }) {
  const { records, smooth } = props
  const names = useMemo(() => metricNames(records), [records])
  const [chosen, setChosen] = useState('solverShare')
  const name = names.find(name => name === chosen) ?? names[0]
  const series = useMemo(
    () => toSeries(name === undefined ? [] : [metricCurve(records, name)]),
    [records, name],
  )
  if (name === undefined) return null
  return (
    <div class="any-metric">
      <Select
        label="Metric"
        value={name}
        options={names.map(value => ({ value, label: value }))}
        onChange={setChosen}
      />
      <LineChart label={name} xLabel="meta-iteration" series={series} smooth={smooth} height={190} />
    </div>
  )
}
