/** Values by adaptation step, with their intervals as bars, beside levels such as what the solver reaches. */
import { Chart, type ChartProps } from './chart.tsx'

export function StepChart(props: ChartProps) {
  return <Chart {...props} intervals="bars" log={false} />
}
