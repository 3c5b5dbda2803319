/**
 * One agent on one level, a gradient step at a time: what `levelshift evaluate --level` does for all steps at once. Runs
 * in Node and in the browser.
 */
import type { Level } from '../../levels/level.ts'
import { createAdaptation } from './adapt.ts'
import { actionStream, type Learner, ownLevelsSeed } from './evaluate.ts'
import type { FeatureCache } from './features.ts'
import { headShapes } from './meta-train.ts'
import { disposeParameters, toTensors } from './parameters.ts'
import type { MetaRecipe } from './recipe.ts'
import { type Recording, recordingsOf } from './recording.ts'
import { createArena, meanReturns } from './rollout.ts'

/** The agent after k gradient steps. */
export interface LevelStep {
  readonly k: number
  /** Return of each episode that it played then. */
  readonly returns: readonly number[]
  readonly meanReturn: number
  /** Environment steps and episodes on this level that came before. */
  readonly environmentSteps: number
  readonly episodes: number
  /** The first of these episodes, to be watched. */
  readonly recordings: readonly Recording[]
}

export interface LevelAdaptation {
  /** Plays (k = 0), or takes one gradient step on the episodes played last and plays again. */
  next(): LevelStep
  dispose(): void
}

export interface LevelAdaptationRequest {
  readonly learner: Learner
  readonly meta: MetaRecipe
  readonly features: FeatureCache
  readonly level: Level
  /** As `evaluate --level --seed` takes it: the same seed, the same chance. */
  readonly seed: number | string
  /** Episodes of each step that are kept to be watched. */
  readonly recordings: number
}

export function createLevelAdaptation(request: LevelAdaptationRequest): LevelAdaptation {
  const { learner, meta, features, level, seed } = request
  const theta = toTensors(learner.theta, headShapes(meta))
  const adaptation = createAdaptation({
    arena: createArena({
      levels: [level],
      episodes: meta.episodes,
      features,
      streams: [actionStream(ownLevelsSeed(seed), 0)],
    }),
    theta,
    tasks: 1,
    alphas: learner.alphas,
    objective: meta,
  })
  disposeParameters(theta)
  let k = 0
  let environmentSteps = 0
  return {
    next() {
      const { trajectories, step } = adaptation.next()
      step?.loss.dispose()
      const played: LevelStep = {
        k,
        returns: [...trajectories.returns],
        meanReturn: meanReturns(trajectories)[0],
        environmentSteps,
        episodes: k * meta.episodes,
        recordings: recordingsOf(trajectories, {
          levels: [level],
          steps: k,
          episodes: Math.min(request.recordings, meta.episodes),
          discount: meta.discount,
        }),
      }
      k++
      environmentSteps += trajectories.environmentSteps
      return played
    },
    dispose: adaptation.dispose,
  }
}
