/**
 * Every estimator of the meta-gradient against truth that shares no code with it: quadratic losses, whose adapted weights and
 * derivatives are products of matrices, and for ProMP a Markov decision process small enough to enumerate.
 */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { starter } from '../agents/starter.ts'
import { selectBackend } from '../src/learn/backend.ts'
import type { Estimator, EstimatorRequest, TaskLosses } from '../src/learn/estimators/estimator.ts'
import { lossWeights } from '../src/learn/estimators/multi-step.ts'
import type { EstimatorRecipe } from '../src/learn/estimators/options.ts'
import { estimatorOf } from '../src/learn/estimators/registry.ts'
import {
  type AlphaSchedule,
  alphasFromHost,
  alphasToHost,
  innerStep,
  type MetaGradient,
  meanRate,
  projectAlphas,
  type TaskLoss,
} from '../src/learn/maml.ts'
import { toTensors, withinScope, withTaskAxis } from '../src/learn/parameters.ts'
import {
  categoricalKl,
  categoricalLogProbabilities,
  gaussianKl,
  takenLogProbability,
} from '../src/learn/policy.ts'
import { checkRecipe } from '../src/learn/recipe.ts'
import { clippedRatioLoss, likelihoodRatioLoss, surrogateData } from '../src/learn/surrogate.ts'

beforeAll(async () => {
  await selectBackend()
})

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits = 5) {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits)
}

function make(estimator: EstimatorRecipe, order: 1 | 2, steps: number): Estimator {
  return estimatorOf({ estimator, order, steps })
}

