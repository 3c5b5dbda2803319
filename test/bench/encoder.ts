/**
 * How fast the vision encoder is, on real frames of all games, 256 at a time. `levelshift bench encoder --json` prints
 * what this returns. Forward and training take turns, so that a busy machine slows both alike; each figure is the
 * median of its windows.
 */
import * as tf from '@tensorflow/tfjs-core'
import { GAMES } from '../../envs/registry.ts'
import { stream } from '../../src/core/random.ts'
import { FRAME_BYTES } from '../../src/core/rasteriser.ts'
import { cutWindows, ENCODER_SHAPES, encode, FEATURES, initEncoder } from '../../src/learn/encoder.ts'
import { disposeParameters, type Parameters, toTensors, withinScope } from '../../src/learn/parameters.ts'
import { createPictureSource } from '../../src/learn/picture-source.ts'
import { median } from '../../src/learn/statistics.ts'

/** Frames at a time, as the feature cache and pretraining have them at most. */
const BATCH = 256
/** Different batches of frames, so that no two calls in a row see the same windows. */
const BATCHES = 8
/** Windows that are measured. */
export const WINDOWS = 9

export interface EncoderBenchResult {
  /** Frames a second: cutting into windows, all layers, and the download of the features. */
  readonly forwardPerSecond: number
  /**
   * Frames a second: cutting into windows, all layers, a quadratic loss, its gradient for every weight, and the download
   * of the gradients. The optimiser and the making of the frames are not included.
   */
  readonly trainPerSecond: number
}

export interface EncoderBenchOptions {
  readonly seed: number
  readonly windows?: number
  readonly onProgress?: (windows: number) => void
}

/** Measures the encoder with fresh weights: its speed does not depend on them. */
export function benchEncoder(options: EncoderBenchOptions): EncoderBenchResult {
  const { seed, windows = WINDOWS } = options
  const weights = stream(seed, 'bench', 'encoder')
  const encoder = toTensors(initEncoder(() => weights.next()).values, ENCODER_SHAPES)
  const batches = drawFrames(`bench/${seed}`)
  const forward = (pixels: Uint8Array) =>
    withinScope(() => encode(encoder, cutWindows(pixels, BATCH)).dataSync())
  const train = (pixels: Uint8Array) => gradients(encoder, pixels)
  const measured = { forward: [] as number[], train: [] as number[] }
  // The first window of each warms it up and is not counted.
  for (let window = 0; window <= windows; window++) {
    const [forwards, trains] = [rate(forward, batches), rate(train, batches)]
    if (window > 0) {
      measured.forward.push(forwards)
      measured.train.push(trains)
    }
    options.onProgress?.(window)
  }
  disposeParameters(encoder)
  return {
    forwardPerSecond: Math.round(median(measured.forward)),
    trainPerSecond: Math.round(median(measured.train)),
  }
}

/** Batches of frames as pretraining draws them: all games in turn, played a little. */
function drawFrames(seed: string): Uint8Array[] {
  const next = createPictureSource({
    requests: GAMES.map(({ id }) => ({ game: id })),
    split: 'train',
    pairs: BATCH / 2,
    seed,
  })
  // The source writes each batch over the last one.
  return Array.from({ length: BATCHES }, () => next().pixels.slice(0, BATCH * FRAME_BYTES))
}

function gradients(encoder: Parameters, pixels: Uint8Array): Float32Array[] {
  return withinScope(() => {
    const target = tf.zeros([BATCH, FEATURES])
    const { grads } = tf
      .engine()
      .gradients(
        () => tf.mean(tf.square(tf.sub(encode(encoder, cutWindows(pixels, BATCH)), target))),
        Object.values(encoder),
      )
    return grads.map(gradient => gradient.dataSync() as Float32Array)
  })
}

/** Frames a second over one pass through the batches. */
function rate(run: (pixels: Uint8Array) => unknown, batches: readonly Uint8Array[]): number {
  const start = performance.now()
  for (const pixels of batches) run(pixels)
  return (batches.length * BATCH * 1000) / (performance.now() - start)
}
