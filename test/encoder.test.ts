/** The encoder: nothing is lost in cutting frames into windows, and it equals convolutions written out by hand. */
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  atlasOf,
  createView,
  drawPixels,
  FRAME_BYTES,
  FRAME_SIDE,
  TILE_PIXELS,
  VIEW,
  VIEW_CELLS,
} from '../src/core/rasteriser.ts'
import { addSprite, createScene } from '../src/core/scene.ts'
import { THEMES } from '../src/core/themes.ts'
import { TILES } from '../src/core/tiles.ts'
import { BACKEND_NAMES, selectBackend } from '../src/learn/backend.ts'
import { cutWindows, ENCODER_SHAPES, FEATURES, type Windows } from '../src/learn/encoder.ts'
import { type HostParameters, type Parameters, toTensors } from '../src/learn/parameters.ts'
import {
  encoded,
  frameOf,
  frames,
  joined,
  largestDifference,
  noise,
  rowOf,
  VALUES,
} from './encoder-frames.ts'

const WINDOW_BYTES = TILE_PIXELS * TILE_PIXELS * 3
/** Puts the windows back where they came from. */
function rebuilt({ frames, pixels, rows }: Windows): Uint8Array {
  const out = new Uint8Array(frames * FRAME_BYTES)
  for (let frame = 0; frame < frames; frame++) {
    for (let y = 0; y < FRAME_SIDE; y++) {
      for (let x = 0; x < FRAME_SIDE; x++) {
        const cell = Math.floor(y / TILE_PIXELS) * VIEW + Math.floor(x / TILE_PIXELS)
        const from = rows[frame * VIEW_CELLS + cell]! * WINDOW_BYTES
        const inWindow = ((y % TILE_PIXELS) * TILE_PIXELS + (x % TILE_PIXELS)) * 3
        for (let c = 0; c < 3; c++)
          out[frame * FRAME_BYTES + (y * FRAME_SIDE + x) * 3 + c] = pixels[from + inWindow + c]!
      }
    }
  }
  return out
}

/** The different windows among those of `cutWindows`, told apart by their bytes. */
function distinct({ pixels, different }: Windows): number {
  const all = Array.from({ length: different }, (_, i) =>
    Buffer.from(pixels.subarray(i * WINDOW_BYTES, (i + 1) * WINDOW_BYTES)).toString('hex'),
  )
  return new Set(all).size
}

describe('cutWindows', () => {
  it.each([
    ['real frames', () => frames(20, 'cut')],
    ['noise', () => noise(3, 'cut noise')],
    ['one colour', () => new Uint8Array(2 * FRAME_BYTES).fill(7)],
  ])('loses nothing of %s, and holds each window once', (_, make) => {
    const pixels = make()
    const windows = cutWindows(pixels, pixels.length / FRAME_BYTES)
    expect(Buffer.compare(rebuilt(windows), pixels)).toBe(0)
    expect(windows.pixels).toHaveLength(windows.different * WINDOW_BYTES)
    expect(distinct(windows)).toBe(windows.different)
  })

  it('finds few windows in frames of a tile game', () => {
    expect(cutWindows(frames(64, 'few'), 64).different).toBeLessThan(500)
    expect(cutWindows(new Uint8Array(FRAME_BYTES), 1).different).toBe(1)
    expect(cutWindows(noise(1, 'many'), 1).different).toBe(VIEW_CELLS)
  })

  it('takes a part of a longer array, also one that begins within it', () => {
    const pixels = frames(3, 'part')
    const last = pixels.subarray(2 * FRAME_BYTES)
    expect(Buffer.compare(rebuilt(cutWindows(last, 1)), last)).toBe(0)
    expect(Buffer.compare(rebuilt(cutWindows(pixels, 1)), frameOf(pixels, 0))).toBe(0)
  })

  it('tells every tile of every theme apart, bare and under every sprite', () => {
    const sprites = [...TILES.keys()].filter(code => TILES[code]!.sprite)
    const scene = createScene()
    const pictures: Uint8Array[] = []
    for (const theme of THEMES) {
      for (const sprite of [undefined, ...sprites]) {
        scene.width = VIEW
        scene.height = VIEW
        scene.cameraX = VIEW / 2
        scene.cameraY = VIEW / 2
        scene.revision = -1
        scene.tiles = Uint8Array.from({ length: VIEW_CELLS }, (_, i) => (i < TILES.length ? i : 0))
        scene.sprites = 0
        if (sprite !== undefined)
          for (let i = 0; i < TILES.length; i++) addSprite(scene, sprite, i % VIEW, i >> 4)
        const view = createView(new Uint8Array(FRAME_BYTES))
        drawPixels(scene, atlasOf(theme), view)
        pictures.push(view.pixels)
      }
    }
    const all = joined(...pictures)
    const windows = cutWindows(all, pictures.length)
    expect(windows.different).toBeGreaterThan(500)
    expect(Buffer.compare(rebuilt(windows), all)).toBe(0)
  })

  it('tells windows apart that share a hash', () => {
    const pixels = frames(1, 'hash')
    const words = new Uint32Array(pixels.buffer)
    words.fill(0x55555555)
    // Three words of a row that the hash's first round cannot tell from the row before it.
    words[3] = words[0]! ^ (1 << 12)
    words[4] = words[1]! ^ (1 << 5)
    words[5] = words[2]! ^ 1
    const windows = cutWindows(pixels, 1)
    expect(windows.different).toBe(2)
    expect(Buffer.compare(rebuilt(windows), pixels)).toBe(0)
  })

  it('loses nothing of any picture', () => {
    const pool = noise(1, 'pool')
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: VIEW_CELLS, maxLength: VIEW_CELLS }), cells => {
        const windows: Windows = { frames: 1, different: 41, pixels: pool, rows: Int32Array.from(cells) }
        const pixels = rebuilt(windows)
        const cut = cutWindows(pixels, 1)
        expect(cut.different).toBe(new Set(cells).size)
        expect(Buffer.compare(rebuilt(cut), pixels)).toBe(0)
      }),
      { numRuns: 30, seed: 1 },
    )
  })
})

