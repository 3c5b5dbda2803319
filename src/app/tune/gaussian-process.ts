/**
 * Gaussian process regression (Rasmussen and Williams 2006, chapters 2 and 5): an anisotropic Matern 5/2 kernel, a
 * constant mean, noise, and expected improvement. No library for Node that is kept up does this; a score costs minutes of
 * training, so plain arrays are fast enough for the few hundred scores that there ever are.
 */

/** Posterior of the function without the noise at one input. */
export interface Prediction {
  readonly mean: number
  /** Standard deviation. */
  readonly deviation: number
}

export interface GaussianProcess {
  predict(input: readonly number[]): Prediction
  /** Log density of the targets, minus their mean, under the prior. */
  readonly logLikelihood: number
  /** Signal variance, in squared units of the targets. */
  readonly variance: number
  readonly lengths: readonly number[]
  readonly noise: number
}

export interface KernelParameters {
  /** Length scale of each dimension, in units of the inputs. */
  readonly lengths: readonly number[]
  /** Variance of the noise as a share of the signal's. */
  readonly noise: number
}

/** Length scales to choose from, for inputs between 0 and 1. */
const LENGTHS = [0.1, 0.15, 0.25, 0.4, 0.65, 1, 1.6, 2.5]
const NOISES = [1e-6, 1e-4, 1e-2, 0.1, 0.3, 1]
/** Times that every parameter is chosen anew while the others stand. */
const SWEEPS = 3
/** Least signal variance: targets that are all the same have none. */
const LEAST_VARIANCE = 1e-12

/** The process whose kernel makes the targets most likely, searched on a grid, one parameter at a time. */
export function fitGaussianProcess(
  inputs: readonly (readonly number[])[],
  targets: readonly number[],
): GaussianProcess {
  const dimensions = inputs[0].length
  let best = conditionOn(inputs, targets, { lengths: new Array<number>(dimensions).fill(0.4), noise: 1e-2 })
  const consider = (parameters: KernelParameters) => {
    const process = conditionOn(inputs, targets, parameters)
    if (process.logLikelihood > best.logLikelihood) best = process
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const before = best
    for (let dimension = 0; dimension < dimensions; dimension++)
      for (const length of LENGTHS) consider({ ...best, lengths: best.lengths.with(dimension, length) })
    for (const noise of NOISES) consider({ ...best, noise })
    if (best === before) break
  }
  return best
}

/**
 * The process with a given kernel. The signal variance is the one that makes the targets most likely, which has a closed
 * form: y' (M + noise I)^-1 y / n, M being the kernel of unit variance.
 */
export function conditionOn(
  inputs: readonly (readonly number[])[],
  targets: readonly number[],
  { lengths, noise }: KernelParameters,
): GaussianProcess {
  const count = targets.length
  const mean = targets.reduce((sum, target) => sum + target, 0) / count
  const centred = targets.map(target => target - mean)
  const factor = cholesky(
    inputs.map((a, i) => inputs.map((b, j) => matern52(distance(a, b, lengths)) + (i === j ? noise : 0))),
  )
  const whitened = solveLower(factor, centred)
  const weights = solveUpper(factor, whitened)
  const variance = Math.max(LEAST_VARIANCE, dot(whitened, whitened) / count)
  const logDeterminant = 2 * factor.reduce((sum, row, i) => sum + Math.log(row[i]), 0)
  return {
    lengths,
    noise,
    variance,
    logLikelihood:
      -0.5 * (dot(whitened, whitened) / variance + logDeterminant + count * Math.log(2 * Math.PI * variance)),
    predict(input) {
      const covariance = inputs.map(known => matern52(distance(input, known, lengths)))
      const explained = solveLower(factor, covariance)
      const left = Math.max(0, 1 - dot(explained, explained))
      return { mean: mean + dot(covariance, weights), deviation: Math.sqrt(variance * left) }
    },
  }
}

/** Mean improvement on `best` of a normally distributed value (Jones, Schonlau and Welch 1998, equation 15). */
export function expectedImprovement({ mean, deviation }: Prediction, best: number): number {
  if (deviation === 0) return Math.max(0, mean - best)
  const z = (mean - best) / deviation
  return Math.max(0, (mean - best) * normalCumulative(z) + deviation * normalDensity(z))
}

function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
}

/** Share of a standard normal below z: the series of Marsaglia 2004, right to 1e-15. */
export function normalCumulative(z: number): number {
  if (Math.abs(z) > 8) return z < 0 ? 0 : 1
  let [term, sum, before] = [z, z, 0]
  for (let i = 3; sum !== before; i += 2) {
    before = sum
    term *= (z * z) / i
    sum += term
  }
  return 0.5 + sum * normalDensity(z)
}

function distance(a: readonly number[], b: readonly number[], lengths: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((a[i] - b[i]) / lengths[i]) ** 2
  return Math.sqrt(sum)
}

/** Rasmussen and Williams 2006, equation 4.17; `r` in length scales. */
function matern52(r: number): number {
  const scaled = Math.sqrt(5) * r
  return (1 + scaled + (scaled * scaled) / 3) * Math.exp(-scaled)
}

/** The lower triangle L with L L' = a, row by row. */
function cholesky(a: readonly (readonly number[])[]): number[][] {
  const rows: number[][] = []
  a.forEach((row, i) => {
    rows.push([])
    for (let j = 0; j <= i; j++) {
      let sum = row[j]
      for (let k = 0; k < j; k++) sum -= rows[i][k] * rows[j][k]
      // The noise keeps the diagonal positive; rounding could still reach it where inputs repeat.
      rows[i].push(i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / rows[j][j])
    }
  })
  return rows
}

/** x with L x = b. */
function solveLower(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const x: number[] = []
  for (let i = 0; i < b.length; i++) {
    let sum = b[i]
    for (let k = 0; k < i; k++) sum -= lower[i][k] * x[k]
    x.push(sum / lower[i][i])
  }
  return x
}

/** x with L' x = b. */
function solveUpper(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const x = [...b]
  for (let i = b.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < b.length; k++) x[i] -= lower[k][i] * x[k]
    x[i] /= lower[i][i]
  }
  return x
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
