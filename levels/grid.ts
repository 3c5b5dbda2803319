/** A map under construction: what generators share. */
import type { Stream } from '../src/core/random.ts'

/** Rows of single characters, so that a tile can be replaced. */
export type Grid = string[][]

export function filledGrid(width: number, height: number, tile: string): Grid {
  return Array.from({ length: height }, () => Array<string>(width).fill(tile))
}

/** Floor inside a border of wall. */
export function room(width: number, height: number): Grid {
  const grid = filledGrid(width, height, '#')
  for (let y = 1; y < height - 1; y++) for (let x = 1; x < width - 1; x++) (grid[y] as string[])[x] = '.'
  return grid
}

export function at(grid: Grid, x: number, y: number): string {
  return (grid[y] as string[])[x] as string
}

export function put(grid: Grid, x: number, y: number, tile: string): void {
  ;(grid[y] as string[])[x] = tile
}

/** Positions of a tile as [x, y]. */
export function positions(grid: Grid, tile: string): [number, number][] {
  const found: [number, number][] = []
  grid.forEach((row, y) => {
    row.forEach((t, x) => {
      if (t === tile) found.push([x, y])
    })
  })
  return found
}

/** Turns the grid over at random (mirror, transpose), so that a family has no favourite direction. */
export function turned(grid: Grid, random: Stream): Grid {
  let out = grid
  if (random.int(2)) out = out.map(row => [...row].reverse())
  if (random.int(2)) out = [...out].reverse()
  if (random.int(2)) out = (out[0] as string[]).map((_, x) => out.map(row => row[x] as string))
  return out
}

export function toRows(grid: Grid): string[] {
  return grid.map(row => row.join(''))
}

/** An odd side between the two sizes. */
export function drawSide(random: Stream, [smallest, largest]: readonly [number, number]): number {
  return smallest + 2 * random.int((largest - smallest) / 2 + 1)
}
