/** An episode as a moving picture: GIF, losslessly, because game frames have few colours. */

import { encode as encodePng } from 'fast-png'
import { decodeFrames, encode as encodeGif } from 'modern-gif'

/** Pixels across and down a frame. */
const SIDE = 64
const PIXELS = SIDE * SIDE
/** Milliseconds that a step is shown. */
const STEP_MILLISECONDS = 180
/** Milliseconds that the last frame of the longest episode stays. */
const REST_MILLISECONDS = 1500

/**
 * Frames of 64x64x3 bytes as an endless GIF. It lasts as long as one of `steps` frames would, so that pictures side by
 * side begin together again and again.
 */
export async function encodeEpisode(
  frames: readonly Uint8Array[],
  steps = frames.length,
): Promise<Uint8Array> {
  const rest = REST_MILLISECONDS + STEP_MILLISECONDS * Math.max(0, steps - frames.length)
  const images = frames.map((frame, index) => ({
    data: withAlpha(frame),
    delay: index === frames.length - 1 ? rest : STEP_MILLISECONDS,
  }))
  const gif = await encodeGif({
    width: SIDE,
    height: SIDE,
    frames: images,
    looped: true,
    format: 'arrayBuffer',
  })
  return new Uint8Array(gif)
}

/** The frames of a GIF that encodeEpisode made. */
export function decodeEpisode(gif: Uint8Array): Uint8Array[] {
  return decodeFrames(new Uint8Array(gif)).map(({ data }) => withoutAlpha(data))
}

/** One frame as PNG, for readers who want nothing to move. */
export function encodeStill(frame: Uint8Array): Uint8Array {
  return encodePng({ width: SIDE, height: SIDE, data: frame, channels: 3 })
}

/** Bytes as a URI that needs no file and no network. */
export function dataUri(bytes: Uint8Array, type: 'image/gif' | 'image/png'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}

function withAlpha(frame: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  if (frame.length !== PIXELS * 3) {
    throw new Error(`a frame has ${PIXELS * 3} bytes (64x64x3), got ${frame.length}`)
  }
  const rgba = new Uint8ClampedArray(PIXELS * 4).fill(255)
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgba[4 * pixel + channel] = frame[3 * pixel + channel]
  }
  return rgba
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const frame = new Uint8Array(PIXELS * 3)
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    for (let channel = 0; channel < 3; channel++) frame[3 * pixel + channel] = rgba[4 * pixel + channel]
  }
  return frame
}
