/**
 * Named parameters, in the two forms the learner needs: host arrays (what the optimiser updates and a checkpoint
 * stores) and tensors (what a graph computes with). A *task axis* is a leading axis of length M: parameter
 * [M, ...shape] holds M tasks' own copies, so that one batched matMul serves all tasks.
 */

import * as tf from '@tensorflow/tfjs-core'

/** Tensors by name. Functions that return them keep tf.tidy's rule: inside a tidy they live until its end, else until disposed. */
export type Parameters = Readonly<Record<string, tf.Tensor>>

/** Flat float32 values by name, row-major. */
export type HostParameters = Readonly<Record<string, Float32Array>>

/** Tensor shapes by name, without a task axis. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** Values with the shapes that belong to them. */
export interface ParameterSet {
  readonly shapes: Shapes
  readonly values: HostParameters
}

/** Uploads host values as tensors of `shapes[name]`. Throws when a name or a length does not match. */
export function toTensors(values: HostParameters, shapes: Shapes): Parameters {
  return mapRecord(shapes, (shape, name) => {
    const data = values[name]
    const size = shape.reduce((product, length) => product * length, 1)
    if (data?.length !== size) {
      throw new Error(
        `parameter '${name}': expected ${size} values for shape [${shape}], got ${data?.length ?? 'none'}`,
      )
    }
    return tf.tensor(data, [...shape])
  })
}

/** Copies tensors to host arrays. */
export function toHost(parameters: Parameters): HostParameters {
  // A copy: the cpu backend's dataSync hands out the tensor's own storage.
  return mapRecord(parameters, tensor => Float32Array.from(tensor.dataSync()))
}

/** Repeats each tensor along a new leading axis: shape -> [tasks, ...shape]. */
export function withTaskAxis(parameters: Parameters, tasks: number): Parameters {
  return tf.tidy(() =>
    mapRecord(parameters, tensor =>
      // Not broadcastTo: it stops at rank 4, below a convolution's filter with a task axis.
      tf.tile(tf.expandDims(tensor, 0), [tasks, ...tensor.shape.map(() => 1)]),
    ),
  )
}

/** Frees the tensors. */
export function disposeParameters(parameters: Parameters): void {
  for (const tensor of Object.values(parameters)) tensor.dispose()
}

/**
 * Runs `f`, whose result is host data of any type, and frees every tensor that it made, also when it throws. (`tf.tidy`
 * is for results that are tensors: in an array of numbers it would look for one at each index.)
 */
export function withinScope<T>(f: () => T): T {
  const engine = tf.engine()
  engine.startScope()
  try {
    return f()
  } finally {
    engine.endScope()
  }
}

/** A record with the same names and `f` of each value, in the same order. */
export function mapRecord<A, B>(
  record: Readonly<Record<string, A>>,
  f: (value: A, name: string) => B,
): Record<string, B> {
  const mapped: Record<string, B> = {}
  for (const [name, value] of Object.entries(record)) mapped[name] = f(value, name)
  return mapped
}
