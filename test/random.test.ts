/** Random streams: the same name gives the same numbers, another name gives others, and a saved one goes on. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { restoreStream, type Stream, stream } from '../src/core/random.ts'

const draw = (from: Stream, count: number) => Array.from({ length: count }, () => from.next())

describe('names', () => {
  test('the same name gives the same numbers; its parts are joined by /', () => {
    expect(draw(stream(7, 'train', 3), 100)).toEqual(draw(stream('7', 'train', '3'), 100))
    expect(draw(stream('a', 'b'), 10)).toEqual(draw(stream('a/b'), 10))
  })

  test('are golden: every level of every seed hangs on them', () => {
    // stream('golden', 1), three draws, with seedrandom 3.0.5's alea.
    expect(draw(stream('golden', 1), 3)).toEqual(draw(stream('golden/1'), 3))
    expect(draw(stream('golden', 1), 3)).toMatchInlineSnapshot(`
      [
        0.6794477619696409,
        0.5939697020221502,
        0.5375920808874071,
      ]
    `)
  })

  test('10,000 different names give 10,000 different beginnings', () => {
    const firsts = new Set<string>()
    for (let i = 0; i < 10_000; i++) firsts.add(draw(stream('level', i), 2).join())
    expect(firsts.size).toBe(10_000)
  })

  test('streams do not disturb each other', () => {
    const a = stream('a')
    const alone = draw(stream('a'), 50)
    const mixed = alone.map((_, i) => {
      stream('b', i).next()
      return a.next()
    })
    expect(mixed).toEqual(alone)
  })
})

describe('state', () => {
  test('a restored stream continues where the other stood, whatever it has drawn', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(200), (name, drawn) => {
        const original = stream(name)
        draw(original, drawn)
        const saved = JSON.parse(JSON.stringify(original.state()))
        const restored = restoreStream(saved)
        expect(draw(restored, 20)).toEqual(draw(original, 20))
        expect(restored.state()).toEqual(original.state())
      }),
    )
  })

  test('a snapshot is a copy: drawing on does not change it, and it can be restored twice', () => {
    const random = stream('x')
    const saved = random.state()
    const before = { ...saved }
    draw(random, 10)
    expect(saved).toEqual(before)
    draw(restoreStream(saved), 10)
    expect(draw(restoreStream(saved), 10)).toEqual(draw(stream('x'), 10))
  })
})

describe('draws', () => {
  // Chi-squared with 99 degrees of freedom is above 149 once in 1,000 streams; these streams are fixed.
  test('int fills 100 bins evenly', () => {
    for (const name of ['one', 'two', 'three']) {
      const random = stream('uniform', name)
      const bins = new Array<number>(100).fill(0)
      for (let i = 0; i < 100_000; i++) bins[random.int(100)]!++
      const chi = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
      expect(chi).toBeLessThan(149)
    }
  })

  test('neighbouring names are not correlated', () => {
    const pairs = Array.from({ length: 10_000 }, (_, i) => [stream('n', i).next(), stream('n', i + 1).next()])
    const mean = pairs.reduce((sum, [a, b]) => sum + (a! - 0.5) * (b! - 0.5), 0) / pairs.length
    // 1/12 is the variance of a uniform number; the standard error of the correlation is 0.01.
    expect(Math.abs(mean * 12)).toBeLessThan(0.04)
  })

  test('next lies in [0, 1), int in [0, n), pick among the items', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.array(fc.nat(), { minLength: 1 }),
        (name, n, items) => {
          const random = stream(name)
          const next = random.next()
          expect(next >= 0 && next < 1).toBe(true)
          const int = random.int(n)
          expect(Number.isInteger(int) && int >= 0 && int < n).toBe(true)
          expect(items).toContain(random.pick(items))
        },
      ),
    )
  })

  test('shuffled keeps the items, leaves its argument alone, and gives all 24 orders of four equally often', () => {
    const items = [0, 1, 2, 3]
    const counts = new Map<string, number>()
    const random = stream('shuffle')
    for (let i = 0; i < 24_000; i++) {
      const order = random.shuffled(items).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(items).toEqual([0, 1, 2, 3])
    expect(counts.size).toBe(24)
    // Chi-squared with 23 degrees of freedom: above 49.7 once in 1,000 streams.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(
      49.7,
    )
  })
})
