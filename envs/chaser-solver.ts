/**
 * The search of chaser. How creatures walk does not depend on the player, so all that a play comes to is where the player
 * stands, and what he has taken, after so many steps: one layer of such states a step, of which the most promising are
 * kept (beam search). First with a narrow beam and never touching what costs; where that does not take all that pays,
 * with a wider one and tolls. The best return is proved where all is taken at no cost, or where no state was dropped.
 */
import type { ChaserState } from './chaser.ts'
import { indexOf, kindOf, placeOf } from './chaser-walks.ts'
import type { Solution, SolveLimits } from './game.ts'
import { isBlocked } from './map.ts'

/** States that a layer keeps. */
const NARROW = 256
const WIDE = 1024
/** noop, up, down, left, right; use is another noop. */
const MOVES = 5
const WORD = 32

/** A level as the search needs it. Things are the dots, then the creatures, each with one bit in masks of whole words. */
interface Chase {
  readonly state: ChaserState
  readonly words: number
  readonly worth: readonly number[]
  /** Which things pay, as a mask. */
  readonly good: Int32Array
  /** What they pay together: no return is higher. */
  readonly ceiling: number
}

/** States after the same number of steps. */
interface Layer {
  count: number
  readonly player: Int32Array
  /** Masks of things taken, `words` each. */
  readonly taken: Int32Array
  readonly value: Int32Array
  /** What was paid for creatures that cost, as a positive number. */
  readonly toll: Int32Array
  readonly won: Uint8Array
  /** Where it comes from in the layer before, and by which action. */
  readonly parent: Int32Array
  readonly action: Uint8Array
}

interface Play {
  value: number
  won: boolean
  actions: readonly number[]
}

export function searchPickups(state: ChaserState, limits: SolveLimits): Solution {
  const chase = chaseOf(state)
  const best: Play = { value: 0, won: false, actions: [] }
  let expanded = 0
  let complete = false
  for (const [beam, tolls] of [
    [NARROW, false],
    [WIDE, true],
  ] as const) {
    // biome-ignore format: a table
    const search = searchBeam(chase, beam, tolls, { ...limits, budget: limits.budget - expanded }, best)
    expanded += search.expanded
    complete = best.value === chase.ceiling || (tolls && search.complete)
    if (complete) break
  }
  return { solved: best.won, bestReturn: best.value, actions: best.actions, optimal: complete, expanded }
}

function chaseOf(state: ChaserState): Chase {
  const creatures = [...state.creatures.subarray(0, state.count)]
  const worth = [...state.dots.map(() => 1), ...creatures.map(creature => state.nature[kindOf(creature)]!)]
  const words = Math.ceil(worth.length / WORD)
  const good = new Int32Array(words)
  worth.forEach((points, thing) => {
    if (points > 0) addBit(good, 0, thing)
  })
  return { state, words, worth, good, ceiling: worth.reduce((sum, points) => sum + Math.max(0, points), 0) }
}

/** Improves on `best`. Complete: no state was dropped, neither from a layer nor for want of budget. */
function searchBeam(
  chase: Chase,
  beam: number,
  tolls: boolean,
  { horizon, budget }: SolveLimits,
  best: Play,
): { expanded: number; complete: boolean } {
  const { state, words } = chase
  const { tiles, offsets } = state
  const dots = new Int32Array(tiles.length * words)
  state.dots.forEach((index, thing) => {
    addBit(dots, index * words, thing)
  })
  const places = state.creatures.slice(0, state.count).map(placeOf)
  let now = creaturesAt(chase, places)
  const layers = [createLayer(1, words)]
  const known = createTable(beam * MOVES)
  const mask = new Int32Array(words)
  let layer = layers[0]!
  layer.count = 1
  layer.player[0] = state.player
  let expanded = 0
  let complete = true
  for (let depth = 0; depth < horizon && layer.count > 0; depth++) {
    for (let i = 0; i < places.length; i++) places[i] = state.walks.next[places[i]!]!
    const later = creaturesAt(chase, places)
    const next = createLayer(layer.count * MOVES, words)
    known.clear()
    for (let i = 0; i < layer.count; i++) {
      if (layer.won[i] || (best.won && chase.ceiling - layer.toll[i]! <= best.value)) continue
      if (expanded >= budget) return { expanded, complete: false }
      expanded++
      for (let action = 0; action < MOVES; action++) {
        const target = layer.player[i]! + offsets[action]!
        if (action > 0 && isBlocked(tiles[target])) continue
        for (let w = 0; w < words; w++) {
          const at = target * words + w
          mask[w] = layer.taken[i * words + w]! | dots[at]! | now[at]! | later[at]!
        }
        const child = next.count
        next.value[child] = layer.value[i]!
        next.toll[child] = layer.toll[i]!
        takeNew(chase, layer, i, mask, next, child)
        if (!tolls && next.toll[child]! > 0) continue
        next.player[child] = target
        next.taken.set(mask, child * words)
        if (!known.add(next, child, words)) continue
        next.parent[child] = i
        next.action[child] = action
        next.won[child] = mask.every((bits, w) => (bits & chase.good[w]!) === chase.good[w]) ? 1 : 0
        next.count++
        const value = next.value[child]!
        if (value > best.value || (value === best.value && next.won[child] && !best.won)) {
          best.value = value
          best.won = next.won[child] === 1
          best.actions = actionsTo([...layers, next], child)
          if (value === chase.ceiling) return { expanded, complete }
        }
      }
    }
    if (next.count > beam) complete = false
    layer = promising(chase, next, beam)
    layers.push(layer)
    now = later
  }
  return { expanded, complete }
}

