/**
 * Proving levels of platformer: a best-first search, after a look at what a jump can reach at all. That look lets the
 * player fly sideways for ever and through spikes, so what it rules out is out of reach for certain.
 */
import type { Level } from '../levels/level.ts'
import { tileCode } from '../src/core/tiles.ts'
import { createTour, searchBestFirst, tileDistances } from './best-first.ts'
import type { Game, Solution, SolveLimits } from './game.ts'
import { isBlocked } from './map.ts'
import { middleTile, type PlatformerState, TILE } from './platformer.ts'
import { episodeStream } from './solver.ts'

const FLAG = tileCode('flag')
const SPIKES = tileCode('spikes')
/** How far up the middle of a player who stands is from the tile above, and one unit into it. */
const INTO_NEXT_TILE = 11
/** Steps a tile: half a tile a step. */
const STEPS_A_TILE = 2
const HOLDS = [1, 3]

export function solvePlatformer(game: Game<PlatformerState>, level: Level, limits: SolveLimits): Solution {
  const start = game.start(level, episodeStream(level))
  const { tiles, field } = start
  const { width, coins } = field
  const rise = risesOf(start)
  const flags = [...tiles.keys()].filter(i => tiles[i] === FLAG)
  const within = coins.map(coin => rise[coin]! >= 0)
  const noWay = !flags.some(flag => rise[flag]! >= 0)
  if (noWay) return { solved: false, bestReturn: 0, actions: [], optimal: false, expanded: 0 }
  const isClosed = (tile: number) => isBlocked(tile) || tile === SPIKES
  const toFlag = tileDistances(tiles, width, flags, isClosed)
  const toCoins = coins.map(coin => tileDistances(tiles, width, [coin], isClosed))
  // Coins out of reach are nothing to walk to.
  const wanted = within.reduce((mask, is, i) => (is ? mask | (1 << i) : mask), 0)
  const ceiling = within.filter(Boolean).length + game.bound(start) - start.left
  const tour = createTour(coins, toCoins, toFlag)
  const height = tiles.length / width
  return searchBestFirst(game, level, limits, {
    ceiling,
    holds: HOLDS,
    toGo: state => STEPS_A_TILE * tour(state.coins & wanted, middleTile(state)),
    cell({ x, y, vx, vy, coins: left, clock }) {
      let cell = left * 3 + Math.sign(vx) + 1
      cell = cell * 8 + ((vy + 16) >> 2)
      cell = cell * height * 4 + (y >> 2)
      cell = cell * width * 4 + (x >> 2)
      return cell * 128 + (clock >> 2)
    },
  })
}

/**
 * How many units a player in each tile could still rise, at most; -1 where nobody gets. Who can stand in a tile may
 * rise by a whole jump from there; a platform can be stood on anywhere in its reach.
 */
function risesOf({ tiles, field, x, y }: PlatformerState): Int16Array {
  const { width, jump, gravity, tops, tracks } = field
  let full = 0
  for (let speed = jump; speed > 0; speed -= gravity) full += speed
  const stand = new Uint8Array(tiles.length)
  for (let i = 0; i < tiles.length - width; i++) stand[i] = isBlocked(tiles[i + width]) ? 1 : 0
  tops.forEach((top, platform) => {
    const base = (top / TILE - 1) * width
    for (const left of tracks[platform]!)
      for (const tile of [base + (left >> 4), base + ((left + TILE - 1) >> 4)]) stand[tile] = 1
  })
  const rises = new Int16Array(tiles.length).fill(-1)
  const start = (y / TILE) * width + x / TILE
  const queue: number[] = []
  const reach = (tile: number, rise: number) => {
    // Less than a tile more makes no difference that lasts: from a new stand a jump is whole again.
    const value = stand[tile] ? full + TILE - INTO_NEXT_TILE : rise
    if (isBlocked(tiles[tile]) || value < 0 || value <= rises[tile]!) return
    rises[tile] = value
    queue.push(tile)
  }
  reach(start, full + TILE - INTO_NEXT_TILE)
  for (let next = 0; next < queue.length; next++) {
    const from = queue[next]!
    const rise = rises[from]!
    reach(from - 1, rise)
    reach(from + 1, rise)
    reach(from + width, rise)
    reach(from - width, rise - TILE)
  }
  return rises
}
