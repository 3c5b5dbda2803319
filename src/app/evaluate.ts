/** Evaluating an agent: its score on unseen levels by gradient step, beside the baselines. */
import { setImmediate } from 'node:timers/promises'
import type { Split } from '../../levels/level.ts'
import { stream } from '../core/random.ts'
import { adapt } from '../learn/adapt.ts'
import { type BackendName, selectBackend } from '../learn/backend.ts'
import { ENCODER_SHAPES } from '../learn/encoder.ts'
import {
  drawLevels,
  type HeldOut,
  heldOutRequests,
  type Learner,
  type LevelScores,
  type ScoredLevel,
  type StepScore,
  scoreLearner,
  summarise,
  summariseGain,
} from '../learn/evaluate.ts'
import { createFeatureCache, type FeatureCache } from '../learn/features.ts'
import { headShapes } from '../learn/meta-train.ts'
import { disposeParameters, toTensors } from '../learn/parameters.ts'
import { createArena } from '../learn/rollout.ts'
import { type Agent, decodeAgent, randomHead } from './agent-file.ts'
import type { CommandContext } from './context.ts'
import type { EpisodeSeries } from './report/data.ts'
import { saveEpisodes } from './report/saved-episodes.ts'
import { openAgent, writeEvaluation } from './run-folder.ts'
import { formatTable } from './table.ts'

export interface EvaluateRequest {
  readonly agent: string
  readonly split: Split
  readonly levels: number
  /** Draw layouts or hidden rules that training never draws. */
  readonly heldOut?: readonly HeldOut[]
  readonly steps: number
  readonly seed: number
  readonly backend?: BackendName | 'auto'
}

interface Curve {
  readonly steps: readonly StepScore[]
}

export interface Evaluation extends Curve {
  readonly agent: string
  readonly recipe: string
  readonly split: Split
  /** What of the levels training never draws, beyond their split. */
  readonly heldOut?: readonly HeldOut[]
  readonly levels: number
  readonly seed: number
  readonly backend: string
  /** Mean gain of a level from 0 to K steps, with its 95% interval. */
  readonly gain: { readonly mean: number; readonly low: number; readonly high: number }
  readonly baselines: {
    readonly fineTuned?: Curve & { readonly alpha: number }
    readonly randomHead?: Curve & { readonly alpha: number }
  }
  /** By game, where the recipe has more than one. */
  readonly games?: readonly (Curve & {
    readonly game: string
    readonly levels: number
    readonly gain: Evaluation['gain']
  })[]
  /** Share of frames that needed no encoding of their own. */
  readonly framesShared: number
  readonly seconds: number
}

/** Levels whose episodes are kept to be shown, at least; one of each game in any case. */
const SHOWN_LEVELS = 4

/** Evaluates an agent and returns a few episodes before, during and after adaptation as well. */
export async function evaluate(
  request: EvaluateRequest,
  context: CommandContext,
): Promise<{ evaluation: Evaluation; episodes: EpisodeSeries[] }> {
  const began = performance.now()
  const { split, steps, seed } = request
  const { path, checkpoint } = openAgent(request.agent)
  const agent = decodeAgent(checkpoint, path)
  const { backend } = await selectBackend(request.backend)
  const heldOut = request.heldOut ?? []
  const requests = heldOutRequests(agent.recipe.levels, heldOut)
  const levels = drawLevels(requests, split, request.levels, `evaluate/${seed}`)
  const encoder = toTensors(agent.encoder, ENCODER_SHAPES)
  const features = createFeatureCache(encoder)
  const arms = armsOf(agent)
  const progress = context.progress({
    label: `evaluating on ${split} levels`,
    total: arms.length * levels.length,
    unit: 'levels',
  })
  const scores = new Map<ArmName, LevelScores>()
  try {
    for (const [i, arm] of arms.entries()) {
      const scored = await scoreLearner({
        learner: arm.learner,
        levels,
        steps,
        meta: agent.recipe.meta,
        features,
        seed: `evaluate/${seed}/episodes`,
        onProgress: async done => {
          progress.update(i * levels.length + done, arm.name)
          await setImmediate()
          context.signal.throwIfAborted()
        },
      })
      scores.set(arm.name, scored)
    }
  } finally {
    progress.stop()
  }
  const curve = (arm: ArmName, which?: (level: number) => boolean): Curve => ({
    steps: summarise(scores.get(arm) as LevelScores, `evaluate/${seed}`, which),
  })
  const own = scores.get('agent') as LevelScores
  const games = [...new Set(levels.map(({ level }) => level.game))]
  const isOf = (game: string) => (level: number) => levels[level].level.game === game
  const evaluation: Evaluation = {
    agent: request.agent,
    recipe: agent.recipe.name,
    split,
    ...(heldOut.length ? { heldOut } : {}),
    levels: levels.length,
    seed,
    backend,
    ...curve('agent'),
    gain: summariseGain(own, `evaluate/${seed}`),
    baselines: Object.fromEntries(arms.slice(1).map(({ name, alpha }) => [name, { alpha, ...curve(name) }])),
    ...(games.length > 1
      ? {
          games: games.map(game => ({
            game,
            levels: levels.filter((_, i) => isOf(game)(i)).length,
            ...curve('agent', isOf(game)),
            gain: summariseGain(own, `evaluate/${seed}`, isOf(game)),
          })),
        }
      : {}),
    framesShared: 1 - features.counts.encoded / features.counts.asked,
    seconds: (performance.now() - began) / 1000,
  }
  const episodes = recordEpisodes(
    agent,
    levels.slice(0, Math.max(SHOWN_LEVELS, games.length)),
    steps,
    features,
    `evaluate/${seed}/shown`,
  )
  disposeParameters(encoder)
  return { evaluation, episodes }
}

