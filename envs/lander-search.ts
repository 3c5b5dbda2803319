/** Proving levels of lander: a best-first search along the shortest ways through the cave. */
import type { Level } from '../levels/level.ts'
import { tileCode } from '../src/core/tiles.ts'
import { createTour, FAR, searchBestFirst, tileDistances } from './best-first.ts'
import type { Game, Solution, SolveLimits } from './game.ts'
import { FASTEST, type LanderState, middleTile } from './lander.ts'
import { episodeStream } from './solver.ts'

const PAD = tileCode('pad')
const STEPS_A_TILE = 2
const HOLDS = [1, 3]

export function solveLander(game: Game<LanderState>, level: Level, limits: SolveLimits): Solution {
  const start = game.start(level, episodeStream(level))
  const { tiles, width, coinTiles } = start
  const pads = [...tiles.keys()].filter(i => tiles[i] === PAD)
  const toPad = tileDistances(tiles, width, pads)
  const toCoins = coinTiles.map(tile => tileDistances(tiles, width, [tile]))
  const from = middleTile(start)
  if (toPad[from] === FAR) return { solved: false, bestReturn: 0, actions: [], optimal: false, expanded: 0 }
  // Coins behind rock are nothing to fly to.
  const wanted = toCoins.reduce((mask, distances, i) => (distances[from] === FAR ? mask : mask | (1 << i)), 0)
  const walledOff = toCoins.filter(distances => distances[from] === FAR).length
  const tour = createTour(coinTiles, toCoins, toPad)
  const height = tiles.length / width
  return searchBestFirst(game, level, limits, {
    ceiling: game.bound(start) - walledOff,
    holds: HOLDS,
    toGo: state => STEPS_A_TILE * tour(state.coins & wanted, middleTile(state)),
    cell({ x, y, vx, vy, coins }) {
      const cell = (coins * 8 + ((vx + FASTEST) >> 2)) * 8 + ((vy + FASTEST) >> 2)
      return (cell * height * 4 + (y >> 2)) * width * 4 + (x >> 2)
    },
  })
}
