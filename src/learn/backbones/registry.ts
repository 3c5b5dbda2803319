/** The backbones that an agent may see with, behind one form: frames in, one vector of features a frame out. */
import * as tf from '@tensorflow/tfjs-core'
import { FRAME_SIDE } from '../../core/rasteriser.ts'
import { cutWindows, ENCODER_SHAPES, encode, FEATURES, initEncoder } from '../encoder.ts'
import type { ParameterSet, Parameters, Shapes } from '../parameters.ts'
import { initTrunk, runTrunk, TRUNK_CHANNELS, TRUNK_SHAPES, TRUNK_STRIDE } from './mobilenet-v2.ts'

export interface Backbone {
  /** As in a checkpoint's metadata. */
  readonly name: string
  /** In a few words, for people. */
  readonly title: string
  /** Length of a frame's vector. */
  readonly features: number
  readonly shapes: Shapes
  /** Fresh weights. `random` gives numbers in [0, 1). */
  init(random: () => number): ParameterSet
  /** Features [count, features] of frames [count, 64, 64, 3]. */
  run(parameters: Parameters, pixels: Uint8Array, count: number): tf.Tensor2D
}

/** The network that Levelshift pretrains itself. */
export const OWN_BACKBONE: Backbone = {
  name: 'own',
  title: 'the encoder of Levelshift',
  features: FEATURES,
  shapes: ENCODER_SHAPES,
  init: initEncoder,
  run: (parameters, pixels, count) => encode(parameters, cutWindows(pixels, count)),
}

const CELLS = (FRAME_SIDE / TRUNK_STRIDE) ** 2

export const MOBILENET_BACKBONE: Backbone = {
  name: 'mobilenet-v2',
  title: 'the first 39 convolutions of MobileNetV2',
  features: CELLS * TRUNK_CHANNELS,
  shapes: TRUNK_SHAPES,
  init: initTrunk,
  run: (parameters, pixels, count) =>
    tf.tidy(() => {
      const pictures = tf.tensor4d(Float32Array.from(pixels), [count, FRAME_SIDE, FRAME_SIDE, 3])
      return tf.reshape(runTrunk(parameters, pictures), [count, CELLS * TRUNK_CHANNELS]) as tf.Tensor2D
    }),
}

export const BACKBONES: readonly Backbone[] = [OWN_BACKBONE, MOBILENET_BACKBONE]
