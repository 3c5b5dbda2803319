/**
 * The search that solves sokoban boards: best first over pushes. All places that the player can walk to without a push
 * are one state, named by the first cell of that area; the walks between the pushes are put in at the end.
 *
 * First comes the state with the least pushes made plus WEIGHT times the estimate of those to come. Left out are states
 * that can never be won (envs/sokoban-pruning.ts).
 */
import { Area, type Board, movesOfPushes, NEVER } from './sokoban-board.ts'
import { assignmentEstimate, freezeTest, LOST, nearestEstimate } from './sokoban-pruning.ts'

/** How much the estimate counts beside the pushes made: above 1 finds a way sooner, and sometimes a longer one. */
const WEIGHT = 2
/** With more boxes than this, to assign them to goals would take too long. */
const MAX_ASSIGNED = 10
/** Cells that may be walked over for each state of the budget, so that it bounds the time on large boards too. */
const CELLS_PER_STATE = 4096
/** The most states that are kept, and the most boxes in all of them together. */
const MAX_STATES = 1 << 21
const MAX_POSITIONS = 1 << 25

export interface PushSearch {
  /** Directions of movement (0 up, 1 down, 2 left, 3 right) that win, or that bring the most boxes onto goals. */
  readonly moves: readonly number[]
  /** States whose pushes were tried. */
  readonly expanded: number
}

/** Searches from a board's start, through at most `budget` states. */
export function searchPushes(board: Board, budget: number): PushSearch {
  if (board.isHopeless) return { moves: [], expanded: 0 }
  const { pushes, expanded } = search(board, budget)
  return { moves: movesOfPushes(board, pushes), expanded }
}

function search(board: Board, budget: number): { pushes: number[]; expanded: number } {
  const { next, nearest, isGoal } = board
  const count = board.boxes.length
  const states = new States(count)
  const queue = new Queue()
  const occupied = new Uint8Array(board.cells)
  const [here, there] = [new Area(board, occupied), new Area(board, occupied)]
  const isLost = freezeTest(board, occupied)
  const estimate = count > MAX_ASSIGNED ? nearestEstimate(board) : assignmentEstimate(board)
  const limit = Math.min(MAX_STATES, Math.floor(MAX_POSITIONS / Math.max(1, count)))
  const placed = (boxes: Uint16Array) => boxes.reduce((sum, cell) => sum + isGoal[cell]!, 0)

  for (const cell of board.boxes) occupied[cell] = 1
  const boxes = board.boxes.slice()
  const moved = boxes.slice()
  let best = states.add(boxes, here.flood(0))
  let bestPlaced = placed(boxes)
  for (const cell of boxes) occupied[cell] = 0
  queue.add(best, 0)

  let expanded = 0
  let walked = 0
  for (let state = queue.take(); state >= 0 && bestPlaced < count; state = queue.take()) {
    if (states.isDone[state]) continue
    if (expanded >= budget || walked >= budget * CELLS_PER_STATE || states.count >= limit) break
    expanded++
    states.isDone[state] = 1
    states.boxesOf(state, boxes)
    for (const cell of boxes) occupied[cell] = 1
    here.flood(states.area[state]!)
    walked += here.size
    const made = states.made[state]! + 1
    for (let i = 0; i < count; i++) {
      const box = boxes[i]!
      for (let direction = 0; direction < 4; direction++) {
        const stand = next[box * 4 + (direction ^ 1)]!
        const to = next[box * 4 + direction]!
        if (stand < 0 || to < 0 || occupied[to] || nearest[to] === NEVER || !here.has(stand)) continue
        occupied[box] = 0
        occupied[to] = 1
        if (!isLost(to)) {
          replaceInOrder(boxes, i, to, moved)
          const area = there.flood(box)
          walked += there.size
          let child = states.find(moved, area)
          const isNew = child < 0
          const toCome = isNew ? estimate(moved) : states.toCome[child]!
          if (isNew) {
            child = states.add(moved, area)
            states.toCome[child] = toCome
            states.isDone[child] = toCome === LOST ? 1 : 0
          }
          if (toCome !== LOST && (isNew || made < states.made[child]!)) {
            states.made[child] = made
            states.parent[child] = state
            states.push[child] = box * 4 + direction
            states.isDone[child] = 0
            queue.add(child, made + WEIGHT * toCome)
            const onGoals = isNew ? placed(moved) : 0
            if (onGoals > bestPlaced) [best, bestPlaced] = [child, onGoals]
          }
        }
        occupied[box] = 1
        occupied[to] = 0
      }
    }
    for (const cell of boxes) occupied[cell] = 0
  }
  const pushes: number[] = []
  for (let state = best; states.push[state]! >= 0; state = states.parent[state]!)
    pushes.push(states.push[state]!)
  return { pushes: pushes.reverse(), expanded }
}