describe('on quadratic losses', () => {
  // Two tensors of two weights, two tasks, three inner steps; C couples all weights.
  const SHAPES = { w0: [2], w1: [2] }
  const [SIZE, TASKS, STEPS, RATE] = [4, 2, 3, 0.3]
  const theta0 = [1, -2, 0.5, 0.8]
  const C = [
    [1.1, 0.3, -0.2, 0.1],
    [0.3, 0.9, 0.4, -0.3],
    [-0.2, 0.4, 1.4, 0.2],
    [0.1, -0.3, 0.2, 0.7],
  ]
  /** Minimum of the inner loss of a task at a step, and of its outer loss. */
  const inner = (m: number, k: number) => theta0.map((_, i) => Math.sin(1 + 3 * m + 5 * k + 7 * i))
  const outer = (m: number, k: number) => theta0.map((_, i) => Math.cos(2 + 5 * m + 3 * k + 2 * i))
  const all = Array.from({ length: TASKS }, (_, m) => m)

  /** 1/2 (w - target_m)^T C (w - target_m). */
  const quadratic =
    (targets: number[][]): TaskLoss =>
    ({ w0, w1 }) => {
      const away = tf.sub(tf.concat([w0, w1], 1), tf.tensor2d(targets))
      return tf.mul(tf.sum(tf.mul(away, tf.matMul(away, tf.tensor2d(C))), 1), 0.5)
    }
  const losses: TaskLosses = {
    tasks: TASKS,
    innerLosses: Array.from({ length: STEPS }, (_, k) => quadratic(all.map(m => inner(m, k)))),
    outerLoss: k => quadratic(all.map(m => outer(m, k))),
  }

  const times = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
    matrix.map(row => row.reduce((sum, value, i) => sum + value * x[i], 0))
  const minus = (x: readonly number[], y: readonly number[]) => x.map((value, i) => value - y[i])
  const sumOf = (x: readonly number[], y: readonly number[]) => x.map((value, i) => value + y[i])
  const meanOf = (vectors: readonly (readonly number[])[]) =>
    theta0.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i] / vectors.length, 0))
  /** C (w - target): the gradient of a quadratic, and of its mirror image the product with the symmetric C. */
  const slope = (w: readonly number[], target: readonly number[]) => times(C, minus(w, target))
  /** (I - A C)^T v = v - C A v: how a gradient passes back through one inner step with rates A on the diagonal. */
  const back = (v: readonly number[], rates: readonly number[]) =>
    minus(
      v,
      times(
        C,
        v.map((value, i) => value * rates[i]),
      ),
    )

  /** theta_m,0 .. theta_m,K. */
  function adapted(m: number, rates: readonly (readonly number[])[]): number[][] {
    const path = [theta0]
    for (const [k, own] of rates.entries()) {
      const gradient = slope(path[k], inner(m, k))
      path.push(path[k].map((value, i) => value - own[i] * gradient[i]))
    }
    return path
  }

  /** The gradient of sum_k v_k L_m(theta_m,k), k = 1 .. K, for theta; and for each rate, [K][SIZE]. */
  function byHand(rates: readonly (readonly number[])[], weights: readonly number[], through = true) {
    const tasks = all.map(m => {
      const path = adapted(m, rates)
      const alphas: number[][] = []
      let gradient = theta0.map(() => 0)
      for (let k = rates.length; k > 0; k--) {
        const own = slope(path[k], outer(m, k)).map(value => value * weights[k - 1])
        gradient = sumOf(gradient, own)
        const descent = slope(path[k - 1], inner(m, k - 1))
        alphas.unshift(gradient.map((value, i) => -value * descent[i]))
        if (through) gradient = back(gradient, rates[k - 1])
      }
      return { gradient, alphas }
    })
    return {
      theta: meanOf(tasks.map(({ gradient }) => gradient)),
      alphas: rates.map((_, k) => meanOf(tasks.map(({ alphas }) => alphas[k]))),
    }
  }

  function estimate(estimator: Estimator, options: Partial<EstimatorRequest> = {}): MetaGradient {
    return withinScope(() =>
      estimator.gradient({
        ...losses,
        theta: {
          w0: tf.tensor1d(theta0.slice(0, 2)),
          w1: tf.tensor1d(theta0.slice(2)),
        },
        alphas: estimator.initAlphas(SHAPES, STEPS, RATE),
        learnAlphas: true,
        progress: 0,
        memory: {},
        ...options,
      }),
    )
  }
  const flat = ({ gradients }: MetaGradient) => [...gradients['w0'], ...gradients['w1']]
  const everywhere = Array.from({ length: STEPS }, () => Array<number>(SIZE).fill(RATE))
  const last = [0, 0, 1]
  /** Of each tensor: the weights of one share a rate. */
  const perTensor = (alphas: readonly (readonly number[])[]) =>
    alphas.map(([a, b, c, d]) => ({ w0: a + b, w1: c + d }))
  function expectAlphas(actual: AlphaSchedule, expected: readonly Readonly<Record<string, number>>[]) {
    expect(actual.map(step => Object.keys(step))).toEqual(expected.map(step => Object.keys(step)))
    for (const [k, step] of expected.entries())
      for (const [name, value] of Object.entries(step)) expect(actual[k][name]).toBeCloseTo(value, 5)
  }

  it('MAML goes through the inner gradients, FOMAML takes them as constant', () => {
    const maml = estimate(make({ kind: 'maml' }, 2, STEPS))
    expectClose(flat(maml), byHand(everywhere, last).theta)
    expectAlphas(maml.alphaGradients, perTensor(byHand(everywhere, last).alphas))
    const fomaml = estimate(make({ kind: 'fomaml' }, 1, STEPS))
    expectClose(flat(fomaml), byHand(everywhere, last, false).theta)
    expectAlphas(fomaml.alphaGradients, perTensor(byHand(everywhere, last, false).alphas))
    expect(() => expectClose(flat(fomaml), flat(maml), 1)).toThrow()
  })

  it('Reptile points from the weights after K + 1 steps to theta', () => {
    const reptile = estimate(make({ kind: 'reptile' }, 1, STEPS), { learnAlphas: false })
    const expected = all.map(m => {
      const end = adapted(m, everywhere)[STEPS]
      const descent = slope(end, outer(m, STEPS))
      return minus(
        theta0,
        end.map((value, i) => value - RATE * descent[i]),
      )
    })
    expectClose(flat(reptile), meanOf(expected))
    expect(reptile.gradientNorm).toBeCloseTo(Math.hypot(...meanOf(expected)), 5)
    expect(reptile.alphaGradients).toEqual([])
    // With one step on each loss and small rates, it is the sum of the gradients: what Nichol et al. expand in alpha.
    const small = 1e-3
    const expanded = all.map(m =>
      [0, 1, 2].reduce((sum, k) => sumOf(sum, slope(theta0, inner(m, k))), slope(theta0, outer(m, STEPS))),
    )
    const tiny = make({ kind: 'reptile' }, 1, STEPS)
    const measured = flat(estimate(tiny, { alphas: tiny.initAlphas(SHAPES, STEPS, small) }))
    expectClose(
      measured.map(value => value / small),
      meanOf(expanded),
      1,
    )
  })

  it.each([1, 2] as const)('ANIL of order %i moves the last layer alone, and learns all', order => {
    const anil = make({ kind: 'anil' }, order, STEPS)
    const alphas = anil.initAlphas(SHAPES, STEPS, RATE)
    expect(alphas.map(step => Object.keys(step))).toEqual(Array(STEPS).fill(['w1']))
    const rates = everywhere.map(() => [0, 0, RATE, RATE])
    const expected = byHand(rates, last, order === 2)
    const result = estimate(anil)
    expectClose(flat(result), expected.theta)
    expectAlphas(
      result.alphaGradients,
      perTensor(expected.alphas).map(({ w1 }) => ({ w1 })),
    )
    const moved = withinScope(() => {
      const start = withTaskAxis({ w0: tf.tensor1d([1, -2]), w1: tf.tensor1d([0.5, 0.8]) }, TASKS)
      const {
        adapted: end,
        losses: before,
        logGradientNorms,
      } = innerStep(start, alphas[0], losses.innerLosses[0])
      return { w0: [...end['w0'].dataSync()], w1: [...end['w1'].dataSync()], before, logGradientNorms }
    })
    expectClose(moved.w0, [1, -2, 1, -2])
    expectClose(
      moved.w1,
      all.flatMap(m => adapted(m, rates)[1].slice(2)),
    )
    // The norm is that of what moves.
    const norms = all.map(m => Math.log(Math.hypot(...slope(theta0, inner(m, 0)).slice(2))))
    expectClose(moved.logGradientNorms, norms)
  })

  it('ANIL takes a Gaussian policy’s logStd for a part of the output', () => {
    const shapes = { w0: [2, 3], b0: [1, 3], w1: [3, 2], b1: [1, 2], logStd: [1, 2] }
    const [step] = make({ kind: 'anil' }, 2, 1).initAlphas(shapes, 1, RATE)
    expect(Object.keys(step)).toEqual(['w1', 'b1', 'logStd'])
  })

  it.each([1, 2] as const)('Meta-SGD of order %i has a rate for every weight, and its gradient', order => {
    const metaSgd = make({ kind: 'meta-sgd' }, order, STEPS)
    const fresh = metaSgd.initAlphas(SHAPES, STEPS, RATE)
    expect(fresh.map(step => Object.values(step).map(rate => (rate as Float32Array).length))).toEqual(
      Array(STEPS).fill([2, 2]),
    )
    expectClose(flat(estimate(metaSgd)), byHand(everywhere, last, order === 2).theta)
    const rates = everywhere.map((own, k) =>
      own.map((rate, i) => Math.fround(rate + 0.1 * Math.sin(4 * k + i))),
    )
    const alphas = rates.map(own => ({
      w0: Float32Array.from(own.slice(0, 2)),
      w1: Float32Array.from(own.slice(2)),
    }))
    const expected = byHand(rates, last, order === 2)
    const result = estimate(metaSgd, { alphas })
    expectClose(flat(result), expected.theta)
    for (const [k, step] of result.alphaGradients.entries())
      expectClose([...(step['w0'] as Float32Array), ...(step['w1'] as Float32Array)], expected.alphas[k])
    // Steps beyond the schedule reuse the last rates, whose gradient adds up.
    const once = estimate(metaSgd, { alphas: alphas.slice(0, 1) })
    const thrice = byHand(Array(STEPS).fill(rates[0]), last, order === 2)
    expectClose(flat(once), thrice.theta)
    const total = thrice.alphas.reduce((sum, own) => sumOf(sum, own))
    const [step] = once.alphaGradients
    expectClose([...(step['w0'] as Float32Array), ...(step['w1'] as Float32Array)], total)
  })

  it.each([
    [0, [1 / 3, 1 / 3, 1 / 3]],
    [0.25, [1 / 6, 1 / 6, 2 / 3]],
    [0.499, [0.01, 0.01, 0.98]],
    [0.5, [0, 0, 1]],
    [0.9, [0, 0, 1]],
  ])('the multi-step loss at %d of the training weighs its steps by %j', (progress, weights) => {
    expectClose(lossWeights(STEPS, progress / 0.5), weights)
    const estimator = make({ kind: 'multi-step', annealing: 0.5 }, 2, STEPS)
    const result = estimate(estimator, { progress })
    const expected = byHand(everywhere, weights)
    expectClose(flat(result), expected.theta)
    expectAlphas(result.alphaGradients, perTensor(expected.alphas))
    const total = all.map(m => {
      const path = adapted(m, everywhere)
      return weights.reduce((sum, weight, i) => {
        const away = minus(path[i + 1], outer(m, i + 1))
        return sum + (weight * times(C, away).reduce((dot, value, j) => dot + value * away[j], 0)) / 2
      }, 0)
    })
    expectClose(result.outerLosses, total)
    expectClose(
      estimator.conclude?.({ ...losses, progress } as EstimatorRequest).figures['lossWeights'] ?? [],
      weights,
    )
  })

  it('without inner steps, and where the recipe names none, the estimator is MAML', () => {
    const none = { alphas: [], innerLosses: [] }
    const plain = flat(estimate(estimatorOf({ order: 2, steps: 0 }), none))
    for (const kind of ['reptile', 'anil', 'meta-sgd', 'promp', 'multi-step'] as const) {
      const estimator = checkRecipeEstimator({ kind })
      expect(flat(estimate(make(estimator, 2, 0), none))).toEqual(plain)
    }
    expect(flat(estimate(estimatorOf({ order: 2, steps: 3 })))).toEqual(
      flat(estimate(make({ kind: 'maml' }, 2, 3))),
    )
    expect(flat(estimate(estimatorOf({ order: 1, steps: 3 })))).toEqual(
      flat(estimate(make({ kind: 'fomaml' }, 1, 3))),
    )
  })

  it('leaves no tensor behind, whatever the estimator', () => {
    const theta = toTensors(
      { w0: Float32Array.from(theta0.slice(0, 2)), w1: Float32Array.from(theta0.slice(2)) },
      SHAPES,
    )
    const run = () => {
      for (const kind of ['maml', 'fomaml', 'reptile', 'anil', 'meta-sgd', 'multi-step'] as const)
        estimate(make(checkRecipeEstimator({ kind }), 2, STEPS), { theta })
    }
    run()
    const before = tf.memory().numTensors
    run()
    expect(tf.memory().numTensors).toBe(before)
  })

  it('ProMP is refused where nobody plays', () => {
    expect(() => estimate(make(checkRecipeEstimator({ kind: 'promp' }), 2, STEPS))).toThrow(
      'promp needs tasks that a policy plays',
    )
  })
})

