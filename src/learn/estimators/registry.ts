/** The estimator that a recipe asks for. */
import { anil } from './anil.ts'
import type { Estimator } from './estimator.ts'
import { fomaml } from './fomaml.ts'
import { maml } from './maml.ts'
import { metaSgd } from './meta-sgd.ts'
import { multiStep } from './multi-step.ts'
import type { EstimatorRecipe } from './options.ts'
import { promp } from './promp.ts'
import { reptile } from './reptile.ts'

/**
 * Left out, MAML of the given order. Without inner steps all estimators are the plain multi-task gradient, which is what
 * MAML gives then.
 */
export function estimatorOf(meta: {
  readonly estimator?: EstimatorRecipe
  readonly order: 1 | 2
  readonly steps: number
}): Estimator {
  const { estimator, order, steps } = meta
  if (estimator === undefined || steps === 0) return maml(order)
  switch (estimator.kind) {
    case 'maml':
      return maml(2)
    case 'fomaml':
      return fomaml()
    case 'reptile':
      return reptile()
    case 'anil':
      return anil(order)
    case 'meta-sgd':
      return metaSgd(order)
    case 'promp':
      return promp(estimator)
    case 'multi-step':
      return multiStep(estimator)
    default:
      return estimator satisfies never
  }
}
