/**
 * What a frozen backbone's features tell (Alain and Bengio 2016, https://arxiv.org/abs/1610.01644): linear heads are
 * trained on the features of training pictures and asked about pictures of validation levels. The questions are those of
 * the encoder's own pretraining (supervision.ts): for each kind of object in view, the direction of the shortest way to
 * it and its nearness from each side. Kinds that are not in view are not asked about.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LevelRequest } from '../../../envs/draw-level.ts'
import type { Split } from '../../../levels/level.ts'
import { stream } from '../../core/random.ts'
import { logSoftmax } from '../ops.ts'
import { initAdam, updateAdam } from '../optimiser.ts'
import { type HostParameters, type Parameters, type Shapes, toTensors, withinScope } from '../parameters.ts'
import { createPictureSource } from '../picture-source.ts'
import { DIRECTIONS, SIDES } from '../supervision.ts'

/** Features of `count` frames, [count, 64, 64, 3] to [count, features]. */
export type FeaturesOf = (pixels: Uint8Array, count: number) => tf.Tensor2D

export interface LinearProbe {
  /** Frames that the heads were trained on, and asked about. */
  readonly trained: number
  readonly frames: number
  /** Share of objects in view whose direction is right; a tie counts for any of its ways. */
  readonly directionAccuracy: number
  /** Share of the variance of exp(-distance / 3) that is explained: 1 - squared error / variance by kind and side. */
  readonly nearnessR2: number
}

export interface LinearProbeOptions {
  readonly levels: readonly LevelRequest[]
  readonly seed: string
  /** Frames to train on, a multiple of 128. */
  readonly trained: number
  /** Frames to ask about, a multiple of 128. */
  readonly frames: number
}

/** Frames of a batch of pictures, and of a step of training. */
const ROWS = 128
const EPOCHS = 40
/** Adam's peak rate times the root of the number of features: so a step moves an answer by 0.1 at most. */
const PEAK_RATE = 0.1
/** Share of the training frames that choose the epoch at which the heads are best: 1,536 features overfit soon. */
const CHOOSING = 1 / 4
/** Added to a feature's variance: one that never changes tells nothing. */
const EPSILON = 1e-6

/** Pictures with their features: a row a frame. */
interface Rows {
  readonly count: number
  readonly features: Float32Array
  readonly directions: Float32Array
  readonly nearness: Float32Array
  readonly present: Float32Array
}

export function linearProbe(featuresOf: FeaturesOf, options: LinearProbeOptions): LinearProbe {
  const { levels, seed } = options
  const train = gatherRows(featuresOf, levels, 'train', `${seed}/linear`, options.trained)
  const asked = gatherRows(featuresOf, levels, 'validation', `${seed}/linear`, options.frames)
  const scaling = scalingOf(train)
  standardise(train, scaling)
  standardise(asked, scaling)
  return { ...score(trainHeads(train, seed), asked), trained: train.count, frames: asked.count }
}

function gatherRows(
  featuresOf: FeaturesOf,
  levels: readonly LevelRequest[],
  split: Split,
  seed: string,
  count: number,
): Rows {
  const next = createPictureSource({ requests: levels, split, pairs: ROWS / 2, seed })
  // The source fills the same arrays again and again.
  const batches = Array.from({ length: Math.ceil(count / ROWS) }, () => {
    const { pixels, directions, nearness, present } = next()
    const features = withinScope(() => Float32Array.from(featuresOf(pixels, ROWS).dataSync()))
    return { features, directions: directions.slice(), nearness: nearness.slice(), present: present.slice() }
  })
  return {
    count: ROWS * batches.length,
    features: joined(batches.map(batch => batch.features)),
    directions: joined(batches.map(batch => batch.directions)),
    nearness: joined(batches.map(batch => batch.nearness)),
    present: joined(batches.map(batch => batch.present)),
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const length = parts[0].length
  const whole = new Float32Array(parts.length * length)
  parts.forEach((part, i) => {
    whole.set(part, i * length)
  })
  return whole
}

/** Mean and scale of each feature: scaled, a frame's features have length 1 on average, however many they are. */
function scalingOf({ features, count }: Rows): { mean: Float64Array; scale: Float64Array } {
  const width = features.length / count
  const mean = new Float64Array(width)
  const square = new Float64Array(width)
  for (let i = 0; i < features.length; i++) mean[i % width] += features[i] / count
  for (let i = 0; i < features.length; i++) square[i % width] += (features[i] - mean[i % width]) ** 2 / count
  return { mean, scale: square.map(variance => 1 / Math.sqrt((variance + EPSILON) * width)) }
}

function standardise({ features }: Rows, { mean, scale }: ReturnType<typeof scalingOf>): void {
  const width = mean.length
  for (let i = 0; i < features.length; i++) features[i] = (features[i] - mean[i % width]) * scale[i % width]
}

const HEADS = ['directions', 'nearness'] as const

interface Heads {
  readonly values: HostParameters
  readonly shapes: Shapes
}

/**
 * Linear heads by Adam, rate falling along a cosine, each as it was after its best epoch. The two share no weight, and
 * Adam does not care for a loss's scale, so that each learns as if alone. They begin at zero: only the order of rows is by
 * chance.
 */
function trainHeads(rows: Rows, seed: string): Heads {
  const width = rows.features.length / rows.count
  const kinds = rows.present.length / rows.count
  const shapes: Shapes = {
    'directions/w': [width, kinds * DIRECTIONS],
    'directions/b': [kinds * DIRECTIONS],
    'nearness/w': [width, kinds * SIDES],
    'nearness/b': [kinds * SIDES],
  }
  let values: HostParameters = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  )
  let adam = initAdam(values)
  const random = stream(seed, 'linear-probe')
  const order = Int32Array.from({ length: rows.count }, (_, i) => i)
  let learning = order.slice(0, rows.count * (1 - CHOOSING))
  const choosing = rowsAt(rows, order.subarray(learning.length))
  const steps = EPOCHS * Math.floor(learning.length / ROWS)
  const best = HEADS.map(() => ({ values, loss: Number.POSITIVE_INFINITY }))
  for (let epoch = 0, step = 0; epoch < EPOCHS; epoch++) {
    learning = Int32Array.from(random.shuffled(Array.from(learning)))
    for (let at = 0; at + ROWS <= learning.length; at += ROWS, step++) {
      const batch = rowsAt(rows, learning.subarray(at, at + ROWS))
      const rate = (PEAK_RATE / Math.sqrt(width)) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
      const update = updateAdam(adam, values, headGradients({ values, shapes }, batch), { rate })
      values = update.parameters
      adam = update.state
    }
    lossesOn({ values, shapes }, choosing).forEach((loss, head) => {
      if (loss < best[head].loss) best[head] = { values, loss }
    })
  }
  const chosen = HEADS.flatMap((head, i) =>
    [`${head}/w`, `${head}/b`].map(name => [name, best[i].values[name]] as const),
  )
  return { values: Object.fromEntries(chosen), shapes }
}

