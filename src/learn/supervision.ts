/**
 * The supervision that the simulator gives for free, computed from a symbolic view (16x16 tile codes, the player
 * in the middle): for each kind of target in the tile catalogue, which way its nearest one lies and how far it
 * is from each side of the player. Knows no game: only what the catalogue says of solid tiles and targets.
 */
import { VIEW, VIEW_CELLS } from '../core/rasteriser.ts'
import { TILES } from '../core/tiles.ts'

/** Codes of the tiles that the agent is asked about. */
export const TARGET_CODES: readonly number[] = [...TILES.keys()].filter(code => TILES[code].target)
/** Codes of sprites, one of which stands in the middle of the view: what the player is or carries. */
export const SPRITE_CODES: readonly number[] = [...TILES.keys()].filter(code => TILES[code].sprite)

/** Direction classes: none (not there, or no way), up, down, left, right. */
export const DIRECTIONS = 5
/** Sides of the player: up, down, left, right. */
export const SIDES = 4
/** Distance in steps over which nearness falls by a factor e. */
const NEARNESS_SCALE = 3

const CENTRE = (VIEW / 2) * VIEW + VIEW / 2
const STEPS = [-VIEW, VIEW, -1, 1]
const UNREACHED = 255
const SOLID = Uint8Array.from(TILES, tile => (tile.solid ? 1 : 0))
const KIND_OF_CODE = Int16Array.from(TILES, (_, code) => TARGET_CODES.indexOf(code))

export interface Labels {
  /** [kinds, 5]: how likely each direction is the shortest way; ties share. */
  readonly directions: Float32Array
  /** [kinds, 4]: exp(-distance / 3) from the tile on each side of the player, 0 where there is no way. */
  readonly nearness: Float32Array
  /** [kinds]: 1 where the view holds the kind. */
  readonly present: Float32Array
  /** Index into SPRITE_CODES of the sprite in the middle. */
  sprite: number
}

export function createLabels(): Labels {
  const kinds = TARGET_CODES.length
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
export function labelView(view: Uint8Array, labels: Labels): void {
  labels.directions.fill(0)
  labels.nearness.fill(0)
  labels.present.fill(0)
  labels.sprite = Math.max(0, SPRITE_CODES.indexOf(view[CENTRE]))
  for (let cell = 0; cell < VIEW_CELLS; cell++) {
    const kind = KIND_OF_CODE[view[cell]]
    if (kind >= 0) labels.present[kind] = 1
  }
  for (let kind = 0; kind < TARGET_CODES.length; kind++) {
    if (labels.present[kind]) spread(view, TARGET_CODES[kind])
    labelKind(view, labels, kind)
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
  const targets = view.filter(code => KIND_OF_CODE[code] >= 0)
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

function labelKind(view: Uint8Array, labels: Labels, kind: number): void {
  let best = UNREACHED
  let ties = 0
  if (labels.present[kind]) {
    for (let side = 0; side < SIDES; side++) {
      const cell = CENTRE + STEPS[side]
      if (SOLID[view[cell]] && view[cell] !== TARGET_CODES[kind]) continue
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
    const open = !SOLID[view[cell]] || view[cell] === TARGET_CODES[kind]
    if (open && distance[cell] === best) labels.directions[kind * DIRECTIONS + 1 + side] = 1 / ties
  }
}
