/** Figures on levels against examples that are worked by hand. */

import { GifReader } from 'omggif'
import { describe, expect, it } from 'vitest'
import { findGame } from '../envs/registry.ts'
import { parseLevel } from '../levels/text.ts'
import { encodeGif } from '../src/app/gif.ts'
import { explore } from '../src/app/levels/explore.ts'
import { slugOf } from '../src/app/levels/slug.ts'
import { distributionOf, tileDifference } from '../src/app/levels/stats.ts'

const read = (game: string, map: string) => parseLevel(`levelshift level 1\ngame: ${game}\n\n${map}`, 'a.txt')
const explored = (game: string, map: string, actions: number[], budget = 1000) =>
  explore(findGame(game), read(game, map), actions, budget)

describe('exploring', () => {
  it('counts ways, and states from which nothing can be won', () => {
    // Exit a is real. Six states: the player on three tiles of floor, and on each exit, where the game ends.
    const map = '#######\n#a.@.b#\n#c#####\n#######\n'
    const result = explored('maze', map, [3, 3])
    // Left of the start and right of it, one step each; then an exit on one side, the start on the other.
    expect(result).toMatchObject({ expanded: 3, branching: 2, branchingAlongPlay: 2, undecided: 0 })
    // c cannot be reached. b ends the game without a win: a dead end.
    expect([result.winnable, result.deadEnds]).toEqual([4, 1])
  })

  it('sees that a box in a corner is lost, and does not guess beyond its budget', () => {
    const corner = explored('sokoban', '######\n#$-.-#\n#-@--#\n######\n', [])
    expect(corner).toMatchObject({ winnable: 0, undecided: 0 })
    const little = explored('sokoban', '#######\n#-----#\n#-$---#\n#--@.-#\n#-----#\n#######\n', [], 2)
    expect(little.expanded).toBe(2)
    expect(little.undecided).toBeGreaterThan(0)
    expect(little.deadEnds).toBe(0)
  })
})

describe('diversity', () => {
  it('is the share of tiles that differ, between maps of one size only', () => {
    expect(tileDifference([['ab', 'cd'], ['ab', 'ce'], ['xy', 'ce'], ['a']])).toEqual({
      mean: (0.25 + 0.75 + 0.5) / 3,
      pairs: 3,
    })
    expect(tileDifference([['a'], ['bb']])).toEqual({ mean: null, pairs: 0 })
  })

  it('has quartiles between the values', () => {
    expect(distributionOf([4, 1, 2, 3])).toEqual({
      least: 1,
      quarter: 1.75,
      median: 2.5,
      threeQuarters: 3.25,
      most: 4,
      mean: 2.5,
    })
    expect(distributionOf([])).toBeNull()
  })
})

it('file names come from titles in any writing', () => {
  expect(slugOf('  Übung & Spaß, No. 7 ')).toBe('ubung-spa-no-7')
  expect(slugOf('倉庫番')).toBe('level')
})

it('a GIF of any size and scale shows the frames that went in', () => {
  const frame = (at: number) => {
    const data = new Uint8Array(5 * 3 * 3).fill(10)
    data.set([200, 100, 50], at * 3)
    return { width: 5, height: 3, data }
  }
  const frames = [frame(0), frame(7), frame(7), frame(14)]
  const gif = new GifReader(
    encodeGif({ frames: () => frames, delay: isLast => (isLast ? 100 : 10), scale: 3 }),
  )
  expect([gif.width, gif.height, gif.numFrames()]).toEqual([15, 9, 4])
  const canvas = new Uint8Array(15 * 9 * 4)
  frames.forEach(({ data }, i) => {
    gif.decodeAndBlitFrameRGBA(i, canvas)
    for (let y = 0; y < 9; y++)
      for (let x = 0; x < 15; x++) {
        const from = (Math.floor(y / 3) * 5 + Math.floor(x / 3)) * 3
        expect([...canvas.subarray((y * 15 + x) * 4, (y * 15 + x) * 4 + 3)]).toEqual([
          ...data.subarray(from, from + 3),
        ])
      }
    expect(gif.frameInfo(i).delay).toBe(i === 3 ? 100 : 10)
  })
})
