/** What grid games share: reading a level's map into their state, moving on it, and painting it. */
import type { Level, LevelKind } from '../levels/level.ts'
import { addSprite, QUARTERS, type Scene } from '../src/core/scene.ts'
import { tileCode } from '../src/core/tiles.ts'

const WALL = tileCode('wall')
const VOID = tileCode('void')

export interface GridMap {
  readonly width: number
  readonly height: number
  /** Tile codes, row-major: what lies on the ground. */
  readonly tiles: Uint8Array
  /** Index of the player's tile. */
  readonly player: number
  /** Sprites that stand on the map at the start, in reading order. */
  readonly things: readonly { readonly code: number; readonly index: number }[]
}

/** Reads a level's map. One that is open at an edge gets a ring of void, so that a step never leaves the array. */
export function readMap(level: Level, kind: LevelKind): GridMap {
  const rows = level.map
  const ring = isClosed(rows, kind) ? 0 : 1
  const height = rows.length + 2 * ring
  const width = (rows[0] as string).length + 2 * ring
  const tiles = new Uint8Array(width * height)
  let player = -1
  const things: { code: number; index: number }[] = []
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      const entry = kind.legend[row[x] as string]
      if (!entry)
        throw new Error(`row ${y + 1} of the map has an unknown tile: check a level before starting it`)
      const index = (y + ring) * width + x + ring
      if (entry.player) player = index
      if (entry.thing) things.push({ code: tileCode(entry.thing), index })
      tiles[index] = tileCode(entry.tile)
    }
  })
  return { width, height, tiles, player, things }
}

/** Walls stand all along the map's edge. */
function isClosed(map: readonly string[], kind: LevelKind): boolean {
  const isWall = (tile: string) => kind.legend[tile]?.tile === 'wall'
  const ends = [map[0] as string, map[map.length - 1] as string]
  return ends.every(row => [...row].every(isWall)) && map.every(row => isWall(row[0] as string) && isWall(row[row.length - 1] as string)) // biome-ignore format: one condition
}

/** Tiles along the longer side of a level's map: what time limits go by. */
export function longerSide({ map }: Level): number {
  return Math.max(map.length, (map[0] as string).length)
}

/** Whether nobody can stand there: a wall, the void around the map, or (for an unknown action) nowhere at all. */
export function isBlocked(tile: number | undefined): boolean {
  return tile === WALL || tile === VOID || tile === undefined
}

/** Index offsets of the four directions: up, down, left, right. */
export function directionOffsets(width: number): readonly number[] {
  return [-width, width, -1, 1]
}

/** For each action (noop, up, down, left, right, use) how the player's index changes under the level's controls. */
export function actionOffsets(width: number, controls: readonly number[]): Int32Array {
  const offsets = directionOffsets(width)
  return Int32Array.of(0, ...controls.map(direction => offsets[direction] as number), 0)
}

/**
 * Paints a map with the camera on the player, whose sprite has the code `sprite`. `revision` counts the writes to
 * `tiles` (see Scene); leave it out where they are not counted.
 */
export function paintGrid(
  scene: Scene,
  width: number,
  tiles: Uint8Array,
  player: number,
  sprite: number,
  revision = -1,
): void {
  const y = Math.floor(player / width)
  const x = player - y * width
  scene.width = width
  scene.height = tiles.length / width
  scene.tiles = tiles
  scene.revision = revision
  scene.cameraX = x
  scene.cameraY = y
  scene.sprites = 0
  addSprite(scene, sprite, x * QUARTERS, y * QUARTERS)
}

/** Tiles that states may share until one of them writes: a search clones far more states than it changes. */
export interface SharedTiles {
  tiles: Uint8Array
  /** Another state may hold the same array. */
  shared: boolean
}

/** A copy of a state that shares the tiles with it. */
export function cloneSharing<State extends SharedTiles>(state: State): State {
  state.shared = true
  return { ...state }
}

/** Replaces one tile, in an array of the state's own. */
export function writeTile(state: SharedTiles, index: number, tile: number): void {
  if (state.shared) {
    state.tiles = state.tiles.slice()
    state.shared = false
  }
  state.tiles[index] = tile
}

/**
 * Remembers what `build` makes of a level, for as long as the level lives: a game whose start takes no chance
 * clones its first state instead of reading the map at every reset.
 */
export function remembered<T>(build: (level: Level) => T): (level: Level) => T {
  const known = new WeakMap<Level, T>()
  return level => {
    let value = known.get(level)
    if (value === undefined) {
      value = build(level)
      known.set(level, value)
    }
    return value
  }
}
