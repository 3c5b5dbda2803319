/**
 * ANIL, almost no inner loop (Raghu et al. 2020, section 4): the inner loop moves the last layer only, in training
 * and at test time,
 *
 *   theta_m,k+1^(L) = theta_m,k^(L) - alpha_k grad_theta^(L) L_m,k(theta_m,k),   all other layers stay
 *
 * and the outer loop learns every layer, as in MAML. A tensor without an inner rate does not move: the rates say it all.
 */
import { initAlphas } from '../maml.ts'
import type { Shapes } from '../parameters.ts'
import type { Estimator } from './estimator.ts'
import { maml } from './maml.ts'

export function anil(order: 1 | 2): Estimator {
  return {
    ...maml(order),
    initAlphas: (shapes, steps, rate) => initAlphas(lastLayer(shapes), steps, rate),
  }
}

/** Tensors of the last layer, w2 and b2 say; what has no number (a Gaussian policy's logStd) belongs to the output too. */
function lastLayer(shapes: Shapes): string[] {
  const names = Object.keys(shapes)
  const layerOf = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...names.map(layerOf).filter(Number.isFinite))
  return names.filter(name => layerOf(name) >= last)
}
