/**
 * Editing a level at random: small changes that keep what makes it a level of its game. It knows no game by name; the
 * legend says what is wall, what is floor, and what stands on the map. The number of things never changes, so a map keeps
 * its player, its exits and its gems.
 */
import type { Stream } from '../src/core/random.ts'
import { at, type Grid, put, toRows } from './grid.ts'
import type { Draft, GenerateOptions, LevelKind } from './level.ts'

/** Name and version of the mutator: bump it when the same stream gives other edits. */
export const MUTATOR = 'mutate@1'

export interface MutateOptions {
  /** Edits in a row. One that finds nothing to change is left out. */
  readonly edits: number
  /** What the level's generator was asked for: says which hidden rules vary. */
  readonly generate: GenerateOptions
}

/** One edit in this many redraws a hidden rule, where rules vary. */
const REDRAW_EVERY = 8

type Place = readonly [x: number, y: number]
type MapEdit = (grid: Grid, ground: Ground, random: Stream) => void

/** The legend's characters for bare wall and bare floor; a game may lack one. */
interface Ground {
  readonly wall: string | undefined
  readonly floor: string | undefined
}

const MAP_EDITS: readonly MapEdit[] = [toggleWall, moveThing, swapTiles]

/**
 * Edits a map and its rules. Hidden rules that vary are redrawn from the values of training alone. The caller checks the
 * result (problemsOf, split) and proves that it can be won: an edit may well wall something in.
 */
export function mutate(kind: LevelKind, parent: Draft, random: Stream, options: MutateOptions): Draft {
  const { edits, generate } = options
  const grid: Grid = parent.map.map(row => [...row])
  const ground = { wall: bareTile(kind, 'wall'), floor: bareTile(kind, 'floor') }
  let { rules } = parent
  for (let edit = 0; edit < edits; edit++) {
    if (generate.vary.length > 0 && random.int(REDRAW_EVERY) === 0)
      rules = redrawRule(kind, rules, generate, random)
    else random.pick(MAP_EDITS)(grid, ground, random)
  }
  return { map: toRows(grid), rules }
}

/** The character of a game's maps for a tile with nothing on it; undefined where the game has none. */
export function bareTile({ legend }: LevelKind, name: string): string | undefined {
  return Object.entries(legend).find(([, { tile, thing, player }]) => tile === name && !thing && !player)?.[0]
}

/** A wall becomes floor, or a floor wall. */
function toggleWall(grid: Grid, { wall, floor }: Ground, random: Stream): void {
  if (wall === undefined || floor === undefined) return
  const place = pickPlace(grid, random, tile => tile === wall || tile === floor)
  if (place) put(grid, ...place, at(grid, ...place) === wall ? floor : wall)
}

/** Whatever is neither wall nor floor (the player too, with what lies below) goes to a free floor tile. */
function moveThing(grid: Grid, { wall, floor }: Ground, random: Stream): void {
  const from = pickPlace(grid, random, tile => tile !== wall && tile !== floor)
  const to = pickPlace(grid, random, tile => tile === floor)
  if (from && to) exchange(grid, from, to)
}

function swapTiles(grid: Grid, _: Ground, random: Stream): void {
  const one = pickPlace(grid, random, () => true)
  const other = one && pickPlace(grid, random, tile => tile !== at(grid, ...one))
  if (one && other) exchange(grid, one, other)
}

/** One rule takes the value that the generator draws for it now; what would be held out, or no rule at all, is not taken. */
function redrawRule(kind: LevelKind, rules: Draft['rules'], options: GenerateOptions, random: Stream) {
  const rule = random.pick(options.vary)
  const drawn = kind.generate(random, { ...options, heldOutRules: false }).rules
  const changed = { ...rules, [rule]: drawn[rule] }
  return kind.rules.safeParse(changed).success && !kind.isHeldOut(changed) ? changed : rules
}

/** A random place inside the border whose tile fits, or undefined where there is none. */
function pickPlace(grid: Grid, random: Stream, fits: (tile: string) => boolean): Place | undefined {
  const places: Place[] = []
  for (let y = 1; y < grid.length - 1; y++) {
    const width = (grid[y] as string[]).length
    for (let x = 1; x < width - 1; x++) if (fits(at(grid, x, y))) places.push([x, y])
  }
  return places.length ? random.pick(places) : undefined
}

function exchange(grid: Grid, one: Place, other: Place): void {
  const held = at(grid, ...one)
  put(grid, ...one, at(grid, ...other))
  put(grid, ...other, held)
}
