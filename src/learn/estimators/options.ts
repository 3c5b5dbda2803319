/** The recipe's field `meta.estimator`: docs/algorithms/estimators.md. */
import { z } from 'zod'

const weight = z.number().positive()

export const estimatorSchema = z.discriminatedUnion('kind', [
  /** Through the inner gradients (Finn et al. 2017). */
  z.strictObject({ kind: z.literal('maml') }),
  /** Inner gradients taken as constant (Finn et al. 2017, section 5.2). */
  z.strictObject({ kind: z.literal('fomaml') }),
  /** Towards the adapted weights (Nichol et al. 2018). */
  z.strictObject({ kind: z.literal('reptile') }),
  /** The inner loop moves the last layer only (Raghu et al. 2020). */
  z.strictObject({ kind: z.literal('anil') }),
  /** A learned inner rate for every weight (Li et al. 2017). */
  z.strictObject({ kind: z.literal('meta-sgd') }),
  z.strictObject({
    /** A penalty on how far the outer updates move the policies that played (Rothfuss et al. 2019). */
    kind: z.literal('promp'),
    /** KL divergence, in nats, that the penalty's weights are steered to. */
    klTarget: weight.default(0.01),
    /** Weight of the penalty at the start, for every inner step. */
    klWeight: weight.default(0.01),
  }),
  z.strictObject({
    /** The loss after every inner step counts (MAML++, Antoniou et al. 2019, section 4). */
    kind: z.literal('multi-step'),
    /** Share of the meta-training after which the last loss alone counts. */
    annealing: z.number().positive().max(1).default(0.15),
  }),
])

export type EstimatorRecipe = z.infer<typeof estimatorSchema>
export type EstimatorKind = EstimatorRecipe['kind']
export type OptionsOf<K extends EstimatorKind> = Extract<EstimatorRecipe, { readonly kind: K }>

/** What the schema's kinds are, for a flag. */
export const ESTIMATOR_KINDS = [
  'maml',
  'fomaml',
  'reptile',
  'anil',
  'meta-sgd',
  'promp',
  'multi-step',
] as const satisfies readonly EstimatorKind[]

/** Orders of differentiation that an estimator is defined for. */
const ORDERS: Readonly<Record<EstimatorKind, readonly (1 | 2)[]>> = {
  maml: [2],
  fomaml: [1],
  reptile: [1],
  anil: [1, 2],
  'meta-sgd': [1, 2],
  promp: [2],
  'multi-step': [2],
}

/** What is wrong with a recipe's other fields under its estimator: the field and what it should be, or nothing. */
export function estimatorFault(meta: {
  readonly estimator?: EstimatorRecipe
  readonly order: 1 | 2
  readonly alphaRate: number
}): { readonly field: 'order' | 'alphaRate'; readonly message: string } | undefined {
  const { estimator, order, alphaRate } = meta
  if (estimator === undefined) return undefined
  const { kind } = estimator
  if (!ORDERS[kind].includes(order))
    return { field: 'order', message: `expected ${ORDERS[kind]} with the estimator ${kind}` }
  if (kind === 'reptile' && alphaRate > 0)
    return {
      field: 'alphaRate',
      message: 'expected 0 with the estimator reptile, which has no gradient for alpha',
    }
  return undefined
}
