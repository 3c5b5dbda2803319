/**
 * Model-agnostic meta-learning (Finn, Abbeel and Levine 2017), for any loss and any parameters.
 *
 *   inner loop, for each task m and step k:  theta_m,k+1 = theta_m,k - alpha_k * grad L_m,k(theta_m,k)      (eq. 1)
 *   outer loss:                              1/M sum_m L_m(theta_m,K)                                       (eq. 2)
 *
 * alpha is learned: one scalar per tensor and inner step (as in MAML++, Antoniou et al. 2019, per layer and step), or one
 * per weight and inner step (Meta-SGD, Li et al. 2017). All M tasks are computed at once on a leading task axis: nothing
 * here loops over tasks.
 */

import * as tf from '@tensorflow/tfjs-core'
import { globalNorm } from './optimiser.ts'
import { type HostParameters, mapRecord, type Parameters, withinScope, withTaskAxis } from './parameters.ts'
import { mean } from './statistics.ts'

/**
 * Losses of all tasks: parameters [M, ...shape] -> [M]. Entry m may depend on slice m of the parameters only. A pure
 * function of the parameters: it captures its data, and is called again for each evaluation.
 */
export type TaskLoss = (parameters: Parameters) => tf.Tensor

/** A tensor's inner rate: one number for all of its weights, or one for each, row-major like the tensor. */
export type Rate = number | Float32Array

/** Inner rates by tensor name. */
export type Rates<R extends Rate = Rate> = Readonly<Record<string, R>>

/** One record an inner step. Steps beyond the last one reuse the last. */
export type AlphaSchedule<R extends Rate = Rate> = readonly Rates<R>[]

export interface AlphaBounds {
  readonly min: number
  readonly max: number
}

export interface MetaGradientRequest<R extends Rate = Rate> {
  /** Initialisation, without a task axis. */
  readonly theta: Parameters
  /** Inner rates; a tensor without one stays as it is in the inner loop. */
  readonly alphas: AlphaSchedule<R>
  /** M. */
  readonly tasks: number
  /** L_m,k for each inner step k; none: the plain multi-task gradient. */
  readonly innerLosses: readonly TaskLoss[]
  /** L_m at the adapted parameters. */
  readonly outerLoss: TaskLoss
  /** Losses at theta_m,k, k = 0 .. K-1, that are added to the outer one; needs order 2. None by default. */
  readonly stepLosses?: readonly (TaskLoss | undefined)[]
  /** 2: through the inner gradients; 1: inner gradients taken as constant (FOMAML, section 5.2). */
  readonly order: 1 | 2
  /** False: alpha is fixed, alphaGradients is empty, and its share of the work is not done. True by default. */
  readonly learnAlphas?: boolean
}

export interface MetaGradient<R extends Rate = Rate> {
  /** L_m at the adapted parameters, with the step losses, [M]. */
  readonly outerLosses: Float32Array
  /** Gradient of the mean outer loss for theta, named and shaped like theta. */
  readonly gradients: HostParameters
  /** Gradient of the mean outer loss for each alpha of the schedule. */
  readonly alphaGradients: AlphaSchedule<R>
  /** Global norm of `gradients`. */
  readonly gradientNorm: number
}

export interface InnerStep {
  /** theta_k+1, [M, ...shape]; the caller owns these tensors. */
  readonly adapted: Parameters
  /** L_m,k before the step, [M]. */
  readonly losses: Float32Array
  /** Natural logarithm of each task's global inner gradient norm, [M]; -Infinity where the gradient is zero. */
  readonly logGradientNorms: Float32Array
}

export const DEFAULT_ALPHA_BOUNDS: AlphaBounds = { min: 0, max: 4 }

/** A schedule of `steps` inner steps with the same rate for each named tensor. */
export function initAlphas(names: readonly string[], steps: number, rate: number): AlphaSchedule<number> {
  return Array.from({ length: steps }, () => Object.fromEntries(names.map(name => [name, Math.fround(rate)])))
}

/** The rates of inner step k; beyond the schedule, those of its last step. Throws on an empty schedule. */
export function alphaAt<R extends Rate>(alphas: AlphaSchedule<R>, k: number): Rates<R> {
  const alpha = alphas[Math.min(k, alphas.length - 1)]
  if (alpha === undefined)
    throw new Error('the alpha schedule is empty: an inner step needs at least one entry')
  return alpha
}

