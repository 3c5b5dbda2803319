/** What the sokoban solver knows without searching: which states are lost, and how many pushes are still to come. */
import { type Board, NEVER } from './sokoban-board.ts'

/** Instead of an estimate: the state is lost. */
export const LOST = -1

/** Above every real sum of distances. */
const MISSING = 1 << 24

/**
 * Tells whether the box on a cell is held for ever together with others, one of them off a goal: the state is lost.
 * A box is held where neither axis lets it move; an axis is shut by a wall, by another box that is held, or by cells
 * on both sides from which no goal can be reached.
 */
export function freezeTest(board: Board, occupied: Uint8Array): (cell: number) => boolean {
  const { next, nearest, isGoal } = board
  const isHeld = new Uint8Array(board.cells)
  /** Boxes taken to be held; what turns out not to be is taken back, with all that relied on it. */
  const held: number[] = []

  const holds = (cell: number): boolean => {
    const before = held.push(cell) - 1
    isHeld[cell] = 1
    if (isShut(cell, 0) && isShut(cell, 2)) return true
    while (held.length > before) isHeld[held.pop()!] = 0
    return false
  }

  const isShut = (cell: number, axis: number): boolean => {
    const one = next[cell * 4 + axis]!
    const other = next[cell * 4 + axis + 1]!
    if (one < 0 || other < 0 || isHeld[one] || isHeld[other]) return true
    if (nearest[one] === NEVER && nearest[other] === NEVER) return true
    return (occupied[one] === 1 && holds(one)) || (occupied[other] === 1 && holds(other))
  }

  return cell => {
    const lost = holds(cell) && held.some(box => !isGoal[box])
    while (held.length) isHeld[held.pop()!] = 0
    return lost
  }
}

/**
 * A lower bound on the pushes still to come: boxes assigned to goals so that the sum of their distances is least
 * (the Hungarian algorithm), or LOST where not every box can have a goal of its own.
 */
export function assignmentEstimate(board: Board): (boxes: Uint16Array) => number {
  const { cells, distance, goals } = board
  const count = board.boxes.length
  // As it is usually written: rows and columns from 1, column 0 holds the row that is being placed.
  const rowPrice = new Int32Array(count + 1)
  const columnPrice = new Int32Array(goals + 1)
  const rowOf = new Int32Array(goals + 1)
  const cameFrom = new Int32Array(goals + 1)
  const slack = new Int32Array(goals + 1)
  const used = new Uint8Array(goals + 1)
  return boxes => {
    if (count > goals) return LOST
    rowPrice.fill(0)
    columnPrice.fill(0)
    rowOf.fill(0)
    for (let row = 1; row <= count; row++) {
      rowOf[0] = row
      slack.fill(MISSING * 2)
      used.fill(0)
      let column = 0
      while (rowOf[column] !== 0) {
        used[column] = 1
        const placed = rowOf[column]!
        let least = MISSING * 2
        let nextColumn = 0
        for (let j = 1; j <= goals; j++) {
          if (used[j]) continue
          const pushes = distance[(j - 1) * cells + boxes[placed - 1]!]!
          const price = (pushes === NEVER ? MISSING : pushes) - rowPrice[placed]! - columnPrice[j]!
          if (price < slack[j]!) {
            slack[j] = price
            cameFrom[j] = column
          }
          if (slack[j]! < least) {
            least = slack[j]!
            nextColumn = j
          }
        }
        for (let j = 0; j <= goals; j++) {
          if (used[j]) {
            rowPrice[rowOf[j]!] = rowPrice[rowOf[j]!]! + least
            columnPrice[j] = columnPrice[j]! - least
          } else slack[j] = slack[j]! - least
        }
        column = nextColumn
      }
      while (column !== 0) {
        rowOf[column] = rowOf[cameFrom[column]!]!
        column = cameFrom[column]!
      }
    }
    const total = -columnPrice[0]!
    return total < MISSING ? total : LOST
  }
}

/** A lower bound that is quick with many boxes: the sum of the distances to the nearest goals, or LOST. */
export function nearestEstimate({ nearest }: Board): (boxes: Uint16Array) => number {
  return boxes => {
    let total = 0
    for (const cell of boxes) {
      if (nearest[cell] === NEVER) return LOST
      total += nearest[cell]!
    }
    return total
  }
}
