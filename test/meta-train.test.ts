/** Meta-training on the real pipeline, from levels and pixels to the update, in tiny sizes. */
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { starter } from '../agents/starter.ts'
import * as draw from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { findGame } from '../envs/registry.ts'
import { hashLevel, splitOf } from '../levels/level.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { adapt, type TrajectoryLoss, trajectoryLoss } from '../src/learn/adapt.ts'
import {
  discountedReturns,
  episodeMask,
  generalisedAdvantages,
  normalisePerTask,
} from '../src/learn/advantage.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { fitLinearBaseline } from '../src/learn/baseline.ts'
import { ENCODER_SHAPES, FEATURES, initEncoder } from '../src/learn/encoder.ts'
import { createFeatureCache } from '../src/learn/features.ts'
import { alphaAt, initAlphas, innerStep, type MetaGradient, metaGradient } from '../src/learn/maml.ts'
import { headShapes, initMeta, type MetaState, metaIteration } from '../src/learn/meta-train.ts'
import {
  disposeParameters,
  type HostParameters,
  type Parameters,
  toTensors,
  withinScope,
  withTaskAxis,
} from '../src/learn/parameters.ts'
import { initMlp } from '../src/learn/policy.ts'
import type { MetaRecipe, Recipe } from '../src/learn/recipe.ts'
import { createArena, type Trajectories } from '../src/learn/rollout.ts'

vi.mock('../envs/draw-level.ts', async importOriginal => {
  const original = await importOriginal<typeof import('../envs/draw-level.ts')>()
  return { ...original, drawLevel: vi.fn(original.drawLevel) }
})

const META: MetaRecipe = {
  ...starter.meta,
  iterations: 40,
  tasks: 3,
  episodes: 4,
  steps: 2,
  alpha: 1,
  alphaBounds: [0, 4],
  alphaRate: 0.01,
  beta: 0.01,
  epochs: 1,
  clip: 1,
  hidden: [8],
}
const RECIPE: Pick<Recipe, 'levels' | 'meta'> = {
  levels: [
    { game: 'gems', size: [7, 7], vary: ['worth'] },
    { game: 'maze', size: [7, 7], vary: ['real'] },
  ],
  meta: META,
}

let encoder: Parameters
beforeAll(async () => {
  await selectBackend()
  const random = stream('meta encoder')
  encoder = toTensors(initEncoder(() => random.next()).values, ENCODER_SHAPES)
})

function recipe(meta: Partial<MetaRecipe>): Pick<Recipe, 'levels' | 'meta'> {
  return { ...RECIPE, meta: { ...META, ...meta } }
}

/** `count` iterations from a fresh state, or from one that is given. */
function trained(
  count: number,
  options: { meta?: Partial<MetaRecipe>; seed?: string; from?: MetaState } = {},
) {
  const { meta = {}, seed = '1' } = options
  const asked = recipe(meta)
  const features = createFeatureCache(encoder)
  let state = options.from ?? initMeta(asked.meta, seed)
  const reports = Array.from({ length: count }, () => {
    const { state: next, report } = metaIteration(state, asked, seed, features)
    state = next
    return report
  })
  return { state, reports }
}