/** Clips each rate to the bounds: unbounded, alpha ran to 7 and the meta-training diverged. */
export function projectAlphas(alphas: AlphaSchedule, { min, max } = DEFAULT_ALPHA_BOUNDS): AlphaSchedule {
  const project = (rate: number) => Math.min(Math.max(rate, min), max)
  return alphas.map(step =>
    mapRecord(step, rate => (typeof rate === 'number' ? project(rate) : rate.map(project))),
  )
}

/** Mean over tensors of their rates; of one with a rate for every weight, the mean of these. */
export function meanRate(rates: Rates): number {
  const ofTensors = Object.values(rates).map(rate => (typeof rate === 'number' ? rate : mean(rate)))
  return mean(ofTensors)
}

/** The schedule as parameters for an optimiser or a checkpoint: a value for each rate, named `alpha/STEP/TENSOR`. */
export function alphasToHost(alphas: AlphaSchedule): HostParameters {
  return Object.fromEntries(
    alphas.flatMap((step, k) =>
      Object.entries(step).map(([name, rate]) => [
        `alpha/${k}/${name}`,
        typeof rate === 'number' ? Float32Array.of(rate) : rate,
      ]),
    ),
  )
}

/** The inverse of alphasToHost; other names in `values` are ignored. A single value is the rate of the whole tensor. */
export function alphasFromHost(values: HostParameters): AlphaSchedule {
  const steps: Record<string, Rate>[] = []
  for (const [key, value] of Object.entries(values)) {
    const match = /^alpha\/(\d+)\/(.+)$/.exec(key)
    if (match === null) continue
    const k = Number(match[1])
    steps[k] ??= {}
    steps[k][match[2]] = value.length === 1 ? value[0] : value
  }
  return steps
}

/**
 * Outer losses and the gradient of their mean for theta and alpha. Leaves no tensor behind. Throws when a loss is not
 * [M], or depends on no parameter.
 */
export function metaGradient<R extends Rate>(request: MetaGradientRequest<R>): MetaGradient<R> {
  return withinScope(() => {
    const start = withTaskAxis(request.theta, request.tasks)
    const { outer, startGradients, alphaGradients } =
      request.order === 2 ? secondOrder(request, start) : firstOrder(request, start)
    // d/d theta of the mean: theta is shared by all tasks, so the gradients of its copies add up.
    const gradients = mapRecord(request.theta, (tensor, name) => {
      const gradient = startGradients[name]
      if (gradient === undefined) return new Float32Array(tensor.size)
      return Float32Array.from(tf.sum(gradient, 0).dataSync())
    })
    return {
      outerLosses: Float32Array.from(outer.dataSync()),
      gradients,
      alphaGradients,
      gradientNorm: globalNorm(gradients),
    }
  })
}

/**
 * One inner step as numbers, without a graph behind it: for adaptation at test time, and for collecting the next
 * trajectories between steps. `adapted` is left as it is; a tensor without an alpha or a gradient is copied.
 */
export function innerStep(adapted: Parameters, alpha: Rates, loss: TaskLoss): InnerStep {
  let losses = new Float32Array(0)
  let logGradientNorms = new Float32Array(0)
  const next = tf.tidy(() => {
    const { value, gradients } = innerGradients(adapted, alpha, loss)
    losses = Float32Array.from(value.dataSync())
    logGradientNorms = logNorms(gradients, value.size)
    return descendAll(adapted, alpha, gradients)
  })
  return { adapted: next, losses, logGradientNorms }
}

/** Absent where a loss does not use a parameter. */
type Gradients = Readonly<Record<string, tf.Tensor | undefined>>

interface GraphResult<R extends Rate> {
  /** [M]. */
  readonly outer: tf.Tensor
  /** Gradients of the mean outer loss for each task's copy of theta, [M, ...shape]; absent where there is none. */
  readonly startGradients: Gradients
  readonly alphaGradients: AlphaSchedule<R>
}