/** Adds up what the things are worth that are new in `mask`. */
function takeNew(
  chase: Chase,
  layer: Layer,
  from: number,
  mask: Int32Array,
  next: Layer,
  child: number,
): void {
  for (let w = 0; w < mask.length; w++) {
    for (let bits = mask[w]! & ~layer.taken[from * mask.length + w]!; bits !== 0; bits &= bits - 1) {
      const points = chase.worth[w * WORD + 31 - Math.clz32(bits & -bits)]!
      next.value[child]! += points
      if (points < 0) next.toll[child]! -= points
    }
  }
}

/** For each tile the mask of the creatures on it. */
function creaturesAt({ state, words }: Chase, places: Int32Array): Int32Array {
  const masks = new Int32Array(state.tiles.length * words)
  for (let i = 0; i < places.length; i++) addBit(masks, indexOf(places[i]!) * words, state.dots.length + i)
  return masks
}

function addBit(masks: Int32Array, offset: number, thing: number): void {
  masks[offset + Math.floor(thing / WORD)]! |= 1 << (thing % WORD)
}

function createLayer(size: number, words: number): Layer {
  return {
    count: 0,
    player: new Int32Array(size),
    taken: new Int32Array(size * words),
    value: new Int32Array(size),
    toll: new Int32Array(size),
    won: new Uint8Array(size),
    parent: new Int32Array(size),
    action: new Uint8Array(size),
  }
}

/** The states of a layer with the highest values, at most `beam` of them. */
function promising(chase: Chase, layer: Layer, beam: number): Layer {
  const { count } = layer
  if (count <= beam) return layer
  const order = Float64Array.from({ length: count }, (_, i) => (chase.ceiling - layer.value[i]!) * count + i)
  const kept = createLayer(beam, chase.words)
  kept.count = beam
  order
    .sort()
    .subarray(0, beam)
    .forEach((rank, to) => {
      // biome-ignore format: one thought
      const from = rank % count
      kept.player[to] = layer.player[from]!
      kept.value[to] = layer.value[from]!
      kept.toll[to] = layer.toll[from]!
      kept.won[to] = layer.won[from]!
      kept.parent[to] = layer.parent[from]!
      kept.action[to] = layer.action[from]!
      kept.taken.set(layer.taken.subarray(from * chase.words, (from + 1) * chase.words), to * chase.words)
    })
  return kept
}

/** Knows the states of one layer by player and mask: open addressing, emptied by counting on. */
function createTable(states: number) {
  const size = 2 ** Math.ceil(Math.log2(states * 2))
  const slots = new Int32Array(size)
  const filled = new Int32Array(size)
  let round = 0
  return {
    clear(): void {
      round++
    },
    /** Returns false where the layer has the state already. */
    add(layer: Layer, state: number, words: number): boolean {
      const { player, taken } = layer
      let hash = Math.imul(player[state]! + 1, 0x85ebca6b)
      for (let w = 0; w < words; w++) hash = Math.imul(hash ^ taken[state * words + w]!, 0x9e3779b1)
      let slot = (hash ^ (hash >>> 15)) & (size - 1)
      for (; filled[slot] === round; slot = (slot + 1) & (size - 1)) {
        const other = slots[slot]!
        let same = player[other] === player[state]
        for (let w = 0; same && w < words; w++) same = taken[other * words + w] === taken[state * words + w]
        if (same) return false
      }
      filled[slot] = round
      slots[slot] = state
      return true
    },
  }
}

function actionsTo(layers: readonly Layer[], index: number): number[] {
  const actions: number[] = []
  for (let depth = layers.length - 1, at = index; depth > 0; depth--) {
    actions.push(layers[depth]!.action[at]!)
    at = layers[depth]!.parent[at]!
  }
  return actions.reverse()
}
