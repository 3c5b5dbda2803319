/** Frames, weights and comparisons for the tests of the encoder and of its cache. */
import { expect } from 'vitest'
import { GAMES } from '../envs/registry.ts'
import { stream } from '../src/core/random.ts'
import { FRAME_BYTES } from '../src/core/rasteriser.ts'
import { cutWindows, encode, FEATURES, initEncoder } from '../src/learn/encoder.ts'
import { type HostParameters, type Parameters, withinScope } from '../src/learn/parameters.ts'
import { createPictureSource } from '../src/learn/picture-source.ts'

export const VALUES = weights('encoder test')

/** Weights with biases that are not zero, so that a forgotten bias shows. */
export function weights(name: string): HostParameters {
  const random = stream(name)
  const { values } = initEncoder(() => random.next())
  for (const [key, value] of Object.entries(values)) {
    if (key.endsWith('/b')) value.set(value.map(() => 0.2 * (random.next() - 0.5)))
  }
  return values
}

/** Frames of all games as pretraining draws them. */
export function frames(count: number, seed: string): Uint8Array {
  const next = createPictureSource({
    requests: GAMES.map(({ id }) => ({ game: id })),
    split: 'train',
    pairs: Math.ceil(count / 2),
    seed,
  })
  return next().pixels.slice(0, count * FRAME_BYTES)
}

/** Frames no two of which are equal: else a count of encoded frames would tell nothing. */
export function differentFrames(count: number): Uint8Array[] {
  const pixels = frames(4 * count, 'different')
  const all = Array.from({ length: 4 * count }, (_, i) => frameOf(pixels, i))
  const first = all.filter((frame, i) => all.findIndex(other => Buffer.compare(frame, other) === 0) === i)
  expect(first.length).toBeGreaterThanOrEqual(count)
  return first.slice(0, count)
}

export function noise(count: number, seed: string): Uint8Array {
  const random = stream(seed)
  return Uint8Array.from({ length: count * FRAME_BYTES }, () => random.int(256))
}

export function frameOf(pixels: Uint8Array, i: number): Uint8Array {
  return pixels.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES)
}

export function rowOf(features: Float32Array, i: number): Float32Array {
  return features.subarray(i * FEATURES, (i + 1) * FEATURES)
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

export function encoded(encoder: Parameters, pixels: Uint8Array): Float32Array {
  const count = pixels.length / FRAME_BYTES
  return withinScope(() => Float32Array.from(encode(encoder, cutWindows(pixels, count)).dataSync()))
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    largest = difference <= largest ? largest : difference
  }
  return largest
}
