/**
 * The scene: all that can be seen of a game at one moment, as plain data. The rasteriser draws it for the
 * agent and the browser page draws it for people, so the two cannot disagree.
 */

/** Quarter tiles in a tile: sprites stand at quarter-tile positions. */
export const QUARTERS = 4

/** The most sprites that a scene holds. */
export const MAX_SPRITES = 64

export interface Scene {
  /** Map size in tiles. */
  width: number
  height: number
  /** Tile codes, row-major, `width * height`. A game may lend its own array here; readers never write to it. */
  tiles: Uint8Array
  /**
   * Two paintings with the same `tiles` array and the same revision have the same tiles: a view then keeps what it
   * knows. A game counts up whenever it writes to its tiles; -1 promises nothing.
   */
  revision: number
  /** How many of the sprite entries below are in use, in drawing order. */
  sprites: number
  spriteCode: Uint8Array
  /** Top left corner of each sprite in quarter tiles. */
  spriteX: Int16Array
  spriteY: Int16Array
  /** The tile that the camera is centred on. */
  cameraX: number
  cameraY: number
}

/** An empty scene to paint into; one is enough for any number of games. */
export function createScene(): Scene {
  return {
    width: 0,
    height: 0,
    tiles: new Uint8Array(0),
    revision: -1,
    sprites: 0,
    spriteCode: new Uint8Array(MAX_SPRITES),
    spriteX: new Int16Array(MAX_SPRITES),
    spriteY: new Int16Array(MAX_SPRITES),
    cameraX: 0,
    cameraY: 0,
  }
}

/** Adds a sprite at a quarter-tile position; returns false where the scene is full. */
export function addSprite(scene: Scene, code: number, x: number, y: number): boolean {
  const i = scene.sprites
  if (i >= MAX_SPRITES) return false
  scene.spriteCode[i] = code
  scene.spriteX[i] = x
  scene.spriteY[i] = y
  scene.sprites = i + 1
  return true
}
