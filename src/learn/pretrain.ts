/**
 * Pretraining of the encoder: linear heads on its features must tell, for each kind of object, the direction of
 * the shortest path to the nearest one and the nearness from each side, what the player carries, and (inverse
 * dynamics, Agrawal et al. 2016) which action lies between two frames. Afterwards the heads are dropped and the
 * encoder is frozen.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LevelRequest } from '../../envs/draw-level.ts'
import { ACTION_COUNT } from '../../envs/game.ts'
import type { Split } from '../../levels/level.ts'
import { stream } from '../core/random.ts'
import { TILES } from '../core/tiles.ts'
import { cutWindows, encode, FEATURES, initEncoder } from './encoder.ts'
import { logSoftmax } from './ops.ts'
import { type AdamState, clipByGlobalNorm, initAdam, updateAdam } from './optimiser.ts'
import {
  disposeParameters,
  type HostParameters,
  type ParameterSet,
  type Parameters,
  type Shapes,
  toTensors,
  withinScope,
} from './parameters.ts'
import { createPictureSource, type PictureBatch } from './picture-source.ts'
import { initMlp, joinParameterSets, mlp } from './policy.ts'
import { DIRECTIONS, type Kinds, kindsOf, SIDES } from './supervision.ts'

/** How an encoder is pretrained; plain data, part of a recipe. */
export interface PretrainRecipe {
  /** Which levels the pictures come from; all games of the suite in turn. */
  readonly levels: readonly LevelRequest[]
  /** Gradient steps. */
  readonly steps: number
  /** Pairs of consecutive frames a step; a step sees twice as many frames. */
  readonly pairs: number
  /** Adam's peak rate, after a short rise; it falls to a fiftieth along a cosine. */
  readonly rate: number
}

export interface PretrainState {
  readonly step: number
  /** Encoder and heads. */
  readonly parameters: HostParameters
  readonly adam: AdamState
}

/** Shares of right answers and errors on pictures that were not trained on. */
export interface ProbeReport {
  readonly frames: number
  /** Share of objects in view whose direction is right. */
  readonly directionAccuracy: number
  /** The same by kind of object. */
  readonly directionByKind: Readonly<Record<string, number>>
  /** Mean absolute error of exp(-distance / 3). */
  readonly nearnessError: number
  /** Share of frames where what the player carries is right. */
  readonly spriteAccuracy: number
  /** Share of frame pairs whose action is right. */
  readonly actionAccuracy: number
}

/**
 * An object that is not there teaches little: its direction is 'none'. At 0.1 the ten kinds that a game lacks drown the
 * three that it has (docs/algorithms/encoder.md).
 */
const ABSENT_WEIGHT = 0.01
const NEARNESS_WEIGHT = 5
const SPRITE_WEIGHT = 0.3
const ACTION_WEIGHT = 0.3
const GRADIENT_CLIP = 5
/** Steps over which the rate rises. */
const WARM_UP = 200

function pretrainParameters(seed: string, { asked, looks }: Kinds): ParameterSet {
  const weights = stream(seed, 'encoder')
  const random = () => weights.next()
  const encoder = initEncoder(random)
  const named: ParameterSet = {
    shapes: Object.fromEntries(
      Object.entries(encoder.shapes).map(([name, shape]) => [`encoder/${name}`, shape]),
    ),
    values: Object.fromEntries(
      Object.entries(encoder.values).map(([name, value]) => [`encoder/${name}`, value]),
    ),
  }
  const heads: readonly [string, readonly number[]][] = [
    ['directions/', [FEATURES, asked.length * DIRECTIONS]],
    ['nearness/', [FEATURES, asked.length * SIDES]],
    ['sprite/', [FEATURES, looks.length]],
    ['action/', [2 * FEATURES, 64, ACTION_COUNT]],
  ]
  return heads.reduce(
    (all, [prefix, sizes]) => joinParameterSets(all, initMlp(random, sizes, { prefix, gain: 1 })),
    named,
  )
}

/** The kinds that the levels' games have. */
function kindsIn(levels: readonly LevelRequest[]): Kinds {
  return kindsOf(levels.map(({ game }) => game))
}

