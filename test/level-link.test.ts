/** Levels in links: what goes in comes out, and nothing that anybody writes into an address does harm. */
import { base64urlnopad } from '@scure/base'
import fc from 'fast-check'
import { deflateSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { sketchLevel } from '../envs/draw-level.ts'
import { hashLevel, type Level } from '../levels/level.ts'
import { LEVEL_KINDS } from '../levels/registry.ts'
import { formatLevel } from '../levels/text.ts'
import { UserError } from '../src/core/errors.ts'
import { decodeDraft, decodeLevel, encodeLevel, MAX_LINK_TEXT } from '../src/viewer/levels/link.ts'

const title = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter(text => /^\S(.*\S)?$/.test(text))
const levels = fc
  .record({
    kind: fc.constantFrom(...LEVEL_KINDS),
    split: fc.constantFrom('train' as const, 'validation' as const, 'test' as const),
    seed: fc.nat(),
    title: fc.option(title, { nil: undefined }),
  })
  .map(({ kind, split, seed, title }): Level => {
    const level = sketchLevel(
      { game: kind.game, vary: Object.keys(kind.defaultRules) },
      split,
      `link/${seed}`,
    )
    return title === undefined ? level : { ...level, title }
  })

/** What decoding does with a link: refuse it with a sentence, or give a level. Any other error is a fault. */
function outcome(link: string): Level | string {
  try {
    return decodeLevel(link)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.message).toMatch(/^the level in this link/)
    return error.message
  }
}

const linkOf = (text: string) => base64urlnopad.encode(deflateSync(new TextEncoder().encode(text)))

describe('a level in a link', () => {
  it('comes out as it went in, for levels of all games, in letters that an address may have', () => {
    fc.assert(
      fc.property(levels, level => {
        const link = encodeLevel(level)
        expect(link).toMatch(/^[\w-]+$/)
        expect(decodeLevel(link)).toEqual(level)
        expect(hashLevel(decodeLevel(link))).toBe(hashLevel(level))
      }),
      { numRuns: 60 },
    )
  })

  it('is short: a level as training draws it fits into 600 letters', () => {
    for (const { game } of LEVEL_KINDS)
      expect(encodeLevel(sketchLevel({ game }, 'train', 'short')).length, game).toBeLessThan(600)
  })

  it('is refused when any of its end is missing', () => {
    const link = encodeLevel(sketchLevel({ game: 'gems' }, 'test', 'cut'))
    for (let length = 0; length < link.length; length++)
      expect(outcome(link.slice(0, length))).toBeTypeOf('string')
  })

  it('with any letter changed is refused or another sound level, never a fault', () => {
    const link = encodeLevel(sketchLevel({ game: 'keys' }, 'test', 'bent'))
    fc.assert(
      fc.property(fc.nat(link.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
        outcome(link.slice(0, at) + letter + link.slice(at + 1))
      }),
    )
  })

  it('is refused with a sentence for any text at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string().map(linkOf)), text => {
        expect(outcome(text)).toBeTypeOf('string')
      }),
      { numRuns: 300 },
    )
  })

  it('is refused before a bomb of 64 MiB is inflated', () => {
    const bomb = base64urlnopad.encode(deflateSync(new Uint8Array(64 * 2 ** 20), { level: 9 }))
    expect(outcome(bomb.slice(0, 89_996))).toMatch(/larger than a level: expected at most 64 KiB/)
    const before = performance.now()
    expect(outcome(bomb.slice(0, 80_000))).toMatch(/larger than a level/)
    expect(performance.now() - before).toBeLessThan(200)
    expect(outcome('A'.repeat(1_000_000))).toMatch(/1000000 letters long; expected at most/)
  })

  it('says where an unsound level is wrong, which a draft may be', () => {
    const level = sketchLevel({ game: 'maze' }, 'train', 'x')
    const map = level.map.map(row => row.replace('@', '.'))
    const link = encodeLevel({ ...level, map })
    expect(outcome(link)).toMatch(/^the level in this link:\d+:1: no player; put one @ on the map$/)
    expect(decodeDraft(link)).toEqual({ ...level, map })
    expect(outcome(linkOf(formatLevel(level).replace('game: maze', 'game: __proto__')))).toMatch(
      /unknown game/,
    )
  })

  it('leaves out a solution that is too long for a link, and refuses a title that is', () => {
    const level = sketchLevel({ game: 'sokoban' }, 'train', 'x')
    const solved = { ...level, solution: 'u'.repeat(MAX_LINK_TEXT) }
    expect(decodeLevel(encodeLevel(solved))).toEqual(level)
    expect(() => encodeLevel({ ...level, title: 'a'.repeat(MAX_LINK_TEXT) })).toThrow(/too long for a link/)
  })
})
