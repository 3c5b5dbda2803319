/**
 * Pictures of games in play, as bytes: docs/protocol.md. A picture holds only the games that have changed since the last
 * one, and of each only what has changed, so that a wall of 64 games takes a few KB a step. All numbers are
 * little-endian. Runs in Node, which encodes, and in the browser, which decodes.
 */
import { ACTION_COUNT } from '../../../envs/game.ts'
import { MAX_SIDE } from '../../../levels/level.ts'
import { addSprite, createScene, MAX_SPRITES, type Scene } from '../../core/scene.ts'
import { TILES } from '../../core/tiles.ts'
import { MAX_WALL } from './protocol.ts'

/** What one game shows at one moment. */
export interface GameMoment {
  /** Overwritten by the next picture. */
  readonly scene: Scene
  /** Steps played. */
  readonly step: number
  /** Index into ACTIONS of the action that the policy takes next; null at the end. */
  readonly action: number | null
  /** The policy's probability of each action now, [6], to 1/255; empty at the end. */
  readonly probabilities: readonly number[]
  /** Discounted return that the linear baseline expects from here on; 0 at the end. */
  readonly value: number
  /** Sum of rewards so far. */
  readonly return: number
  readonly terminated: boolean
  readonly won: boolean
}

export interface SceneEncoder {
  /** Adds a game to the next picture, unless it shows what was sent last. */
  put(slot: number, moment: GameMoment): void
  /** The picture of all that was put since the last one; undefined where nothing has changed. */
  take(): Uint8Array | undefined
}

export interface SceneDecoder {
  /**
   * Takes a picture in and returns the slots that have changed. Throws a DamagedPicture, and is as it was before, where
   * the bytes are no picture or do not follow from those before.
   */
  decode(picture: Uint8Array): number[]
  /** What a slot shows; undefined before its first picture. */
  moment(slot: number): GameMoment | undefined
}

/** Bytes that are no picture. */
export class DamagedPicture extends Error {
  override readonly name = 'DamagedPicture'
}

const VERSION = 1
const HEADER_BYTES = 2
const TERMINATED = 1
const WON = 2
/** No action is left: neither action, probabilities nor value follow. */
const ENDED = 4
/** Size, camera and all tiles follow; without it the tiles that changed. */
const WHOLE = 8
/** Camera and all sprites follow; without it they are as they were. */
const MOVED = 16
const ALL_FLAGS = 31

/** Bytes of a changed tile: its place and its code. */
const CHANGE_BYTES = 3
const SPRITE_BYTES = 5
/** The longest entry of a game: a whole scene. */
const MAX_GAME_BYTES = 32 + MAX_SIDE * MAX_SIDE + MAX_SPRITES * SPRITE_BYTES

/** What a game showed when it was last sent. */
interface Sent {
  moment: Omit<GameMoment, 'scene'>
  readonly scene: Scene
}

/** Encodes for one reader: what was sent to it last is what the next picture builds on. */
export function createSceneEncoder(): SceneEncoder {
  const sent = new Map<number, Sent>()
  let bytes = new Uint8Array(MAX_GAME_BYTES)
  let at = HEADER_BYTES
  let games = 0

  const makeRoom = (): DataView => {
    if (bytes.length - at < MAX_GAME_BYTES) {
      const larger = new Uint8Array(2 * bytes.length + MAX_GAME_BYTES)
      larger.set(bytes)
      bytes = larger
    }
    return new DataView(bytes.buffer)
  }
  return {
    put(slot, moment) {
      const { scene, step, action, value, terminated, won } = moment
      const last = sent.get(slot)
      const changes = last && changedTiles(last.scene, scene)
      const hasMoved = !last || !sameSprites(last.scene, scene)
      if (last && changes?.length === 0 && !hasMoved && isSameMoment(last.moment, moment)) return
      const isWhole = changes === undefined || changes.length * CHANGE_BYTES > scene.tiles.length
      const view = makeRoom()
      view.setUint8(at++, slot)
      view.setUint8(
        at++,
        (terminated ? TERMINATED : 0) |
          (won ? WON : 0) |
          (action === null ? ENDED : 0) |
          (isWhole ? WHOLE : 0) |
          (hasMoved ? MOVED : 0),
      )
      view.setUint16(at, step, true)
      view.setFloat32(at + 2, moment.return, true)
      at += 6
      if (action !== null) {
        view.setUint8(at++, action)
        for (const probability of moment.probabilities) view.setUint8(at++, Math.round(probability * 255))
        view.setFloat32(at, value, true)
        at += 4
      }
      if (isWhole) {
        view.setUint8(at++, scene.width)
        view.setUint8(at++, scene.height)
        bytes.set(scene.tiles, at)
        at += scene.tiles.length
      } else {
        view.setUint16(at, changes.length, true)
        at += 2
        for (const place of changes) {
          view.setUint16(at, place, true)
          view.setUint8(at + 2, scene.tiles[place])
          at += CHANGE_BYTES
        }
      }
      if (hasMoved) {
        view.setUint8(at++, scene.cameraX)
        view.setUint8(at++, scene.cameraY)
        view.setUint8(at++, scene.sprites)
        for (let i = 0; i < scene.sprites; i++) {
          view.setUint8(at, scene.spriteCode[i])
          view.setInt16(at + 1, scene.spriteX[i], true)
          view.setInt16(at + 3, scene.spriteY[i], true)
          at += SPRITE_BYTES
        }
      }
      games++
      const kept = last ?? { moment, scene: createScene() }
      kept.moment = moment
      copyScene(scene, kept.scene)
      sent.set(slot, kept)
    },
    take() {
      if (games === 0) return undefined
      bytes[0] = VERSION
      bytes[1] = games
      const picture = bytes.slice(0, at)
      at = HEADER_BYTES
      games = 0
      return picture
    },
  }
}

