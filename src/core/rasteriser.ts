/**
 * Draws a scene as the agent sees it: 64x64x3 uint8, 16x16 tiles of 4x4 pixels, the camera's tile at view
 * position (8, 8). A view remembers what it drew last: it moves the picture along with the camera and draws only
 * the tiles that changed, three 32-bit words a row.
 */
import { QUARTERS, type Scene } from './scene.ts'
import { type Role, rgb, type Theme } from './themes.ts'
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
/** Words of one pixel row of a tile. */
const TILE_ROW_WORDS = 3
const TILE_WORDS = TILE_PIXELS * TILE_ROW_WORDS
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
  /** By sprite code: that sprite over every tile, laid out as `words`; undefined until first needed. */
  readonly blends: (Uint32Array | undefined)[]
}

/** The 16x16 tiles that the camera sees, and which moment of which map they were cut from. */
export interface Cut {
  /** Tile codes, [16, 16], sprites left out; void outside the map. */
  readonly tiles: Uint8Array
  source: Uint8Array | null
  revision: number
  cameraX: number
  cameraY: number
}

/** Where a view is drawn, and what it remembers. */
export interface View extends Cut {
  /** The frame: [64, 64, 3] uint8. Nobody else may write to it. */
  readonly pixels: Uint8Array
  readonly words: Uint32Array
  /** The tiles, four to a word. */
  readonly tileWords: Int32Array
  /** The tile that each cell of the frame shows; UNDRAWN where a sprite lies over it. */
  readonly drawn: Uint8Array
  readonly drawnWords: Int32Array
  /** Theme of the frame. */
  atlas: Atlas | null
  /** Camera of the frame. */
  drawnX: number
  drawnY: number
}

/** Memory for `cut`: nothing seen so far. */
export function createCut(): Cut {
  return { tiles: new Uint8Array(VIEW_CELLS), source: null, revision: 0, cameraX: 0, cameraY: 0 }
}