describe('rates for every weight', () => {
  const alphas = [
    { w: Float32Array.of(0.5, 9, -1), b: 2 },
    { w: Float32Array.of(1, 2, 3), b: 0.5 },
  ]

  it('go through host parameters and the bounds like those of whole tensors', () => {
    expect(alphasFromHost(alphasToHost(alphas))).toEqual(alphas)
    expect(projectAlphas(alphas)).toEqual([{ w: Float32Array.of(0.5, 4, 0), b: 2 }, alphas[1]])
    expect(meanRate(alphas[1])).toBeCloseTo((2 + 0.5) / 2, 6)
  })
})

/** A recipe's estimator with its defaults. */
function checkRecipeEstimator(estimator: { readonly kind: EstimatorRecipe['kind'] }): EstimatorRecipe {
  const order = estimator.kind === 'fomaml' || estimator.kind === 'reptile' ? 1 : 2
  const alphaRate = estimator.kind === 'reptile' ? 0 : starter.meta.alphaRate
  const recipe = checkRecipe({ ...starter, meta: { ...starter.meta, order, alphaRate, estimator } }, 'test')
  return recipe.meta.estimator as EstimatorRecipe
}

describe('a recipe with an estimator', () => {
  const asked = (meta: object) => () =>
    checkRecipe({ ...starter, meta: { ...starter.meta, ...meta } }, 'my.json').meta.estimator

  it('has its defaults filled in', () => {
    expect(asked({ estimator: { kind: 'promp' } })()).toEqual({
      kind: 'promp',
      klTarget: 0.01,
      klWeight: 0.01,
    })
    expect(asked({ estimator: { kind: 'multi-step' } })()).toEqual({ kind: 'multi-step', annealing: 0.15 })
    expect(asked({})()).toBeUndefined()
  })

  it('is refused by the name of the field that does not go with it', () => {
    expect(asked({ estimator: { kind: 'promp' }, order: 1 })).toThrow(
      'my.json: meta.order: expected 2 with the estimator promp, got',
    )
    expect(asked({ estimator: { kind: 'reptile' }, order: 1 })).toThrow(
      'my.json: meta.alphaRate: expected 0 with the estimator reptile, which has no gradient for alpha, got',
    )
    expect(asked({ estimator: { kind: 'sgd' } })).toThrow('meta.estimator')
    expect(asked({ estimator: { kind: 'anil', annealing: 1 } })).toThrow('meta.estimator.annealing')
  })
})