/** The whole inner loop in one graph, differentiated through. */
function secondOrder<R extends Rate>(request: MetaGradientRequest<R>, start: Parameters): GraphResult<R> {
  const { alphas, tasks, innerLosses, outerLoss, stepLosses = [], learnAlphas = true } = request
  const used = alphas.slice(0, innerLosses.length)
  const alphaTensors = used.map(step => mapRecord(step, (rate, name) => rateTensor(rate, start[name])))
  const names = Object.keys(start)
  const leaves = [
    ...names.map(name => start[name]),
    ...(learnAlphas ? alphaTensors.flatMap(step => Object.values(step)) : []),
  ]
  const { value, grads } = tf.engine().gradients(
    () => {
      let added: tf.Tensor | undefined
      const adapted = innerLosses.reduce<Parameters>((parameters, loss, k) => {
        const alpha = alphaTensors[Math.min(k, alphaTensors.length - 1)] ?? alphaAt(alphas, k)
        const here = stepLosses[k]?.(parameters)
        if (here) added = added ? tf.add(added, here) : here
        return descendAll(parameters, alpha, innerGradients(parameters, alpha, loss).gradients)
      }, start)
      const last = outerLoss(adapted)
      return perTask(added ? tf.add(last, added) : last, tasks, 'outer loss')
    },
    leaves,
    tf.fill([tasks], 1 / tasks),
    true,
  )
  const found: readonly (tf.Tensor | undefined)[] = grads
  refuseConstant(found.slice(0, names.length), 'outer loss')
  let next = names.length
  const alphaGradients = !learnAlphas
    ? []
    : alphas.map((step, k) =>
        mapRecord(step, rate => rateLike(rate, k < used.length ? found[next++] : undefined)),
      )
  return {
    outer: value,
    startGradients: Object.fromEntries(names.map((name, i) => [name, found[i]])),
    alphaGradients,
  }
}

/**
 * With constant inner gradients theta_K = theta - sum_k alpha_k g_k, so the gradient for theta is the outer gradient at
 * theta_K, and that for alpha_k is -<g_k, outer gradient>: no graph is needed through the inner loop.
 */
function firstOrder<R extends Rate>(request: MetaGradientRequest<R>, start: Parameters): GraphResult<R> {
  const { alphas, tasks, innerLosses, outerLoss, stepLosses, learnAlphas = true } = request
  if (stepLosses !== undefined) throw new Error('losses at the inner steps need order 2')
  const taken: Gradients[] = []
  let adapted = start
  for (const [k, loss] of innerLosses.entries()) {
    const alpha = alphaAt(alphas, k)
    const { gradients } = innerGradients(adapted, alpha, loss)
    taken.push(gradients)
    adapted = descendAll(adapted, alpha, gradients)
  }
  const outer = gradientsOf(adapted, outerLoss, tf.fill([tasks], 1 / tasks))
  const alphaGradients: Record<string, R>[] = learnAlphas
    ? alphas.map(step => mapRecord(step, rate => rateLike(rate, undefined)))
    : []
  if (learnAlphas) {
    for (const [k, gradients] of taken.entries()) {
      const step = alphaGradients[Math.min(k, alphas.length - 1)]
      for (const name of Object.keys(step)) {
        const [inner, last] = [gradients[name], outer.gradients[name]]
        if (inner === undefined || last === undefined) continue
        step[name] = minusProduct(step[name], inner, last)
      }
    }
  }
  return { outer: outer.value, startGradients: outer.gradients, alphaGradients }
}

/** A rate as a tensor that broadcasts over the task axis of `tensor`, [M, ...shape]. */
function rateTensor(rate: Rate, tensor: tf.Tensor): tf.Tensor {
  return typeof rate === 'number' ? tf.scalar(rate) : tf.tensor(rate, [1, ...tensor.shape.slice(1)])
}

/** The values of a rate's gradient in the rate's own form; zero without one. */
function rateLike<R extends Rate>(rate: R, gradient: tf.Tensor | undefined): R {
  const values = gradient?.dataSync()
  if (typeof rate === 'number') return (values?.[0] ?? 0) as R
  return (values ? Float32Array.from(values) : new Float32Array(rate.length)) as R
}

/** rate - <a, b>, over tasks, and over all weights where they share the rate. */
function minusProduct<R extends Rate>(rate: R, a: tf.Tensor, b: tf.Tensor): R {
  const product = tf.mul(a, b)
  if (typeof rate === 'number') return (rate - tf.sum(product).dataSync()[0]) as R
  const sums = tf.sum(product, 0).dataSync()
  return rate.map((value, i) => value - sums[i]) as R
}