describe('a meta-iteration', () => {
  it('is a pure function of its state: the same in, the same bits out, and nothing of the state is written to', () => {
    const { state } = trained(1)
    const before = structuredClone(state)
    const one = trained(1, { from: state })
    const two = trained(1, { from: state })
    expect(two.state).toEqual(one.state)
    const shown = ({ reports: [report] }: typeof one) => ({
      ...report,
      recordings: report?.recordings(),
      seconds: 0,
    })
    expect(shown(two)).toEqual(shown(one))
    expect(state).toEqual(before)
  })

  it('does not depend on what the feature cache has seen before: 2 + 2 iterations are 4', () => {
    const whole = trained(4)
    const half = trained(2)
    expect(trained(2, { from: half.state }).state).toEqual(whole.state)
  })

  it('moves everything that is learned, within its bounds', () => {
    const before = initMeta(META, '1')
    const { state, reports } = trained(2, { meta: { alphaRate: 5, alphaBounds: [0.5, 1.25] } })
    expect(state.iteration).toBe(2)
    for (const [name, values] of Object.entries(before.theta)) expect(state.theta[name]).not.toEqual(values)
    const rates = state.alphas.flatMap(step => Object.values(step).map(Number))
    expect(rates).toHaveLength(META.steps * Object.keys(before.theta).length)
    for (const rate of rates) expect(rate >= 0.5 && rate <= 1.25 && rate !== META.alpha).toBe(true)
    expect(rates.some(rate => rate === 0.5 || rate === 1.25)).toBe(true)
    expect(reports[1]!.alphas.every(alpha => alpha >= 0.5 && alpha <= 1.25)).toBe(true)
  })

  it('updates several times from one set of rollouts', () => {
    const [once, thrice] = [trained(1), trained(1, { meta: { epochs: 3 } })]
    expect(once.state.thetaAdam.step).toBe(1)
    expect(thrice.state.thetaAdam.step).toBe(3)
    expect(thrice.state.theta).not.toEqual(once.state.theta)
    const { returns, environmentSteps } = once.reports[0]!
    expect(thrice.reports[0]).toMatchObject({ returns, environmentSteps, levels: once.reports[0]!.levels })
  })

  it('leaves the inner rates alone where they are not learned', () => {
    const { state } = trained(1, { meta: { alphaRate: 0 } })
    expect(state.alphas).toEqual(initMeta(META, '1').alphas)
  })

  it('works in first order, with one inner step, with none, and with an entropy bonus', () => {
    const plain = trained(1).state.theta
    for (const meta of [{ order: 1 }, { steps: 1 }, { steps: 0 }, { entropyBonus: 0.1 }] as const) {
      const { state, reports } = trained(1, { meta })
      expect(state.theta).not.toEqual(plain)
      const steps = 'steps' in meta ? meta.steps : META.steps
      expect(reports[0]!.returns).toHaveLength(steps + 1)
      expect(Number.isFinite(reports[0]!.gradientNorm)).toBe(true)
    }
  })

  it('weighs the outer loss at the adapted policy: its ratios are one, so normalised advantages add up to nothing', () => {
    for (const { outerLoss } of trained(3, { meta: { alpha: 3 } }).reports)
      expect(Math.abs(outerLoss)).toBeLessThan(1e-5)
  })

  it('reports what it did', () => {
    const { reports } = trained(2)
    for (const report of reports) {
      expect(report.levels).toHaveLength(META.tasks)
      const steps = Math.max(...report.levels.map(({ level }) => findGame(level.game).horizon(level)))
      const rollouts = META.steps + 1
      expect(report.environmentSteps).toBeGreaterThan(0)
      expect(report.environmentSteps).toBeLessThanOrEqual(META.tasks * META.episodes * rollouts * steps)
      expect(report.framesShared).toBeGreaterThan(0.3)
      expect(report.framesShared).toBeLessThan(1)
      const solver = report.levels.reduce((sum, { solution }) => sum + solution.bestReturn, 0) / META.tasks
      for (const [k, share] of report.solverShare.entries())
        expect(share).toBeCloseTo(report.returns[k]! / solver, 6)
      expect(report.logInnerGradientNorms).toHaveLength(META.steps)
    }
  })

  it('keeps the number of tensors', () => {
    const features = createFeatureCache(encoder)
    let { state } = metaIteration(initMeta(META, '1'), RECIPE, '1', features)
    const counts: number[] = []
    for (let i = 0; i < 5; i++) {
      state = metaIteration(state, RECIPE, '1', features).state
      counts.push(tf.memory().numTensors)
    }
    expect(new Set(counts).size).toBe(1)
  })
})

