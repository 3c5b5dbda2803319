/**
 * ProMP (Rothfuss, Lee, Clavera, Asfour and Abbeel 2019, section 6 and algorithm 1): several clipped outer updates from
 * one set of trajectories, under a penalty on how far they move the policies that the inner gradients were taken at,
 *
 *   J = 1/M sum_m [ L_m^CLIP(theta_m,K)  +  1/K sum_k eta_k KL(pi_old,m,k || pi_theta_m,k) ],   k = 0 .. K-1
 *
 * whose inner losses are likelihood ratios (J^LR). As in the authors' program, eta_k is doubled after an iteration whose KL
 * was above 1.5 times the target, and halved below the target over 1.5.
 */
import * as tf from '@tensorflow/tfjs-core'
import { alphaAt, innerStep, metaGradient, type TaskLoss } from '../maml.ts'
import { withinScope, withTaskAxis } from '../parameters.ts'
import type { Estimator, EstimatorRequest } from './estimator.ts'
import { maml } from './maml.ts'
import type { OptionsOf } from './options.ts'

/** Halved without end, a weight would reach zero and could never grow again. */
const SMALLEST_WEIGHT = 1e-6

export function promp({ klTarget, klWeight }: OptionsOf<'promp'>): Estimator {
  return {
    ...maml(2),
    initMemory: steps => ({ klWeights: new Float32Array(steps).fill(klWeight) }),
    gradient: request => {
      const steps = request.innerLosses.length
      const stepLosses = request.innerLosses.map((_, k): TaskLoss => {
        const kl = policyKl(request, k)
        return parameters => tf.mul(kl(parameters), request.memory['klWeights'][k] / steps)
      })
      return metaGradient({ ...request, outerLoss: request.outerLoss(steps), stepLosses, order: 2 })
    },
    conclude: request => {
      const innerKl = innerKls(request)
      const klWeights = request.memory['klWeights'].map((weight, k) => {
        if (innerKl[k] > 1.5 * klTarget) return 2 * weight
        return innerKl[k] < klTarget / 1.5 ? Math.max(weight / 2, SMALLEST_WEIGHT) : weight
      })
      return { memory: { klWeights }, figures: { innerKl, klWeights: [...klWeights] } }
    },
  }
}

/** Mean over tasks of the KL at each inner step, under the request's theta and alphas. */
function innerKls(request: EstimatorRequest): number[] {
  const kls = request.innerLosses.map((_, k) => policyKl(request, k))
  return withinScope(() => {
    let adapted = withTaskAxis(request.theta, request.tasks)
    return request.innerLosses.map((loss, k) => {
      const kl = tf.mean(kls[k](adapted)).dataSync()[0]
      adapted = innerStep(adapted, alphaAt(request.alphas, k), loss).adapted
      return kl
    })
  })
}

function policyKl({ policyKl: made }: EstimatorRequest, k: number): TaskLoss {
  if (!made) throw new Error('promp needs tasks that a policy plays: choose another estimator for regression')
  return made(k)
}
