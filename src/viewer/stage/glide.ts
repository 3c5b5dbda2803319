/** Which sprite of the last picture each sprite was, so that it can move from where it stood. */
import { QUARTERS } from '../../core/scene.ts'

/** The sprites of a picture. */
export interface Sprites {
  readonly count: number
  readonly code: Uint8Array
  /** Top left corners in quarter tiles. */
  readonly x: Int16Array
  readonly y: Int16Array
}

/** A sprite that went further between two pictures has jumped, and is not shown in between. */
const REACH = 1.5 * QUARTERS

/**
 * For each sprite the index of the one that it was, or -1. First come those that kept their place in the order and their
 * code, then the nearest of the same code, and at last those that kept their place alone: a player who has picked up a
 * key is another sprite and still the same player.
 */
export function matchSprites(before: Sprites, after: Sprites): Int16Array {
  const origin = new Int16Array(after.count).fill(-1)
  const taken = new Uint8Array(before.count)
  const match = (i: number, j: number) => {
    origin[i] = j
    taken[j] = 1
  }
  const reaches = (i: number, j: number) => distance(before, j, after, i) <= REACH
  const inOrder = Math.min(before.count, after.count)
  for (let i = 0; i < inOrder; i++) {
    if (before.code[i] === after.code[i] && reaches(i, i)) match(i, i)
  }
  for (let i = 0; i < after.count; i++) {
    if (origin[i]! >= 0) continue
    let nearest = -1
    for (let j = 0; j < before.count; j++) {
      if (taken[j] || before.code[j] !== after.code[i] || !reaches(i, j)) continue
      if (nearest < 0 || distance(before, j, after, i) < distance(before, nearest, after, i)) nearest = j
    }
    if (nearest >= 0) match(i, nearest)
  }
  for (let i = 0; i < inOrder; i++) if (origin[i]! < 0 && !taken[i] && reaches(i, i)) match(i, i)
  return origin
}

/** The longer of the ways across and down, in quarter tiles. */
function distance(before: Sprites, j: number, after: Sprites, i: number): number {
  return Math.max(Math.abs(before.x[j]! - after.x[i]!), Math.abs(before.y[j]! - after.y[i]!))
}