describe('the levels of training', () => {
  const cheap = { episodes: 1, steps: 0, iterations: 100 }

  it('are new in every iteration and for every seed, and all of the training split', () => {
    const hashes = ['1', '2', '1/baseline'].flatMap(seed =>
      trained(12, { meta: cheap, seed }).reports.flatMap(report => report.levels.map(({ hash }) => hash)),
    )
    expect(hashes).toHaveLength(3 * 12 * META.tasks)
    // Small mazes are few: equal ones may come up by chance.
    expect(new Set(hashes).size).toBeGreaterThan(0.9 * hashes.length)
    for (const hash of hashes) expect(splitOf(hash)).toBe('train')
  })

  it('take the games in turn, over iterations too', () => {
    const games = trained(2, { meta: cheap }).reports.flatMap(report =>
      report.levels.map(({ level }) => level.game),
    )
    expect(games).toEqual(['gems', 'maze', 'gems', 'maze', 'gems', 'maze'])
  })

  it('are the same for the same seed', () => {
    const hashes = () =>
      trained(2, { meta: cheap }).reports.flatMap(({ levels }) => levels.map(({ level }) => hashLevel(level)))
    expect(hashes()).toEqual(hashes())
  })

  describe('of another split', () => {
    afterEach(() => vi.mocked(draw.drawLevel).mockReset())

    it.each(['validation', 'test'] as const)('%s: are refused by name', async split => {
      const { drawLevel } = await vi.importActual<typeof draw>('../envs/draw-level.ts')
      vi.mocked(draw.drawLevel).mockImplementation((request, _, seed) => drawLevel(request, split, seed))
      const { hash } = drawLevel(RECIPE.levels[0]!, split, '1/train/0/0')
      let refused: unknown
      try {
        trained(1)
      } catch (error) {
        refused = error
      }
      expect(refused).toBeInstanceOf(UserError)
      expect((refused as Error).message).toBe(
        `level ${hash.slice(0, 12)} of gems belongs to the ${split} split and must not be used for train; use a level of the train split`,
      )
    })
  })
})

