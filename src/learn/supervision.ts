/**
 * The supervision that the simulator gives for free, computed from a symbolic view (16x16 tile codes, the player
 * in the middle): for each kind of target or hazard that the games have, which way its nearest one lies and how far
 * it is from each side of the player. Knows no game by name: a game's legend says what can lie on its maps, and the
 * tile catalogue what is solid, a target or a hazard.
 */
import { levelKind } from '../../levels/registry.ts'
import { VIEW, VIEW_CELLS } from '../core/rasteriser.ts'
import { TILES } from '../core/tiles.ts'

/** What the agent is asked about: no more than its games have, since what is never there drowns what is. */
export interface Kinds {
  /** Codes of the targets and hazards, in the catalogue's order. */
  readonly asked: readonly number[]
  /** Codes of the sprites that the player looks like, one of which stands in the middle of the view. */
  readonly looks: readonly number[]
}

/** The kinds of some games together. */
export function kindsOf(games: readonly string[]): Kinds {
  const kinds = games.map(levelKind)
  const lying = new Set(
    kinds.flatMap(kind =>
      Object.values(kind.legend).flatMap(({ tile, thing }) => [tile, ...(thing ? [thing] : [])]),
    ),
  )
  const looks = new Set(kinds.flatMap(kind => kind.looks))
  const codes = [...TILES.keys()]
  return {
    asked: codes.filter(code => lying.has(TILES[code].name) && (TILES[code].target || TILES[code].hazard)),
    looks: codes.filter(code => looks.has(TILES[code].name)),
  }
}

/** Direction classes: none (not there, or no way), up, down, left, right. */
export const DIRECTIONS = 5
/** Sides of the player: up, down, left, right. */
export const SIDES = 4
/** Distance in steps over which nearness falls by a factor e. */
const NEARNESS_SCALE = 3

const CENTRE = (VIEW / 2) * VIEW + VIEW / 2
const STEPS = [-VIEW, VIEW, -1, 1]
const UNREACHED = 255
/** A shortest way leads neither through what is solid nor through what hurts. */
const SOLID = Uint8Array.from(TILES, tile => (tile.solid || tile.hazard ? 1 : 0))

export interface Labels {
  /** [kinds, 5]: how likely each direction is the shortest way; ties share. */
  readonly directions: Float32Array
  /** [kinds, 4]: exp(-distance / 3) from the tile on each side of the player, 0 where there is no way. */
  readonly nearness: Float32Array
  /** [kinds]: 1 where the view holds the kind. */
  readonly present: Float32Array
  /** Index into the looks of the sprite in the middle. */
  sprite: number
}

export function createLabels({ asked }: Kinds): Labels {
  const kinds = asked.length
  return {
    directions: new Float32Array(kinds * DIRECTIONS),
    nearness: new Float32Array(kinds * SIDES),
    present: new Float32Array(kinds),
    sprite: 0,
  }
}

const distance = new Uint8Array(VIEW_CELLS)
const queue = new Uint8Array(VIEW_CELLS)

/** Fills `labels` for a symbolic view. */
export function labelView(view: Uint8Array, kinds: Kinds, labels: Labels): void {
  const { asked, looks } = kinds
  labels.directions.fill(0)
  labels.nearness.fill(0)
  labels.present.fill(0)
  labels.sprite = Math.max(0, looks.indexOf(view[CENTRE]))
  for (let cell = 0; cell < VIEW_CELLS; cell++) {
    const kind = asked.indexOf(view[cell])
    if (kind >= 0) labels.present[kind] = 1
  }
  for (let kind = 0; kind < asked.length; kind++) {
    if (labels.present[kind]) spread(view, asked[kind])
    labelKind(view, asked[kind], labels, kind)
  }
}

/** Distance of every cell to the nearest target of a kind; solid cells block, but for the targets themselves. */
function spread(view: Uint8Array, code: number): void {
  distance.fill(UNREACHED)
  let end = 0
  for (let cell = 0; cell < VIEW_CELLS; cell++) {
    if (view[cell] !== code) continue
    distance[cell] = 0
    queue[end++] = cell
  }
  for (let next = 0; next < end; next++) {
    const cell = queue[next]
    const column = cell % VIEW
    for (let side = 0; side < SIDES; side++) {
      const to = cell + STEPS[side]
      if (to < 0 || to >= VIEW_CELLS) continue
      if ((side === 2 && column === 0) || (side === 3 && column === VIEW - 1)) continue
      if (distance[to] !== UNREACHED || SOLID[view[to]]) continue
      distance[to] = distance[cell] + 1
      queue[end++] = to
    }
  }
}

/**
 * A shortest way towards a random target in view: an action (1 to 4: up, down, left, right), or 0 where none is in
 * view or there is no way. `random(n)` gives a whole number below n.
 */
export function wayToTarget(view: Uint8Array, random: (n: number) => number): number {
  const targets = view.filter(code => TILES[code].target)
  if (targets.length === 0) return 0
  const code = targets[random(targets.length)]
  spread(view, code)
  const ways = [0, 1, 2, 3].map(side =>
    SOLID[view[CENTRE + STEPS[side]]] && view[CENTRE + STEPS[side]] !== code
      ? UNREACHED
      : distance[CENTRE + STEPS[side]],
  )
  const best = Math.min(...ways)
  if (best === UNREACHED) return 0
  const sides = [0, 1, 2, 3].filter(side => ways[side] === best)
  return 1 + sides[random(sides.length)]
}

function labelKind(view: Uint8Array, code: number, labels: Labels, kind: number): void {
  let best = UNREACHED
  let ties = 0
  if (labels.present[kind]) {
    for (let side = 0; side < SIDES; side++) {
      const cell = CENTRE + STEPS[side]
      if (SOLID[view[cell]] && view[cell] !== code) continue
      const steps = distance[cell]
      if (steps === UNREACHED) continue
      labels.nearness[kind * SIDES + side] = Math.exp(-steps / NEARNESS_SCALE)
      if (steps < best) {
        best = steps
        ties = 0
      }
      if (steps === best) ties++
    }
  }
  if (best === UNREACHED) {
    labels.directions[kind * DIRECTIONS] = 1
    return
  }
  for (let side = 0; side < SIDES; side++) {
    const cell = CENTRE + STEPS[side]
    const open = !SOLID[view[cell]] || view[cell] === code
    if (open && distance[cell] === best) labels.directions[kind * DIRECTIONS + 1 + side] = 1 / ties
  }
}
