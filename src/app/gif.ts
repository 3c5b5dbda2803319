/**
 * Moving pictures as GIF: nothing is lost, because a game's frames have few colours. Each frame holds only what changed
 * since the one before, which makes the file small.
 */
import { GifWriter } from 'omggif'
import type { Picture } from './picture.ts'

/** GIF has 256 colours; one of them means `as before`. */
const MAX_COLOURS = 255
/** Bytes that a pixel, and a frame beside its pixels, may take at worst. */
const WORST_PIXEL_BYTES = 2
const WORST_FRAME_BYTES = 2048
/** GIF's way to say that a frame stays under the next one. */
const KEEP = 1

export interface Animation {
  /** The frames from the first on, all of one size; asked for again where they have more colours than GIF. */
  frames(): Iterable<Picture>
  /** Hundredths of a second that a frame is shown; `isLast` for the last one. */
  delay(isLast: boolean): number
  /** Each pixel becomes a square of so many; default 1. */
  readonly scale?: number
}

/** Frames as an endless GIF. */
export function encodeGif({ frames, delay, scale = 1 }: Animation): Uint8Array {
  const { width, height, patches, palette } = toPatches(frames)
  const unchanged = palette.length
  const area = patches.reduce((sum, patch) => sum + patch.pixels.length, 0) * scale * scale
  const bytes = new Uint8Array((patches.length + 1) * WORST_FRAME_BYTES + area * WORST_PIXEL_BYTES)
  const gif = new GifWriter(bytes, width * scale, height * scale, {
    loop: 0,
    palette: padded([...palette, 0]),
  })
  patches.forEach((patch, i) => {
    const options = { delay: delay(i === patches.length - 1), disposal: KEEP, transparent: unchanged }
    const pixels = enlarged(patch, scale, unchanged)
    gif.addFrame(patch.x * scale, patch.y * scale, patch.width * scale, patch.height * scale, pixels, options)
  })
  return bytes.slice(0, gif.end())
}

/** A rectangle of places in the palette; -1 where nothing changed. */
interface Patch {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly pixels: Int16Array
}

interface Patches {
  readonly width: number
  readonly height: number
  readonly patches: readonly Patch[]
  /** Colours as 0xRRGGBB. */
  readonly palette: readonly number[]
}

/** The frames as what changes from one to the next. */
function toPatches(frames: Animation['frames']): Patches {
  // Frames of a game fit at once; photographs would lose their lowest bits.
  for (let lostBits = 0; ; lostBits++) {
    const mask = 0x010101 * ((0xff << lostBits) & 0xff)
    const places = new Map<number, number>()
    const patches: Patch[] = []
    let [width, height] = [0, 0]
    let before: Int16Array | undefined
    for (const frame of frames()) {
      if (before && (frame.width !== width || frame.height !== height))
        throw new Error(`a frame has ${frame.width}x${frame.height} pixels, expected ${width}x${height}`)
      width = frame.width
      height = frame.height
      const now = placesOf(frame, mask, places)
      patches.push(before ? changes(before, now, width) : { x: 0, y: 0, width, height, pixels: now })
      before = now
      if (places.size > MAX_COLOURS) break
    }
    if (places.size <= MAX_COLOURS) return { width, height, patches, palette: [...places.keys()] }
  }
}

/** Each pixel's place in the palette, which grows with every new colour. */
function placesOf({ width, height, data }: Picture, mask: number, places: Map<number, number>): Int16Array {
  const own = new Int16Array(width * height)
  let lastColour = -1
  let last = -1
  for (let pixel = 0, at = 0; pixel < own.length; pixel++, at += 3) {
    const colour = ((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!) & mask
    // Most pixels look like their neighbour.
    if (colour !== lastColour) {
      lastColour = colour
      const known = places.get(colour)
      last = known ?? places.size
      if (known === undefined) places.set(colour, last)
    }
    own[pixel] = last
  }
  return own
}

/** The smallest rectangle that holds all changed pixels; one pixel where nothing changed. */
function changes(before: Int16Array, now: Int16Array, frameWidth: number): Patch {
  let [left, right, top, bottom] = [frameWidth, -1, -1, -1]
  for (let pixel = 0; pixel < now.length; pixel++) {
    if (now[pixel] === before[pixel]) continue
    const x = pixel % frameWidth
    if (x < left) left = x
    if (x > right) right = x
    bottom = Math.floor(pixel / frameWidth)
    if (top < 0) top = bottom
  }
  if (right < 0) return { x: 0, y: 0, width: 1, height: 1, pixels: Int16Array.of(-1) }
  const width = right - left + 1
  const height = bottom - top + 1
  const pixels = new Int16Array(width * height)
  for (let at = 0; at < pixels.length; at++) {
    const pixel = (top + Math.floor(at / width)) * frameWidth + left + (at % width)
    pixels[at] = now[pixel] === before[pixel] ? -1 : now[pixel]!
  }
  return { x: left, y: top, width, height, pixels }
}

/** A patch's places, each as a square; `unchanged` where nothing changed. */
function enlarged({ width, height, pixels }: Patch, scale: number, unchanged: number): number[] {
  const out: number[] = []
  for (let y = 0; y < height * scale; y++) {
    const row = Math.floor(y / scale) * width
    for (let x = 0; x < width * scale; x++) {
      const place = pixels[row + Math.floor(x / scale)]!
      out.push(place < 0 ? unchanged : place)
    }
  }
  return out
}

/** A GIF's palette has a power of two of colours. */
function padded(palette: readonly number[]): number[] {
  const size = 2 ** Math.max(1, Math.ceil(Math.log2(palette.length)))
  return Array.from({ length: size }, (_, i) => palette[i] ?? 0)
}
