/**
 * Which tiles an object of a Tiled object layer stands on. A point and a tile object stand on one tile; a rectangle, an
 * ellipse and a polygon cover the tiles whose middle they contain; a polyline covers the tiles that it runs through.
 */
import { quoted } from '../../src/core/errors.ts'
import { MAX_SIDE } from '../level.ts'
import { refuse, type TiledNode } from './tiled-node.ts'

/** The tiles of a map, and where an object layer lies on them, all in pixels. */
export interface ObjectGrid {
  readonly tileWidth: number
  readonly tileHeight: number
  readonly offset: Point
}

/** A tile that an object shows. */
export interface ShownTile {
  /** Of its tileset: where the object's position lies in the picture. */
  readonly alignment: string
  readonly width: number
  readonly height: number
}

type Point = readonly [number, number]

const ALIGNMENTS = /^(unspecified|(top|bottom)(left|right)?|left|center|right)$/
/** Pixels: far beyond every map that plays, and exact in a double. */
const FARTHEST = 1_000_000

/** Tiles under an object as [x, y]; a line that comes back names one again. */
export function tilesUnder(object: TiledNode, grid: ObjectGrid, shown: ShownTile | undefined): Point[] {
  const name = nameOf(object)
  if (object.has('template'))
    refuse(
      object,
      `${name} is an instance of a template, and templates are not read; detach it in Tiled first`,
    )
  const rotation = object.number('rotation') ?? 0
  if (rotation !== 0) refuse(object, `${name} is rotated by ${rotation} degrees; set its rotation to 0`)
  const x = pixels(object, 'x') + grid.offset[0]
  const y = pixels(object, 'y') + grid.offset[1]
  const width = pixels(object, 'width')
  const height = pixels(object, 'height')
  if (width < 0 || height < 0) refuse(object, `${name} is ${width}x${height} pixels; expected no less than 0`)
  if (shown) return [tileOf(cornerOf(object, [x, y], [width, height], grid, shown), grid)]
  const { kind, points } = object.outline()
  const placed = points.map(([px, py]): Point => [x + px, y + py])
  switch (kind) {
    case 'point':
      return [tileOf([x, y], grid)]
    case 'rectangle':
      return covered(object, [[x, y], [x + width, y], [x + width, y + height], [x, y + height]], grid) // biome-ignore format: corners
    case 'polygon':
      return covered(object, placed, grid)
    case 'ellipse':
      return coveredByEllipse(object, [x + width / 2, y + height / 2], [width / 2, height / 2], grid)
    case 'polyline':
      return passed(object, placed, grid)
    case 'text':
    case 'capsule':
      return refuse(
        object,
        `${name} is a ${kind}, which stands on no tiles; delete it, or give it or its layer the property 'ignore'`,
      )
    default:
      return kind satisfies never
  }
}

/** An object as messages name it. */
export function nameOf(object: TiledNode): string {
  const name = object.text('name')
  return `object ${object.number('id') ?? '?'}${name ? ` ${quoted(name)}` : ''}`
}

function pixels(object: TiledNode, name: string): number {
  const value = object.number(name) ?? 0
  return Math.abs(value) <= FARTHEST
    ? value
    : refuse(object, `${name}: expected at most ${FARTHEST} pixels, got ${value}`)
}

/** The middle of the map tile in the bottom left corner of a tile object: where its picture stands. */
function cornerOf(
  object: TiledNode,
  [x, y]: Point,
  [ownWidth, ownHeight]: Point,
  grid: ObjectGrid,
  shown: ShownTile,
): Point {
  const alignment = shown.alignment === 'unspecified' ? 'bottomleft' : shown.alignment
  if (!ALIGNMENTS.test(alignment))
    refuse(
      object,
      `the objectalignment of its tileset is ${quoted(alignment)}; expected one such as bottomleft`,
    )
  const width = ownWidth || shown.width
  const height = ownHeight || shown.height
  const left = alignment.endsWith('left') ? x : alignment.endsWith('right') ? x - width : x - width / 2
  const bottom = alignment.startsWith('bottom')
    ? y
    : alignment.startsWith('top')
      ? y + height
      : y + height / 2
  return [left + Math.min(width, grid.tileWidth) / 2, bottom - Math.min(height, grid.tileHeight) / 2]
}

function tileOf([x, y]: Point, { tileWidth, tileHeight }: ObjectGrid): Point {
  return [Math.floor(x / tileWidth), Math.floor(y / tileHeight)]
}

