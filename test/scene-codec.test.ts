/** Pictures of games: what is decoded is what was painted, and damaged bytes are refused. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { createPlayback, type Playback } from '../envs/playback.ts'
import { GAMES } from '../envs/registry.ts'
import { MAX_WALL } from '../src/app/watch/protocol.ts'
import {
  createSceneDecoder,
  createSceneEncoder,
  DamagedPicture,
  type GameMoment,
  type SceneDecoder,
} from '../src/app/watch/scene-codec.ts'
import { stream } from '../src/core/random.ts'
import { createScene, type Scene } from '../src/core/scene.ts'

const STEPS = 40

/** A play of every game by a random player, to 1/255 as certain of each action as a stream says. */
interface Play {
  readonly playback: Playback
  readonly probabilities: readonly (readonly number[])[]
  readonly actions: readonly number[]
}
let plays: readonly Play[] = []
beforeAll(() => {
  plays = GAMES.map(({ id }) => {
    const random = stream('codec', id)
    const { level } = drawLevel({ game: id }, 'train', `codec/${id}`)
    const actions = Array.from({ length: STEPS }, () => random.int(ACTION_COUNT))
    const probabilities = actions.map(() => Array.from({ length: ACTION_COUNT }, () => random.int(256) / 255))
    return { playback: createPlayback(level, actions, [0, 1]), actions, probabilities }
  })
})

function momentOf({ playback, actions, probabilities }: Play, step: number): GameMoment {
  playback.seek(step)
  const scene = createScene()
  playback.paint(scene)
  // The game lends its own array, which the next step writes to.
  scene.tiles = scene.tiles.slice()
  const isEnd = playback.terminated || playback.step === playback.length
  return {
    scene,
    step: playback.step,
    action: isEnd ? null : actions[step],
    probabilities: isEnd ? [] : probabilities[step],
    value: isEnd ? 0 : Math.fround(Math.sin(step)),
    return: Math.fround(playback.return),
    terminated: playback.terminated,
    won: playback.won,
  }
}

/** All that a view reads of a scene. */
function visible(scene: Scene) {
  const { width, height, tiles, sprites, spriteCode, spriteX, spriteY, cameraX, cameraY } = scene
  const used = [spriteCode, spriteX, spriteY].map(list => [...list.subarray(0, sprites)])
  return { width, height, tiles: [...tiles], sprites: used, camera: [cameraX, cameraY] }
}

function readable(moment: GameMoment | undefined) {
  return moment && { ...moment, scene: visible(moment.scene) }
}

/** Pictures of all games, one a step. */
function pictures(steps = STEPS): Uint8Array[] {
  const encoder = createSceneEncoder()
  return Array.from({ length: steps + 1 }, (_, step) => {
    plays.forEach((play, slot) => {
      encoder.put(slot, momentOf(play, step))
    })
    return encoder.take() ?? new Uint8Array(0)
  })
}

