/**
 * Reptile (Nichol, Achiam and Schulman 2018, algorithm 2, batched): theta moves towards the adapted weights,
 *
 *   theta <- theta + epsilon 1/M sum_m (W_m - theta)
 *
 * where W_m is theta after k gradient steps on task m, without a split into support and query data. Here k = K + 1: the
 * last step descends the outer loss, so that Reptile learns from as much data as MAML. theta - W_m stands in for the
 * gradient that Adam takes (the paper's section 3 divides it by alpha, a factor that Adam does away with).
 */
import * as tf from '@tensorflow/tfjs-core'
import { alphaAt, innerStep } from '../maml.ts'
import { globalNorm } from '../optimiser.ts'
import { mapRecord, withinScope, withTaskAxis } from '../parameters.ts'
import type { Estimator } from './estimator.ts'
import { maml } from './maml.ts'

export function reptile(): Estimator {
  return {
    ...maml(1),
    gradient: ({ theta, alphas, tasks, innerLosses, outerLoss }) => {
      const steps = innerLosses.length
      const lastLoss = outerLoss(steps)
      return withinScope(() => {
        let adapted = withTaskAxis(theta, tasks)
        for (const [k, loss] of innerLosses.entries())
          adapted = innerStep(adapted, alphaAt(alphas, k), loss).adapted
        const last = innerStep(adapted, alphaAt(alphas, steps), lastLoss)
        const gradients = mapRecord(theta, (tensor, name) => {
          const towards = tf.mean(tf.sub(tf.expandDims(tensor, 0), last.adapted[name]), 0)
          return Float32Array.from(towards.dataSync())
        })
        return {
          outerLosses: last.losses,
          gradients,
          alphaGradients: [],
          gradientNorm: globalNorm(gradients),
        }
      })
    },
  }
}
