/**
 * A picture as terminal text: each character is an upper half block, whose own colour is the upper pixel and whose
 * ground is the lower one. Terminal sizes are in characters, a pixel wide and two high.
 */
import type { Picture } from '../picture.ts'

/** Pixels across and down a tile in the full art. */
const ART_SIDE = 8
/** Fewer pixels a tile cannot be told apart. */
const LEAST_SIDE = 4
const RESET = '\x1b[0m'

export interface Window {
  readonly columns: number
  readonly rows: number
}

/**
 * The part of a map's picture around a tile that fits a window, at full size or at half: half where the whole map then
 * fits, or where neither fits.
 */
export function fitted(picture: Picture, tileX: number, tileY: number, { columns, rows }: Window): Picture {
  const fits = picture.width <= columns && picture.height <= rows * 2
  const side = fits ? ART_SIDE : LEAST_SIDE
  const scaled = fits ? picture : halved(picture)
  const width = Math.min(scaled.width, columns)
  const height = Math.min(scaled.height, rows * 2)
  const start = (tile: number, shown: number, whole: number) =>
    Math.max(0, Math.min(whole - shown, Math.round((tile + 0.5) * side - shown / 2)))
  return cropped(
    scaled,
    start(tileX, width, scaled.width),
    start(tileY, height, scaled.height),
    width,
    height,
  )
}

/** Lines of half blocks in 24-bit colours, or in the 256 that older terminals have. */
export function toHalfBlocks({ width, height, data }: Picture, depth: 24 | 8): string[] {
  const colourAt = (x: number, y: number) => {
    const at = (y * width + x) * 3
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!]
    return depth === 24 ? `2;${r};${g};${b}` : `5;${16 + 36 * sixth(r) + 6 * sixth(g) + sixth(b)}`
  }
  const lines: string[] = []
  for (let y = 0; y < height; y += 2) {
    let line = ''
    let colours = ''
    for (let x = 0; x < width; x++) {
      const ground = y + 1 < height ? `;48;${colourAt(x, y + 1)}` : ';49'
      const wanted = `\x1b[38;${colourAt(x, y)}${ground}m`
      // Neighbours often look alike: their colours are said once.
      if (wanted !== colours) line += wanted
      colours = wanted
      line += '\u2580'
    }
    lines.push(line + RESET)
  }
  return lines
}

/** A colour's place among the six levels of the 256-colour cube: 0, 95, 135, 175, 215, 255. */
function sixth(value: number): number {
  return value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40)
}

/** Half as large; each pixel is the mean of four. */
function halved({ width, height, data }: Picture): Picture {
  const half = { width: width >> 1, height: height >> 1 }
  const out = new Uint8Array(half.width * half.height * 3)
  for (let y = 0; y < half.height; y++)
    for (let x = 0; x < half.width; x++)
      for (let k = 0; k < 3; k++) {
        const at = (2 * y * width + 2 * x) * 3 + k
        const sum = data[at]! + data[at + 3]! + data[at + width * 3]! + data[at + width * 3 + 3]!
        out[(y * half.width + x) * 3 + k] = sum >> 2
      }
  return { ...half, data: out }
}

function cropped(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 3
    data.set(picture.data.subarray(from, from + width * 3), y * width * 3)
  }
  return { width, height, data }
}
