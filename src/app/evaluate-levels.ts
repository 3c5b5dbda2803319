/** An agent on levels of one's own: it adapts to each, and its return and score after every gradient step are told. */
import { setImmediate } from 'node:timers/promises'
import type { Solution } from '../../envs/game.ts'
import { findGame } from '../../envs/registry.ts'
import { randomReturn } from '../../envs/solver.ts'
import { hashLevel, type Split, splitOf } from '../../levels/level.ts'
import { quoted, UserError } from '../core/errors.ts'
import { stream } from '../core/random.ts'
import { type BackendName, selectBackend } from '../learn/backend.ts'
import { ENCODER_SHAPES } from '../learn/encoder.ts'
import { ownLevelsSeed, scoreLearner } from '../learn/evaluate.ts'
import { createFeatureCache } from '../learn/features.ts'
import { disposeParameters, toTensors } from '../learn/parameters.ts'
import { type Agent, decodeAgent } from './agent-file.ts'
import type { CommandContext } from './context.ts'
import { type Proved, proveLevel } from './levels/prove.ts'
import type { LoadedLevel } from './levels/source.ts'
import { openAgent } from './run-folder.ts'
import { formatTable } from './table.ts'

export interface EvaluateLevelsRequest {
  readonly agent: string
  readonly levels: readonly LoadedLevel[]
  readonly steps: number
  readonly seed: number
  /** Take levels of games that the agent never learned. */
  readonly anyGame: boolean
  readonly backend?: BackendName | 'auto'
}

export interface AdaptedLevel {
  readonly file: string
  readonly title: string | null
  readonly game: string
  readonly hash: string
  readonly split: Split
  readonly randomReturn: number
  readonly solverReturn: number
  /** After k gradient steps: mean return of the episodes played then, and its score, 0 a random player and 1 the solver. */
  readonly steps: readonly {
    readonly k: number
    readonly return: number
    readonly score: number
    /** Environment steps on this level that came before. */
    readonly environmentSteps: number
  }[]
}

export interface LevelsEvaluation {
  readonly agent: string
  readonly recipe: string
  readonly seed: number
  readonly backend: string
  /** Episodes that are played at each gradient step. */
  readonly episodes: number
  readonly levels: readonly AdaptedLevel[]
  readonly seconds: number
}

/** Lets an agent adapt to each of the levels apart. */
export async function evaluateLevels(
  request: EvaluateLevelsRequest,
  context: CommandContext,
): Promise<LevelsEvaluation> {
  const began = performance.now()
  const { steps, seed } = request
  const { path, checkpoint } = openAgent(request.agent)
  const agent = decodeAgent(checkpoint, path)
  if (!request.anyGame) for (const { level, place } of request.levels) requireGame(agent, level.game, place)
  const levels = request.levels.map((loaded, i) => scoredLevel(loaded, seed, i))
  const { backend } = await selectBackend(request.backend)
  const encoder = toTensors(agent.encoder, ENCODER_SHAPES)
  const features = createFeatureCache(encoder)
  const progress = context.progress({ label: 'adapting', total: levels.length, unit: 'levels' })
  try {
    const { scores, environmentSteps } = await scoreLearner({
      learner: agent.learner,
      levels,
      steps,
      meta: agent.recipe.meta,
      features,
      seed: ownLevelsSeed(seed),
      onProgress: async done => {
        progress.update(done)
        await setImmediate()
        context.signal.throwIfAborted()
      },
    })
    return {
      agent: request.agent,
      recipe: agent.recipe.name,
      seed,
      backend,
      episodes: agent.recipe.meta.episodes,
      levels: levels.map(({ file, title, level, hash, split, randomReturn, solution }, i) => ({
        file,
        title,
        game: level.game,
        hash,
        split,
        randomReturn,
        solverReturn: solution.bestReturn,
        steps: scores.map((all, k) => {
          const score = all[i] as number
          const reached = randomReturn + score * (solution.bestReturn - randomReturn)
          return { k, return: reached, score, environmentSteps: environmentSteps[k]?.[i] as number }
        }),
      })),
      seconds: (performance.now() - began) / 1000,
    }
  } finally {
    progress.stop()
    disposeParameters(encoder)
  }
}

function requireGame({ recipe }: Agent, game: string, place: string): void {
  const known = [...new Set(recipe.levels.map(request => request.game))]
  if (!known.includes(game))
    throw new UserError(
      `${place}: a level of ${game}, which the agent never learned: its recipe ${quoted(recipe.name)} has ${known.join(', ')}; take a level or an agent of the same game, or add --any-game to try`,
    )
}

/** A level with both ends of its scale; one without is refused. */
function scoredLevel({ file, title, level, place }: LoadedLevel, seed: number, i: number) {
  const proof = proveLevel(level)
  if (proof.proof === 'unproved')
    throw new UserError(
      `${place}: a score needs a play that wins, for comparison, and there is none: ${proof.why}`,
    )
  const hash = hashLevel(level)
  const atRandom = randomReturn(findGame(level.game), level, stream(seed, i, 'random player'))
  if (proof.return <= atRandom)
    throw new UserError(
      `${place}: nothing to learn: a random player gets ${atRandom.toFixed(2)}, the solver ${proof.return}; change the map or the rules`,
    )
  return {
    file,
    title,
    level,
    hash,
    split: splitOf(hash),
    randomReturn: atRandom,
    solution: solutionOf(proof),
  }
}

/** The best play that is known: the solver's, or the recorded one. */
function solutionOf({ solution, return: reached }: Proved): Solution {
  return solution ?? { solved: true, bestReturn: reached, actions: [], optimal: false, expanded: 0 }
}

export function formatLevelsEvaluation({ recipe, episodes, levels }: LevelsEvaluation): string {
  return levels
    .map(({ file, title, game, split, randomReturn, solverReturn, steps }) => {
      const rows = steps.map(({ k, return: reached, score, environmentSteps }) => [
        String(k),
        reached.toFixed(2),
        score.toFixed(2),
        Math.round(environmentSteps).toLocaleString('en'),
      ])
      return [
        `${title === null ? file : `${title} (${file})`}: ${game}, ${split} split; a random player gets ${randomReturn.toFixed(2)}, the solver ${solverReturn}`,
        formatTable(['gradient steps', 'return', 'score', 'environment steps'], rows, [1, 2, 3]),
      ].join('\n')
    })
    .concat(`${recipe}, means over ${episodes} episodes; score: 0 random player, 1 solver`)
    .join('\n\n')
}
