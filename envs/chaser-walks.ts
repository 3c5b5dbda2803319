/**
 * How the creatures of chaser walk. Nothing stops them but walls, so where one goes from a place is known from the map
 * alone. A place is a tile and the direction that the creature there goes next; a creature is its kind and its place,
 * all in one whole number.
 */
import { QUARTERS } from '../src/core/scene.ts'
import { directionOffsets, isBlocked } from './map.ts'

const PLACE_BITS = 16
const TURN_BITS = 3
/** In place of a direction: walls on all four sides. */
const STANDS = 4

/** By place. */
export interface Walks {
  /** The place one step later. */
  readonly next: Int32Array
  /** Where the creature is painted, in quarter tiles: it leans towards where it goes. */
  readonly x: Int16Array
  readonly y: Int16Array
}

export function newCreature(kind: number, place: number): number {
  return (kind << PLACE_BITS) | place
}

export function kindOf(creature: number): number {
  return creature >> PLACE_BITS
}

export function placeOf(creature: number): number {
  return creature & ((1 << PLACE_BITS) - 1)
}

/** The index of a place's tile. */
export function indexOf(place: number): number {
  return place >> TURN_BITS
}

/** The place of a creature that sets out from a tile: along its row or, where that is free over more tiles, its column. */
export function firstPlace(index: number, width: number, tiles: Uint8Array): number {
  const [up, down, left, right] = directionOffsets(width).map(offset => {
    let free = 0
    while (!isBlocked(tiles[index + (free + 1) * offset])) free++
    return free
  }) as [number, number, number, number]
  if (up + down + left + right === 0) return placeAt(index, STANDS)
  if (left + right >= up + down) return placeAt(index, right > 0 ? 3 : 2)
  return placeAt(index, down > 0 ? 1 : 0)
}

export function walksOn(width: number, tiles: Uint8Array): Walks {
  const offsets = directionOffsets(width)
  const next = Int32Array.from({ length: tiles.length << TURN_BITS }, (_, place) => place)
  const x = new Int16Array(next.length)
  const y = new Int16Array(next.length)
  for (const index of tiles.keys()) {
    for (let turn = 0; turn <= STANDS; turn++) {
      const place = placeAt(index, turn)
      x[place] = (index % width) * QUARTERS + (turn === 2 ? -1 : turn === 3 ? 1 : 0)
      y[place] = Math.floor(index / width) * QUARTERS + (turn === 0 ? -1 : turn === 1 ? 1 : 0)
      const ahead = index + (offsets[turn] ?? 0)
      if (turn === STANDS || isBlocked(tiles[ahead])) continue
      // Up and down are a pair that differs in the last bit; so are left and right.
      next[place] = placeAt(ahead, isBlocked(tiles[ahead + offsets[turn]!]) ? turn ^ 1 : turn)
    }
  }
  return { next, x, y }
}

function placeAt(index: number, turn: number): number {
  return (index << TURN_BITS) | turn
}
