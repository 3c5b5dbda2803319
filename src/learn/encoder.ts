/**
 * The vision encoder: 64x64x3 pixels to 128 features, by strided convolutions (no pooling: max-pooling has no second
 * derivative here, and strides lose nothing on tile pictures) and two dense layers.
 *
 *     conv 4x4 stride 4, 3->64, relu     what a tile-sized window shows: [16, 16, 64]
 *     conv 1x1, 64->16, relu             [16, 16, 16]
 *     conv 3x3 stride 2, 16->64, relu    [8, 8, 64]
 *     conv 3x3 stride 2, 64->64, relu    [4, 4, 64]
 *     dense 1024 + fovea->256, relu      the fovea: the middle 8x8 of [16, 16, 16], in full resolution
 *     dense 256->128, normalised, tanh   [128]
 *
 * The windows of the first convolution do not overlap, and in a tile game most of them are equal: a batch of 256 frames
 * has 65,536 windows and a few hundred different ones. The first two layers see each different window once.
 */
import * as tf from '@tensorflow/tfjs-core'
import { FRAME_BYTES, FRAME_SIDE, TILE_PIXELS, VIEW, VIEW_CELLS } from '../core/rasteriser.ts'
import type { ParameterSet, Parameters } from './parameters.ts'
import { rectify, standardNormal } from './policy.ts'

/** Length of a feature vector. */
export const FEATURES = 128
/** Channels of what is known of a window. */
const CHANNELS = 16
/** Values of a window: 4 * 4 * 3. */
const WINDOW = TILE_PIXELS * TILE_PIXELS * 3
/** 32-bit words of a frame's row. */
const ROW_WORDS = (FRAME_SIDE * 3) / 4
/** Tiles across and down the middle of the view that skip the strided layers. */
export const FOVEA = 8
/** Units of the first dense layer. */
const HIDDEN = 256

/** Shapes of the encoder's tensors by name. */
export const ENCODER_SHAPES: Readonly<Record<string, readonly number[]>> = {
  'window1/w': [WINDOW, 64],
  'window1/b': [64],
  'window2/w': [64, CHANNELS],
  'window2/b': [CHANNELS],
  'conv2/w': [3, 3, CHANNELS, 64],
  'conv2/b': [64],
  'conv3/w': [3, 3, 64, 64],
  'conv3/b': [64],
  'dense1/w': [1024 + FOVEA * FOVEA * CHANNELS, HIDDEN],
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

/** Frames cut into windows, each different one once. */
export interface Windows {
  readonly frames: number
  /** Number of different windows, U. */
  readonly different: number
  /** [U, 48]: pixels row by row, 0..255. */
  readonly pixels: Uint8Array
  /** [frames, 16, 16]: which of the windows each cell shows. */
  readonly rows: Int32Array
}

/** Cuts `count` frames, [count, 64, 64, 3], into 4x4 windows. */
export function cutWindows(pixels: Uint8Array, count: number): Windows {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, (count * FRAME_BYTES) / 4)
  const rows = new Int32Array(count * VIEW_CELLS)
  const seen = new Map<number, number>()
  /** Where each different window first begins, in words. */
  const firsts: number[] = []
  for (let cell = 0; cell < rows.length; cell++) {
    const start = firstWord(cell)
    let a = 0x811c9dc5
    let b = 0x2545f491
    for (let y = 0, at = start; y < TILE_PIXELS; y++, at += ROW_WORDS) {
      a = Math.imul((a << 13) ^ (a >>> 19) ^ words[at] ^ (words[at + 1] << 7), 0x01000193)
      b = Math.imul((b << 13) ^ (b >>> 19) ^ words[at + 2] ^ (words[at + 1] >>> 5), 0x5bd1e995)
    }
    // 53 bits, as many as a number holds exactly. Another window of the same key takes the next one.
    let key = ((a ^ (b >>> 9)) >>> 0) * 0x200000 + (b >>> 11)
    let row = seen.get(key)
    while (row !== undefined && !sameWindow(words, start, firsts[row])) row = seen.get(++key)
    if (row === undefined) {
      row = firsts.length
      seen.set(key, row)
      firsts.push(start)
    }
    rows[cell] = row
  }
  const cut = new Uint8Array(firsts.length * WINDOW)
  const cutWords = new Uint32Array(cut.buffer)
  firsts.forEach((first, row) => {
    for (let y = 0; y < TILE_PIXELS; y++) {
      for (let i = 0; i < 3; i++) cutWords[row * 12 + y * 3 + i] = words[first + y * ROW_WORDS + i]
    }
  })
  return { frames: count, different: firsts.length, pixels: cut, rows }
}

