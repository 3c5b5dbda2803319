/**
 * Changes of a map as functions from rows to rows. Wherever something is drawn, a map keeps at most one player: the one
 * that was drawn last.
 */
import { type LevelKind, legendEntry, MAX_SIDE } from '../../../levels/level.ts'
import { bareTile } from '../../../levels/mutate.ts'

export type Rows = readonly string[]

/** A tile's column and row, from 0. */
export type Cell = readonly [x: number, y: number]

export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export function widthOf(rows: Rows): number {
  return [...(rows[0] ?? '')].length
}

/** The character at a cell; undefined outside of the map. */
export function tileAt(rows: Rows, [x, y]: Cell): string | undefined {
  return [...(rows[y] ?? '')][x]
}

/** The whole map as a rectangle. */
export function boundsOf(rows: Rows): Rect {
  return { x: 0, y: 0, width: widthOf(rows), height: rows.length }
}

/** The rectangle between two corners, both included. */
export function rectOf([ax, ay]: Cell, [bx, by]: Cell): Rect {
  return {
    x: Math.min(ax, bx),
    y: Math.min(ay, by),
    width: Math.abs(ax - bx) + 1,
    height: Math.abs(ay - by) + 1,
  }
}

/** The cell of the map that is nearest to a cell, which may lie outside of it. */
export function nearestOn(rows: Rows, [x, y]: Cell): Cell {
  const { width, height } = boundsOf(rows)
  return [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))]
}

/** The part of a rectangle that lies on the map; undefined where none does. */
export function clipped(rows: Rows, rect: Rect): Rect | undefined {
  const x = Math.max(0, rect.x)
  const y = Math.max(0, rect.y)
  const width = Math.min(widthOf(rows), rect.x + rect.width) - x
  const height = Math.min(rows.length, rect.y + rect.height) - y
  return width > 0 && height > 0 ? { x, y, width, height } : undefined
}

export function contains(rect: Rect, [x, y]: Cell): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height
}

/** The cells of a rectangle, or of its border alone. */
export function cellsOfRect({ x, y, width, height }: Rect, borderOnly = false): Cell[] {
  const cells: Cell[] = []
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) {
      const isBorder = row === y || row === y + height - 1 || column === x || column === x + width - 1
      if (!borderOnly || isBorder) cells.push([column, row])
    }
  return cells
}

/** The cells of a straight line, both ends included (Bresenham). */
export function cellsOfLine([fromX, fromY]: Cell, [toX, toY]: Cell): Cell[] {
  const dx = Math.abs(toX - fromX)
  const dy = -Math.abs(toY - fromY)
  const stepX = Math.sign(toX - fromX)
  const stepY = Math.sign(toY - fromY)
  const cells: Cell[] = [[fromX, fromY]]
  let [x, y] = [fromX, fromY]
  let error = dx + dy
  while (x !== toX || y !== toY) {
    const twice = 2 * error
    if (twice >= dy) {
      error += dy
      x += stepX
    }
    if (twice <= dx) {
      error += dx
      y += stepY
    }
    cells.push([x, y])
  }
  return cells
}

/** The cells of the same tile that hang together with a cell, side by side. */
export function cellsOfArea(rows: Rows, start: Cell): Cell[] {
  const grid = gridOf(rows)
  const tile = grid[start[1]]?.[start[0]]
  if (tile === undefined) return []
  const found: Cell[] = []
  const seen = new Set<number>()
  const waiting: Cell[] = [start]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [x, y] = next
    if (grid[y]?.[x] !== tile || seen.has(y * MAX_SIDE + x)) continue
    seen.add(y * MAX_SIDE + x)
    found.push(next)
    waiting.push([x + 1, y], [x - 1, y], [x, y + 1], [x, y - 1])
  }
  return found
}

/** The character for floor, and for wall where the game has one. */
export function floorOf(kind: LevelKind): string {
  return bareTile(kind, 'floor') ?? (Object.keys(kind.legend)[0] as string)
}

export function wallOf(kind: LevelKind): string {
  return bareTile(kind, 'wall') ?? floorOf(kind)
}

/** Draws one tile on cells; those outside of the map are left out. */
export function painted(rows: Rows, kind: LevelKind, cells: readonly Cell[], tile: string): Rows {
  const grid = gridOf(rows)
  const drawn = cells.filter(([x, y]) => grid[y]?.[x] !== undefined)
  for (const [x, y] of drawn) (grid[y] as string[])[x] = tile
  return settled(grid, kind, drawn)
}

/** Draws a piece of a map with its top left corner at a cell; what goes over the edge is cut off. */
export function pasted(rows: Rows, kind: LevelKind, [left, top]: Cell, piece: Rows): Rows {
  const grid = gridOf(rows)
  const drawn: Cell[] = []
  gridOf(piece).forEach((tiles, y) => {
    tiles.forEach((tile, x) => {
      if (grid[top + y]?.[left + x] === undefined) return
      ;(grid[top + y] as string[])[left + x] = tile
      drawn.push([left + x, top + y])
    })
  })
  return settled(grid, kind, drawn)
}

