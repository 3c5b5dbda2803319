/** A training by each estimator, end to end in tiny sizes: it resumes to the same bits, and its agent loads and adapts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { decodeAgent } from '../src/app/agent-file.ts'
import type { PretrainedEncoder } from '../src/app/encoder-file.ts'
import { evaluate } from '../src/app/evaluate.ts'
import { train } from '../src/app/train.ts'
import { stream } from '../src/core/random.ts'
import { trajectoryKl } from '../src/learn/adapt.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { ENCODER_SHAPES, initEncoder } from '../src/learn/encoder.ts'
import type { EstimatorRecipe } from '../src/learn/estimators/options.ts'
import { createFeatureCache } from '../src/learn/features.ts'
import { headShapes, initMeta } from '../src/learn/meta-train.ts'
import { benchNavigation2d } from '../src/learn/navigation2d.ts'
import { mapRecord, toTensors, withinScope, withTaskAxis } from '../src/learn/parameters.ts'
import type { Recipe } from '../src/learn/recipe.ts'
import { createArena } from '../src/learn/rollout.ts'
import { benchSinusoid } from '../src/learn/sinusoid.ts'
import { checkpointOf, checkpointPath, differences, linesOf, quietContext, TINY } from './tiny-run.ts'

const ESTIMATORS: readonly EstimatorRecipe[] = [
  { kind: 'maml' },
  { kind: 'fomaml' },
  { kind: 'reptile' },
  { kind: 'anil' },
  { kind: 'meta-sgd' },
  // A target far off in one direction: the weights have to move, and to be remembered.
  { kind: 'promp', klTarget: 10, klWeight: 0.5 },
  { kind: 'multi-step', annealing: 0.9 },
]
const STEPS = 2

function recipeOf(estimator: EstimatorRecipe): Recipe {
  const isFirstOrder = estimator.kind === 'fomaml' || estimator.kind === 'reptile'
  return {
    ...TINY,
    meta: {
      ...TINY.meta,
      iterations: 3,
      tasks: 2,
      episodes: 2,
      steps: STEPS,
      epochs: 2,
      hidden: [8],
      order: isFirstOrder ? 1 : 2,
      ...(estimator.kind === 'reptile' ? { alphaRate: 0 } : {}),
      estimator,
    },
    validation: { every: 3, levels: 2 },
    baselines: { alphas: [1] },
  }
}

let folder = ''
let encoder: PretrainedEncoder
beforeAll(async () => {
  await selectBackend()
  folder = mkdtempSync(join(tmpdir(), 'levelshift-estimators-'))
  const random = stream('estimators', 'encoder')
  encoder = { values: initEncoder(() => random.next()).values, source: 'a test' }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The estimator's figures in a run's meta-iterations. */
function figuresOf(run: string): Record<string, number[]>[] {
  return linesOf(run, 'metrics.jsonl').flatMap(line => {
    const record = JSON.parse(line) as { estimator?: Record<string, number[]> }
    return record.estimator ? [record.estimator] : []
  })
}

// MAML is trained and resumed in train.test.ts; its first order keeps no state of its own.
const NOT_MAML = ESTIMATORS.filter(({ kind }) => kind !== 'maml' && kind !== 'fomaml')

