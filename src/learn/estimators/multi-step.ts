/**
 * Multi-step loss (MAML++, Antoniou, Edwards and Storkey 2019, section 4): the outer loss after every inner step
 * counts, which keeps the gradient through many steps stable,
 *
 *   J = 1/M sum_m sum_k v_k L_m(theta_m,k),   k = 1 .. K,   sum_k v_k = 1
 *
 * As in the authors' program all v_k are 1/K at first; those before the last fall linearly, to 3% of that, and the last one
 * gets the rest. Once the annealing is over the last loss alone counts: from there on it is MAML.
 */
import * as tf from '@tensorflow/tfjs-core'
import { metaGradient, type TaskLoss } from '../maml.ts'
import type { Estimator } from './estimator.ts'
import { maml } from './maml.ts'
import type { OptionsOf } from './options.ts'

const SMALLEST_SHARE = 0.03

export function multiStep({ annealing }: OptionsOf<'multi-step'>): Estimator {
  return {
    ...maml(2),
    gradient: request => {
      const steps = request.innerLosses.length
      const weights = lossWeights(steps, request.progress / annealing)
      const weighted = (k: number): TaskLoss | undefined => {
        // theta_m,0 is before every step: its loss is none of the sum.
        if (k === 0 || weights[k - 1] === 0) return undefined
        const loss = request.outerLoss(k)
        return parameters => tf.mul(loss(parameters), weights[k - 1])
      }
      return metaGradient({
        ...request,
        stepLosses: request.innerLosses.map((_, k) => weighted(k)),
        outerLoss: weighted(steps) as TaskLoss,
        order: 2,
      })
    },
    conclude: ({ innerLosses, progress }) => ({
      figures: { lossWeights: lossWeights(innerLosses.length, progress / annealing) },
    }),
  }
}

/** v_1 .. v_K at a share of the annealing. */
export function lossWeights(steps: number, share: number): number[] {
  const early = share >= 1 ? 0 : Math.max(1 - share, SMALLEST_SHARE) / steps
  return Array.from({ length: steps }, (_, i) => (i === steps - 1 ? 1 - (steps - 1) * early : early))
}
