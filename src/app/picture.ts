/** Pictures of a game for people: the whole map in its full art, or the agent's own 64x64 view, enlarged. */

import { encode } from 'fast-png'
import { artColour, atlasOf, createView, drawPixels, FRAME_BYTES, FRAME_SIDE } from '../core/rasteriser.ts'
import { QUARTERS, type Scene } from '../core/scene.ts'
import type { Theme } from '../core/themes.ts'
import { TILES, tileCode } from '../core/tiles.ts'

/** A picture of 8-bit red, green and blue, row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Pixels across and down a tile's full art. */
const ART_SIDE = 8

/** The whole map with its sprites in full art, 8 pixels a tile. */
export function pictureOfMap(scene: Scene, theme: Theme): Picture {
  const width = scene.width * ART_SIDE
  const height = scene.height * ART_SIDE
  const picture = { width, height, data: new Uint8Array(width * height * 3) }
  const floor = tileCode('floor')
  scene.tiles.forEach((code, i) => {
    const x = (i % scene.width) * ART_SIDE
    const y = Math.floor(i / scene.width) * ART_SIDE
    drawArt(picture, floor, theme, x, y)
    drawArt(picture, code, theme, x, y)
  })
  for (let i = 0; i < scene.sprites; i++) {
    const toArt = (quarters: number) => (quarters * ART_SIDE) / QUARTERS
    drawArt(picture, scene.spriteCode[i]!, theme, toArt(scene.spriteX[i]!), toArt(scene.spriteY[i]!))
  }
  return picture
}

/** What the agent sees, pixel for pixel. */
export function pictureOfView(scene: Scene, theme: Theme): Picture {
  const view = createView(new Uint8Array(FRAME_BYTES))
  drawPixels(scene, atlasOf(theme), view)
  return { width: FRAME_SIDE, height: FRAME_SIDE, data: view.pixels }
}

/** Each pixel as a square of `times` pixels. */
export function enlarged(picture: Picture, times: number): Picture {
  const width = picture.width * times
  const height = picture.height * times
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / times) * picture.width
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor(x / times)) * 3
      data.set(picture.data.subarray(from, from + 3), (y * width + x) * 3)
    }
  }
  return { width, height, data }
}

/** Pictures in a row on white, centred, with `gap` pixels between them. */
export function sideBySide(pictures: readonly Picture[], gap: number): Picture {
  const width = pictures.reduce((sum, picture) => sum + picture.width, gap * (pictures.length - 1))
  const height = Math.max(...pictures.map(picture => picture.height))
  const data = new Uint8Array(width * height * 3).fill(255)
  let left = 0
  for (const picture of pictures) {
    const top = (height - picture.height) >> 1
    for (let y = 0; y < picture.height; y++) {
      const row = picture.data.subarray(y * picture.width * 3, (y + 1) * picture.width * 3)
      data.set(row, ((top + y) * width + left) * 3)
    }
    left += picture.width + gap
  }
  return { width, height, data }
}

/** The picture as a PNG file. */
export function encodePng({ width, height, data }: Picture): Uint8Array {
  return encode({ width, height, data, channels: 3, depth: 8 })
}

/** Art of every tile in one theme: [tiles, 8, 8] colours as 0xRRGGBB, -1 where it shows what lies below. */
const artOf = new WeakMap<Theme, Int32Array>()

function drawArt(
  { width, height, data }: Picture,
  code: number,
  theme: Theme,
  left: number,
  top: number,
): void {
  let art = artOf.get(theme)
  if (art === undefined) artOf.set(theme, (art = createArt(theme)))
  let from = code * ART_SIDE * ART_SIDE
  for (let y = top; y < top + ART_SIDE; y++) {
    for (let x = left; x < left + ART_SIDE; x++) {
      const colour = art[from++]!
      if (colour < 0 || x < 0 || y < 0 || x >= width || y >= height) continue
      const to = (y * width + x) * 3
      data[to] = colour >> 16
      data[to + 1] = (colour >> 8) & 255
      data[to + 2] = colour & 255
    }
  }
}

function createArt(theme: Theme): Int32Array {
  const letters = TILES.flatMap(tile => tile.art.flatMap(row => [...row]))
  return Int32Array.from(letters, letter => {
    const colour = artColour(theme, letter)
    return colour ? (colour[0] << 16) | (colour[1] << 8) | colour[2] : -1
  })
}