describe('ProMP on an enumerated decision process', () => {
  /**
   * Two states, two actions, two steps from state 0; action a leads to state a, and the reward depends on task, state and
   * action. Data are exact expectations: a row for each state and action, weighted by how often the policy that
   * played comes there.
   */
  const [TASKS, STEPS, CLIP] = [2, 2, 0.2]
  const REWARDS = [
    [1, -0.5, 0.3, 2],
    [-1, 0.8, 1.5, 0],
  ]
  const ALPHA = 0.7
  const WEIGHTS = [0.9, 2.5]
  const theta = [0.2, -0.3, 0.4, 0.1]
  /** Policies that played, [task][k][4 logits]: not theirs of theta, so that ratios and divergences count. */
  const played = Array.from({ length: TASKS }, (_, m) =>
    Array.from({ length: STEPS + 1 }, (_, k) =>
      theta.map((value, i) => value + 0.15 * Math.sin(3 * m + 5 * k + i)),
    ),
  )

  const policy = (logits: readonly number[]) =>
    [0, 2].flatMap(state => {
      const odds = [Math.exp(logits[state]), Math.exp(logits[state + 1])]
      return odds.map(value => value / (odds[0] + odds[1]))
    })
  /** Visits of each state in an episode, over its two steps. */
  const visits = (pi: readonly number[]) => [(1 + pi[0]) / 2, pi[1] / 2]
  /** What the policy that played recorded: probabilities, row weights, and rewards as advantages. */
  const recordOf = (m: number, k: number) => {
    const pi = policy(played[m][k])
    const d = visits(pi)
    return { pi, d, rows: pi.map((p, i) => d[i >> 1] * p), advantages: REWARDS[m] }
  }

  const surrogate = (logits: readonly number[], m: number, k: number, clip?: number) => {
    const { pi, rows, advantages } = recordOf(m, k)
    return -policy(logits).reduce((sum, p, i) => {
      const ratio = p / pi[i]
      const clipped = clip === undefined ? ratio : Math.min(Math.max(ratio, 1 - clip), 1 + clip)
      return sum + rows[i] * Math.min(ratio * advantages[i], clipped * advantages[i])
    }, 0)
  }
  const divergence = (logits: readonly number[], m: number, k: number) => {
    const { pi, d } = recordOf(m, k)
    const q = policy(logits)
    return pi.reduce((sum, p, i) => sum + d[i >> 1] * p * Math.log(p / q[i]), 0)
  }
  const differences = (f: (x: readonly number[]) => number, x: readonly number[], step: number) =>
    x.map((value, i) => (f(x.with(i, value + step)) - f(x.with(i, value - step))) / (2 * step))
  const descend = (logits: readonly number[], m: number, k: number, rate: number) => {
    const gradient = differences(x => surrogate(x, m, k), logits, 1e-5)
    return logits.map((value, i) => value - rate * gradient[i])
  }
  /** J of the paper, in double precision. */
  const objective = (logits: readonly number[], rates: readonly number[]) => {
    let total = 0
    for (let m = 0; m < TASKS; m++) {
      let at = logits
      for (let k = 0; k < STEPS; k++) {
        total += (WEIGHTS[k] * divergence(at, m, k)) / STEPS / TASKS
        at = descend(at, m, k, rates[k])
      }
      total += surrogate(at, m, STEPS, CLIP) / TASKS
    }
    return total
  }

  function lossesOf(): TaskLosses {
    const tasks = Array.from({ length: TASKS }, (_, m) => m)
    const data = (k: number) => {
      const records = tasks.map(m => recordOf(m, k))
      const taken = tf.tile(tf.reshape(tf.eye(2), [1, 1, 2, 2]), [TASKS, 2, 1, 1])
      const model = ({ logits }: Readonly<Record<string, tf.Tensor>>) => {
        const logs = tf.expandDims(categoricalLogProbabilities(tf.reshape(logits, [TASKS, 2, 2])), 2)
        return { logProbability: tf.reshape(takenLogProbability(logs, taken), [TASKS, 4]) }
      }
      const recorded = surrogateData({
        tasks: TASKS,
        oldLogProbabilities: Float32Array.from(records.flatMap(({ pi }) => pi.map(Math.log))),
        // The loss is a mean over four rows.
        advantages: Float32Array.from(
          records.flatMap(({ rows, advantages }) => rows.map((weight, i) => 4 * weight * advantages[i])),
        ),
      })
      return { model, recorded, records }
    }
    return {
      tasks: TASKS,
      innerLosses: [0, 1].map(k => {
        const { model, recorded } = data(k)
        return likelihoodRatioLoss(model, recorded)
      }),
      outerLoss: k => {
        const { model, recorded } = data(k)
        return clippedRatioLoss(model, recorded, { clip: CLIP })
      },
      policyKl: k => {
        const { records } = data(k)
        const old = tf.tensor3d(
          records.flatMap(({ pi }) => pi.map(Math.log)),
          [TASKS, 2, 2],
        )
        const weights = tf.tensor2d(
          records.flatMap(({ d }) => d),
          [TASKS, 2],
        )
        return ({ logits }) => {
          const logs = categoricalLogProbabilities(tf.reshape(logits, [TASKS, 2, 2]))
          return tf.sum(tf.mul(categoricalKl(old, logs), weights), 1)
        }
      },
    }
  }

  function ask<T>(klTarget: number, question: (estimator: Estimator, request: EstimatorRequest) => T): T {
    return withinScope(() =>
      question(make({ kind: 'promp', klTarget, klWeight: 0.01 }, 2, STEPS), {
        ...lossesOf(),
        theta: { logits: tf.tensor1d(theta) },
        alphas: [{ logits: ALPHA }, { logits: 0.5 * ALPHA }],
        learnAlphas: true,
        progress: 0,
        memory: { klWeights: Float32Array.from(WEIGHTS) },
      }),
    )
  }

  it('has the gradient of the clipped objective with its penalty, for theta and alpha', () => {
    const { gradients, alphaGradients, outerLosses } = ask(0.01, (estimator, request) =>
      estimator.gradient(request),
    )
    const rates = [ALPHA, 0.5 * ALPHA]
    const expected = differences(x => objective(x, rates), theta, 1e-3)
    expectClose(gradients['logits'], expected, 4)
    expectClose(
      alphaGradients.map(step => Number(step['logits'])),
      differences(own => objective(theta, own), rates, 1e-3),
      4,
    )
    expect((outerLosses[0] + outerLosses[1]) / 2).toBeCloseTo(objective(theta, rates), 5)
    // Without the penalty it is another gradient.
    const bare = ask(0.01, (estimator, request) =>
      estimator.gradient({ ...request, memory: { klWeights: new Float32Array(2) } }),
    )
    expect(() => expectClose(bare.gradients['logits'], expected, 2)).toThrow()
  })

  it('steers the weights: doubled above 1.5 times the target, halved below the target over 1.5', () => {
    const expected = [0, 1].map(k => {
      const kls = [0, 1].map(m => divergence(k === 0 ? theta : descend(theta, m, 0, ALPHA), m, k))
      return (kls[0] + kls[1]) / 2
    })
    const conclude = (klTarget: number) =>
      ask(klTarget, (estimator, request) => estimator.conclude?.(request))
    const kept = conclude(expected[0])
    expectClose(kept?.figures['innerKl'] ?? [], expected, 5)
    expect(kept?.memory?.['klWeights'][0]).toBeCloseTo(WEIGHTS[0], 5)
    expectClose(
      conclude(1e-5)?.memory?.['klWeights'] ?? [],
      WEIGHTS.map(weight => 2 * weight),
    )
    expectClose(
      conclude(10)?.figures['klWeights'] ?? [],
      WEIGHTS.map(weight => weight / 2),
    )
    const tiny = ask(10, (estimator, request) =>
      estimator.conclude?.({ ...request, memory: { klWeights: Float32Array.of(1e-6, 1e-6) } }),
    )
    expect(tiny?.memory?.['klWeights'][0]).toBeCloseTo(1e-6, 9)
    expect([
      ...(make({ kind: 'promp', klTarget: 1, klWeight: 0.5 }, 2, 3).initMemory?.(3)['klWeights'] ?? []),
    ]).toEqual([0.5, 0.5, 0.5])
  })
})

describe('divergences', () => {
  it('of Gaussians equal the integral over a grid', () => {
    const [p, q] = [
      { mean: [0.3, -0.2], logStd: [-0.5, 0.1] },
      { mean: [-0.1, 0.4], logStd: [-0.2, -0.3] },
    ]
    const density = (x: number, mean: number, logStd: number) =>
      Math.exp(-0.5 * ((x - mean) / Math.exp(logStd)) ** 2) / Math.exp(logStd) / Math.sqrt(2 * Math.PI)
    let expected = 0
    for (const axis of [0, 1]) {
      for (let x = -12; x < 12; x += 1e-3) {
        const [a, b] = [p, q].map(({ mean, logStd }) => density(x, mean[axis], logStd[axis]))
        if (a > 0) expected += a * Math.log(a / b) * 1e-3
      }
    }
    const measured = withinScope(() => {
      const upload = ({ mean, logStd }: typeof p) => ({
        mean: tf.tensor2d([mean]),
        logStd: tf.tensor1d(logStd),
      })
      return gaussianKl(upload(p), upload(q)).dataSync()[0]
    })
    expect(measured).toBeCloseTo(expected, 5)
  })
})
