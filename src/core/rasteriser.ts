/**
 * Draws a scene as the agent sees it: 64x64x3 uint8, 16x16 tiles of 4x4 pixels, the camera's tile at view
 * position (8, 8). One view remembers what it drew last and draws only the tiles that changed, which is most
 * of the speed: a tile is three 32-bit words a row, and a step changes few tiles.
 */
import { QUARTERS, type Scene } from './scene.ts'
import { ROLES, type Role, rgb, type Theme } from './themes.ts'
import { TILES, tileCode } from './tiles.ts'

/** Tiles across and down the view. */
export const VIEW = 16
/** Pixels across and down a tile. */
export const TILE_PIXELS = 4
/** Pixels across and down a frame. */
export const FRAME_SIDE = VIEW * TILE_PIXELS
/** Bytes of a frame: 64 * 64 * 3. */
export const FRAME_BYTES = FRAME_SIDE * FRAME_SIDE * 3
/** Cells of the symbolic view: 16 * 16. */
export const VIEW_CELLS = VIEW * VIEW

const ROW_BYTES = FRAME_SIDE * 3
const ROW_WORDS = ROW_BYTES / 4
const TILE_WORDS = 12
const CENTRE = VIEW / 2
/** No tile has this code: a remembered cell that holds it is drawn again. */
const UNDRAWN = 255

/** The art of every tile in one theme, ready to copy. */
export interface Atlas {
  readonly theme: Theme
  /** [tiles, 4 rows, 3 words]: the tile's pixels as they lie in a frame. */
  readonly words: Uint32Array
  /** [tiles, 4, 4, 3]: colour times coverage, 0 to 255 * 4. */
  readonly colour: Uint16Array
  /** [tiles, 4, 4]: coverage, 0 (shows what lies below) to 4 (opaque). */
  readonly coverage: Uint8Array
}

/** Where a view is drawn, and what it remembers. */
export interface View {
  /** The frame: [64, 64, 3] uint8. Nobody else may write to it. */
  readonly pixels: Uint8Array
  readonly words: Uint32Array
  /** The 16x16 tile codes under the frame, sprites left out; void outside the map. */
  readonly tiles: Uint8Array
  readonly drawn: Uint8Array
  readonly drawnWords: Uint32Array
  readonly tileWords: Uint32Array
  /** View cells that the last drawing's sprites touched. */
  readonly touched: Uint8Array
  touchedCount: number
  atlas: Atlas | null
}

/** A view onto `pixels` at a byte offset that is a multiple of 4; 12,288 bytes from there are the view's own. */
export function createView(pixels: Uint8Array, offset = 0): View {
  const start = pixels.byteOffset + offset
  const tiles = new Uint8Array(VIEW_CELLS)
  const drawn = new Uint8Array(VIEW_CELLS).fill(UNDRAWN)
  return {
    pixels: new Uint8Array(pixels.buffer, start, FRAME_BYTES),
    words: new Uint32Array(pixels.buffer, start, FRAME_BYTES / 4),
    tiles,
    tileWords: new Uint32Array(tiles.buffer),
    drawn,
    drawnWords: new Uint32Array(drawn.buffer),
    touched: new Uint8Array(VIEW_CELLS),
    touchedCount: 0,
    atlas: null,
  }
}

const ROLE_LETTERS: Readonly<Record<string, Role>> = {
  V: 'void', F: 'floor', W: 'wall', P: 'player', A: 'a', B: 'b', C: 'c', G: 'gold', K: 'ink', L: 'light',
} // biome-ignore format: a table
const atlases = new WeakMap<Theme, Atlas>()

/** The atlas of a theme, made once. */
export function atlasOf(theme: Theme): Atlas {
  let atlas = atlases.get(theme)
  if (!atlas) {
    atlas = createAtlas(theme)
    atlases.set(theme, atlas)
  }
  return atlas
}

/** The colour of one art letter, or null where it is transparent. Lower case is 5/8 as bright. */
export function artColour(theme: Theme, letter: string): readonly [number, number, number] | null {
  const role = ROLE_LETTERS[letter.toUpperCase()]
  if (!role) return null
  const [r, g, b] = rgb(theme, role)
  return letter === letter.toUpperCase() ? [r, g, b] : [(r * 5) >> 3, (g * 5) >> 3, (b * 5) >> 3]
}

function createAtlas(theme: Theme): Atlas {
  const pixels = TILE_PIXELS * TILE_PIXELS
  const colour = new Uint16Array(TILES.length * pixels * 3)
  const coverage = new Uint8Array(TILES.length * pixels)
  const bytes = new Uint8Array(TILES.length * pixels * 3)
  TILES.forEach((tile, code) => {
    tile.art.forEach((row, y) => {
      for (let x = 0; x < row.length; x++) {
        const c = artColour(theme, row[x] as string)
        if (!c) continue
        const pixel = code * pixels + (y >> 1) * TILE_PIXELS + (x >> 1)
        coverage[pixel]! += 1
        for (let k = 0; k < 3; k++) colour[pixel * 3 + k]! += c[k] as number
      }
    })
  })
  const floor = tileCode('floor') * pixels
  for (let code = 0; code < TILES.length; code++) {
    for (let p = 0; p < pixels; p++) {
      const at = code * pixels + p
      const open = 4 - coverage[at]!
      for (let k = 0; k < 3; k++) {
        bytes[at * 3 + k] = (colour[at * 3 + k]! + ((open * colour[(floor + p) * 3 + k]!) >> 2)) >> 2
      }
    }
  }
  return { theme, words: new Uint32Array(bytes.buffer), colour, coverage }
}

