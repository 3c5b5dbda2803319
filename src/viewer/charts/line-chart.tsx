/** Curves by iteration, with their intervals as bands. */
import { useMemo, useState } from 'preact/hooks'
import { Chart, type ChartProps } from './chart.tsx'
import { extentOf, smoothSeries } from './series.ts'

/** Points that a smoothed one is the mean of, as a share of the curve. */
const SMOOTH_SHARE = 0.1
/** Shorter curves are left as they are. */
const LEAST_SMOOTHED = 10

export interface LineChartProps extends ChartProps {
  /** Show means of neighbouring points, and the points themselves faintly. Intervals are left out then. */
  readonly smooth?: boolean
}

export function LineChart({ smooth = false, ...props }: LineChartProps) {
  const [log, setLog] = useState(false)
  const { series, references = [] } = props
  const shown = useMemo(
    () =>
      series.map(one =>
        smooth && one.points.length >= LEAST_SMOOTHED
          ? smoothSeries(one, Math.max(3, Math.round(one.points.length * SMOOTH_SHARE)))
          : one,
      ),
    [series, smooth],
  )
  // Zero and less have no place on a logarithmic axis.
  const allowsLog = (extentOf(shown, references)?.[0] ?? 0) > 0
  const command = { label: log ? 'Linear axis' : 'Logarithmic axis', onPress: () => setLog(!log) }
  return (
    <Chart
      {...props}
      series={shown}
      intervals="bands"
      log={log && allowsLog}
      commands={allowsLog || log ? [command] : []}
    />
  )
}
