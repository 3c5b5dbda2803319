/** The catalogue's art in the colours of every theme, as pixels: what a scene looks like at full size. */
import { artColour } from '../../core/rasteriser.ts'
import { THEMES } from '../../core/themes.ts'
import { TILES, tileCode } from '../../core/tiles.ts'

/** Pixels across and down a tile's art. */
export const ART_SIDE = 8
/** All art as one picture: a column a tile, a row a theme. */
export const ART_WIDTH = TILES.length * ART_SIDE
export const ART_HEIGHT = THEMES.length * ART_SIDE

const FLOOR = tileCode('floor')

/** Row of a theme in the picture of all art. */
export function themeRow(name: string): number {
  const row = THEMES.findIndex(theme => theme.name === name)
  if (row < 0) throw new Error(`no theme is named '${name}'; src/core/themes.ts lists them`)
  return row
}

/** Draws all art: [ART_HEIGHT, ART_WIDTH] pixels, red in the lowest byte; 0 where it shows what lies below. */
export function drawArt(words: Uint32Array): void {
  THEMES.forEach((theme, row) => {
    TILES.forEach(({ art }, code) => {
      art.forEach((letters, y) => {
        for (let x = 0; x < ART_SIDE; x++) {
          const colour = artColour(theme, letters[x] as string)
          if (!colour) continue
          const [red, green, blue] = colour
          words[artAt(row, code, y) + x] = 0xff000000 | (blue << 16) | (green << 8) | red
        }
      })
    })
  })
}

/** Copies a tile over the floor into a map's pixels. `to`: the index of its first pixel, `stride`: pixels in a row. */
export function copyTile(
  art: Uint32Array,
  theme: number,
  code: number,
  map: { readonly words: Uint32Array; readonly to: number; readonly stride: number },
): void {
  for (let y = 0; y < ART_SIDE; y++) {
    const from = artAt(theme, code, y)
    const floor = artAt(theme, FLOOR, y)
    const to = map.to + y * map.stride
    for (let x = 0; x < ART_SIDE; x++) map.words[to + x] = art[from + x] || art[floor + x]!
  }
}

function artAt(theme: number, code: number, y: number): number {
  return (theme * ART_SIDE + y) * ART_WIDTH + code * ART_SIDE
}
