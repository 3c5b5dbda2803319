/**
 * How long a meta-iteration takes from pixels, and whether it leaves tensors behind: 24 tasks on 9x9 maps of gems, 16
 * episodes of 32 steps, two inner steps, second order, as in DESIGN. `levelshift bench maml --json` prints what this
 * returns.
 */
import * as tf from '@tensorflow/tfjs-core'
import { starter } from '../../agents/starter.ts'
import { stream } from '../../src/core/random.ts'
import { ENCODER_SHAPES, initEncoder } from '../../src/learn/encoder.ts'
import { createFeatureCache } from '../../src/learn/features.ts'
import { initMeta, metaIteration } from '../../src/learn/meta-train.ts'
import { disposeParameters, toTensors } from '../../src/learn/parameters.ts'
import type { Recipe } from '../../src/learn/recipe.ts'
import { median } from '../../src/learn/statistics.ts'

/** Meta-iterations that are measured. */
export const ITERATIONS = 50

/** The starter recipe with two inner steps and one outer update. Maps of 9x9 have a time limit of 32 steps. */
const SCENARIO: Pick<Recipe, 'levels' | 'meta'> = {
  levels: [{ game: 'gems', size: [9, 9], vary: ['worth'] }],
  meta: { ...starter.meta, iterations: ITERATIONS, tasks: 24, episodes: 16, steps: 2, order: 2, epochs: 1 },
}

export interface MamlBenchResult {
  /** Median seconds of the meta-gradient: advantages, inner and outer gradients, clipping, Adam. */
  readonly gradientSeconds: number
  /** Median seconds of a whole meta-iteration: levels drawn and solved, three rollouts from pixels, gradient, update. */
  readonly iterationSeconds: number
  /** Tensors after the last meta-iteration less those after the first. */
  readonly tensorGrowth: number
}

export interface MamlBenchOptions {
  readonly seed: number
  readonly iterations?: number
  readonly onProgress?: (iteration: number) => void
}

/** Measures meta-training from a fresh head on a fresh encoder. */
export function benchMaml(options: MamlBenchOptions): MamlBenchResult {
  const { seed, iterations = ITERATIONS } = options
  const weights = stream(seed, 'bench', 'encoder')
  const encoder = toTensors(initEncoder(() => weights.next()).values, ENCODER_SHAPES)
  const features = createFeatureCache(encoder)
  const gradientSeconds: number[] = []
  const iterationSeconds: number[] = []
  let state = initMeta(SCENARIO.meta, `bench/${seed}`)
  let tensorsAfterFirst = 0
  while (state.iteration < iterations) {
    const began = performance.now()
    const { state: next, report } = metaIteration(state, SCENARIO, `bench/${seed}`, features)
    iterationSeconds.push((performance.now() - began) / 1000)
    gradientSeconds.push(report.seconds.gradient)
    state = next
    if (state.iteration === 1) tensorsAfterFirst = tf.memory().numTensors
    options.onProgress?.(state.iteration)
  }
  const tensorGrowth = tf.memory().numTensors - tensorsAfterFirst
  disposeParameters(encoder)
  return {
    gradientSeconds: Number(median(gradientSeconds).toFixed(4)),
    iterationSeconds: Number(median(iterationSeconds).toFixed(3)),
    tensorGrowth,
  }
}