describe('the meta-gradient of recorded episodes', () => {
  const SHAPES = headShapes(META)
  const TASKS = 2

  function head() {
    const random = stream('meta gradient', 'head')
    return initMlp(() => random.next(), [FEATURES, ...META.hidden, ACTION_COUNT], { lastGain: 1 }).values
  }

  /** Adapts from a head with K inner steps at a rate, and keeps the losses of every step. */
  function recorded(alpha: number, steps: number) {
    const levels = Array.from(
      { length: TASKS },
      (_, i) => draw.drawLevel(RECIPE.levels[0]!, 'train', `recorded/${i}`).level,
    )
    const theta = toTensors(head(), SHAPES)
    const alphas = initAlphas(Object.keys(SHAPES), steps, alpha)
    const { trajectories, losses } = adapt({
      arena: createArena({
        levels,
        episodes: 8,
        features: createFeatureCache(encoder),
        streams: levels.map((_, task) => stream('recorded', task)),
      }),
      theta,
      tasks: TASKS,
      alphas,
      steps,
      objective: META,
    })
    disposeParameters(theta)
    return { trajectories, inner: losses, outer: trajectoryLoss(trajectories[steps]!, META), alphas }
  }

  function gradientOf(
    recording: ReturnType<typeof recorded>,
    inner: readonly TrajectoryLoss[] = recording.inner,
  ): MetaGradient {
    const theta = toTensors(head(), SHAPES)
    const result = metaGradient({
      theta,
      alphas: recording.alphas,
      tasks: TASKS,
      innerLosses: inner.map(({ loss }) => loss),
      outerLoss: recording.outer.loss,
      order: 2,
    })
    disposeParameters(theta)
    return result
  }

  function largestDifference(a: HostParameters, b: HostParameters): number {
    return Math.max(
      ...Object.keys(a).map(name => Math.max(...a[name]!.map((value, i) => Math.abs(value - b[name]![i]!)))),
    )
  }

  /**
   * The policy gradient -mean A (1[a] - pi) for the last layer's bias, in plain numbers: log-probabilities of the other
   * actions follow from the features, advantages from the rewards.
   */
  function lastBiasByHand(trajectories: Trajectories): number[] {
    const { shape, features, actions } = trajectories
    const mask = episodeMask(shape, trajectories)
    const returns = discountedReturns({ ...trajectories, discount: META.discount })
    const values = fitLinearBaseline({ shape, returns, mask })
    const advantages = normalisePerTask(
      generalisedAdvantages({ ...trajectories, ...values, ...META }),
      mask,
      shape.tasks,
    )
    const weights = head()
    const layer = (x: readonly number[], name: string) => {
      const [w, b] = [weights[`w${name}`]!, weights[`b${name}`]!]
      return Array.from(b, (bias, out) =>
        x.reduce((sum, value, i) => sum + value * w[i * b.length + out]!, bias),
      )
    }
    const size = shape.episodes * shape.steps
    const gradient = new Array<number>(ACTION_COUNT).fill(0)
    for (let task = 0; task < shape.tasks; task++) {
      const count = mask.subarray(task * size, (task + 1) * size).reduce((sum, value) => sum + value, 0)
      for (let at = task * size; at < (task + 1) * size; at++) {
        if (mask[at] === 0) continue
        const x = Array.from(features.subarray(at * FEATURES, (at + 1) * FEATURES))
        const raised = layer(layer(x, '0').map(Math.tanh), '1').map(Math.exp)
        const total = raised.reduce((sum, value) => sum + value, 0)
        for (let a = 0; a < ACTION_COUNT; a++) {
          const score = +(a === actions[at]) - raised[a]! / total
          gradient[a]! -= (advantages[at]! * score) / count / shape.tasks
        }
      }
    }
    return gradient
  }

  it('is with rates of 0 the plain policy gradient at theta', () => {
    const recording = recorded(0, 2)
    const adapted = gradientOf(recording)
    const plain = gradientOf(recording, [])
    expect(largestDifference(adapted.gradients, plain.gradients)).toBeLessThan(1e-6)
    const truth = lastBiasByHand(recording.trajectories[2]!)
    expect(Math.max(...truth.map(Math.abs))).toBeGreaterThan(1e-3)
    for (const [action, value] of truth.entries())
      expect(adapted.gradients['b1']![action]).toBeCloseTo(value, 5)
  })

  it('differs from it with rates above 0', () => {
    const recording = recorded(1, 2)
    const [adapted, plain] = [gradientOf(recording), gradientOf(recording, [])]
    expect(largestDifference(adapted.gradients, plain.gradients)).toBeGreaterThan(1e-2)
    // At theta the ratios to the adapted policy that played are not one.
    expect(Math.max(...adapted.outerLosses.map(Math.abs))).toBeLessThan(1e-5)
    expect(Math.max(...plain.outerLosses.map(Math.abs))).toBeGreaterThan(1e-3)
  })

  it.each([1, 2, 3])('equals finite differences through %i inner steps on fixed episodes', steps => {
    const recording = recorded(0.7, steps)
    const { gradients } = gradientOf(recording)
    /** The mean outer loss after adapting from `values` on the recorded episodes. */
    const lossAt = (values: HostParameters): number => {
      const theta = toTensors(values, SHAPES)
      let policy = withTaskAxis(theta, TASKS)
      for (const [k, { loss }] of recording.inner.entries()) {
        const { adapted } = innerStep(policy, alphaAt(recording.alphas, k), loss)
        disposeParameters(policy)
        policy = adapted
      }
      const losses = withinScope(() => Array.from(recording.outer.loss(policy).dataSync()))
      disposeParameters(policy)
      disposeParameters(theta)
      return losses.reduce((sum, value) => sum + value, 0) / TASKS
    }
    const theta = head()
    // Along the gradient itself, where the slope is steepest and rounding matters least.
    const norm = Math.hypot(...Object.values(gradients).flatMap(values => [...values]))
    const moved = (by: number) =>
      Object.fromEntries(
        Object.entries(theta).map(([name, values]) => [
          name,
          values.map((value, i) => value + (by * gradients[name]![i]!) / norm),
        ]),
      )
    const step = 0.01
    const slope =
      (8 * (lossAt(moved(step)) - lossAt(moved(-step))) -
        (lossAt(moved(2 * step)) - lossAt(moved(-2 * step)))) /
      (12 * step)
    expect(slope / norm).toBeGreaterThan(0.99)
    expect(slope / norm).toBeLessThan(1.01)
  })
})