/** A view onto `pixels` at a byte offset that is a multiple of 4; 12,288 bytes from there are the view's own. */
export function createView(pixels: Uint8Array, offset = 0): View {
  const start = pixels.byteOffset + offset
  const memory = createCut()
  const drawn = new Uint8Array(VIEW_CELLS).fill(UNDRAWN)
  return {
    ...memory,
    pixels: new Uint8Array(pixels.buffer, start, FRAME_BYTES),
    words: new Uint32Array(pixels.buffer, start, FRAME_BYTES / 4),
    tileWords: new Int32Array(memory.tiles.buffer),
    drawn,
    drawnWords: new Int32Array(drawn.buffer),
    atlas: null,
    drawnX: 0,
    drawnY: 0,
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
  return {
    theme,
    words: new Uint32Array(bytes.buffer),
    colour,
    coverage,
    blends: TILES.map(() => undefined),
  }
}

/** Fills `view` ([16, 16] tile codes) with the part of the map that the camera sees; void outside it. */
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

/**
 * Brings `memory.tiles` up to the scene: nothing to do where neither the map nor the camera changed, a shift and
 * one new edge where the camera moved by one tile, and a whole crop otherwise.
 */
export function cut(scene: Scene, memory: Cut): void {
  const { cameraX, cameraY } = scene
  const dx = cameraX - memory.cameraX
  const dy = cameraY - memory.cameraY
  const sameMap = scene.tiles === memory.source && scene.revision === memory.revision && scene.revision >= 0
  memory.cameraX = cameraX
  memory.cameraY = cameraY
  if (sameMap && dx * dx + dy * dy <= 1) {
    if (dx !== 0) shiftColumns(scene, memory.tiles, dx)
    else if (dy !== 0) shiftRows(scene, memory.tiles, dy)
    return
  }
  memory.source = scene.tiles
  memory.revision = scene.revision
  crop(scene, memory.tiles)
}

/** The camera moved right (dx 1) or left (-1): the tiles move the other way and a column comes in. */
function shiftColumns(scene: Scene, view: Uint8Array, dx: number): void {
  const { width, height, tiles } = scene
  if (dx > 0) view.copyWithin(0, 1)
  else view.copyWithin(1, 0)
  const column = dx > 0 ? VIEW - 1 : 0
  const x = scene.cameraX - CENTRE + column
  const inside = x >= 0 && x < width
  for (let row = 0, y = scene.cameraY - CENTRE; row < VIEW; row++, y++) {
    view[row * VIEW + column] = inside && y >= 0 && y < height ? tiles[y * width + x]! : 0
  }
}

/** The camera moved down (dy 1) or up (-1): the tiles move the other way and a row comes in. */
function shiftRows(scene: Scene, view: Uint8Array, dy: number): void {
  const { width, height, tiles } = scene
  if (dy > 0) view.copyWithin(0, VIEW)
  else view.copyWithin(VIEW, 0)
  const row = dy > 0 ? VIEW - 1 : 0
  const y = scene.cameraY - CENTRE + row
  const inside = y >= 0 && y < height
  for (let column = 0, x = scene.cameraX - CENTRE; column < VIEW; column++, x++) {
    view[row * VIEW + column] = inside && x >= 0 && x < width ? tiles[y * width + x]! : 0
  }
}

/**
 * Writes the symbolic observation: [16, 16] tile codes, each sprite's code over the cell that holds its centre.
 * `memory` belongs to this output alone and spares most of the work from one drawing to the next.
 */
export function drawSymbolic(scene: Scene, out: Uint8Array, memory: Cut = createCut()): void {
  cut(scene, memory)
  out.set(memory.tiles)
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
  const { drawn } = view
  cut(scene, view)
  if (view.atlas !== atlas) {
    view.atlas = atlas
    drawn.fill(UNDRAWN)
  } else {
    shiftFrame(view)
  }
  view.drawnX = view.cameraX
  view.drawnY = view.cameraY
  drawTiles(atlas, view)
  const left = (scene.cameraX - CENTRE) * QUARTERS
  const top = (scene.cameraY - CENTRE) * QUARTERS
  for (let i = 0; i < scene.sprites; i++) {
    drawSprite(view, atlas, scene.spriteCode[i]!, scene.spriteX[i]! - left, scene.spriteY[i]! - top)
  }
}

/** The camera moved by one tile: one move of the frame's bytes is cheaper than drawing most of its tiles again. */
function shiftFrame(view: View): void {
  const { words, drawn } = view
  const dx = view.cameraX - view.drawnX
  const dy = view.cameraY - view.drawnY
  if (dx * dx + dy * dy !== 1) return
  if (dy > 0) {
    words.copyWithin(0, TILE_PIXELS * ROW_WORDS)
    drawn.copyWithin(0, VIEW)
  } else if (dy < 0) {
    words.copyWithin(TILE_PIXELS * ROW_WORDS, 0)
    drawn.copyWithin(VIEW, 0)
  } else {
    // What leaves a row at one edge enters the next row at the other: that column is drawn again.
    if (dx > 0) {
      words.copyWithin(0, TILE_ROW_WORDS)
      drawn.copyWithin(0, 1)
    } else {
      words.copyWithin(TILE_ROW_WORDS, 0)
      drawn.copyWithin(1, 0)
    }
    for (let cell = dx > 0 ? VIEW - 1 : 0; cell < VIEW_CELLS; cell += VIEW) drawn[cell] = UNDRAWN
  }
}

/** Draws the tiles that differ from what the frame shows, four compared at once. */
function drawTiles(atlas: Atlas, view: View): void {
  const { words, tileWords, drawnWords } = view
  const art = atlas.words
  for (let four = 0; four < VIEW_CELLS / 4; four++) {
    const tiles = tileWords[four]!
    const changed = tiles ^ drawnWords[four]!
    if (changed === 0) continue
    drawnWords[four] = tiles
    // A typed array's words are little-endian on every machine that runs Node or a browser: the first tile is lowest.
    const to = (four >> 2) * TILE_PIXELS * ROW_WORDS + (four & 3) * 4 * TILE_ROW_WORDS
    if (changed & 0xff) copyTile(art, (tiles & 0xff) * TILE_WORDS, words, to)
    if (changed & 0xff00) copyTile(art, ((tiles >> 8) & 0xff) * TILE_WORDS, words, to + TILE_ROW_WORDS)
    if (changed & 0xff0000) copyTile(art, ((tiles >> 16) & 0xff) * TILE_WORDS, words, to + 2 * TILE_ROW_WORDS)
    if (changed & 0xff000000) copyTile(art, (tiles >>> 24) * TILE_WORDS, words, to + 3 * TILE_ROW_WORDS)
  }
}

/** Copies a tile's four rows of three words; written out, as a loop costs as much as the copying. */
function copyTile(art: Uint32Array, from: number, frame: Uint32Array, to: number): void {
  frame[to] = art[from]!
  frame[to + 1] = art[from + 1]!
  frame[to + 2] = art[from + 2]!
  frame[to + ROW_WORDS] = art[from + 3]!
  frame[to + ROW_WORDS + 1] = art[from + 4]!
  frame[to + ROW_WORDS + 2] = art[from + 5]!
  frame[to + 2 * ROW_WORDS] = art[from + 6]!
  frame[to + 2 * ROW_WORDS + 1] = art[from + 7]!
  frame[to + 2 * ROW_WORDS + 2] = art[from + 8]!
  frame[to + 3 * ROW_WORDS] = art[from + 9]!
  frame[to + 3 * ROW_WORDS + 1] = art[from + 10]!
  frame[to + 3 * ROW_WORDS + 2] = art[from + 11]!
}

/** Draws a sprite over the frame; x and y are view pixels (a pixel is a quarter tile). Clipped at the edges. */
function drawSprite(view: View, atlas: Atlas, code: number, x: number, y: number): void {
  if (x <= -TILE_PIXELS || y <= -TILE_PIXELS || x >= FRAME_SIDE || y >= FRAME_SIDE) return
  const { drawn } = view
  if (((x | y) & (TILE_PIXELS - 1)) === 0) {
    // Most sprites stand on one whole tile, whose blend is made once.
    const cell = (y >> 2) * VIEW + (x >> 2)
    const below = drawn[cell]!
    if (below !== UNDRAWN) {
      const to = (y >> 2) * TILE_PIXELS * ROW_WORDS + (x >> 2) * TILE_ROW_WORDS
      copyTile(blendsOf(atlas, code), below * TILE_WORDS, view.words, to)
      drawn[cell] = UNDRAWN
      return
    }
  }
  for (let row = 0; row < TILE_PIXELS; row++) {
    const py = y + row
    if (py < 0 || py >= FRAME_SIDE) continue
    for (let column = 0; column < TILE_PIXELS; column++) {
      const px = x + column
      if (px < 0 || px >= FRAME_SIDE) continue
      blendPixel(atlas, code, row * TILE_PIXELS + column, view.pixels, py * ROW_BYTES + px * 3)
      drawn[(py >> 2) * VIEW + (px >> 2)] = UNDRAWN
    }
  }
}

/** Lays one pixel of a sprite over three bytes of a frame. */
function blendPixel(atlas: Atlas, code: number, pixel: number, bytes: Uint8Array, to: number): void {
  const { colour, coverage } = atlas
  const from = code * TILE_PIXELS * TILE_PIXELS + pixel
  const open = 4 - coverage[from]!
  bytes[to] = (colour[from * 3]! + open * bytes[to]!) >> 2
  bytes[to + 1] = (colour[from * 3 + 1]! + open * bytes[to + 1]!) >> 2
  bytes[to + 2] = (colour[from * 3 + 2]! + open * bytes[to + 2]!) >> 2
}

/** One sprite over every tile, made at its first use: [tiles, 4 rows, 3 words]. */
function blendsOf(atlas: Atlas, code: number): Uint32Array {
  let blends = atlas.blends[code]
  if (!blends) {
    blends = atlas.words.slice()
    atlas.blends[code] = blends
    const bytes = new Uint8Array(blends.buffer)
    const pixels = TILE_PIXELS * TILE_PIXELS
    for (let at = 0; at < TILES.length * pixels; at++) blendPixel(atlas, code, at % pixels, bytes, at * 3)
  }
  return blends
}