export function initPretrain(recipe: Pick<PretrainRecipe, 'levels'>, seed: string): PretrainState {
  const { values } = pretrainParameters(seed, kindsIn(recipe.levels))
  return { step: 0, parameters: values, adam: initAdam(values) }
}

/** The encoder's part of the state, named as in ENCODER_SHAPES. */
export function encoderOf(parameters: HostParameters): HostParameters {
  const prefix = 'encoder/'
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [name.slice(prefix.length), values]),
  )
}

/**
 * Pretrains from `state` to the recipe's end, yielding the state and the loss after every step. Going on from a
 * state gives the bits of an unbroken run: the pictures before it are drawn again and passed over.
 */
export function* pretrain(
  recipe: PretrainRecipe,
  seed: string,
  from: PretrainState = initPretrain(recipe, seed),
): Generator<readonly [PretrainState, number]> {
  const { shapes } = pretrainParameters('shapes', kindsIn(recipe.levels))
  const next = createPictureSource({
    requests: recipe.levels,
    split: 'train',
    pairs: recipe.pairs,
    seed: `${seed}/pictures`,
  })
  let state = from
  for (let step = 0; step < state.step; step++) next()
  while (state.step < recipe.steps) {
    const rate = recipe.rate * rateAt(state.step, recipe.steps)
    const { loss, gradients } = lossAndGradients(state.parameters, shapes, next())
    const clipped = clipByGlobalNorm(gradients, GRADIENT_CLIP).gradients
    const update = updateAdam(state.adam, state.parameters, clipped, { rate })
    state = { step: state.step + 1, parameters: update.parameters, adam: update.state }
    yield [state, loss]
  }
}

/** Share of the peak rate: a linear rise, without which Adam's first steps saturate every tanh, then a cosine. */
function rateAt(step: number, steps: number): number {
  const cosine = 0.02 + 0.98 * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
  return Math.min(1, (step + 1) / WARM_UP) * cosine
}

function lossAndGradients(
  values: HostParameters,
  shapes: Shapes,
  batch: PictureBatch,
): { loss: number; gradients: HostParameters } {
  // Not tf.tidy: it would look for tensors in every number of a host array that is returned.
  return withinScope(() => {
    const parameters = toTensors(values, shapes)
    const names = Object.keys(parameters)
    const { value, grads } = tf.engine().gradients(
      () => pretrainLoss(parameters, batch),
      names.map(name => parameters[name]),
    )
    const gradients = Object.fromEntries(
      names.map((name, i) => [name, Float32Array.from(grads[i].dataSync())]),
    )
    return { loss: value.dataSync()[0], gradients }
  })
}

function pretrainLoss(parameters: Parameters, batch: PictureBatch): tf.Scalar {
  const { pairs } = batch
  const rows = 2 * pairs
  const answers = answer(parameters, batch)
  const kinds = batch.present.length / rows
  const present = tf.tensor2d(batch.present, [rows, kinds])
  const weights = tf.add(tf.mul(present, 1 - ABSENT_WEIGHT), ABSENT_WEIGHT)
  const truth = tf.tensor3d(batch.directions, [rows, kinds, DIRECTIONS])
  const missed = tf.neg(tf.sum(tf.mul(logSoftmax(answers.directions), truth), -1))
  const directions = tf.div(tf.sum(tf.mul(missed, weights)), tf.sum(weights))
  const error = tf.square(tf.sub(answers.nearness, tf.tensor3d(batch.nearness, [rows, kinds, SIDES])))
  const nearness = tf.div(tf.sum(tf.mul(tf.mean(error, -1), weights)), tf.sum(weights))
  const sprite = crossEntropy(answers.sprite, batch.sprites)
  const action = crossEntropy(answers.action, batch.actions)
  const terms = [
    directions,
    tf.mul(nearness, NEARNESS_WEIGHT),
    tf.mul(sprite, SPRITE_WEIGHT),
    tf.mul(action, ACTION_WEIGHT),
  ]
  return terms.reduce((sum, term) => tf.add(sum, term)) as tf.Scalar
}