/** Whether two moments are the same but for what is seen. */
function isSameMoment(one: Omit<GameMoment, 'scene'>, other: Omit<GameMoment, 'scene'>): boolean {
  return (
    one.step === other.step &&
    one.action === other.action &&
    one.value === other.value &&
    one.return === other.return &&
    one.terminated === other.terminated &&
    one.won === other.won &&
    one.probabilities.every((probability, i) => probability === other.probabilities[i])
  )
}

/** Places of the tiles that differ; undefined where the maps are not of one size. */
function changedTiles(before: Scene, now: Scene): number[] | undefined {
  if (before.width !== now.width || before.height !== now.height) return undefined
  const places: number[] = []
  for (let i = 0; i < now.tiles.length; i++) if (before.tiles[i] !== now.tiles[i]) places.push(i)
  return places
}

/** Whether the sprites and the camera are the same. */
function sameSprites(before: Scene, now: Scene): boolean {
  if (before.sprites !== now.sprites || before.cameraX !== now.cameraX || before.cameraY !== now.cameraY)
    return false
  for (let i = 0; i < now.sprites; i++) {
    if (before.spriteCode[i] !== now.spriteCode[i]) return false
    if (before.spriteX[i] !== now.spriteX[i] || before.spriteY[i] !== now.spriteY[i]) return false
  }
  return true
}

function copyScene(from: Scene, to: Scene): void {
  if (to.tiles.length !== from.tiles.length) to.tiles = new Uint8Array(from.tiles.length)
  to.tiles.set(from.tiles)
  to.width = from.width
  to.height = from.height
  to.sprites = from.sprites
  to.spriteCode.set(from.spriteCode)
  to.spriteX.set(from.spriteX)
  to.spriteY.set(from.spriteY)
  to.cameraX = from.cameraX
  to.cameraY = from.cameraY
}

/** One game's entry of a picture, checked but not yet taken in. */
interface Entry {
  readonly slot: number
  readonly moment: Omit<GameMoment, 'scene'>
  readonly whole?: { readonly width: number; readonly height: number; readonly tiles: Uint8Array }
  readonly changes: readonly { readonly place: number; readonly code: number }[]
  readonly moved?: {
    readonly camera: readonly [number, number]
    readonly sprites: readonly { readonly code: number; readonly x: number; readonly y: number }[]
  }
}

/** Decodes what one encoder has made, from its first picture on. */
export function createSceneDecoder(): SceneDecoder {
  const moments = new Map<number, GameMoment>()
  return {
    decode(picture) {
      // All of it is checked before anything is taken in.
      const entries = readEntries(picture, slot => moments.get(slot)?.scene)
      for (const entry of entries) {
        const scene = moments.get(entry.slot)?.scene ?? createScene()
        takeIn(entry, scene)
        moments.set(entry.slot, { ...entry.moment, scene })
      }
      return entries.map(({ slot }) => slot)
    },
    moment: slot => moments.get(slot),
  }
}

function takeIn({ whole, changes, moved }: Entry, scene: Scene): void {
  if (whole) {
    scene.width = whole.width
    scene.height = whole.height
    scene.tiles = whole.tiles
  }
  for (const { place, code } of changes) scene.tiles[place] = code
  if (whole || changes.length > 0) scene.revision++
  if (!moved) return
  scene.cameraX = moved.camera[0]
  scene.cameraY = moved.camera[1]
  scene.sprites = 0
  for (const { code, x, y } of moved.sprites) addSprite(scene, code, x, y)
}

