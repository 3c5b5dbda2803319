/** The scores of an evaluation as a table for other programs: a line for each curve and gradient step. */
import type { EvaluationData, ScoreCurve } from '../../app/report/data.ts'

export function scoresCsv(evaluation: EvaluationData): string {
  const { baselines, games = [] } = evaluation
  const curves: [string, ScoreCurve | undefined][] = [
    ['meta-trained', evaluation],
    ['fine-tuned', baselines.fineTuned],
    ['random head', baselines.randomHead],
    ...games.map((game): [string, ScoreCurve] => [game.game, game]),
  ]
  const lines = curves.flatMap(([name, curve]) =>
    (curve?.steps ?? []).map(({ k, iqm, low, high, environmentSteps }) =>
      [name, k, iqm, low, high, environmentSteps].join(','),
    ),
  )
  return ['curve,gradient steps,score,low,high,environment steps', ...lines].join('\r\n')
}