type ArmName = 'agent' | 'fineTuned' | 'randomHead'

/** The learners that a checkpoint holds: the agent, and its baselines where the run was finished. */
export function armsOf(
  agent: Agent,
): { readonly name: ArmName; readonly learner: Learner; readonly alpha: number }[] {
  const arms: { name: ArmName; learner: Learner; alpha: number }[] = [
    { name: 'agent', learner: agent.learner, alpha: Number.NaN },
  ]
  if (agent.fineTuned)
    arms.push({
      name: 'fineTuned',
      learner: agent.fineTuned,
      alpha: inShort(Number(agent.fineTuned.alphas[0]['w0'])),
    })
  if (agent.randomHeadAlpha !== undefined)
    arms.push({
      name: 'randomHead',
      learner: randomHead(agent.recipe, agent.seed, agent.randomHeadAlpha),
      alpha: agent.randomHeadAlpha,
    })
  return arms
}

/** A rate as the recipe gives it: in the agent it is a 32-bit number, 0.30000001192092896 for 0.3. */
function inShort(rate: number): number {
  return Number(rate.toPrecision(6))
}

function recordEpisodes(
  agent: Agent,
  levels: readonly ScoredLevel[],
  steps: number,
  features: FeatureCache,
  seed: string,
): EpisodeSeries[] {
  features.clear()
  const theta = toTensors(agent.learner.theta, headShapes(agent.recipe.meta))
  const { trajectories, losses } = adapt({
    arena: createArena({
      levels: levels.map(({ level }) => level),
      episodes: agent.recipe.meta.episodes,
      features,
      streams: levels.map((_, i) => stream(seed, i, 'actions')),
      record: true,
    }),
    theta,
    tasks: levels.length,
    alphas: agent.learner.alphas,
    steps,
    objective: agent.recipe.meta,
  })
  for (const loss of losses) loss.dispose()
  disposeParameters(theta)
  return levels.map(({ level, hash, solution }, task) => ({
    game: level.game,
    hash,
    solverReturn: solution.bestReturn,
    rules: Object.entries(level.rules)
      .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
      .join(', '),
    plays: trajectories.map((played, k) => ({
      steps: k,
      // Of the first episode, the one that is shown.
      return: played.returns[task * played.shape.episodes],
      frames: played.recordings[task],
    })),
  }))
}

/** Keeps an evaluation and its episodes in a run folder, where the report finds them. */
export async function saveEvaluation(
  folder: string,
  evaluation: Evaluation,
  episodes: readonly EpisodeSeries[],
): Promise<void> {
  writeEvaluation(folder, evaluation)
  await saveEpisodes(folder, episodes)
}

/** The evaluation as a table for people. */
export function formatEvaluation(evaluation: Evaluation): string {
  const { baselines, steps } = evaluation
  const show = (curve: Curve | undefined, k: number) => {
    const point = curve?.steps[k]
    return point ? `${point.iqm.toFixed(2)} [${point.low.toFixed(2)}, ${point.high.toFixed(2)}]` : '-'
  }
  const rows = steps.map(({ k, environmentSteps }) => [
    String(k),
    show(evaluation, k),
    show(baselines.fineTuned, k),
    show(baselines.randomHead, k),
    Math.round(environmentSteps).toLocaleString('en'),
  ])
  const table = formatTable(
    ['gradient steps', 'agent', 'fine-tuned', 'random head', 'environment steps'],
    rows,
  )
  const games =
    evaluation.games?.map(
      game =>
        `${game.game}: ${game.steps.map(({ iqm }) => iqm.toFixed(2)).join(' → ')}, gain ${game.gain.mean.toFixed(2)} [${game.gain.low.toFixed(2)}, ${game.gain.high.toFixed(2)}]`,
    ) ?? []
  return [
    `${evaluation.recipe} on ${evaluation.levels} ${evaluation.split} levels${evaluation.heldOut ? ` with held-out ${evaluation.heldOut.join(' and ')}` : ''}: score (IQM, 95% interval; 0 random player, 1 solver)`,
    table,
    ...games,
  ].join('\n')
}