function readEntries(picture: Uint8Array, sceneOf: (slot: number) => Scene | undefined): Entry[] {
  const reader = createReader(picture)
  const version = reader.uint8()
  if (version !== VERSION) throw damaged(`version ${version}, expected ${VERSION}`)
  const games = within('games', reader.uint8(), 0, MAX_WALL)
  const entries: Entry[] = []
  const seen = new Set<number>()
  for (let i = 0; i < games; i++) {
    const slot = within('the slot', reader.uint8(), 0, MAX_WALL - 1)
    if (seen.has(slot)) throw damaged(`slot ${slot} twice`)
    seen.add(slot)
    entries.push(readEntry(slot, reader, sceneOf(slot)))
  }
  if (reader.left() > 0) throw damaged(`${reader.left()} bytes too many`)
  return entries
}

function readEntry(slot: number, reader: Reader, before: Scene | undefined): Entry {
  const flags = within('the flags', reader.uint8(), 0, ALL_FLAGS)
  const step = reader.uint16()
  const total = reader.float32()
  let [action, value]: [number | null, number] = [null, 0]
  const probabilities: number[] = []
  if (!(flags & ENDED)) {
    action = within('the action', reader.uint8(), 0, ACTION_COUNT - 1)
    for (let i = 0; i < ACTION_COUNT; i++) probabilities.push(reader.uint8() / 255)
    value = reader.float32()
  }
  const whole = flags & WHOLE ? readWhole(reader) : undefined
  if (!whole && !before) throw damaged(`changes of slot ${slot}, which was never whole`)
  const size = whole ?? (before as Scene)
  const changes = whole ? [] : readChanges(reader, size.width * size.height)
  const moved = flags & MOVED ? readMoved(reader, size) : undefined
  if (!moved && !before) throw damaged(`slot ${slot} without sprites, which never had any`)
  if (!moved && before && (before.cameraX >= size.width || before.cameraY >= size.height))
    throw damaged(`slot ${slot} with a camera off its map`)
  const moment = {
    step,
    action,
    probabilities,
    value,
    return: total,
    terminated: (flags & TERMINATED) !== 0,
    won: (flags & WON) !== 0,
  }
  return { slot, moment, changes, ...(whole ? { whole } : {}), ...(moved ? { moved } : {}) }
}

function readWhole(reader: Reader): NonNullable<Entry['whole']> {
  const width = within('the width', reader.uint8(), 1, MAX_SIDE)
  const height = within('the height', reader.uint8(), 1, MAX_SIDE)
  const tiles = reader.bytes(width * height)
  for (const code of tiles) requireCode(code)
  return { width, height, tiles }
}

function readChanges(reader: Reader, tiles: number): Entry['changes'] {
  const changes = within('the changed tiles', reader.uint16(), 0, tiles)
  return Array.from({ length: changes }, () => {
    const place = within('the place of a tile', reader.uint16(), 0, tiles - 1)
    return { place, code: requireCode(reader.uint8()) }
  })
}

function readMoved(reader: Reader, size: { readonly width: number; readonly height: number }) {
  const camera: [number, number] = [
    within('the camera', reader.uint8(), 0, size.width - 1),
    within('the camera', reader.uint8(), 0, size.height - 1),
  ]
  const count = within('the sprites', reader.uint8(), 0, MAX_SPRITES)
  const sprites = Array.from({ length: count }, () => ({
    code: requireCode(reader.uint8()),
    x: reader.int16(),
    y: reader.int16(),
  }))
  return { camera, sprites }
}

interface Reader {
  left(): number
  uint8(): number
  uint16(): number
  int16(): number
  float32(): number
  /** A copy of the next bytes. */
  bytes(count: number): Uint8Array
}

function createReader(picture: Uint8Array): Reader {
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength)
  let at = 0
  const next = (count: number): number => {
    if (picture.length - at < count) throw damaged(`it ends after ${picture.length} bytes`)
    at += count
    return at - count
  }
  return {
    left: () => picture.length - at,
    uint8: () => view.getUint8(next(1)),
    uint16: () => view.getUint16(next(2), true),
    int16: () => view.getInt16(next(2), true),
    float32() {
      const value = view.getFloat32(next(4), true)
      if (!Number.isFinite(value)) throw damaged('a number that is not finite')
      return value
    },
    bytes: count => picture.slice(next(count), at),
  }
}

function within(what: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value
  throw damaged(`${what}: ${value}, expected ${least} to ${most}`)
}

function requireCode(code: number): number {
  return within('the code of a tile', code, 0, TILES.length - 1)
}

function damaged(why: string): DamagedPicture {
  return new DamagedPicture(`damaged picture: ${why}`)
}