describe('a picture', () => {
  it('decodes to what was painted, whatever steps of which games are sent', () => {
    const order = fc.array(
      fc.record({
        game: fc.nat(GAMES.length - 1),
        slot: fc.nat(5),
        step: fc.nat(STEPS),
        isSent: fc.boolean(),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(order, puts => {
        const encoder = createSceneEncoder()
        const decoder = createSceneDecoder()
        const expected = new Map<number, GameMoment>()
        const pending = new Set<number>()
        for (const { game, slot, step, isSent } of puts) {
          // A game is put into a picture once.
          if (!pending.has(slot)) {
            const moment = momentOf(plays[game], step)
            encoder.put(slot, moment)
            expected.set(slot, moment)
            pending.add(slot)
          }
          if (!isSent) continue
          const picture = encoder.take()
          if (picture) decoder.decode(picture)
          pending.clear()
          for (const [other, moment] of expected)
            expect(readable(decoder.moment(other))).toEqual(readable(moment))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('holds nothing of a game that shows what it showed', () => {
    const encoder = createSceneEncoder()
    encoder.put(0, momentOf(plays[0], 3))
    encoder.put(1, momentOf(plays[1], 3))
    expect(createSceneDecoder().decode(encoder.take() as Uint8Array)).toEqual([0, 1])
    encoder.put(0, momentOf(plays[0], 3))
    expect(encoder.take()).toBeUndefined()
  })

  it('is small', () => {
    const sizes = pictures()
      .slice(1)
      .map(picture => picture.length)
    const aGameAndStep = sizes.reduce((sum, size) => sum + size, 0) / sizes.length / GAMES.length
    expect(aGameAndStep).toBeLessThan(70)
  })

  it('holds the largest scene there is, on every slot of a wall', () => {
    const scene = createScene()
    scene.width = 64
    scene.height = 64
    scene.tiles = new Uint8Array(64 * 64).map((_, i) => i % 7)
    scene.sprites = 64
    scene.spriteX.fill(-3)
    scene.spriteY.fill(252)
    scene.cameraX = 63
    const moment = { ...momentOf(plays[0], 0), scene, step: 65535 }
    const encoder = createSceneEncoder()
    for (let slot = 0; slot < MAX_WALL; slot++) encoder.put(slot, moment)
    const decoder = createSceneDecoder()
    decoder.decode(encoder.take() as Uint8Array)
    for (const slot of [0, MAX_WALL - 1]) expect(readable(decoder.moment(slot))).toEqual(readable(moment))
  })
})

describe('damaged bytes', () => {
  /** Decodes good pictures, then a bad one: refused by its own error, or decoded to something that can be drawn. */
  function feed(decoder: SceneDecoder, bytes: Uint8Array): void {
    const before = plays.map((_, slot) => readable(decoder.moment(slot)))
    try {
      decoder.decode(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedPicture)
      expect((error as Error).message).toMatch(/^damaged picture: /)
      expect(plays.map((_, slot) => readable(decoder.moment(slot)))).toEqual(before)
    }
  }

  it('of any kind are refused, and nothing has changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isHeaded) => {
        const decoder = createSceneDecoder()
        for (const picture of good) decoder.decode(picture)
        feed(decoder, isHeaded ? Uint8Array.of(1, 1, ...bytes) : bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('of a good picture with some of them changed, lost or added are refused or can be drawn', () => {
    const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'add') })
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), fc.boolean(), (damages, isFirst) => {
        const decoder = createSceneDecoder()
        if (!isFirst) for (const picture of good.slice(0, -1)) decoder.decode(picture)
        let bytes = [...(isFirst ? good[0] : good[good.length - 1])]
        for (const { at, byte, kind } of damages) {
          const place = at % bytes.length
          if (kind === 'set') bytes[place] = byte
          else if (kind === 'cut') bytes = bytes.slice(0, Math.max(1, place))
          else bytes.splice(place, 0, byte)
        }
        feed(decoder, Uint8Array.from(bytes))
        for (let slot = 0; slot < MAX_WALL; slot++) {
          const scene = decoder.moment(slot)?.scene
          if (!scene) continue
          expect(scene.tiles).toHaveLength(scene.width * scene.height)
          expect(scene.cameraX).toBeLessThan(scene.width)
          expect(scene.cameraY).toBeLessThan(scene.height)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, number[], RegExp]>([
    ['empty', [], /ends after 0 bytes/],
    ['of another version', [2, 0], /version 2, expected 1/],
    ['of too many games', [1, 65], /games: 65, expected 0 to 64/],
    ['for a slot beyond the wall', [1, 1, 64], /the slot: 64/],
    ['with changes of what was never there', [1, 1, 60, 4, 0, 0, 0, 0, 0, 0, 0, 0], /never whole/],
    ['with a number that is none', [1, 1, 0, 12, 0, 0, 0, 0, 0xc0, 0x7f], /not finite/],
    ['with a byte too many', [1, 0, 0], /1 bytes too many/],
    ['with a map without tiles', [1, 1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 5], /the width: 0, expected 1 to 64/],
  ])('%s', (_, bytes, expected) => {
    const decoder = createSceneDecoder()
    for (const picture of good) decoder.decode(picture)
    expect(() => decoder.decode(Uint8Array.from(bytes))).toThrow(expected)
  })

  let good: Uint8Array[] = []
  beforeAll(() => {
    good = pictures(5)
  })
})