/** Every tile of one kind becomes another. */
export function replaced(rows: Rows, kind: LevelKind, from: string, to: string): Rows {
  const cells = cellsOfRect(boundsOf(rows)).filter(cell => tileAt(rows, cell) === from)
  return painted(rows, kind, cells, to)
}

export function piece(rows: Rows, { x, y, width, height }: Rect): Rows {
  return rows.slice(y, y + height).map(row => [...row].slice(x, x + width).join(''))
}

/**
 * The map in another size, at most 64 a side. `anchor` is where the old map stays: 0 at the left or top, 0.5 in the
 * middle, 1 at the right or bottom. What is new is wall.
 */
export function resized(rows: Rows, kind: LevelKind, width: number, height: number, anchor: Cell): Rows {
  const side = (wanted: number) => Math.min(MAX_SIDE, Math.max(1, Math.round(wanted)))
  const grid = gridOf(rows)
  const left = Math.floor((side(width) - widthOf(rows)) * anchor[0])
  const top = Math.floor((side(height) - rows.length) * anchor[1])
  return Array.from({ length: side(height) }, (_, y) =>
    Array.from({ length: side(width) }, (_, x) => grid[y - top]?.[x - left] ?? wallOf(kind)).join(''),
  )
}

/** Left and right, or top and bottom, change places. */
export function flipped(rows: Rows, axis: 'horizontal' | 'vertical'): Rows {
  return axis === 'vertical' ? [...rows].reverse() : rows.map(row => [...row].reverse().join(''))
}

/** A quarter turn clockwise. */
export function rotated(rows: Rows): Rows {
  const grid = gridOf(rows)
  return Array.from({ length: widthOf(rows) }, (_, x) =>
    Array.from({ length: rows.length }, (_, y) => grid[rows.length - 1 - y]?.[x] as string).join(''),
  )
}

/** Floor inside a border of wall; the player stays where it is, or goes to the middle. */
export function cleared(rows: Rows, kind: LevelKind): Rows {
  const bounds = boundsOf(rows)
  const border = new Set(cellsOfRect(bounds, true).map(String))
  const player = cellsOfRect(bounds).find(
    cell => isPlayer(kind, tileAt(rows, cell)) && !border.has(String(cell)),
  )
  const middle: Cell = [Math.floor(bounds.width / 2), Math.floor(bounds.height / 2)]
  const floor = painted(rows, kind, cellsOfRect(bounds), floorOf(kind))
  return movedPlayer(painted(floor, kind, cellsOfRect(bounds, true), wallOf(kind)), kind, player ?? middle)
}

/** The player goes to a cell, onto what lies there where the game has that, otherwise onto floor. */
export function movedPlayer(rows: Rows, kind: LevelKind, cell: Cell): Rows {
  const below = legendEntry(kind, tileAt(rows, cell) ?? '')
  const players = Object.entries(kind.legend).filter(([, entry]) => entry.player)
  const standing = players.find(([, entry]) => entry.tile === below?.tile) ?? players[0]
  return standing ? painted(rows, kind, [cell], standing[0]) : rows
}

/** Rows of one length: floor is added where one is shorter than the longest. */
export function squared(rows: Rows, kind: LevelKind): Rows {
  const width = Math.max(...rows.map(row => [...row].length))
  return rows.map(row => row + floorOf(kind).repeat(width - [...row].length))
}

export function isPlayer(kind: LevelKind, tile: string | undefined): boolean {
  return tile !== undefined && legendEntry(kind, tile)?.player === true
}

/** Leaves one player: of those among the cells drawn last the last one, otherwise the first on the map. */
function settled(grid: string[][], kind: LevelKind, drawn: readonly Cell[]): Rows {
  const players: Cell[] = []
  grid.forEach((tiles, y) => {
    tiles.forEach((tile, x) => {
      if (isPlayer(kind, tile)) players.push([x, y])
    })
  })
  if (players.length > 1) {
    const [keptX, keptY] = drawn.findLast(([x, y]) => isPlayer(kind, grid[y]?.[x])) ?? (players[0] as Cell)
    for (const [x, y] of players)
      if (x !== keptX || y !== keptY)
        (grid[y] as string[])[x] = groundBelow(kind, (grid[y] as string[])[x] as string)
  }
  return grid.map(tiles => tiles.join(''))
}

/** What is left of a player's tile when the player goes. */
function groundBelow(kind: LevelKind, player: string): string {
  return bareTile(kind, kind.legend[player]?.tile ?? '') ?? floorOf(kind)
}

function gridOf(rows: Rows): string[][] {
  return rows.map(row => [...row])
}