/** Copies `boxes` in order, with the box at `index` moved to a cell. */
function replaceInOrder(boxes: Uint16Array, index: number, cell: number, out: Uint16Array): void {
  out.set(boxes)
  let i = index
  for (; i > 0 && out[i - 1]! > cell; i--) out[i] = out[i - 1]!
  for (; i < out.length - 1 && out[i + 1]! < cell; i++) out[i] = out[i + 1]!
  out[i] = cell
}

/** All states met, in columns, with a hash table over boxes and area. */
class States {
  readonly #boxes: number
  #positions: Uint16Array
  #table = new Int32Array(4096)
  count = 0
  /** The first cell of the player's area. */
  area = new Uint16Array(1024)
  parent = new Int32Array(1024)
  /** The push that led here (box's cell * 4 + direction), or -1 at the start. */
  push = new Int32Array(1024)
  /** Pushes made, and the estimate of those to come. */
  made = new Int32Array(1024)
  toCome = new Int32Array(1024)
  isDone = new Uint8Array(1024)

  constructor(boxes: number) {
    this.#boxes = boxes
    this.#positions = new Uint16Array(1024 * boxes)
  }

  /** Writes the boxes of a state into `out`. */
  boxesOf(state: number, out: Uint16Array): void {
    for (let i = 0; i < this.#boxes; i++) out[i] = this.#positions[state * this.#boxes + i]!
  }

  /** The state with these boxes, in order, and this area; -1 where it is new. */
  find(boxes: Uint16Array, area: number): number {
    return this.#table[this.#slot(boxes, area)]! - 1
  }

  /** Adds a new state. */
  add(boxes: Uint16Array, area: number): number {
    if (this.count === this.area.length) this.#grow()
    const state = this.count++
    this.#table[this.#slot(boxes, area)] = state + 1
    this.#positions.set(boxes, state * this.#boxes)
    this.area[state] = area
    this.push[state] = -1
    return state
  }

  /** The place in the table that holds the state, or the free one where it belongs. */
  #slot(boxes: Uint16Array, area: number): number {
    const mask = this.#table.length - 1
    let hash = area
    for (let i = 0; i < boxes.length; i++) hash = Math.imul(hash ^ boxes[i]!, 0x9e3779b1) ^ (hash >>> 15)
    for (let slot = (hash ^ (hash >>> 13)) & mask; ; slot = (slot + 1) & mask) {
      const state = this.#table[slot]! - 1
      if (state < 0 || (this.area[state] === area && this.#hasBoxes(state, boxes))) return slot
    }
  }

  #hasBoxes(state: number, boxes: Uint16Array): boolean {
    const from = state * this.#boxes
    for (let i = 0; i < boxes.length; i++) if (this.#positions[from + i] !== boxes[i]) return false
    return true
  }

  #grow(): void {
    const size = this.area.length * 2
    this.area = widened(this.area, new Uint16Array(size))
    this.parent = widened(this.parent, new Int32Array(size))
    this.push = widened(this.push, new Int32Array(size))
    this.made = widened(this.made, new Int32Array(size))
    this.toCome = widened(this.toCome, new Int32Array(size))
    this.isDone = widened(this.isDone, new Uint8Array(size))
    this.#positions = widened(this.#positions, new Uint16Array(size * this.#boxes))
    this.#table = new Int32Array(size * 4)
    for (let state = 0; state < this.count; state++) {
      const from = state * this.#boxes
      const boxes = this.#positions.subarray(from, from + this.#boxes)
      this.#table[this.#slot(boxes, this.area[state]!)] = state + 1
    }
  }
}

function widened<T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** States by rank, the lowest first; among equals the latest. */
class Queue {
  readonly #buckets: number[][] = []
  #lowest = 0

  add(state: number, rank: number): void {
    while (this.#buckets.length <= rank) this.#buckets.push([])
    this.#buckets[rank]!.push(state)
    if (rank < this.#lowest) this.#lowest = rank
  }

  /** Takes the next state out; -1 where none is left. */
  take(): number {
    while (this.#lowest < this.#buckets.length) {
      const state = this.#buckets[this.#lowest]!.pop()
      if (state !== undefined) return state
      this.#lowest++
    }
    return -1
  }
}
