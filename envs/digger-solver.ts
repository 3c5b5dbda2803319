/**
 * The solver of digger. Every step may dig, so the states within the time limit are far too many to go through breadth
 * first. First a best-first search among plays that lose nothing: steps so far plus twice the walk that is still to
 * come (to the nearest gem that counts, from there to the next, and so on, through everything but walls). A win
 * that it finds has taken all there is, so it is the best. Where there is none in its share of the budget, breadth
 * first over all plays, which proves small maps.
 */
import type { Level } from '../levels/level.ts'
import type { DiggerState } from './digger.ts'
import { ACTION_COUNT, type Game, type Solution, type SolveLimits } from './game.ts'
import { directionOffsets, isBlocked } from './map.ts'
import { episodeStream, searchBreadthFirst } from './solver.ts'

/** Of the budget, what each of the two searches may expand: one in so many. */
const BEST_FIRST_SHARE = 2
const BREADTH_FIRST_SHARE = 8
/** Tiles of all the maps that each may expand: what it remembers of large maps must fit into memory. */
const BEST_FIRST_TILES = 20_000_000
const BREADTH_FIRST_TILES = 4_000_000
/** A step of the walk to come weighs more than one behind: a good play soon instead of the shortest one late. */
const WEIGHT = 2
const FAR = 0x7fff

interface Node {
  readonly state: DiggerState
  readonly total: number
  readonly depth: number
  readonly parent: Node | null
  readonly action: number
}

export function searchDigging(game: Game<DiggerState>, level: Level, limits: SolveLimits): Solution {
  const tiles = level.map.length * (level.map[0] as string).length
  const part = (share: number, most: number): SolveLimits => ({
    ...limits,
    budget: Math.ceil(Math.min(limits.budget / share, most / tiles)),
  })
  const clean = searchLossless(game, level, part(BEST_FIRST_SHARE, BEST_FIRST_TILES))
  if (clean.optimal) return clean
  const all = searchBreadthFirst(game, level, part(BREADTH_FIRST_SHARE, BREADTH_FIRST_TILES))
  const best = all.optimal || all.bestReturn >= clean.bestReturn ? all : clean
  return { ...best, expanded: clean.expanded + all.expanded }
}

/** Best first, among plays that never pay. Optimal where it wins, since it then has all that there is. */
function searchLossless(game: Game<DiggerState>, level: Level, { horizon, budget }: SolveLimits): Solution {
  const start = game.start(level, episodeStream(level))
  const ceiling = game.bound(start)
  const walk = walker(start)
  let best: Node = { state: start, total: 0, depth: 0, parent: null, action: -1 }
  let expanded = 0
  const seen = new Map<number | string, number>([[game.key(start), 0]])
  const queue: Node[][] = []
  let rank = 0
  const push = (node: Node): void => {
    const toCome = walk(node.state)
    if (toCome >= FAR) return
    const place = node.depth + WEIGHT * toCome
    ;(queue[place] ??= []).push(node)
    if (place < rank) rank = place
  }
  push(best)
  search: while (rank < queue.length && expanded < budget) {
    const node = queue[rank]?.pop()
    if (!node) {
      rank++
      continue
    }
    if (node.depth === horizon) continue
    expanded++
    for (let action = 0; action < ACTION_COUNT; action++) {
      const state = game.clone(node.state)
      const total = node.total + game.step(state, action)
      if (total + game.bound(state) < ceiling) continue
      const key = game.key(state)
      const depth = node.depth + 1
      if ((seen.get(key) ?? FAR) <= depth) continue
      seen.set(key, depth)
      const child: Node = { state, total, depth, parent: node, action }
      if (total > best.total) best = child
      if (state.won) break search
      push(child)
    }
  }
  const actions: number[] = []
  for (let node = best; node.parent; node = node.parent) actions.push(node.action)
  const { won } = best.state
  return { solved: won, bestReturn: best.total, actions: actions.reverse(), optimal: won, expanded }
}

/** The walk that is still to come: to the nearest gem that counts, from there to the next; FAR where one is walled off. */
function walker(start: DiggerState): (state: DiggerState) => number {
  const distances: Uint16Array[] = []
  const to = (index: number): Uint16Array => (distances[index] ??= distancesTo(index, start))
  return ({ tiles, changeable, worth, player, left }) => {
    const gems: number[] = []
    for (let i = 0; i < changeable.length && gems.length < left; i++)
      if (worth[tiles[changeable[i]!]!]! > 0) gems.push(changeable[i]!)
    let from = player
    let sum = 0
    while (gems.length) {
      let nearest = 0
      let steps = FAR
      for (let i = 0; i < gems.length; i++) {
        const distance = to(gems[i]!)[from]!
        if (distance < steps) {
          steps = distance
          nearest = i
        }
      }
      if (steps === FAR) return FAR
      sum += steps
      from = gems[nearest]!
      gems[nearest] = gems[gems.length - 1]!
      gems.pop()
    }
    return sum
  }
}

/** Steps from every tile to one of them, through everything but walls. */
function distancesTo(index: number, { tiles, width }: DiggerState): Uint16Array {
  const distance = new Uint16Array(tiles.length).fill(FAR)
  distance[index] = 0
  const queue = [index]
  for (let head = 0; head < queue.length; head++) {
    const from = queue[head]!
    for (const offset of directionOffsets(width)) {
      const next = from + offset
      if (isBlocked(tiles[next]) || distance[next] !== FAR) continue
      distance[next] = distance[from]! + 1
      queue.push(next)
    }
  }
  return distance
}
