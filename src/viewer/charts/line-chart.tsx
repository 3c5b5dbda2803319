/** Curves by iteration, with their intervals as bands. */
import { useMemo, useState } from 'preact/hooks'
import { Chart, type ChartProps } from './chart.tsx'
import { extentOf, smoothSeries } from './series.ts'

/** Points that a smoothed one is the mean of, as a share of the curve. */
const SMOOTH_SHARE = 0.1

export function LineChart(props: ChartProps) {
  const [log, setLog] = useState(false)
  const [smooth, setSmooth] = useState(false)
  const { series, references = [] } = props
  const shown = useMemo(
    () =>
      smooth
        ? series.map(one => smoothSeries(one, Math.max(3, Math.round(one.points.length * SMOOTH_SHARE))))
        : series,
    [series, smooth],
  )
  // Zero and less have no place on a logarithmic axis.
  const allowsLog = (extentOf(shown, references)?.[0] ?? 0) > 0
  return (
    <Chart
      {...props}
      series={shown}
      intervals="bands"
      log={log && allowsLog}
      commands={[
        ...(allowsLog || log
          ? [{ label: log ? 'Linear axis' : 'Logarithmic axis', onPress: () => setLog(!log) }]
          : []),
        { label: smooth ? 'Do not smooth' : 'Smooth', onPress: () => setSmooth(!smooth) },
      ]}
    />
  )
}