/** Tiles whose middle lies inside a polygon, its left and upper edges included; row by row, by the even-odd rule. */
function covered(object: TiledNode, points: readonly Point[], grid: ObjectGrid): Point[] {
  const { tileWidth, tileHeight } = grid
  const [top, bottom] = rowsOf(object, points, grid)
  const tiles: Point[] = []
  for (let row = top; row <= bottom; row++) {
    const y = (row + 0.5) * tileHeight
    const edges: number[] = []
    points.forEach(([x1, y1], i) => {
      const [x2, y2] = points[(i + 1) % points.length] as Point
      if (y1 <= y !== y2 <= y) edges.push(x1 + ((y - y1) * (x2 - x1)) / (y2 - y1))
    })
    edges.sort((a, b) => a - b)
    for (let i = 0; i + 1 < edges.length; i += 2)
      for (
        let x = Math.ceil((edges[i] as number) / tileWidth - 0.5);
        (x + 0.5) * tileWidth < (edges[i + 1] as number);
        x++
      )
        tiles.push([x, row])
  }
  return tiles.length ? tiles : [tileOf(middleOf(points), grid)]
}

function coveredByEllipse(object: TiledNode, middle: Point, [rx, ry]: Point, grid: ObjectGrid): Point[] {
  const { tileWidth, tileHeight } = grid
  const [mx, my] = middle
  const [top, bottom] = rowsOf(object, [[mx - rx, my - ry], [mx + rx, my + ry]], grid) // biome-ignore format: corners
  const tiles: Point[] = []
  for (let row = top; row <= bottom; row++) {
    const height = ((row + 0.5) * tileHeight - my) / ry
    if (!(Math.abs(height) <= 1)) continue
    const half = rx * Math.sqrt(1 - height * height)
    for (let x = Math.ceil((mx - half) / tileWidth - 0.5); (x + 0.5) * tileWidth < mx + half; x++)
      tiles.push([x, row])
  }
  return tiles.length ? tiles : [tileOf(middle, grid)]
}

/** Tiles that a line runs through, in order: between two crossings of tile borders it stays in one. */
function passed(object: TiledNode, points: readonly Point[], grid: ObjectGrid): Point[] {
  const { tileWidth, tileHeight } = grid
  rowsOf(object, points, grid)
  const tiles: Point[] = [tileOf(points[0] as Point, grid)]
  points.slice(1).forEach(([x2, y2], i) => {
    const [x1, y1] = points[i] as Point
    const crossings = [0, 1, ...bordersOf(x1, x2, tileWidth), ...bordersOf(y1, y2, tileHeight)]
    crossings.sort((a, b) => a - b)
    for (let j = 1; j < crossings.length; j++) {
      const [from, to] = [crossings[j - 1] as number, crossings[j] as number]
      const between = (from + to) / 2
      if (to > from) tiles.push(tileOf([x1 + between * (x2 - x1), y1 + between * (y2 - y1)], grid))
    }
  })
  return tiles
}

/** Where a line from `from` to `to` crosses the borders of tiles, as shares of its length. */
function bordersOf(from: number, to: number, side: number): number[] {
  const shares: number[] = []
  const [low, high] = [Math.min(from, to), Math.max(from, to)]
  for (let border = Math.floor(low / side) * side + side; border < high; border += side)
    shares.push((border - from) / (to - from))
  return shares
}

/** First and last row that an outline touches. One that is larger than the largest map is refused. */
function rowsOf(object: TiledNode, points: readonly Point[], grid: ObjectGrid): Point {
  const [left, right] = rangeOf(points.map(([x]) => x))
  const [top, bottom] = rangeOf(points.map(([, y]) => y))
  const [width, height] = [(right - left) / grid.tileWidth, (bottom - top) / grid.tileHeight]
  if (width > MAX_SIDE || height > MAX_SIDE)
    refuse(
      object,
      `${nameOf(object)} covers ${Math.ceil(width)}x${Math.ceil(height)} tiles; at most ${MAX_SIDE}x${MAX_SIDE} play`,
    )
  return [Math.floor(top / grid.tileHeight), Math.floor(bottom / grid.tileHeight)]
}

function middleOf(points: readonly Point[]): Point {
  const [left, right] = rangeOf(points.map(([x]) => x))
  const [top, bottom] = rangeOf(points.map(([, y]) => y))
  return [(left + right) / 2, (top + bottom) / 2]
}

function rangeOf(values: readonly number[]): Point {
  return [Math.min(...values), Math.max(...values)]
}