function lossesOn({ values, shapes }: Heads, rows: Rows): number[] {
  return withinScope(() => headLosses(toTensors(values, shapes), rows).map(loss => loss.dataSync()[0]))
}

function rowsAt(rows: Rows, chosen: Int32Array): Rows {
  const pick = (values: Float32Array) => {
    const width = values.length / rows.count
    return joined(Array.from(chosen, row => values.subarray(row * width, (row + 1) * width)))
  }
  return {
    count: chosen.length,
    features: pick(rows.features),
    directions: pick(rows.directions),
    nearness: pick(rows.nearness),
    present: pick(rows.present),
  }
}

function answer(
  heads: Parameters,
  { features, count }: Rows,
): { directions: tf.Tensor; nearness: tf.Tensor } {
  const x = tf.tensor2d(features, [count, features.length / count])
  const linear = (name: string) => tf.add(tf.matMul(x, heads[`${name}/w`]), heads[`${name}/b`])
  return {
    directions: tf.reshape(linear('directions'), [count, -1, DIRECTIONS]),
    nearness: tf.reshape(linear('nearness'), [count, -1, SIDES]),
  }
}

function headGradients({ values, shapes }: Heads, rows: Rows): HostParameters {
  return withinScope(() => {
    const heads = toTensors(values, shapes)
    const names = Object.keys(heads)
    const { grads } = tf.engine().gradients(
      () => headLosses(heads, rows).reduce((sum, loss) => tf.add(sum, loss)),
      names.map(name => heads[name]),
    )
    return Object.fromEntries(names.map((name, i) => [name, Float32Array.from(grads[i].dataSync())]))
  })
}

/** Cross-entropy of the directions and squared error of the nearness, a mean over the objects in view. */
function headLosses(heads: Parameters, rows: Rows): tf.Scalar[] {
  const kinds = rows.present.length / rows.count
  const { directions, nearness } = answer(heads, rows)
  const weights = tf.tensor2d(rows.present, [rows.count, kinds])
  const perObject = (values: tf.Tensor) =>
    tf.div(tf.sum(tf.mul(values, weights)), tf.maximum(tf.sum(weights), 1)) as tf.Scalar
  const truth = tf.tensor3d(rows.directions, [rows.count, kinds, DIRECTIONS])
  const missed = tf.neg(tf.sum(tf.mul(logSoftmax(directions), truth), -1))
  const error = tf.mean(
    tf.square(tf.sub(nearness, tf.tensor3d(rows.nearness, [rows.count, kinds, SIDES]))),
    -1,
  )
  return [perObject(missed), perObject(error)]
}

function score({ values, shapes }: Heads, rows: Rows): Pick<LinearProbe, 'directionAccuracy' | 'nearnessR2'> {
  const { directions, nearness } = withinScope(() => {
    const answers = answer(toTensors(values, shapes), rows)
    return {
      directions: tf.argMax(answers.directions, -1).dataSync(),
      nearness: Float32Array.from(answers.nearness.dataSync()),
    }
  })
  const seen = [...rows.present.keys()].filter(object => rows.present[object])
  const right = seen.filter(object => rows.directions[object * DIRECTIONS + directions[object]] > 0)
  const kinds = rows.present.length / rows.count
  // Of each kind and side: how many, their sum, their sum of squares.
  const count = new Float64Array(kinds * SIDES)
  const sum = new Float64Array(kinds * SIDES)
  let error = 0
  let squares = 0
  for (const object of seen) {
    for (let side = 0; side < SIDES; side++) {
      const truth = rows.nearness[object * SIDES + side]
      const place = (object % kinds) * SIDES + side
      count[place]++
      sum[place] += truth
      squares += truth ** 2
      error += (nearness[object * SIDES + side] - truth) ** 2
    }
  }
  const variance = squares - sum.reduce((total, value, i) => total + value ** 2 / Math.max(1, count[i]), 0)
  return { directionAccuracy: right.length / seen.length, nearnessR2: 1 - error / variance }
}