/** Whether the windows that begin at two words hold the same pixels. */
function sameWindow(words: Uint32Array, one: number, other: number): boolean {
  for (let y = 0, a = one, b = other; y < TILE_PIXELS; y++, a += ROW_WORDS, b += ROW_WORDS) {
    if (words[a] !== words[b] || words[a + 1] !== words[b + 1] || words[a + 2] !== words[b + 2]) return false
  }
  return true
}

/** Where a cell's window begins, in 32-bit words. */
function firstWord(cell: number): number {
  const frame = Math.floor(cell / VIEW_CELLS)
  const inFrame = cell % VIEW_CELLS
  return (frame * FRAME_BYTES) / 4 + (inFrame >> 4) * TILE_PIXELS * ROW_WORDS + (inFrame & 15) * 3
}

/** 0..255 as the encoder takes it: -2..2, so that the tiles of a dark palette still differ by something. */
const SCALED = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - 0.5) * 4)

/** What the first two layers make of each different window: [U, channels], padded with rows for nothing. */
function embedWindows(encoder: Parameters, windows: Windows): tf.Tensor2D {
  // Few different sizes: a native kernel prepares itself anew for each.
  const padded = Math.ceil(windows.different / 64) * 64
  const values = new Float32Array(padded * WINDOW)
  windows.pixels.forEach((value, i) => {
    values[i] = SCALED[value]
  })
  return tf.tidy(() =>
    rectify(
      dense(encoder, rectify(dense(encoder, tf.tensor2d(values, [padded, WINDOW]), 'window1')), 'window2'),
    ),
  ) as tf.Tensor2D
}

/** Features of frames, [frames, 128], each in (-1, 1). */
export function encode(encoder: Parameters, windows: Windows): tf.Tensor2D {
  return tf.tidy(() => {
    const count = windows.frames
    const conv = (x: tf.Tensor4D, name: string) =>
      rectify(
        tf.add(tf.conv2d(x, encoder[`${name}/w`] as tf.Tensor4D, 2, 'same'), encoder[`${name}/b`]),
      ) as tf.Tensor4D
    const cells = tf.gather(embedWindows(encoder, windows), tf.tensor1d(windows.rows, 'int32'))
    const map = tf.reshape(cells, [count, VIEW, VIEW, CHANNELS]) as tf.Tensor4D
    const corner = (VIEW - FOVEA) / 2
    const fovea = tf.slice(map, [0, corner, corner, 0], [count, FOVEA, FOVEA, CHANNELS])
    const coarse = conv(conv(map, 'conv2'), 'conv3')
    const flat = tf.concat([tf.reshape(coarse, [count, -1]), tf.reshape(fovea, [count, -1])], 1)
    return tf.tanh(
      normalised(dense(encoder, rectify(dense(encoder, flat, 'dense1')), 'dense2')),
    ) as tf.Tensor2D
  })
}

/**
 * Layer normalisation (Ba et al. 2016) without gain and bias: each row to mean 0 and deviation 1. Without it the first
 * steps of pretraining push every frame's features to the same corner of the tanh, where they stay.
 */
function normalised(x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true)
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)))
}

function dense(encoder: Parameters, x: tf.Tensor, name: string): tf.Tensor {
  return tf.add(tf.matMul(x, encoder[`${name}/w`]), encoder[`${name}/b`])
}
