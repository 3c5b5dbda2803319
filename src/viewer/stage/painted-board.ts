/** One board: the last scene it was shown, and how it is laid on the canvas at a moment. */
import { type ReadonlySignal, signal } from '@preact/signals'
import { MAX_SPRITES, QUARTERS, type Scene } from '../../core/scene.ts'
import { ART_SIDE, copyTile, themeRow } from './art.ts'
import { type Fit, fitMap } from './fit.ts'
import { matchSprites } from './glide.ts'
import type { Pen, Surface } from './painter.ts'
import type { BoardLayout } from './stage.ts'

/** A rectangle of the canvas in device pixels. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PaintedBoard {
  readonly layout: ReadonlySignal<BoardLayout>
  /** Whether it looks different from what was drawn last, or will because something is on its way. */
  readonly stale: boolean
  show(scene: Scene, options: { readonly theme: string; readonly glide: number; readonly now: number }): void
  /** Puts the board at a place of the canvas; false where it is there already. `ratio`: device pixels in a CSS pixel. */
  move(place: Place, ratio: number): boolean
  readonly place: Place
  /** Draws the map as it is to be seen at a time in ms. */
  drawMap(pen: Pen, now: number): void
  /** Draws the sprites over the map that was drawn last: all boards' together, as they come from one surface. */
  drawSprites(pen: Pen): void
  dispose(): void
}

const NOWHERE: Place = { x: 0, y: 0, width: 0, height: 0 }
const NO_LAYOUT: BoardLayout = { tile: 0, left: 0, top: 0, follows: false }
/** No tile has this code: a cell that holds it is drawn. */
const UNDRAWN = 255

