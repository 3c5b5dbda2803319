/** How maps fit into boards, and which sprite glides from where: by numbers worked out by hand. */
import { describe, expect, it } from 'vitest'
import { fitMap } from '../src/viewer/stage/fit.ts'
import { matchSprites, type Sprites } from '../src/viewer/stage/glide.ts'

const MIDDLE = { x: 0, y: 0 }

describe('a map in a board', () => {
  it('is drawn at the largest whole scale and centred', () => {
    // 10 tiles are 80 pixels of art: three times as large they take 240 of 250.
    expect(fitMap({ width: 250, height: 400 }, { width: 10, height: 8 }, MIDDLE)).toEqual({
      scale: 3,
      left: 5,
      top: 104,
      follows: false,
    })
    expect(fitMap({ width: 239, height: 400 }, { width: 10, height: 8 }, MIDDLE).scale).toBe(2)
  })

  it('follows the camera where it does not fit, up to its edges', () => {
    const board = { width: 100, height: 100 }
    const map = { width: 40, height: 10 }
    const at = (x: number) => fitMap(board, map, { x, y: 5 })
    // 320 pixels in 100: the first tile is shown up to the camera's pixel 50, the last from pixel 270 on.
    expect(at(2)).toEqual({ scale: 1, left: 0, top: 10, follows: true })
    expect(at(20).left).toBe(50 - 160)
    expect(at(39).left).toBe(-220)
  })
})

function sprites(...list: readonly (readonly [code: number, x: number, y: number])[]): Sprites {
  return {
    count: list.length,
    code: Uint8Array.from(list, ([code]) => code),
    x: Int16Array.from(list, ([, x]) => x),
    y: Int16Array.from(list, ([, , y]) => y),
  }
}

describe('sprites', () => {
  it('that pass each other keep who they are by their order', () => {
    const before = sprites([1, 0, 0], [1, 4, 0])
    expect([...matchSprites(before, sprites([1, 4, 0], [1, 0, 0]))]).toEqual([0, 1])
  })

  it('are found by nearness when one before them has gone', () => {
    const before = sprites([1, 0, 0], [1, 20, 0], [1, 40, 0])
    expect([...matchSprites(before, sprites([1, 24, 0], [1, 44, 0]))]).toEqual([1, 2])
  })

  it('that jump more than one and a half tiles do not glide', () => {
    expect([...matchSprites(sprites([1, 0, 0]), sprites([1, 6, 0]))]).toEqual([0])
    expect([...matchSprites(sprites([1, 0, 0]), sprites([1, 7, 0]))]).toEqual([-1])
    expect([...matchSprites(sprites([1, 0, 0]), sprites([1, 0, -7]))]).toEqual([-1])
  })

  it('that change their look in their place are the same, others are not', () => {
    expect([...matchSprites(sprites([1, 0, 0], [2, 8, 0]), sprites([3, 4, 0], [2, 8, 0]))]).toEqual([0, 1])
    expect([...matchSprites(sprites([1, 0, 0]), sprites([2, 8, 8], [1, 0, 0]))]).toEqual([-1, 0])
  })
})
