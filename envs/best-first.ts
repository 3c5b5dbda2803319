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
  const seen = new Set([guide.cell(start)])
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
        if (seen.has(cell)) continue
        seen.add(cell)
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

/** Tiles that a coin counts for, so that taking one is always progress. */
const COIN_WORTH = 24

/**
 * Tiles that are about to go: to the nearest coin that is left, or, without any, to the goal.
 *
 * @param coins distances to each coin; bit i of `left` says that coin i is still there
 */
export function tilesToGo(
  coins: readonly Int16Array[],
  goal: Int16Array,
  left: number,
  tile: number,
): number {
  let nearest = FAR
  let count = 0
  for (let i = 0; i < coins.length; i++) {
    if (!((left >> i) & 1)) continue
    count++
    if (coins[i]![tile]! < nearest) nearest = coins[i]![tile]!
  }
  return count ? nearest + count * COIN_WORTH : goal[tile]!
}