/**
 * The network of the comment in encoder.ts, written out with loops and 64-bit numbers: nothing in common with the code
 * under test but the names of the weights.
 */
function byHand(values: HostParameters, frame: Uint8Array): number[] {
  const at = (name: string) => values[name] as Float32Array
  const relu = (x: number) => Math.max(0, x)
  const dense = (x: readonly number[], name: string) => {
    const [w, b] = [at(`${name}/w`), at(`${name}/b`)]
    return Array.from(b, (bias, out) =>
      x.reduce((sum, value, i) => sum + value * w[i * b.length + out]!, bias),
    )
  }
  /** A convolution of a square map, with padding as TensorFlow's 'same': what is odd goes to the end. */
  const convolve = (map: number[][][], name: string, size: number, stride: number, scaled: boolean) => {
    const [w, b] = [at(`${name}/w`), at(`${name}/b`)]
    const [side, inputs, outputs] = [map.length, map[0]![0]!.length, b.length]
    const outSide = Math.ceil(side / stride)
    const before = Math.floor(Math.max(0, (outSide - 1) * stride + size - side) / 2)
    return Array.from({ length: outSide }, (_, row) =>
      Array.from({ length: outSide }, (_, column) =>
        Array.from({ length: outputs }, (_, out) => {
          let sum = b[out]!
          for (let y = 0; y < size; y++) {
            for (let x = 0; x < size; x++) {
              const pixel = map[row * stride - before + y]?.[column * stride - before + x]
              if (!pixel) continue
              for (let i = 0; i < inputs; i++) {
                const value = scaled ? (pixel[i]! / 255 - 0.5) * 4 : pixel[i]!
                sum += value * w[((y * size + x) * inputs + i) * outputs + out]!
              }
            }
          }
          return relu(sum)
        }),
      ),
    )
  }
  const picture = Array.from({ length: FRAME_SIDE }, (_, y) =>
    Array.from({ length: FRAME_SIDE }, (_, x) => [
      ...frame.subarray((y * FRAME_SIDE + x) * 3).subarray(0, 3),
    ]),
  )
  const map = convolve(convolve(picture, 'window1', 4, 4, true), 'window2', 1, 1, false)
  const coarse = convolve(convolve(map, 'conv2', 3, 2, false), 'conv3', 3, 2, false)
  const fovea = map.slice(4, 12).map(row => row.slice(4, 12))
  const hidden = dense([...coarse.flat(2), ...fovea.flat(2)], 'dense1').map(relu)
  const x = dense(hidden, 'dense2')
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
  return x.map(value => Math.tanh((value - mean) / Math.sqrt(variance + 1e-5)))
}

describe('encode', () => {
  const pixels = joined(frames(3, 'encode'), noise(1, 'encode noise'))
  const truth = Array.from({ length: 4 }, (_, i) => byHand(VALUES, frameOf(pixels, i)))

  describe.each(BACKEND_NAMES)('on %s', name => {
    let missing: string | undefined
    let encoder: Parameters
    beforeAll(async () => {
      missing = await selectBackend(name).then(
        () => undefined,
        error => String(error),
      )
      if (missing === undefined) encoder = toTensors(VALUES, ENCODER_SHAPES)
    })

    it('equals the convolutions written out by hand', ({ skip }) => {
      if (missing !== undefined) skip(missing)
      const features = encoded(encoder, pixels)
      expect(features).toHaveLength(4 * FEATURES)
      expect(largestDifference(features, truth.flat())).toBeLessThan(1e-4)
    })

    it('gives a frame the same features in any company', ({ skip }) => {
      if (missing !== undefined) skip(missing)
      const together = encoded(encoder, pixels)
      const swapped = encoded(encoder, joined(frameOf(pixels, 3), frameOf(pixels, 0), frameOf(pixels, 0)))
      const alone = encoded(encoder, frameOf(pixels, 0))
      expect(largestDifference(rowOf(together, 0), alone)).toBeLessThan(1e-5)
      expect(largestDifference(rowOf(swapped, 0), rowOf(together, 3))).toBeLessThan(1e-5)
      expect(largestDifference(rowOf(swapped, 1), alone)).toBeLessThan(1e-5)
      expect(rowOf(swapped, 2)).toEqual(rowOf(swapped, 1))
    })

    it('leaves no tensor behind', ({ skip }) => {
      if (missing !== undefined) skip(missing)
      const before = tf.memory().numTensors
      encoded(encoder, pixels)
      expect(tf.memory().numTensors).toBe(before)
    })
  })

  it('is right however far the values of a row lie: features are in (-1, 1) and have no NaN', async () => {
    await selectBackend()
    const encoder = toTensors(VALUES, ENCODER_SHAPES)
    for (const level of [0, 255]) {
      const features = encoded(encoder, new Uint8Array(FRAME_BYTES).fill(level))
      expect(features.every(value => Math.abs(value) < 1)).toBe(true)
    }
  })
})