/**
 * Fills `view` ([16, 16] tile codes) with the part of the map that the camera sees; void outside it.
 */
export function crop(scene: Scene, view: Uint8Array): void {
  const { width, height, tiles } = scene
  const left = scene.cameraX - CENTRE
  const top = scene.cameraY - CENTRE
  const firstX = left < 0 ? -left : 0
  const lastX = Math.min(VIEW, width - left)
  const firstY = top < 0 ? -top : 0
  const lastY = Math.min(VIEW, height - top)
  view.fill(0)
  for (let y = firstY; y < lastY; y++) {
    let from = (y + top) * width + left + firstX
    for (let at = y * VIEW + firstX, end = y * VIEW + lastX; at < end; at++) view[at] = tiles[from++]!
  }
}

/** Writes the symbolic observation: [16, 16] tile codes, each sprite's code over the cell that holds its centre. */
export function drawSymbolic(scene: Scene, out: Uint8Array): void {
  crop(scene, out)
  const left = (scene.cameraX - CENTRE) * QUARTERS
  const top = (scene.cameraY - CENTRE) * QUARTERS
  for (let i = 0; i < scene.sprites; i++) {
    const x = (scene.spriteX[i]! - left + QUARTERS / 2) >> 2
    const y = (scene.spriteY[i]! - top + QUARTERS / 2) >> 2
    if (x >= 0 && x < VIEW && y >= 0 && y < VIEW) out[y * VIEW + x] = scene.spriteCode[i]!
  }
}

/** Draws the scene into the view's frame. */
export function drawPixels(scene: Scene, atlas: Atlas, view: View): void {
  const { tiles, drawn, tileWords, drawnWords, touched } = view
  if (view.atlas !== atlas) {
    view.atlas = atlas
    drawn.fill(UNDRAWN)
  }
  for (let i = 0; i < view.touchedCount; i++) drawn[touched[i]!] = UNDRAWN
  view.touchedCount = 0
  crop(scene, tiles)
  const art = atlas.words
  const out = view.words
  for (let word = 0; word < tileWords.length; word++) {
    if (tileWords[word] === drawnWords[word]) continue
    const first = word * 4
    for (let cell = first; cell < first + 4; cell++) {
      const code = tiles[cell]!
      if (code === drawn[cell]) continue
      drawn[cell] = code
      let from = code * TILE_WORDS
      let to = (cell >> 4) * TILE_PIXELS * ROW_WORDS + (cell & 15) * 3
      for (let row = 0; row < TILE_PIXELS; row++) {
        out[to] = art[from]!
        out[to + 1] = art[from + 1]!
        out[to + 2] = art[from + 2]!
        to += ROW_WORDS
        from += 3
      }
    }
  }
  for (let i = 0; i < scene.sprites; i++) {
    drawSprite(view, atlas, scene.spriteCode[i]!, scene.spriteX[i]! - (scene.cameraX - CENTRE) * QUARTERS, scene.spriteY[i]! - (scene.cameraY - CENTRE) * QUARTERS) // biome-ignore format: one call
  }
}

/** Blends a sprite over the frame; x and y are view pixels (a pixel is a quarter tile). Clipped at the edges. */
function drawSprite(view: View, atlas: Atlas, code: number, x: number, y: number): void {
  if (x <= -TILE_PIXELS || y <= -TILE_PIXELS || x >= FRAME_SIDE || y >= FRAME_SIDE) return
  const { pixels } = view
  const { colour, coverage } = atlas
  for (let row = 0; row < TILE_PIXELS; row++) {
    const py = y + row
    if (py < 0 || py >= FRAME_SIDE) continue
    for (let column = 0; column < TILE_PIXELS; column++) {
      const px = x + column
      if (px < 0 || px >= FRAME_SIDE) continue
      const from = code * TILE_PIXELS * TILE_PIXELS + row * TILE_PIXELS + column
      const open = 4 - coverage[from]!
      const to = py * ROW_BYTES + px * 3
      pixels[to] = (colour[from * 3]! + open * pixels[to]!) >> 2
      pixels[to + 1] = (colour[from * 3 + 1]! + open * pixels[to + 1]!) >> 2
      pixels[to + 2] = (colour[from * 3 + 2]! + open * pixels[to + 2]!) >> 2
    }
  }
  for (let cy = y >> 2; cy <= (y + TILE_PIXELS - 1) >> 2; cy++) {
    for (let cx = x >> 2; cx <= (x + TILE_PIXELS - 1) >> 2; cx++) {
      if (cx < 0 || cx >= VIEW || cy < 0 || cy >= VIEW || view.touchedCount >= VIEW_CELLS) continue
      const cell = cy * VIEW + cx
      view.touched[view.touchedCount++] = cell
    }
  }
}
