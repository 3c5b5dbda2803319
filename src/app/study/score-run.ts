/** Scoring one arm of a study: its inner rates chosen on validation levels, then every set of levels once. */
import { setImmediate } from 'node:timers/promises'
import type { LevelRequest } from '../../../envs/draw-level.ts'
import type { Split } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { ENCODER_SHAPES } from '../../learn/encoder.ts'
import {
  drawLevels,
  heldOutRequests,
  type Learner,
  type LevelScores,
  type ScoredLevel,
  scoreLearner,
} from '../../learn/evaluate.ts'
import { createFeatureCache } from '../../learn/features.ts'
import type { AlphaSchedule } from '../../learn/maml.ts'
import { disposeParameters, mapRecord, toTensors } from '../../learn/parameters.ts'
import { interquartileMean, mean } from '../../learn/statistics.ts'
import type { Study } from '../../learn/study.ts'
import { decodeAgent } from '../agent-file.ts'
import type { CommandContext } from '../context.ts'
import { armsOf } from '../evaluate.ts'
import { openAgent } from '../run-folder.ts'
import type { PlannedRun } from './plan.ts'
import type { RunResult } from './result.ts'

/** Draws levels as evaluate.ts does, and keeps them for the next arm: proofs take longer than scores. */
export type LevelSource = (
  requests: readonly LevelRequest[],
  split: Split,
  count: number,
  seed: string,
) => readonly ScoredLevel[]

export function createLevelSource(): LevelSource {
  const drawn = new Map<string, readonly ScoredLevel[]>()
  return (...request) => {
    const name = JSON.stringify(request)
    const levels = drawn.get(name) ?? drawLevels(...request)
    drawn.set(name, levels)
    return levels
  }
}

/**
 * Scores a trained arm. Levels and episodes are those of `levelshift evaluate RUN --seed SEED` with the seed of the study's
 * evaluation, so every arm and training seed meets the same.
 */
export async function scoreRun(
  { arm, training }: PlannedRun,
  { evaluation }: Study,
  draw: LevelSource,
  context: CommandContext,
): Promise<Pick<RunResult, 'rate' | 'sets'>> {
  const { path, checkpoint } = openAgent(training.folder)
  const agent = decodeAgent(checkpoint, path)
  const candidate = armsOf(agent).find(({ name }) => name === arm.learner)
  if (!candidate)
    throw new UserError(`${path}: the checkpoint holds no ${arm.learner}; delete the folder and run again`)
  const encoder = toTensors(agent.encoder, ENCODER_SHAPES)
  const features = createFeatureCache(encoder)
  const { levels: count, seed } = evaluation
  const rates = arm.learner === 'agent' ? evaluation.rates : [1]
  const { validation } = agent.recipe
  const tried = rates.length > 1 ? rates.length * validation.levels : 0
  const progress = context.progress({
    label: 'scoring',
    total: tried + evaluation.sets.length * count,
    unit: 'levels',
  })
  let done = 0
  const score = async (learner: Learner, levels: readonly ScoredLevel[], steps: number, name: string) => {
    const before = done
    return scoreLearner({
      learner,
      levels,
      steps,
      meta: agent.recipe.meta,
      features,
      seed: name,
      onProgress: async chunk => {
        done = before + chunk
        progress.update(done)
        await setImmediate()
        context.signal.throwIfAborted()
      },
    })
  }
  try {
    const factor = await chooseRate(rates, async rate => {
      const { steps } = agent.recipe.meta
      const name = `${agent.seed}/validation`
      const levels = draw(agent.recipe.levels, 'validation', validation.levels, name)
      const scores = await score(scaled(candidate.learner, rate), levels, Math.max(1, steps), name)
      return interquartileMean(scores.scores[scores.scores.length - 1])
    })
    const learner = scaled(candidate.learner, factor)
    const sets: RunResult['sets'] = []
    for (const set of evaluation.sets) {
      const requests = heldOutRequests(set.levels ?? agent.recipe.levels, set.heldOut)
      const levels = draw(requests, set.split, count, `evaluate/${seed}`)
      const scores = await score(learner, levels, evaluation.steps, `evaluate/${seed}/episodes`)
      sets.push(setResult(set.name, levels, scores))
    }
    return { rate: arm.learner === 'agent' ? factor : candidate.alpha, sets }
  } finally {
    progress.stop()
    disposeParameters(encoder)
  }
}

/** The rate with the highest score; the only one without a try. */
async function chooseRate(
  rates: readonly number[],
  score: (rate: number) => Promise<number>,
): Promise<number> {
  if (rates.length === 1) return rates[0]
  let best = { rate: Number.NaN, score: Number.NEGATIVE_INFINITY }
  for (const rate of rates) {
    const reached = await score(rate)
    if (reached > best.score) best = { rate, score: reached }
  }
  return best.rate
}

/** The same learner with every inner rate multiplied. */
function scaled({ theta, alphas }: Learner, factor: number): Learner {
  if (factor === 1) return { theta, alphas }
  const schedule: AlphaSchedule = alphas.map(step =>
    mapRecord(step, alpha => (typeof alpha === 'number' ? alpha * factor : alpha.map(rate => rate * factor))),
  )
  return { theta, alphas: schedule }
}

function setResult(
  name: string,
  levels: readonly ScoredLevel[],
  { scores, environmentSteps }: LevelScores,
): RunResult['sets'][number] {
  return {
    name,
    levels: levels.map(({ level, hash }) => ({ game: level.game, hash })),
    scores: scores.map(all => [...all]),
    environmentSteps: environmentSteps.map(mean),
  }
}
