/** The return by gradient step, between the random player's and the solver's. */
import { useMemo } from 'preact/hooks'
import { stream } from '../../core/random.ts'
import { bootstrapInterval, mean } from '../../learn/statistics.ts'
import { StepChart } from '../charts/step-chart.tsx'
import type { AdaptationStep } from '../learn/learning.ts'
import type { References } from './references.ts'

interface ReturnChartProps {
  readonly agent: string
  readonly steps: readonly AdaptationStep[]
  readonly references: References
}

export function ReturnChart({ agent, steps, references: { solver, random } }: ReturnChartProps) {
  const series = useMemo(
    () => [
      { name: agent, points: steps.map(({ k, returns, meanReturn }) => pointOf(k, returns, meanReturn)) },
    ],
    [agent, steps],
  )
  const lines = useMemo(
    () => [
      ...(solver === null || solver === 'searching' ? [] : [{ name: 'solver', y: solver.return }]),
      ...(random === null ? [] : [{ name: 'random player', y: random }]),
    ],
    [solver, random],
  )
  return (
    <StepChart
      label="Return by gradient step"
      xLabel="gradient steps"
      yLabel="mean, 95% interval"
      series={series}
      references={lines}
      height={200}
    />
  )
}

/** The mean of the episodes with its 95% bootstrap interval; the same numbers at every look. */
function pointOf(k: number, returns: readonly number[], meanReturn: number) {
  const random = stream('adapt chart', k)
  const interval = bootstrapInterval([returns], mean, { random: () => random.next() })
  return { x: k, y: meanReturn, ...interval, values: returns }
}
