/**
 * An agent as a list of plain layers, pixels to logits: what every format for other programs is written from.
 *
 * `encode` of src/learn/encoder.ts runs the first two layers once for each different window of a batch; here they are the
 * convolutions that this equals, so that a program without that trick gets the same numbers.
 */

import { ACTION_COUNT } from '../../../envs/game.ts'
import { FRAME_SIDE, TILE_PIXELS, VIEW } from '../../core/rasteriser.ts'
import { ENCODER_SHAPES, FEATURES, FOVEA } from '../../learn/encoder.ts'
import { headShapes } from '../../learn/meta-train.ts'
import type { HostParameters } from '../../learn/parameters.ts'
import type { Agent } from '../agent-file.ts'

/** Weights [height, width, in, out] of a convolution or [in, out] of a dense layer, and a bias [out]. */
export interface Weights {
  readonly shape: readonly number[]
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** What a layer does to [N, height, width, channels], or to [N, values]. */
export type Work =
  /** Any number type to float32, times `factor`, plus `offset`. */
  | { readonly kind: 'scale'; readonly factor: number; readonly offset: number }
  /** Without padding, or padded as TensorFlow's SAME: what is odd goes below and to the right. */
  | {
      readonly kind: 'conv'
      readonly weights: Weights
      readonly stride: number
      readonly padding: 'valid' | 'same'
      /** Side of the square that comes in. */
      readonly side: number
    }
  /** Takes `margin` rows and columns off each side. */
  | { readonly kind: 'crop'; readonly margin: number; readonly side: number }
  /** [N, height, width, channels] to [N, values], in this order. */
  | { readonly kind: 'flatten' }
  | { readonly kind: 'concat' }
  | { readonly kind: 'dense'; readonly weights: Weights }
  /** Each row to mean 0 and deviation 1: (x - mean) / sqrt(variance + epsilon). */
  | { readonly kind: 'normalise'; readonly epsilon: number }
  | { readonly kind: 'relu' }
  | { readonly kind: 'tanh' }

export type Layer = Work & {
  /** Also the name of its output. */
  readonly name: string
  /** Outputs of earlier layers, or `pixels`. */
  readonly inputs: readonly string[]
}

/** Name and shape of what goes in, without the batch axis. */
export const INPUT = { name: 'pixels', shape: [FRAME_SIDE, FRAME_SIDE, 3] } as const
/** Names and lengths of what comes out. */
export const OUTPUTS = [
  { name: 'features', length: FEATURES },
  { name: 'logits', length: ACTION_COUNT },
] as const

/** The layers in an order in which they can be computed; the outputs `features` and `logits` are among them. */
export function agentNetwork({ encoder, learner, recipe }: Agent): readonly Layer[] {
  const conv = (name: string, stride: number, padding: 'valid' | 'same', side: number): Work => ({
    kind: 'conv',
    weights: encoderWeights(encoder, name),
    stride,
    padding,
    side,
  })
  const dense = (name: string): Work => ({ kind: 'dense', weights: encoderWeights(encoder, name) })
  return [
    ...chain(INPUT.name, [
      // (byte / 255 - 0.5) * 4
      ['scaled', { kind: 'scale', factor: 4 / 255, offset: -2 }],
      ['window1', conv('window1', TILE_PIXELS, 'valid', FRAME_SIDE)],
      ['window1-relu', { kind: 'relu' }],
      ['window2', conv('window2', 1, 'valid', VIEW)],
      ['map', { kind: 'relu' }],
    ]),
    ...chain('map', [
      ['conv2', conv('conv2', 2, 'same', VIEW)],
      ['conv2-relu', { kind: 'relu' }],
      ['conv3', conv('conv3', 2, 'same', VIEW / 2)],
      ['conv3-relu', { kind: 'relu' }],
      ['coarse', { kind: 'flatten' }],
    ]),
    ...chain('map', [
      ['fovea', { kind: 'crop', margin: (VIEW - FOVEA) / 2, side: VIEW }],
      ['fine', { kind: 'flatten' }],
    ]),
    { name: 'both', inputs: ['coarse', 'fine'], kind: 'concat' },
    ...chain('both', [
      ['dense1', dense('dense1')],
      ['dense1-relu', { kind: 'relu' }],
      ['dense2', dense('dense2')],
      ['dense2-normalised', { kind: 'normalise', epsilon: 1e-5 }],
      ['features', { kind: 'tanh' }],
    ]),
    ...chain('features', headLayers(learner.theta, headShapes(recipe.meta))),
  ]
}

/** Dense layers head0, head1, ... with tanh between them; the last one is `logits`. */
function headLayers(theta: HostParameters, shapes: Readonly<Record<string, readonly number[]>>) {
  const count = Object.keys(shapes).length / 2
  return Array.from({ length: count }, (_, i): [string, Work][] => {
    const weights = { shape: shapes[`w${i}`], kernel: theta[`w${i}`], bias: theta[`b${i}`] }
    const isLast = i + 1 === count
    return isLast
      ? [['logits', { kind: 'dense', weights }]]
      : [
          [`head${i}`, { kind: 'dense', weights }],
          [`head${i}-tanh`, { kind: 'tanh' }],
        ]
  }).flat()
}

/** The encoder's tensors of one layer; the two layers of windows are dense there, and convolutions here. */
function encoderWeights(encoder: HostParameters, name: string): Weights {
  const stored = ENCODER_SHAPES[`${name}/w`]
  const windows: Readonly<Record<string, readonly number[]>> = {
    window1: [TILE_PIXELS, TILE_PIXELS, 3, stored[1]],
    window2: [1, 1, ...stored],
  }
  return { shape: windows[name] ?? stored, kernel: encoder[`${name}/w`], bias: encoder[`${name}/b`] }
}

/** Layers one after the other. */
function chain(input: string, layers: readonly (readonly [string, Work])[]): Layer[] {
  return layers.map(([name, work], i) => ({ ...work, name, inputs: [i === 0 ? input : layers[i - 1][0]] }))
}
