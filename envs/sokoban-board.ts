/** A sokoban board as the solver sees it: cells with numbers of their own, and how far boxes are from goals. */
import { tileCode } from '../src/core/tiles.ts'
import { directionOffsets, isBlocked } from './map.ts'

const GOAL = tileCode('goal')
const BOX = tileCode('box')
const BOX_ON_GOAL = tileCode('box-on-goal')

/** The distance to a goal that cannot be reached. */
export const NEVER = 0xffff

/** All that never changes. A cell is a place that the player could reach if there were no boxes. */
export interface Board {
  readonly cells: number
  /** By cell * 4 + direction (0 up, 1 down, 2 left, 3 right): the next cell, or -1 where nobody can go. */
  readonly next: Int32Array
  readonly isGoal: Uint8Array
  readonly goals: number
  /** By goal * cells + cell: pushes to the goal for a box that is alone on the board, or NEVER. */
  readonly distance: Uint16Array
  /** By cell: pushes to the nearest goal, or NEVER. */
  readonly nearest: Uint16Array
  /** By cell: its index among the tiles. */
  readonly indices: readonly number[]
  /** Where the boxes stand at the start, in order. The player stands on cell 0. */
  readonly boxes: Uint16Array
  /** Some box stands off a goal where the player will never come. */
  readonly isHopeless: boolean
}

/** Reads a board from tiles, row-major and closed all around. */
export function readBoard(width: number, tiles: Uint8Array, player: number): Board {
  const offsets = directionOffsets(width)
  const indices = [player]
  const cellOf = new Int32Array(tiles.length).fill(-1)
  cellOf[player] = 0
  for (const i of indices)
    for (const offset of offsets)
      if (!isBlocked(tiles[i + offset]) && cellOf[i + offset]! < 0)
        cellOf[i + offset] = indices.push(i + offset) - 1
  const next = Int32Array.from(indices.flatMap(i => offsets.map(offset => cellOf[i + offset]!)))
  const isGoal = Uint8Array.from(indices, i => (tiles[i] === GOAL || tiles[i] === BOX_ON_GOAL ? 1 : 0))
  const goals = [...isGoal.keys()].filter(cell => isGoal[cell])
  const distance = new Uint16Array(goals.length * indices.length)
  goals.forEach((goal, g) => {
    pushesTo([goal], next, distance.subarray(g * indices.length, (g + 1) * indices.length))
  })
  const isBox = (i: number) => tiles[i] === BOX || tiles[i] === BOX_ON_GOAL
  return {
    cells: indices.length,
    indices,
    next,
    isGoal,
    goals: goals.length,
    distance,
    nearest: pushesTo(goals, next, new Uint16Array(indices.length)),
    boxes: Uint16Array.from([...indices.keys()].filter(cell => isBox(indices[cell]!))),
    isHopeless: tiles.some((tile, i) => tile === BOX && cellOf[i]! < 0),
  }
}

/** By cell, written into `out`: pushes to the nearest of the goals for a box that is alone on the board, or NEVER. */
function pushesTo(goals: readonly number[], next: Int32Array, out: Uint16Array): Uint16Array {
  out.fill(NEVER)
  for (const goal of goals) out[goal] = 0
  const queue = [...goals]
  for (const cell of queue) {
    for (let direction = 0; direction < 4; direction++) {
      // Pulled away from the goal: the box comes from there, and its pusher stood one further.
      const from = next[cell * 4 + direction]!
      if (from < 0 || next[from * 4 + direction]! < 0 || out[from] !== NEVER) continue
      out[from] = out[cell]! + 1
      queue.push(from)
    }
  }
  return out
}

/** The cells that can be walked to without a push. */
export class Area {
  readonly #next: Int32Array
  readonly #occupied: Uint8Array
  /** A cell was reached by the last flood where its stamp is the flood's number. */
  readonly #stamp: Int32Array
  readonly #queue: Int32Array
  /** By cell: the direction of the step that first reached it. */
  readonly #step: Uint8Array
  #flood = 0
  /** Cells that the last flood reached. */
  size = 0

  constructor(board: Board, occupied: Uint8Array) {
    this.#next = board.next
    this.#occupied = occupied
    this.#stamp = new Int32Array(board.cells)
    this.#queue = new Int32Array(board.cells)
    this.#step = new Uint8Array(board.cells)
  }

  /** Floods from a cell around the boxes; returns the area's first cell, which names it. */
  flood(from: number): number {
    const [next, occupied, stamp, queue] = [this.#next, this.#occupied, this.#stamp, this.#queue]
    const flood = ++this.#flood
    let first = from
    let size = 1
    queue[0] = from
    stamp[from] = flood
    for (let head = 0; head < size; head++) {
      const cell = queue[head]!
      for (let direction = 0; direction < 4; direction++) {
        const to = next[cell * 4 + direction]!
        if (to < 0 || occupied[to] || stamp[to] === flood) continue
        stamp[to] = flood
        this.#step[to] = direction
        if (to < first) first = to
        queue[size++] = to
      }
    }
    this.size = size
    return first
  }

  has(cell: number): boolean {
    return this.#stamp[cell] === this.#flood
  }

  /** Directions of a shortest walk to a cell, from where the last flood began. */
  walkTo(cell: number): number[] {
    const walk: number[] = []
    for (let at = cell; at !== this.#queue[0]; at = this.#next[at * 4 + (this.#step[at]! ^ 1)]!)
      walk.push(this.#step[at]!)
    return walk.reverse()
  }
}

/** Puts in the walks: directions of all moves that make these pushes (box's cell * 4 + direction), from the start. */
export function movesOfPushes(board: Board, pushes: readonly number[]): number[] {
  const occupied = new Uint8Array(board.cells)
  for (const cell of board.boxes) occupied[cell] = 1
  const area = new Area(board, occupied)
  let player = 0
  return pushes.flatMap(push => {
    const [box, direction] = [push >> 2, push & 3]
    area.flood(player)
    const walk = area.walkTo(board.next[box * 4 + (direction ^ 1)]!)
    occupied[box] = 0
    occupied[board.next[push]!] = 1
    player = box
    return [...walk, direction]
  })
}
