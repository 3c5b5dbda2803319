/**
 * Adam (Kingma and Ba 2015, algorithm 1) and clipping by the global norm, as pure functions on host arrays.
 *
 * The state is plain data, so a checkpoint can carry it. Only +, -, *, / and sqrt are used: IEEE 754 fixes their results
 * to the last bit, so a run resumed elsewhere continues with the same bits.
 */

import { type HostParameters, mapRecord } from './parameters.ts'

export interface AdamState {
  /** Updates made so far: t of algorithm 1. */
  readonly step: number
  /** First moment m of the gradient. */
  readonly mean: HostParameters
  /** Second raw moment v of the gradient. */
  readonly variance: HostParameters
}

export interface AdamOptions {
  /** Step size (alpha of the paper; beta, the outer rate, of MAML). */
  readonly rate: number
  /** Decay of the first moment; 0.9 by default. */
  readonly beta1?: number
  /** Decay of the second moment; 0.999 by default. */
  readonly beta2?: number
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number
}

export interface AdamUpdate {
  readonly parameters: HostParameters
  readonly state: AdamState
}

/** The state before the first update: zero moments shaped like the parameters. */
export function initAdam(parameters: HostParameters): AdamState {
  const zeros = () => mapRecord(parameters, values => new Float32Array(values.length))
  return { step: 0, mean: zeros(), variance: zeros() }
}

/**
 * One descent step along `gradients`; inputs are left as they are. Moments are rounded to float32 when stored, all
 * arithmetic between is double. Throws when a parameter's gradient or moment is missing or of another length.
 */
export function updateAdam(
  state: AdamState,
  parameters: HostParameters,
  gradients: HostParameters,
  { rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): AdamUpdate {
  const step = state.step + 1
  const correction1 = 1 - integerPower(beta1, step)
  const correction2 = 1 - integerPower(beta2, step)
  const mean: Record<string, Float32Array> = {}
  const variance: Record<string, Float32Array> = {}
  const updated = mapRecord(parameters, (values, name) => {
    const size = values.length
    const gradient = sameLength(gradients, name, size, 'gradient')
    const m = Float32Array.from(sameLength(state.mean, name, size, 'first moment'))
    const v = Float32Array.from(sameLength(state.variance, name, size, 'second moment'))
    const next = new Float32Array(size)
    for (let i = 0; i < size; i++) {
      const g = gradient[i]
      m[i] = beta1 * m[i] + (1 - beta1) * g
      v[i] = beta2 * v[i] + (1 - beta2) * g * g
      next[i] = values[i] - (rate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + epsilon)
    }
    mean[name] = m
    variance[name] = v
    return next
  })
  return { parameters: updated, state: { step, mean, variance } }
}

/** Euclidean norm over all tensors together. */
export function globalNorm(gradients: HostParameters): number {
  let sum = 0
  for (const values of Object.values(gradients)) {
    for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  }
  return Math.sqrt(sum)
}

/** A training whose rates are too high for it: nothing useful can follow. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError'
}

/**
 * Scales the gradients so that their global norm is at most `maxNorm` (Pascanu et al. 2013). Returns the norm before
 * clipping. Throws a DivergedError when a gradient is not finite, naming the tensors: stepping along it would destroy the run.
 */
export function clipByGlobalNorm(
  gradients: HostParameters,
  maxNorm: number,
): { readonly gradients: HostParameters; readonly norm: number } {
  const norm = globalNorm(gradients)
  if (!Number.isFinite(norm)) {
    const broken = Object.keys(gradients).filter(name => !gradients[name].every(Number.isFinite))
    throw new DivergedError(
      `gradient is not finite in ${broken.join(', ') || 'its norm'}; lower the rates or bound alpha`,
    )
  }
  if (norm <= maxNorm) return { gradients, norm }
  const scale = maxNorm / norm
  return { gradients: mapRecord(gradients, values => values.map(value => value * scale)), norm }
}

function sameLength(record: HostParameters, name: string, size: number, what: string): Float32Array {
  const values = record[name]
  if (values?.length !== size) {
    throw new Error(`${what} of '${name}': expected ${size} values, got ${values?.length ?? 'none'}`)
  }
  return values
}

/** base^exponent by repeated squaring: Math.pow's last bit differs between engines. */
function integerPower(base: number, exponent: number): number {
  let result = 1
  let factor = base
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor
    factor *= factor
  }
  return result
}
