/** How a map fits into a board: whole device pixels a pixel of art, so that it stays crisp. */
import { ART_SIDE } from './art.ts'

export interface Fit {
  /** Device pixels a pixel of art. */
  readonly scale: number
  /** The map's top left corner in device pixels from the board's; negative where it does not fit. */
  readonly left: number
  readonly top: number
  /** Whether part of the map lies outside the board. */
  readonly follows: boolean
}

/**
 * The largest whole scale at which the map (tiles) fits into the board (device pixels). Where it does not even at 1, the
 * camera (in tiles, the middle of what is to be seen) decides what is shown, and nothing beyond the map's edge is.
 */
export function fitMap(
  board: { readonly width: number; readonly height: number },
  map: { readonly width: number; readonly height: number },
  camera: { readonly x: number; readonly y: number },
): Fit {
  const across = map.width * ART_SIDE
  const down = map.height * ART_SIDE
  const scale = Math.max(1, Math.floor(Math.min(board.width / across, board.height / down)))
  const place = (room: number, length: number, middle: number) => {
    const free = room - length * scale
    if (free >= 0) return free >> 1
    return Math.round(Math.min(0, Math.max(free, room / 2 - middle * ART_SIDE * scale)))
  }
  return {
    scale,
    left: place(board.width, across, camera.x),
    top: place(board.height, down, camera.y),
    follows: across * scale > board.width || down * scale > board.height,
  }
}
