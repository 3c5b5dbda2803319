/** The scores of an evaluation by curve, and as a table for other programs: a line for each curve and gradient step. */
import type { EvaluationData, ScoreCurve } from '../../app/report/data.ts'
import { toCsvRows } from '../charts/series.ts'

interface NamedCurve extends ScoreCurve {
  readonly name: string
}

/** Over all games: the agent and the baselines that were scored. */
export function scoreCurves({ steps, baselines }: EvaluationData): NamedCurve[] {
  const { fineTuned, randomHead } = baselines
  return [
    { name: 'meta-trained', steps },
    ...(fineTuned ? [{ ...fineTuned, name: 'fine-tuned' }] : []),
    ...(randomHead ? [{ ...randomHead, name: 'random head' }] : []),
  ]
}

export function scoresCsv(evaluation: EvaluationData): string {
  const games = (evaluation.games ?? []).map(({ game, steps }) => ({ name: game, steps }))
  const rows = [...scoreCurves(evaluation), ...games].flatMap(({ name, steps }) =>
    steps.map(({ k, iqm, low, high, environmentSteps }) => [name, k, iqm, low, high, environmentSteps]),
  )
  return toCsvRows([['curve', 'gradient steps', 'score', 'low', 'high', 'environment steps'], ...rows])
}