interface Answers {
  /** Logits [rows, kinds, 5], values [rows, kinds, 4], logits [rows, sprites], logits [pairs, actions]. */
  readonly directions: tf.Tensor
  readonly nearness: tf.Tensor
  readonly sprite: tf.Tensor
  readonly action: tf.Tensor
}

function answer(parameters: Parameters, batch: PictureBatch): Answers {
  const { pairs } = batch
  const kinds = batch.present.length / (2 * pairs)
  const encoder = Object.fromEntries(
    Object.keys(parameters)
      .filter(name => name.startsWith('encoder/'))
      .map(name => [name.slice('encoder/'.length), parameters[name]]),
  )
  const features = encode(encoder, cutWindows(batch.pixels, 2 * pairs))
  const before = tf.slice(features, [0, 0], [pairs, FEATURES])
  const after = tf.slice(features, [pairs, 0], [pairs, FEATURES])
  return {
    directions: tf.reshape(mlp(parameters, features, tf.tanh, 'directions/'), [2 * pairs, kinds, DIRECTIONS]),
    nearness: tf.reshape(mlp(parameters, features, tf.tanh, 'nearness/'), [2 * pairs, kinds, SIDES]),
    sprite: mlp(parameters, features, tf.tanh, 'sprite/'),
    action: mlp(parameters, tf.concat([before, after], 1), tf.tanh, 'action/'),
  }
}

function crossEntropy(logits: tf.Tensor, classes: Int32Array): tf.Tensor {
  const depth = logits.shape[logits.rank - 1]
  const truth = tf.oneHot(tf.tensor1d(classes, 'int32'), depth)
  return tf.neg(tf.mean(tf.sum(tf.mul(logSoftmax(logits), truth), -1)))
}

/** Measures the pretrained heads on pictures of a split, for example with themes that were held out. */
export function probe(
  parameters: HostParameters,
  options: {
    readonly levels: readonly LevelRequest[]
    readonly split: Split
    readonly seed: string
    readonly batches: number
  },
): ProbeReport {
  const pairs = 128
  const kinds = kindsIn(options.levels)
  const count = kinds.asked.length
  const next = createPictureSource({
    requests: options.levels,
    split: options.split,
    pairs,
    seed: options.seed,
  })
  const right = new Float64Array(count)
  const seen = new Float64Array(count)
  let error = 0
  let sprites = 0
  let actions = 0
  const tensors = toTensors(parameters, pretrainParameters('shapes', kinds).shapes)
  for (let i = 0; i < options.batches; i++) {
    const batch = next()
    const [directions, nearness, sprite, action] = withinScope(() => {
      const answers = answer(tensors, batch)
      return [
        tf.argMax(answers.directions, -1).dataSync(),
        answers.nearness.dataSync(),
        tf.argMax(answers.sprite, -1).dataSync(),
        tf.argMax(answers.action, -1).dataSync(),
      ]
    })
    for (let at = 0; at < batch.present.length; at++) {
      if (!batch.present[at]) continue
      seen[at % count]++
      if (batch.directions[at * DIRECTIONS + directions[at]] > 0) right[at % count]++
      for (let side = 0; side < SIDES; side++)
        error += Math.abs(nearness[at * SIDES + side] - batch.nearness[at * SIDES + side])
    }
    for (let row = 0; row < 2 * pairs; row++) if (sprite[row] === batch.sprites[row]) sprites++
    for (let row = 0; row < pairs; row++) if (action[row] === batch.actions[row]) actions++
  }
  disposeParameters(tensors)
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0)
  const frames = options.batches * 2 * pairs
  return {
    frames,
    directionAccuracy: total(right) / total(seen),
    directionByKind: Object.fromEntries(
      kinds.asked
        .map((code, kind) => [TILES[code].name, right[kind] / seen[kind]] as const)
        .filter(([, share]) => !Number.isNaN(share)),
    ),
    nearnessError: error / (total(seen) * SIDES),
    spriteAccuracy: sprites / frames,
    actionAccuracy: (2 * actions) / frames,
  }
}
