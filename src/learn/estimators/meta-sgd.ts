/**
 * Meta-SGD (Li, Zhou, Chen and Li 2017, algorithms 1 and 2): a learned inner rate for every weight,
 *
 *   theta_m,k+1 = theta_m,k - alpha_k o grad L_m,k(theta_m,k),   alpha_k of theta's shape, o elementwise
 *
 * so that alpha gives the direction of a step too. theta and alpha are learned by the same outer loss. The paper takes one
 * step; here each of the K steps has rates of its own.
 */
import type { AlphaSchedule } from '../maml.ts'
import { mapRecord, type Shapes } from '../parameters.ts'
import type { Estimator } from './estimator.ts'
import { maml } from './maml.ts'

export function metaSgd(order: 1 | 2): Estimator {
  return { ...maml(order), initAlphas: initWeightAlphas }
}

function initWeightAlphas(shapes: Shapes, steps: number, rate: number): AlphaSchedule {
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1)
  return Array.from({ length: steps }, () =>
    mapRecord(shapes, shape => new Float32Array(sizeOf(shape)).fill(rate)),
  )
}
