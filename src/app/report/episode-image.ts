/**
 * An episode as a moving picture: a GIF that loses nothing, because a game's frames have few colours. Each frame holds
 * only what changed since the one before, which makes it small.
 */

import { encode as encodePng } from 'fast-png'
import { GifReader, GifWriter } from 'omggif'

/** Pixels across and down a frame. */
const SIDE = 64
const PIXELS = SIDE * SIDE
/** Hundredths of a second that a step is shown: GIF's unit. */
const STEP_DELAY = 18
/** The same for the last frame of the longest episode, so that the result can be looked at. */
const REST_DELAY = 150
/** GIF has 256 colours; one of them means `as before`. */
const MAX_COLOURS = 255
/** Bytes that a pixel, and a frame beside its pixels, may take at worst. */
const WORST_PIXEL_BYTES = 2
const WORST_FRAME_BYTES = 2048
/** GIF's way to say that a frame stays under the next one. */
const KEEP = 1

/**
 * Frames of 64x64x3 bytes as an endless GIF. It lasts as long as one of `steps` frames would, so that pictures side by
 * side begin together again and again.
 */
export function encodeEpisode(frames: readonly Uint8Array[], steps = frames.length): Uint8Array {
  const { indices, palette } = toPalette(frames)
  const unchanged = palette.length
  const colours = padded([...palette, 0])
  const bytes = new Uint8Array(frames.length * (PIXELS * WORST_PIXEL_BYTES + WORST_FRAME_BYTES))
  const gif = new GifWriter(bytes, SIDE, SIDE, { loop: 0, palette: colours })
  for (const [i, frame] of indices.entries()) {
    const { x, y, width, height, pixels } = i === 0 ? whole(frame) : changes(indices[i - 1], frame, unchanged)
    const isLast = i === frames.length - 1
    const delay = isLast ? REST_DELAY + STEP_DELAY * Math.max(0, steps - frames.length) : STEP_DELAY
    gif.addFrame(x, y, width, height, pixels, { delay, disposal: KEEP, transparent: unchanged })
  }
  return bytes.slice(0, gif.end())
}

/** The frames of a GIF that encodeEpisode made. */
export function decodeEpisode(gif: Uint8Array): Uint8Array[] {
  const reader = new GifReader(gif)
  if (reader.width !== SIDE || reader.height !== SIDE)
    throw new Error(`expected frames of ${SIDE}x${SIDE} pixels`)
  // Each frame is drawn over what the ones before it left.
  const canvas = new Uint8Array(PIXELS * 4)
  return Array.from({ length: reader.numFrames() }, (_, i) => {
    reader.decodeAndBlitFrameRGBA(i, canvas)
    return canvas.filter((_, at) => at % 4 !== 3)
  })
}

/** One frame as PNG, for readers who want nothing to move. */
export function encodeStill(frame: Uint8Array): Uint8Array {
  return encodePng({ width: SIDE, height: SIDE, data: frame, channels: 3 })
}

/** Bytes as a URI that needs no file and no network. */
export function dataUri(bytes: Uint8Array, type: 'image/gif' | 'image/png'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}

/** Frames as places in one palette of colours 0xRRGGBB. */
function toPalette(frames: readonly Uint8Array[]): { indices: Uint8Array[]; palette: number[] } {
  // Frames of a game fit at once; photographs would lose their lowest bits.
  for (let lostBits = 0; ; lostBits++) {
    const mask = 0x010101 * ((0xff << lostBits) & 0xff)
    const places = new Map<number, number>()
    const indices = frames.map(frame => {
      if (frame.length !== PIXELS * 3)
        throw new Error(`a frame has ${PIXELS * 3} bytes (64x64x3), got ${frame.length}`)
      const own = new Uint8Array(PIXELS)
      for (let pixel = 0; pixel < PIXELS; pixel++) {
        const colour = ((frame[3 * pixel] << 16) | (frame[3 * pixel + 1] << 8) | frame[3 * pixel + 2]) & mask
        let place = places.get(colour)
        if (place === undefined) places.set(colour, (place = places.size))
        own[pixel] = place
      }
      return own
    })
    if (places.size <= MAX_COLOURS) return { indices, palette: [...places.keys()] }
  }
}

interface Patch {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly pixels: number[]
}

function whole(frame: Uint8Array): Patch {
  return { x: 0, y: 0, width: SIDE, height: SIDE, pixels: [...frame] }
}

/** The smallest rectangle that holds all changed pixels; one pixel where nothing changed. */
function changes(before: Uint8Array, now: Uint8Array, unchanged: number): Patch {
  const changed = Array.from(now.keys()).filter(pixel => now[pixel] !== before[pixel])
  if (changed.length === 0) return { x: 0, y: 0, width: 1, height: 1, pixels: [unchanged] }
  const columns = changed.map(pixel => pixel % SIDE)
  const [x, right] = [Math.min(...columns), Math.max(...columns)]
  const [y, bottom] = [Math.floor(changed[0] / SIDE), Math.floor(changed[changed.length - 1] / SIDE)]
  const pixels: number[] = []
  for (let row = y; row <= bottom; row++) {
    for (let column = x; column <= right; column++) {
      const pixel = row * SIDE + column
      pixels.push(now[pixel] === before[pixel] ? unchanged : now[pixel])
    }
  }
  return { x, y, width: right - x + 1, height: bottom - y + 1, pixels }
}

/** A GIF's palette has a power of two of colours. */
function padded(palette: readonly number[]): number[] {
  const size = 2 ** Math.max(1, Math.ceil(Math.log2(palette.length)))
  return Array.from({ length: size }, (_, i) => palette[i] ?? 0)
}
