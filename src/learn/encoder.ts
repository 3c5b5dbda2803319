/**
 * The vision encoder: 64x64x3 pixels to 128 features. Three strided convolutions (no pooling: max-pooling has no
 * second derivative here, and strides lose nothing on tile pictures) and two dense layers.
 *
 *     conv 4x4 stride 4, 3->16, relu     one position a tile: [16, 16, 16]
 *     conv 3x3 stride 2, 16->64, relu    [8, 8, 64]
 *     conv 3x3 stride 2, 64->64, relu    [4, 4, 64]
 *     dense 1024->256, relu              [256]
 *     dense 256->128, tanh               [128]
 *
 * The windows of the first convolution do not overlap, so it is one matrix product over all windows; its bias is
 * the weight of a constant input, which saves two passes over the largest array of the network.
 */
import * as tf from '@tensorflow/tfjs-core'
import { FRAME_SIDE, TILE_PIXELS, VIEW, VIEW_CELLS } from '../core/rasteriser.ts'
import type { ParameterSet, Parameters } from './parameters.ts'
import { rectify, standardNormal } from './policy.ts'

/** Length of a feature vector. */
export const FEATURES = 128
/** Channels after the first convolution. */
const CHANNELS = Number(process.env.CH ?? 16)
/** Units of the first dense layer. */
const HIDDEN = 256
/** Inputs of a window: 4 * 4 * 3 values and the constant 1. */
const WINDOW = TILE_PIXELS * TILE_PIXELS * 3 + 1

/** Shapes of the encoder's tensors by name. */
export const ENCODER_SHAPES: Readonly<Record<string, readonly number[]>> = {
  'conv1/w': [WINDOW, CHANNELS],
  'conv2/w': [3, 3, CHANNELS, 64],
  'conv2/b': [64],
  'conv3/w': [3, 3, 64, 64],
  'conv3/b': [64],
  'dense1/w': [1024, HIDDEN],
  'dense1/b': [HIDDEN],
  'dense2/w': [HIDDEN, FEATURES],
  'dense2/b': [FEATURES],
}

/** Fresh weights (He et al. 2015: normal with variance 2 / inputs), biases zero. `random` gives numbers in [0, 1). */
export function initEncoder(random: () => number): ParameterSet {
  const values = Object.fromEntries(
    Object.entries(ENCODER_SHAPES).map(([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1)
      if (shape.length === 1) return [name, new Float32Array(size)]
      const inputs = size / shape[shape.length - 1]
      const scale = Math.sqrt((name === 'dense2/w' ? 1 : 2) / inputs)
      return [name, Float32Array.from({ length: size }, () => standardNormal(random) * scale)]
    }),
  )
  return { shapes: ENCODER_SHAPES, values }
}

/** 0..255 as the encoder takes it: -2..2, so that tiles of a dark palette still differ by something. */
const SCALED = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - 0.5) * 4)

/**
 * Frames as the first convolution's windows: `count` frames [count, 64, 64, 3] to [count * 256, 49], a row for each
 * 4x4 window with its pixels row by row and a constant 1.
 */
export function framesToWindows(pixels: Uint8Array, count: number): tf.Tensor2D {
  const windows = new Float32Array(count * VIEW_CELLS * WINDOW)
  const rowBytes = FRAME_SIDE * 3
  const tileBytes = TILE_PIXELS * 3
  for (let frame = 0, from = 0; frame < count; frame++) {
    // In the order of the bytes: each row of pixels goes to the windows of 16 tiles.
    for (let y = 0; y < FRAME_SIDE; y++) {
      let to = (frame * VIEW_CELLS + (y >> 2) * VIEW) * WINDOW + (y & 3) * tileBytes
      for (const end = from + rowBytes; from < end; to += WINDOW) {
        for (const last = from + tileBytes, at = to - from; from < last; from++)
          windows[at + from] = SCALED[pixels[from]]
      }
    }
  }
  for (let i = WINDOW - 1; i < windows.length; i += WINDOW) windows[i] = 1
  return tf.tensor2d(windows, [count * VIEW_CELLS, WINDOW])
}

/** Features of frames: windows [B * 256, 49] -> [B, 128], each in (-1, 1). */
export function encode(encoder: Parameters, windows: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const conv = (x: tf.Tensor4D, name: string) =>
      rectify(
        tf.add(tf.conv2d(x, encoder[`${name}/w`] as tf.Tensor4D, 2, 'same'), encoder[`${name}/b`]),
      ) as tf.Tensor4D
    const tiles = rectify(tf.matMul(windows, encoder['conv1/w'] as tf.Tensor2D))
    const maps = conv(conv(tf.reshape(tiles, [-1, VIEW, VIEW, CHANNELS]) as tf.Tensor4D, 'conv2'), 'conv3')
    const flat = tf.reshape(maps, [maps.shape[0], -1])
    const dense = (x: tf.Tensor, name: string) =>
      tf.add(tf.matMul(x, encoder[`${name}/w`]), encoder[`${name}/b`])
    return tf.tanh(dense(rectify(dense(flat, 'dense1')), 'dense2')) as tf.Tensor2D
  })
}
