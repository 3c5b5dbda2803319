/** From nothing to a report: train the starter agent, evaluate it on test levels, write the report. */
import type { BackendName } from '../learn/backend.ts'
import type { CommandContext } from './context.ts'
import { type Evaluation, evaluate, formatEvaluation, saveEvaluation } from './evaluate.ts'
import { writeFileAtomic } from './files.ts'
import { findRecipe } from './recipes.ts'
import { gatherReport } from './report/gather.ts'
import { renderReport } from './report/report.ts'
import { type TrainResult, train } from './train.ts'

export interface StartRequest {
  readonly out: string
  readonly seed: number
  readonly backend?: BackendName | 'auto'
  readonly resume: boolean
}

export interface StartResult {
  readonly training: TrainResult
  readonly evaluation: Evaluation
  readonly report: string
  readonly seconds: number
}

const TEST_LEVELS = 100
const STEPS = 3

export async function start(request: StartRequest, context: CommandContext): Promise<StartResult> {
  const began = performance.now()
  const recipe = findRecipe('starter')
  const training = await train({ ...request, recipe }, context)
  const { evaluation, episodes } = await evaluate(
    { ...request, agent: request.out, split: 'test', levels: TEST_LEVELS, steps: STEPS },
    context,
  )
  const report = `${request.out}/report.html`
  await saveEvaluation(request.out, evaluation, episodes)
  writeFileAtomic(report, renderReport(gatherReport(request.out)))
  return { training, evaluation, report, seconds: (performance.now() - began) / 1000 }
}

export function formatStart({ evaluation, report, seconds }: StartResult): string {
  return `${formatEvaluation(evaluation)}\n\n${report} shows the rest (${(seconds / 60).toFixed(1)} min)`
}
