/**
 * Best-first search for games of physics, whose states are too many to be searched breadth first. It holds an action
 * for a few steps at a time, looks first at the states that seem nearest to the end, and takes states that are nearly
 * alike for one. What it finds is a proof, since it replays; what it does not find may still be there.
 */
import type { Level } from '../levels/level.ts'
import type { Game, GameState, Solution, SolveLimits } from './game.ts'
import { isBlocked } from './map.ts'
import { episodeStream } from './solver.ts'

/** States that such a search expands at most, unless it is given less. */
export const BEST_FIRST_BUDGET = 20_000
/** States that it expands after a play that wins, in the hope of a higher return. */
const PATIENCE = 2000

/** What the search is told of a game. */
export interface Guide<State> {
  /** About how many steps the end is away. */
  toGo(state: State): number
  /** States with the same number count as one. */
  cell(state: State): number
  /** No play returns more. */
  readonly ceiling: number
  /** For how many steps an action is held, in rising order. */
  readonly holds: readonly number[]
}

/** How much more than a step taken a step to go counts: the more, the greedier. */
const GREED = 3
/** A reward that was lost counts as so many steps. */
const LOSS = 100
/** noop, up, down, left, right: these games make nothing of use. */
const TRIED_ACTIONS = 5

interface Node<State> {
  readonly state: State
  readonly total: number
  readonly depth: number
  readonly parent: Node<State> | null
  readonly action: number
  readonly held: number
}

/** Searches for the play with the highest return; stops at once where that is the guide's ceiling and wins. */
export function searchBestFirst<State extends GameState>(
  game: Game<State>,
  level: Level,
  { horizon, budget }: SolveLimits,
  guide: Guide<State>,
): Solution {
  const start = game.start(level, episodeStream(level))
  const root: Node<State> = { state: start, total: 0, depth: 0, parent: null, action: 0, held: 0 }
  // Fewest steps to each cell so far.
  const seen = new Map([[guide.cell(start), 0]])
  const ceiling = game.bound(start)
  // Stacks by priority: of equals, the latest is looked at first.
  const open: Node<State>[][] = []
  let first = 0
  const add = (node: Node<State>) => {
    const lost = ceiling - node.total - game.bound(node.state)
    const priority = Math.max(0, Math.floor(node.depth + GREED * guide.toGo(node.state) + LOSS * lost))
    const stack = open[priority]
    if (stack) stack.push(node)
    else open[priority] = [node]
    if (priority < first) first = priority
  }
  let best = root
  let expanded = 0
  let stop = Math.min(budget, BEST_FIRST_BUDGET)
  const done = () => best.state.won && best.total >= guide.ceiling
  add(root)
  while (first < open.length && expanded < stop && !done()) {
    const node = open[first]?.pop()
    if (!node) {
      first++
      continue
    }
    expanded++
    for (let action = 0; action < TRIED_ACTIONS && !done(); action++) {
      let state = node.state
      let total = node.total
      let held = 0
      for (const hold of guide.holds) {
        if (node.depth + hold > horizon || state.terminated) break
        state = game.clone(state)
        for (; held < hold && !state.terminated; held++) total += game.step(state, action)
        const child = { state, total, depth: node.depth + held, parent: node, action, held }
        if (total > best.total || (total === best.total && state.won && !best.state.won)) {
          best = child
          if (state.won) stop = Math.min(stop, expanded + PATIENCE)
        }
        if (state.terminated) continue
        const cell = guide.cell(state)
        if ((seen.get(cell) ?? horizon) <= child.depth) continue
        seen.set(cell, child.depth)
        add(child)
      }
    }
  }
  const actions: number[] = []
  for (let node = best; node.parent; node = node.parent)
    for (let i = 0; i < node.held; i++) actions.push(node.action)
  return {
    solved: best.state.won,
    bestReturn: best.total,
    actions: actions.reverse(),
    optimal: done(),
    expanded,
  }
}

/** Tiles to walk from each tile to the nearest of `targets`, around what is closed; FAR where there is no way. */
export function tileDistances(
  tiles: Uint8Array,
  width: number,
  targets: readonly number[],
  isClosed: (tile: number) => boolean = isBlocked,
): Int16Array {
  const distances = new Int16Array(tiles.length).fill(FAR)
  const queue = [...targets]
  for (const target of targets) distances[target] = 0
  for (let next = 0; next < queue.length; next++) {
    const from = queue[next]!
    for (const to of [from - width, from + width, from - 1, from + 1]) {
      if (distances[to] !== FAR || isClosed(tiles[to]!)) continue
      distances[to] = distances[from]! + 1
      queue.push(to)
    }
  }
  return distances
}

/** The distance of what cannot be reached. */
export const FAR = 1000

/** With more coins than this the order is by the nearest coin next. */
const EXACT_COINS = 8

/**
 * The shortest walk from a tile to all coins that are left and then to the goal, in tiles.
 *
 * @param coinTiles where the coins are; bit i of `left` says that coin i is still there
 * @param toCoins distances to each coin, as `tileDistances` gives them
 */
export function createTour(
  coinTiles: readonly number[],
  toCoins: readonly Int16Array[],
  toGoal: Int16Array,
): (left: number, tile: number) => number {
  const known = new Map<number, number>()
  const walk = (left: number, tile: number): number => {
    if (left === 0) return toGoal[tile]!
    let best = Number.POSITIVE_INFINITY
    let nearest = -1
    const exact = bits(left) <= EXACT_COINS
    for (let coin = 0; coin < coinTiles.length; coin++) {
      if (!((left >> coin) & 1)) continue
      if (exact) best = Math.min(best, toCoins[coin]![tile]! + onward(left ^ (1 << coin), coin))
      else if (nearest < 0 || toCoins[coin]![tile]! < toCoins[nearest]![tile]!) nearest = coin
    }
    return exact ? best : toCoins[nearest]![tile]! + onward(left ^ (1 << nearest), nearest)
  }
  /** The walk from a coin; the search asks for it again and again. */
  const onward = (left: number, coin: number): number => {
    const name = left * coinTiles.length + coin
    let tiles = known.get(name)
    if (tiles === undefined) {
      tiles = walk(left, coinTiles[coin]!)
      known.set(name, tiles)
    }
    return tiles
  }
  return walk
}

function bits(mask: number): number {
  let count = 0
  for (let rest = mask; rest; rest &= rest - 1) count++
  return count
}