describe.each(NOT_MAML)('train with $kind', estimator => {
  it('resumes to the same bits, and the agent plays', { timeout: 60_000 }, async () => {
    const [whole, stopped] = ['whole', 'stopped'].map(name => join(folder, `${estimator.kind}-${name}`))
    const request = { recipe: recipeOf(estimator), seed: 1, encoder }
    await train({ ...request, out: whole, resume: false }, quietContext())
    const halfway = train({ ...request, out: stopped, resume: false }, quietContext(2))
    await expect(halfway).rejects.toThrow('stopped')
    await train({ ...request, out: stopped, resume: true }, quietContext())
    expect(differences(whole, stopped)).toEqual([])

    const path = checkpointPath(whole, 'best')
    const agent = decodeAgent(checkpointOf(whole, 'best'), path)
    expect(agent.recipe.meta.estimator).toEqual(estimator)
    const fresh = initMeta(agent.recipe.meta, '1')
    const form = (rate: number | Float32Array) => (typeof rate === 'number' ? 1 : rate.length)
    expect(agent.learner.alphas.map(step => mapRecord(step, form))).toEqual(
      fresh.alphas.map(step => mapRecord(step, form)),
    )
    if (estimator.kind === 'reptile') expect(agent.learner.alphas).toEqual(fresh.alphas)
    else expect(agent.learner.alphas).not.toEqual(fresh.alphas)
    const { evaluation } = await evaluate(
      { agent: path, split: 'test', levels: 2, steps: STEPS + 1, seed: 3 },
      quietContext(),
    )
    expect(evaluation.steps.every(({ iqm }) => Number.isFinite(iqm))).toBe(true)

    const figures = figuresOf(whole)
    if (estimator.kind === 'promp') {
      expect(figures.map(({ klWeights }) => klWeights)).toEqual([
        [0.25, 0.25],
        [0.125, 0.125],
        [0.0625, 0.0625],
      ])
      for (const { innerKl } of figures) expect(innerKl!.every(kl => kl > 0 && kl < 1)).toBe(true)
    } else if (estimator.kind === 'multi-step') {
      expect(figures[0]).toEqual({ lossWeights: [0.5, 0.5] })
      expect(figures[2]!['lossWeights']![1]).toBeCloseTo(1 - 0.5 * (1 - 2 / 3 / 0.9), 6)
    } else expect(figures).toEqual([])
  })
})

describe('the published problems', () => {
  it.each(ESTIMATORS.filter(({ kind }) => kind !== 'promp'))('sinusoid regression with $kind', estimator => {
    const mse = (iterations: number) =>
      benchSinusoid({ iterations, seed: 1, shots: 10, recipe: { estimator, steps: 2 }, evaluationTasks: 50 })
        .mse
    const [fresh, trained] = [mse(0), mse(60)]
    expect(trained[10]).toBeLessThan(fresh[10])
  })

  it.each(ESTIMATORS)('2D navigation with $kind', estimator => {
    const recipe = { estimator, tasks: 3, episodes: 3, horizon: 10, hidden: 8 }
    const before = tf.memory().numTensors
    const run = () => benchNavigation2d({ seed: 1, seconds: 60, maxIterations: 2, evaluateEvery: 2, recipe })
    const { history } = run()
    expect(history).toHaveLength(2)
    expect(history[1]!.returnAfterOneStep).not.toBe(history[0]!.returnAfterOneStep)
    expect(tf.memory().numTensors).toBe(before)
    expect(run().history.map(({ returnBefore }) => returnBefore)).toEqual(
      history.map(({ returnBefore }) => returnBefore),
    )
  })
})

describe('the KL of recorded episodes', () => {
  it('is zero for the policy that played, and for another the mean over its steps', () => {
    const { meta, levels } = recipeOf({ kind: 'maml' })
    const shapes = headShapes(meta)
    const { theta: values } = initMeta(meta, '1')
    const level = drawLevel(levels[0]!, 'train', 'kl').level
    withinScope(() => {
      const theta = withTaskAxis(toTensors(values, shapes), 1)
      const features = createFeatureCache(toTensors(encoder.values, ENCODER_SHAPES))
      const trajectories = createArena({
        levels: [level],
        episodes: 2,
        features,
        streams: [stream('kl', 'actions')],
      }).play(theta)
      const kl = trajectoryKl(trajectories)
      expect(kl.loss(theta).dataSync()[0]).toBeCloseTo(0, 6)
      // A shift of the last bias by z: log q = log p + z - log sum p e^z, so KL = log sum p e^z - sum p z.
      const shift = [0.5, -0.3, 0, 0.2, -0.6, 0.1]
      const moved = { ...theta, b1: tf.add(theta['b1']!, tf.tensor3d(shift, [1, 1, 6])) }
      let [sum, count] = [0, 0]
      for (let i = 0; i < trajectories.actions.length; i++) {
        const p = [...trajectories.probabilities.subarray(6 * i, 6 * i + 6)]
        if (p.every(value => value === 0)) continue
        const raised = p.reduce((total, value, a) => total + value * Math.exp(shift[a]!), 0)
        sum += Math.log(raised) - p.reduce((total, value, a) => total + value * shift[a]!, 0)
        count++
      }
      expect(kl.loss(moved).dataSync()[0]).toBeCloseTo(sum / count, 5)
      kl.dispose()
    })
  })
})
