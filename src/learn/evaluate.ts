/**
 * Scores of an agent on levels that it has never seen, by gradient step. 0 is a random player, 1 the solver.
 */
import { drawLevel, type LevelRequest, type ProvedLevel } from '../../envs/draw-level.ts'
import { findGame } from '../../envs/registry.ts'
import { randomReturn } from '../../envs/solver.ts'
import type { Split } from '../../levels/level.ts'
import { levelKind } from '../../levels/registry.ts'
import { type Stream, stream } from '../core/random.ts'
import { adapt } from './adapt.ts'
import { episodeLengths } from './advantage.ts'
import type { FeatureCache } from './features.ts'
import type { AlphaSchedule } from './maml.ts'
import { headShapes } from './meta-train.ts'
import { disposeParameters, type HostParameters, toTensors } from './parameters.ts'
import type { MetaRecipe } from './recipe.ts'
import { createArena, meanReturns, type Trajectories } from './rollout.ts'
import { bootstrapInterval, mean, normalisedScore, summariseScores } from './statistics.ts'

/** A level to be scored on, with the two ends of its scale. */
export interface ScoredLevel extends ProvedLevel {
  /** Mean return of a random player. */
  readonly randomReturn: number
}

/** Draws levels of a split, the games in turn; the same seed gives the same levels. */
export function drawLevels(
  requests: readonly LevelRequest[],
  split: Split,
  count: number,
  seed: string,
): ScoredLevel[] {
  return Array.from({ length: count }, (_, i) => {
    const proved = drawLevel(requests[i % requests.length], split, `${seed}/${i}`)
    return {
      ...proved,
      randomReturn: randomReturn(findGame(proved.level.game), proved.level, stream(seed, i, 'random player')),
    }
  })
}

/** What of the levels is new beyond their hash: layout families, values of the hidden rules. */
export const HELD_OUT = ['layouts', 'rules'] as const
export type HeldOut = (typeof HELD_OUT)[number]

/** The same requests for layouts or hidden rules that training never draws; sides grow where a layout needs the room. */
export function heldOutRequests(
  requests: readonly LevelRequest[],
  heldOut: readonly HeldOut[],
): LevelRequest[] {
  return requests.map(request => {
    const kind = levelKind(request.game)
    const families = kind.families.filter(family => family.heldOut)
    const room = Math.max(...families.map(({ smallest }) => smallest))
    const [smallest, largest] = request.size ?? kind.defaults.size
    return {
      ...request,
      ...(heldOut.includes('layouts')
        ? {
            families: families.map(({ name }) => name),
            size: [Math.max(smallest, room), Math.max(largest, room)] as const,
          }
        : {}),
      ...(heldOut.includes('rules') ? { heldOutRules: true } : {}),
    }
  })
}

/** What plays: a head's initialisation and its inner rates. */
export interface Learner {
  readonly theta: HostParameters
  readonly alphas: AlphaSchedule
}

export interface LevelScores {
  /** Normalised score of each level after k gradient steps, [K + 1][levels]. */
  readonly scores: readonly (readonly number[])[]
  /** Environment steps on each level that came before step k's policy, [K + 1][levels]. */
  readonly environmentSteps: readonly (readonly number[])[]
}

/** The seed of scoreLearner for levels of one's own, as `evaluate --level --seed SEED` and the browser's page use it. */
export function ownLevelsSeed(seed: number | string): string {
  return `evaluate/${seed}/own levels`
}

/** Levels that adapt at once. */
const CHUNK = 25

/**
 * Adapts to every level apart and scores the policies of steps 0 .. K, each on the episodes that it played itself.
 * Chance comes from `seed` and the level's place in the list alone.
 */
export async function scoreLearner(request: {
  readonly learner: Learner
  readonly levels: readonly ScoredLevel[]
  readonly steps: number
  readonly meta: MetaRecipe
  readonly features: FeatureCache
  readonly seed: string
  /** Called after each chunk with the number of levels done; throws to stop. */
  readonly onProgress?: (levels: number) => Promise<void>
}): Promise<LevelScores> {
  const { learner, levels, steps, meta, features, seed } = request
  const scores: number[][] = Array.from({ length: steps + 1 }, () => [])
  const environmentSteps: number[][] = Array.from({ length: steps + 1 }, () => [])
  const theta = toTensors(learner.theta, headShapes(meta))
  try {
    for (let start = 0; start < levels.length; start += CHUNK) {
      const chunk = levels.slice(start, start + CHUNK)
      features.clear()
      const { trajectories, losses } = adapt({
        arena: createArena({
          levels: chunk.map(({ level }) => level),
          episodes: meta.episodes,
          features,
          streams: chunk.map((_, i) => actionStream(seed, start + i)),
        }),
        theta,
        tasks: chunk.length,
        alphas: learner.alphas,
        steps,
        objective: meta,
      })
      for (const loss of losses) loss.dispose()
      const before = new Float64Array(chunk.length)
      trajectories.forEach((played, k) => {
        const returns = meanReturns(played)
        const taken = stepsByTask(played)
        chunk.forEach((level, i) => {
          scores[k].push(normalisedScore(returns[i], level.randomReturn, level.solution.bestReturn))
          environmentSteps[k].push(before[i])
          before[i] += taken[i]
        })
      })
      await request.onProgress?.(start + chunk.length)
    }
  } finally {
    disposeParameters(theta)
  }
  return { scores, environmentSteps }
}

/** Where the actions on a level take their chance from, by the level's place in the list. */
export function actionStream(seed: string, place: number): Stream {
  return stream(seed, place, 'actions')
}

/** Environment steps of all episodes of each task, [tasks]. */
function stepsByTask(trajectories: Trajectories): Float64Array {
  const steps = new Float64Array(trajectories.shape.tasks)
  episodeLengths(trajectories.shape, trajectories).forEach((length, row) => {
    steps[Math.floor(row / trajectories.shape.episodes)] += length
  })
  return steps
}

/** One point of an adaptation curve. */
export interface StepScore {
  readonly k: number
  /** Interquartile mean over levels, with its 95% bootstrap interval. */
  readonly iqm: number
  readonly low: number
  readonly high: number
  readonly mean: number
  /** Environment steps a level that came before this step's policy. */
  readonly environmentSteps: number
}

/** The adaptation curve of some of the levels (all by default). */
export function summarise(
  { scores, environmentSteps }: LevelScores,
  seed: string,
  which?: (level: number) => boolean,
): StepScore[] {
  const chosen = (all: readonly number[]) => (which ? all.filter((_, level) => which(level)) : all)
  return scores.map((all, k) => {
    const random = stream(seed, 'bootstrap', k)
    const summary = summariseScores([chosen(all)], { random: () => random.next() })
    return {
      k,
      iqm: summary.iqm,
      ...summary.interval,
      mean: summary.mean,
      environmentSteps: mean(chosen(environmentSteps[k])),
    }
  })
}

/** Mean gain of a level from 0 to K steps, with the 95% bootstrap interval over levels. */
export function summariseGain(
  { scores }: LevelScores,
  seed: string,
  which?: (level: number) => boolean,
): { mean: number; low: number; high: number } {
  const last = scores[scores.length - 1]
  const gains = last
    .map((score, level) => score - scores[0][level])
    .filter((_, level) => !which || which(level))
  const random = stream(seed, 'bootstrap', 'gain')
  return { mean: mean(gains), ...bootstrapInterval([gains], mean, { random: () => random.next() }) }
}
