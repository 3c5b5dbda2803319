/** The cache that spares a frozen encoder from seeing a frame twice. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FRAME_BYTES } from '../src/core/rasteriser.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { ENCODER_SHAPES, FEATURES } from '../src/learn/encoder.ts'
import { createFeatureCache } from '../src/learn/features.ts'
import { type Parameters, toTensors } from '../src/learn/parameters.ts'
import {
  differentFrames,
  encoded,
  frameOf,
  joined,
  largestDifference,
  rowOf,
  VALUES,
} from './encoder-frames.ts'

describe('the feature cache', () => {
  let encoder: Parameters
  let pixels: Uint8Array
  let truth: Float32Array
  beforeAll(async () => {
    await selectBackend()
    encoder = toTensors(VALUES, ENCODER_SHAPES)
    pixels = joined(...differentFrames(9))
    truth = encoded(encoder, pixels)
  })
  let cache: ReturnType<typeof createFeatureCache>
  beforeEach(() => {
    cache = createFeatureCache(encoder)
  })

  /** The frames of these numbers, through the cache. */
  function ask(
    numbers: readonly number[],
    skip?: Uint8Array,
    out = new Float32Array(numbers.length * FEATURES),
  ) {
    cache.encode(joined(...numbers.map(i => frameOf(pixels, i))), numbers.length, out, skip)
    return out
  }

  function expectTruth(out: Float32Array, numbers: readonly number[]) {
    for (const [slot, number] of numbers.entries())
      expect(largestDifference(rowOf(out, slot), rowOf(truth, number))).toBeLessThan(1e-5)
  }

  it('encodes equal frames once, in a call and over calls', () => {
    expectTruth(ask([0, 1, 0, 0, 2]), [0, 1, 0, 0, 2])
    expect(cache.counts).toEqual({ asked: 5, encoded: 3 })
    expectTruth(ask([2, 3, 1]), [2, 3, 1])
    expect(cache.counts).toEqual({ asked: 8, encoded: 4 })
    expectTruth(ask([3, 2, 1, 0]), [3, 2, 1, 0])
    expect(cache.counts).toEqual({ asked: 12, encoded: 4 })
  })

  it('gives the same bits whether it knew a frame or not', () => {
    const first = ask([4, 5, 6])
    expect(ask([6, 5, 4, 5])).toEqual(
      Float32Array.from([...rowOf(first, 2), ...rowOf(first, 1), ...rowOf(first, 0), ...rowOf(first, 1)]),
    )
  })

  it('leaves skipped slots alone and does not count them', () => {
    const out = new Float32Array(4 * FEATURES).fill(9)
    ask([0, 1, 2, 0], Uint8Array.of(1, 0, 1, 0), out)
    expect(cache.counts).toEqual({ asked: 2, encoded: 2 })
    for (const slot of [0, 2]) expect(rowOf(out, slot).every(value => value === 9)).toBe(true)
    expect(largestDifference(rowOf(out, 1), rowOf(truth, 1))).toBeLessThan(1e-5)
    expect(largestDifference(rowOf(out, 3), rowOf(truth, 0))).toBeLessThan(1e-5)
    ask([3, 4], Uint8Array.of(1, 1))
    expect(cache.counts).toEqual({ asked: 2, encoded: 2 })
  })

  it('forgets when told to, and goes on counting', () => {
    ask([0, 1])
    cache.clear()
    expectTruth(ask([1, 2]), [1, 2])
    expect(cache.counts).toEqual({ asked: 4, encoded: 4 })
  })

  it('serves more frames than the encoder sees at once, and more than it first has room for', () => {
    // 1,300 different frames: noise in one window each, on two real pictures.
    const count = 1300
    const many = new Uint8Array(count * FRAME_BYTES)
    for (let i = 0; i < count; i++) {
      many.set(frameOf(pixels, i % 2), i * FRAME_BYTES)
      many[i * FRAME_BYTES] = i & 255
      many[i * FRAME_BYTES + 1] = i >> 8
    }
    const out = new Float32Array(count * FEATURES)
    cache.encode(many, count, out)
    expect(cache.counts).toEqual({ asked: count, encoded: count })
    const some = [0, 255, 256, 257, 1023, 1024, 1299]
    const direct = encoded(encoder, joined(...some.map(i => frameOf(many, i))))
    for (const [row, i] of some.entries())
      expect(largestDifference(rowOf(out, i), rowOf(direct, row))).toBeLessThan(1e-5)
    const again = new Float32Array(count * FEATURES)
    cache.encode(many, count, again)
    expect(cache.counts.encoded).toBe(count)
    expect(Buffer.compare(Buffer.from(again.buffer), Buffer.from(out.buffer))).toBe(0)
  })

  it('tells apart frames that differ in one bit', () => {
    const two = joined(frameOf(pixels, 0), frameOf(pixels, 0))
    for (const byte of [0, 5, 6144, FRAME_BYTES - 1]) {
      two.set(frameOf(pixels, 0), FRAME_BYTES)
      two[FRAME_BYTES + byte]! ^= 1
      cache.encode(two, 2, new Float32Array(2 * FEATURES))
    }
    expect(cache.counts).toEqual({ asked: 8, encoded: 5 })
  })

  it('leaves no tensor behind', () => {
    ask([0])
    const before = tf.memory().numTensors
    for (let i = 0; i < 5; i++) ask([i, i + 1, i])
    expect(tf.memory().numTensors).toBe(before)
  })
})
