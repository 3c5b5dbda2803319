/**
 * Frames to features under a frozen encoder, each different frame once. In a tile game most frames of a rollout
 * have been seen before (the level stays, and a move that is blocked changes nothing), and a frozen encoder is a
 * function of the frame: so equal frames share one encoding, for as long as the cache is kept.
 */
import { FRAME_BYTES } from '../core/rasteriser.ts'
import { cutWindows, encode, FEATURES } from './encoder.ts'
import { type Parameters, withinScope } from './parameters.ts'

export interface FeatureCache {
  /**
   * Writes the features of frames to `out`, [count, 128]. Slots with `skip` set are left as they are.
   */
  encode(pixels: Uint8Array, count: number, out: Float32Array, skip?: Uint8Array): void
  /** Frames asked for, and frames that the encoder saw, since the start. */
  readonly counts: { asked: number; encoded: number }
  /** Forgets all frames; the counts go on. */
  clear(): void
}

/** Frames the encoder sees at once, at most. */
const BATCH = 256

export function createFeatureCache(encoder: Parameters): FeatureCache {
  const known = new Map<number, number>()
  let features = new Float32Array(1024 * FEATURES)
  const counts = { asked: 0, encoded: 0 }
  const fresh: number[] = []
  const batch = new Uint8Array(BATCH * FRAME_BYTES)

  const encodeFresh = (pixels: Uint8Array, first: number): void => {
    for (let start = 0; start < fresh.length; start += BATCH) {
      const size = Math.min(BATCH, fresh.length - start)
      // Few different batch sizes: a native kernel prepares itself anew for each.
      const padded = Math.min(BATCH, 2 ** Math.ceil(Math.log2(size)))
      for (let i = 0; i < size; i++) {
        const slot = fresh[start + i]
        batch.set(pixels.subarray(slot * FRAME_BYTES, (slot + 1) * FRAME_BYTES), i * FRAME_BYTES)
      }
      const encoded = withinScope(() => encode(encoder, cutWindows(batch, padded)).dataSync())
      features.set(encoded.subarray(0, size * FEATURES), (first + start) * FEATURES)
    }
    counts.encoded += fresh.length
  }

  return {
    counts,
    clear() {
      known.clear()
    },
    encode(pixels, count, out, skip) {
      const words = new Uint32Array(pixels.buffer, pixels.byteOffset, (count * FRAME_BYTES) / 4)
      const rows = new Int32Array(count)
      const first = known.size
      fresh.length = 0
      for (let slot = 0; slot < count; slot++) {
        if (skip?.[slot]) continue
        counts.asked++
        const key = frameKey(words, (slot * FRAME_BYTES) / 4)
        let row = known.get(key)
        if (row === undefined) {
          row = known.size
          known.set(key, row)
          fresh.push(slot)
        }
        rows[slot] = row
      }
      if (fresh.length) {
        while (features.length < known.size * FEATURES) {
          const larger = new Float32Array(features.length * 2)
          larger.set(features)
          features = larger
        }
        encodeFresh(pixels, first)
      }
      for (let slot = 0; slot < count; slot++) {
        if (skip?.[slot]) continue
        const from = rows[slot] * FEATURES
        const to = slot * FEATURES
        for (let i = 0; i < FEATURES; i++) out[to + i] = features[from + i]
      }
    },
  }
}

/**
 * 53 bits of a frame's hash: a chance below 1 in 10^7 of one collision among 20,000 frames. Four lanes that do not
 * wait for each other (3,072 words make 768 rounds), mixed at the end.
 */
function frameKey(words: Uint32Array, start: number): number {
  let a = 0x811c9dc5
  let b = 0x2545f491
  let c = 0x6c62272e
  let d = 0x1b873593
  for (let i = start, end = start + FRAME_BYTES / 4; i < end; i += 4) {
    a = Math.imul((a << 13) ^ (a >>> 19) ^ words[i], 0x01000193)
    b = Math.imul((b << 13) ^ (b >>> 19) ^ words[i + 1], 0x5bd1e995)
    c = Math.imul((c << 13) ^ (c >>> 19) ^ words[i + 2], 0x7feb352d)
    d = Math.imul((d << 13) ^ (d >>> 19) ^ words[i + 3], 0x846ca68b)
  }
  const high = mix(a ^ mix(b ^ mix(c ^ mix(d))))
  const low = mix(d + mix(a + mix(b + mix(c))))
  return high * 0x200000 + (low >>> 11)
}

/** A 32-bit finaliser: each bit of the input changes about half of the output's. */
function mix(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}
