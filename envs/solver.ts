/**
 * The solver: a game's own search, or breadth first over its clone, step and key. It proves that a level can be won,
 * gives the best return within the time limit (Rmax of a score) and the actions that reach it.
 */
import type { Level } from '../levels/level.ts'
import { type Stream, stream } from '../src/core/random.ts'
import { ACTION_COUNT, type Game, type GameState, type Solution, type SolveLimits } from './game.ts'

/** States that a search may expand before it gives up. */
export const SEARCH_BUDGET = 200_000

interface Node {
  readonly state: GameState
  readonly total: number
  readonly parent: Node | null
  readonly action: number
}

/** Solves a level from its start, within the game's time limit and SEARCH_BUDGET where nothing else is asked. */
export function solve(game: Game, level: Level, options: Partial<SolveLimits> = {}): Solution {
  const limits = {
    horizon: options.horizon ?? game.horizon(level),
    budget: options.budget ?? SEARCH_BUDGET,
  }
  return game.solve ? game.solve(level, limits) : searchBreadthFirst(game, level, limits)
}

/** Breadth first over single actions. Deterministic games only need one stream: the episode's own. */
export function searchBreadthFirst(game: Game, level: Level, { horizon, budget }: SolveLimits): Solution {
  const start = game.start(level, episodeStream(level))
  const root: Node = { state: start, total: 0, parent: null, action: -1 }
  const ceiling = game.bound(start)
  let best = root
  let expanded = 0
  let exhausted = true
  // A state reached again later (so with less time left) is worth another look only with a higher return.
  const seen = new Map<number | string, number>([[game.key(start), 0]])
  let layer: Node[] = [root]
  search: for (let depth = 0; depth < horizon && layer.length; depth++) {
    const next: Node[] = []
    for (const node of layer) {
      if (node.total + game.bound(node.state) <= best.total && best.state.won) continue
      if (expanded++ >= budget) {
        exhausted = false
        break search
      }
      for (let action = 0; action < ACTION_COUNT; action++) {
        const state = game.clone(node.state)
        const total = node.total + game.step(state, action)
        const key = game.key(state)
        const before = seen.get(key)
        if (before !== undefined && before >= total) continue
        seen.set(key, total)
        const child: Node = { state, total, parent: node, action }
        if (total > best.total || (total === best.total && state.won && !best.state.won)) best = child
        if (best.total === ceiling && best.state.won) break search
        if (!state.terminated) next.push(child)
      }
    }
    layer = next
  }
  const actions: number[] = []
  for (let node = best; node.parent; node = node.parent) actions.push(node.action)
  return {
    solved: best.state.won,
    bestReturn: best.total,
    actions: actions.reverse(),
    optimal: exhausted,
    expanded,
  }
}

/** The stream that a level's episodes take their chance from: the same for a person, the solver and an agent. */
export function episodeStream(level: Level, ...episode: readonly (number | string)[]): Stream {
  return stream('episode', level.game, ...level.map, ...(episode.length ? episode : [0]))
}

/** Mean return of a uniformly random player over `episodes` episodes (Rmin of a score). */
export function randomReturn(game: Game, level: Level, random: Stream, episodes = 256): number {
  const horizon = game.horizon(level)
  let total = 0
  for (let episode = 0; episode < episodes; episode++) {
    const state = game.start(level, episodeStream(level, episode))
    for (let t = 0; t < horizon && !state.terminated; t++) total += game.step(state, random.int(ACTION_COUNT))
  }
  return total / episodes
}
