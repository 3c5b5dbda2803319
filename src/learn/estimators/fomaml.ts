/**
 * First-order MAML (Finn et al. 2017, section 5.2; Nichol et al. 2018, section 3): the inner gradients count as
 * constants, so the gradient for theta is that of the outer loss at the adapted weights,
 *
 *   1/M sum_m grad L_m(theta_m,K)
 *
 * at the cost of one more gradient, without a graph through the inner loop.
 */
import type { Estimator } from './estimator.ts'
import { maml } from './maml.ts'

export function fomaml(): Estimator {
  return maml(1)
}
