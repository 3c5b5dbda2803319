/** Half precision against the values that IEEE 754 gives, and against every half there is. */

import { describe, expect, it } from 'vitest'
import { stream } from '../src/core/random.ts'
import { decodeHalf, encodeHalf, roundToHalf } from '../src/learn/float16.ts'

const HALVES = Array.from({ length: 65536 }, (_, bits) => bits)

describe('half precision', () => {
  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [-0, 0x8000],
    [1 / 3, 0x3555],
    [Number.POSITIVE_INFINITY, 0x7c00],
    // Ties go to the even fraction; from halfway to the next power of two on, a number is infinite.
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -25, 0x0000],
    [65519, 0x7bff],
    [65520, 0x7c00],
  ])('of %d has the bits %d', (value, bits) => {
    expect(encodeHalf(value)).toBe(bits)
  })

  it('gives back every number that it holds', () => {
    for (const bits of HALVES) {
      const value = decodeHalf(bits)
      if (Number.isNaN(value)) expect(encodeHalf(value) & 0x7e00).toBe(0x7e00)
      else expect(encodeHalf(value)).toBe(bits)
    }
  })

  it('rounds to the nearest of all halves', () => {
    const finite = HALVES.map(decodeHalf).filter(Number.isFinite)
    const random = stream('float16', 'values')
    const values = Float32Array.from(
      { length: 200 },
      () => (random.next() - 0.5) * 2 ** (random.int(40) - 24),
    )
    roundToHalf(values).forEach((rounded, i) => {
      const nearest = finite.reduce(
        (best, half) => Math.min(best, Math.abs(half - values[i])),
        Number.POSITIVE_INFINITY,
      )
      expect(Math.abs(rounded - values[i])).toBe(nearest)
    })
  })
})
