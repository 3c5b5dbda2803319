/**
 * MAML (Finn, Abbeel and Levine 2017, eq. 1 and 2), the estimator that the others are variations of:
 *
 *   gradient of  1/M sum_m L_m(theta_m,K)  for theta and alpha, through the inner gradients (order 2) or with these
 *   as constants (order 1)
 */
import { initAlphas, metaGradient } from '../maml.ts'
import type { Estimator } from './estimator.ts'

export function maml(order: 1 | 2): Estimator {
  return {
    initAlphas: (shapes, steps, rate) => initAlphas(Object.keys(shapes), steps, rate),
    gradient: request =>
      metaGradient({ ...request, outerLoss: request.outerLoss(request.innerLosses.length), order }),
  }
}
