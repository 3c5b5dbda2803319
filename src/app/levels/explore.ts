/** What can happen in a level: how many ways each moment has, and from which moments nothing can be won any more. */
import { ACTION_COUNT, type Game, type GameState } from '../../../envs/game.ts'
import { episodeStream } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'

export interface Exploration {
  /** States whose moves were all looked at. */
  readonly expanded: number
  /** Mean number of different states that one action leads to, over those states; waiting does not count. */
  readonly branching: number
  /** The same over the states of a play. */
  readonly branchingAlongPlay: number
  /**
   * Of the states that were reached, those from which the level can still be won, those from which it cannot, whatever
   * is done, and those of which the search saw too little. The time limit is no part of a state and does not count.
   */
  readonly winnable: number
  readonly deadEnds: number
  readonly undecided: number
}

interface Node {
  readonly state: GameState
  /** States that one action leads to, by number; undefined where nobody looked. */
  next: number[] | undefined
}

/** Explores a level, expanding at most `budget` states; `actions` is a play from its start. */
export function explore(game: Game, level: Level, actions: readonly number[], budget: number): Exploration {
  const { nodes, numberOf } = expandFrom(game, level, actions, budget)
  const counts = nodes.flatMap(({ next }) => (next ? [next.length] : []))
  return {
    expanded: counts.length,
    branching: mean(counts),
    branchingAlongPlay: mean(waysAlong(game, level, actions)),
    ...decide(nodes, numberOf.size),
  }
}

/** The states of the play first, which are known to lead to its end, then breadth first from the start. */
function expandFrom(game: Game, level: Level, actions: readonly number[], budget: number) {
  const nodes: Node[] = []
  const numberOf = new Map<number | string, number>()
  let expanded = 0
  const add = (key: number | string, state: GameState): number => {
    const known = numberOf.get(key)
    if (known !== undefined) return known
    numberOf.set(key, nodes.length)
    return nodes.push({ state, next: undefined }) - 1
  }
  const expand = (node: Node) => {
    if (node.state.terminated || node.next || expanded >= budget) return
    expanded++
    node.next = successors(game, node.state).map(([key, state]) => add(key, state))
  }
  const state = game.start(level, episodeStream(level))
  add(game.key(state), game.clone(state))
  for (const action of actions) {
    if (state.terminated) break
    expand(nodes[add(game.key(state), game.clone(state))] as Node)
    game.step(state, action)
  }
  for (let i = 0; i < nodes.length && expanded < budget; i++) expand(nodes[i] as Node)
  return { nodes, numberOf }
}

/** The different states that one action leads to, without the one that it comes from. */
function successors(game: Game, from: GameState): [number | string, GameState][] {
  const found = new Map<number | string, GameState>()
  const own = game.key(from)
  for (let action = 0; action < ACTION_COUNT; action++) {
    const state = game.clone(from)
    game.step(state, action)
    const key = game.key(state)
    if (state.terminated || key !== own) found.set(key, state)
  }
  return [...found]
}

/** From where a won state can be reached, and from where everything was seen and none can. */
function decide(nodes: readonly Node[], count: number) {
  const before: number[][] = nodes.map(() => [])
  for (const [i, { next }] of nodes.entries()) for (const to of next ?? []) (before[to] as number[]).push(i)
  const reach = (isGoal: (node: Node) => boolean) => {
    const reached = new Uint8Array(count)
    const queue = [...nodes.keys()].filter(i => isGoal(nodes[i] as Node))
    for (const i of queue) reached[i] = 1
    for (let i = queue.pop(); i !== undefined; i = queue.pop())
      for (const from of before[i] as number[]) {
        if (reached[from]) continue
        reached[from] = 1
        queue.push(from)
      }
    return reached
  }
  const winning = reach(({ state }) => state.won)
  const unseen = reach(({ state, next }) => !state.terminated && next === undefined)
  let [winnable, deadEnds, undecided] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    if (winning[i]) winnable++
    else if (unseen[i]) undecided++
    else deadEnds++
  }
  return { winnable, deadEnds, undecided }
}

function waysAlong(game: Game, level: Level, actions: readonly number[]): number[] {
  const state = game.start(level, episodeStream(level))
  return actions.flatMap(action => {
    if (state.terminated) return []
    const ways = successors(game, state).length
    game.step(state, action)
    return [ways]
  })
}

function mean(values: readonly number[]): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0
}