/** Losses, and gradients for the tensors that have a rate: the others stay as they are (ANIL's saving of work). */
function innerGradients(parameters: Parameters, alpha: Readonly<Record<string, unknown>>, loss: TaskLoss) {
  const moving = Object.keys(parameters).filter(name => alpha[name] !== undefined)
  return gradientsOf(parameters, loss, undefined, moving)
}

/** Per-task losses and the gradient of their sum, or of their sum weighted by `weights`, both [M], for `names`. */
function gradientsOf(
  parameters: Parameters,
  loss: TaskLoss,
  weights?: tf.Tensor,
  names: readonly string[] = Object.keys(parameters),
): { readonly value: tf.Tensor; readonly gradients: Gradients } {
  const tasks = Object.values(parameters)[0]?.shape[0] ?? 0
  if (names.length === 0) return { value: perTask(loss(parameters), tasks, 'loss'), gradients: {} }
  const tensors = names.map(name => parameters[name])
  const { value, grads } = tf
    .engine()
    .gradients(() => perTask(loss(parameters), tasks, 'loss'), tensors, weights, true)
  const found: readonly (tf.Tensor | undefined)[] = grads
  refuseConstant(found, 'loss')
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, found[i]])) }
}

/** Equation 1. A tensor without a rate or a gradient stays as it is. */
function descendAll(
  parameters: Parameters,
  alpha: Readonly<Record<string, tf.Tensor | Rate>>,
  gradients: Gradients,
): Parameters {
  return mapRecord(parameters, (tensor, name) => {
    const gradient = gradients[name]
    const rate: tf.Tensor | Rate | undefined = alpha[name]
    // A new tensor either way: the caller frees what it gets, whatever becomes of the old one.
    if (gradient === undefined || rate === undefined) return tf.clone(tensor)
    if (typeof rate === 'number') return descend(tensor, gradient, rate)
    return descendLearned(tensor, gradient, rate instanceof Float32Array ? rateTensor(rate, tensor) : rate)
  })
}

// Equation 1 with gradients of its own: those of sub and mul take four operations a tensor more, casts and reshapes,
// and a small network's meta-gradient is bound by the number of operations.

function descend(tensor: tf.Tensor, gradient: tf.Tensor, rate: number): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [t, g] = args as [tf.Tensor, tf.Tensor]
    return {
      value: tf.sub(t, tf.mul(g, rate)),
      gradFunc: (dy: tf.Tensor) => [dy, tf.mul(dy, -rate)],
    }
  })(tensor, gradient)
}

function descendLearned(tensor: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [t, g, r, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void]
    save([g, r])
    return {
      value: tf.sub(t, tf.mul(g, r)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        dy,
        tf.mul(dy, tf.neg(saved[1])),
        tf.neg(saved[1].rank === 0 ? tf.sum(tf.mul(dy, saved[0])) : tf.sum(tf.mul(dy, saved[0]), 0, true)),
      ],
    }
  })(tensor, gradient, rate)
}

function perTask(losses: tf.Tensor, tasks: number, what: string): tf.Tensor {
  if (losses.rank !== 1 || losses.shape[0] !== tasks) {
    throw new Error(`${what}: expected shape [${tasks}], one entry a task, got [${losses.shape}]`)
  }
  return losses
}

/** A parameter that a loss does not use is fine; a loss that uses none was cut off from them by mistake. */
function refuseConstant(gradients: readonly (tf.Tensor | undefined)[], what: string): void {
  if (gradients.every(gradient => gradient === undefined)) {
    throw new Error(`${what}: no gradient reaches any parameter; the loss must be computed from its argument`)
  }
}

function logNorms(gradients: Gradients, tasks: number): Float32Array<ArrayBuffer> {
  const squares = new Float64Array(tasks)
  for (const gradient of Object.values(gradients)) {
    if (gradient === undefined) continue
    const sums = tf.sum(tf.square(tf.reshape(gradient, [tasks, -1])), 1).dataSync()
    for (let task = 0; task < tasks; task++) squares[task] += sums[task]
  }
  return Float32Array.from(squares, square => Math.log(square) / 2)
}