/** `art` is the picture of all art, `surface` makes the picture that the board keeps of its map. */
export function createPaintedBoard(
  art: Surface,
  surface: (width: number, height: number) => Surface,
): PaintedBoard {
  const layout = signal(NO_LAYOUT)
  let map: Surface | undefined
  let width = 0
  let height = 0
  let theme = -1
  let tiles = new Uint8Array(0)
  /** Rows of tiles that the map's surface has not got yet; none where the first is not above the last. */
  let firstRow = 0
  let lastRow = -1
  let sprites = noSprites()
  let spare = noSprites()
  /** Where sprites and camera set out from, and how long they are under way. */
  const from = { x: new Float32Array(MAX_SPRITES), y: new Float32Array(MAX_SPRITES), cameraX: 0, cameraY: 0 }
  const camera = { x: 0, y: 0 }
  let start = 0
  let duration = 0
  let stale = false
  let place = NOWHERE
  let ratio = 1
  /** The picture that was drawn last: its map on the canvas, what is seen of it, and how far sprites were on their way. */
  let drawn = { ...NOWHERE, scale: 1 }
  let clip = NOWHERE
  let share = 1

  /** How much of its way a sprite has behind it. */
  const progress = (now: number) => (duration > 0 ? Math.min(1, Math.max(0, (now - start) / duration)) : 1)

  const takeTiles = (scene: Scene, row: number) => {
    if (!map || scene.width !== width || scene.height !== height) {
      map?.dispose()
      ;({ width, height } = scene)
      map = surface(width * ART_SIDE, height * ART_SIDE)
      tiles = new Uint8Array(width * height)
      theme = -1
    }
    if (row !== theme) tiles.fill(UNDRAWN)
    theme = row
    const { words } = map
    const stride = width * ART_SIDE
    for (let i = 0; i < tiles.length; i++) {
      const code = scene.tiles[i]!
      if (tiles[i] === code) continue
      tiles[i] = code
      const y = Math.floor(i / width)
      copyTile(art.words, row, code, { words, to: y * ART_SIDE * stride + (i % width) * ART_SIDE, stride })
      firstRow = lastRow < 0 ? y : Math.min(firstRow, y)
      lastRow = Math.max(lastRow, y)
      stale = true
    }
  }

  /** Where the sprite was on its way at a moment. */
  const underWay = (start: number, end: number, share: number) => start + (end - start) * share

  const takeSprites = (scene: Scene, glide: number, now: number) => {
    const next = spare
    next.count = scene.sprites
    next.code.set(scene.spriteCode.subarray(0, scene.sprites))
    next.x.set(scene.spriteX.subarray(0, scene.sprites))
    next.y.set(scene.spriteY.subarray(0, scene.sprites))
    const target = { x: scene.cameraX, y: scene.cameraY }
    if (sameSprites(sprites, next) && target.x === camera.x && target.y === camera.y) {
      // The same picture again ends no glide that is under way.
      if (glide === 0 && duration > 0) {
        duration = 0
        stale = true
      }
      return
    }
    const before = progress(now)
    const at = { x: new Float32Array(next.count), y: new Float32Array(next.count) }
    const origins = glide > 0 ? matchSprites(sprites, next) : undefined
    for (let i = 0; i < next.count; i++) {
      const j = origins ? origins[i]! : -1
      at.x[i] = j < 0 ? next.x[i]! : underWay(from.x[j]!, sprites.x[j]!, before)
      at.y[i] = j < 0 ? next.y[i]! : underWay(from.y[j]!, sprites.y[j]!, before)
    }
    from.x.set(at.x)
    from.y.set(at.y)
    const follows = glide > 0 && Math.abs(target.x - camera.x) <= 1 && Math.abs(target.y - camera.y) <= 1
    from.cameraX = follows ? underWay(from.cameraX, camera.x, before) : target.x
    from.cameraY = follows ? underWay(from.cameraY, camera.y, before) : target.y
    camera.x = target.x
    camera.y = target.y
    spare = sprites
    sprites = next
    start = now
    duration = glide
    stale = true
  }

  const fitAt = (share: number): Fit =>
    fitMap(
      place,
      { width, height },
      {
        x: underWay(from.cameraX, camera.x, share) + 0.5,
        y: underWay(from.cameraY, camera.y, share) + 0.5,
      },
    )

  const tellLayout = () => {
    if (!map || place.width === 0) return
    const { scale, left, top, follows } = fitAt(1)
    const next = { tile: (scale * ART_SIDE) / ratio, left: left / ratio, top: top / ratio, follows }
    const { tile, left: x, top: y, follows: f } = layout.peek()
    if (next.tile !== tile || next.left !== x || next.top !== y || next.follows !== f) layout.value = next
  }

  return {
    layout,
    get stale() {
      return stale
    },
    get place() {
      return place
    },
    show(scene, { theme: name, glide, now }) {
      const row = themeRow(name)
      const sameMap = scene.width === width && scene.height === height && row === theme
      takeTiles(scene, row)
      takeSprites(scene, sameMap ? glide : 0, now)
      tellLayout()
    },
    move(next, nextRatio) {
      const { x, y, width, height } = place
      const still = x === next.x && y === next.y && width === next.width && height === next.height
      if (still && ratio === nextRatio) return false
      place = next
      ratio = nextRatio
      stale = true
      tellLayout()
      return true
    },
    drawMap(pen, now) {
      stale = false
      if (!map) return
      if (lastRow >= 0) map.changed(firstRow * ART_SIDE, (lastRow - firstRow + 1) * ART_SIDE)
      lastRow = -1
      share = progress(now)
      stale = share < 1
      const { scale, left, top } = fitAt(share)
      const [x, y] = [place.x + left, place.y + top]
      drawn = { x, y, width: map.width * scale, height: map.height * scale, scale }
      clip = overlap(place, drawn)
      clippedPen(pen, clip, scale)(map, 0, 0, map.width, map.height, x, y)
    },
    drawSprites(pen) {
      const { x, y, scale } = drawn
      const paint = clippedPen(pen, clip, scale)
      const quarter = (ART_SIDE * scale) / QUARTERS
      for (let i = 0; i < sprites.count; i++) {
        const spriteX = x + Math.round(underWay(from.x[i]!, sprites.x[i]!, share) * quarter)
        const spriteY = y + Math.round(underWay(from.y[i]!, sprites.y[i]!, share) * quarter)
        paint(art, sprites.code[i]! * ART_SIDE, theme * ART_SIDE, ART_SIDE, ART_SIDE, spriteX, spriteY)
      }
    },
    dispose: () => map?.dispose(),
  }
}

function noSprites() {
  return {
    count: 0,
    code: new Uint8Array(MAX_SPRITES),
    x: new Int16Array(MAX_SPRITES),
    y: new Int16Array(MAX_SPRITES),
  }
}

type SpriteList = ReturnType<typeof noSprites>

function sameSprites(a: SpriteList, b: SpriteList): boolean {
  if (a.count !== b.count) return false
  for (let i = 0; i < a.count; i++) {
    if (a.code[i] !== b.code[i] || a.x[i] !== b.x[i] || a.y[i] !== b.y[i]) return false
  }
  return true
}

export function overlap(a: Place, b: Place): Place {
  const x = Math.max(a.x, b.x)
  const y = Math.max(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y),
  }
}

/** A pen that draws at one scale and leaves out what lies outside `clip`. */
function clippedPen(pen: Pen, clip: Place, scale: number) {
  const [right, bottom] = [clip.x + clip.width, clip.y + clip.height]
  return (surface: Surface, sx: number, sy: number, width: number, height: number, x: number, y: number) => {
    const x0 = Math.max(x, clip.x)
    const y0 = Math.max(y, clip.y)
    const w = Math.min(x + width * scale, right) - x0
    const h = Math.min(y + height * scale, bottom) - y0
    if (w <= 0 || h <= 0) return
    pen(surface, sx + (x0 - x) / scale, sy + (y0 - y) / scale, w / scale, h / scale, x0, y0, w, h)
  }
}
