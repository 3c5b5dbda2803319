/** An episode, as the agent saw it, as a moving picture that loses nothing. */

import { GifReader } from 'omggif'
import { FRAME_SIDE } from '../../core/rasteriser.ts'
import { encodeGif } from '../gif.ts'
import { encodePng, type Picture } from '../picture.ts'

const PIXELS = FRAME_SIDE * FRAME_SIDE
/** Hundredths of a second that a step is shown: GIF's unit. */
const STEP_DELAY = 18
/** The same for the last frame of the longest episode, so that the result can be looked at. */
const REST_DELAY = 150

/**
 * Frames of 64x64x3 bytes as an endless GIF. It lasts as long as one of `steps` frames would, so that pictures side by
 * side begin together again and again.
 */
export function encodeEpisode(frames: readonly Uint8Array[], steps = frames.length): Uint8Array {
  return encodeGif({
    frames: () => frames.map(pictureOf),
    delay: isLast => (isLast ? REST_DELAY + STEP_DELAY * Math.max(0, steps - frames.length) : STEP_DELAY),
  })
}

/** The frames of a GIF that encodeEpisode made. */
export function decodeEpisode(gif: Uint8Array): Uint8Array[] {
  const reader = new GifReader(gif)
  if (reader.width !== FRAME_SIDE || reader.height !== FRAME_SIDE)
    throw new Error(`expected frames of ${FRAME_SIDE}x${FRAME_SIDE} pixels`)
  // Each frame is drawn over what the ones before it left.
  const canvas = new Uint8Array(PIXELS * 4)
  return Array.from({ length: reader.numFrames() }, (_, i) => {
    reader.decodeAndBlitFrameRGBA(i, canvas)
    return canvas.filter((_, at) => at % 4 !== 3)
  })
}

/** One frame as PNG, for readers who want nothing to move. */
export function encodeStill(frame: Uint8Array): Uint8Array {
  return encodePng(pictureOf(frame))
}

/** Bytes as a URI that needs no file and no network. */
export function dataUri(bytes: Uint8Array, type: 'image/gif' | 'image/png'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}

function pictureOf(data: Uint8Array): Picture {
  if (data.length !== PIXELS * 3)
    throw new Error(`a frame has ${PIXELS * 3} bytes (64x64x3), got ${data.length}`)
  return { width: FRAME_SIDE, height: FRAME_SIDE, data }
}
