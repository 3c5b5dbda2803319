/** Levels of 64x64, the largest that play: every game starts, steps and paints them, and the agent's view scrolls. */
import { describe, expect, test } from 'vitest'
import { sketchLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { episodeStream } from '../envs/solver.ts'
import { type Level, MAX_SIDE, problemsOf } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { formatLevel, parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'
import { atlasOf, createView, drawPixels, FRAME_BYTES, VIEW } from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'
import { THEMES } from '../src/core/themes.ts'
import { TILES } from '../src/core/tiles.ts'

/**
 * A map of the generator's in one corner of a 64x64 field, walled off, with the player's place in any of the corners: the
 * rest is wall.
 */
function large(game: string, right: boolean, bottom: boolean): Level {
  const kind = levelKind(game)
  const family = kind.families[0]!.name
  const side = kind.defaults.size[1]
  const request = { game, size: [side, side] as const, families: [family] }
  const { map, rules } = sketchLevel(request, 'train', 'large')
  const wall = Object.keys(kind.legend).find(c => kind.legend[c]!.tile === 'wall')!
  const pad = MAX_SIDE - side
  const rows = map.map(row => (right ? wall.repeat(pad) + row : row + wall.repeat(pad)))
  const rest = Array.from({ length: pad }, () => wall.repeat(MAX_SIDE))
  return {
    game,
    map: bottom ? [...rest, ...rows] : [...rows, ...rest],
    rules,
    theme: 'dungeon',
    provenance: { source: 'hand' },
  }
}

const corners = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const

describe.each(GAMES.map(game => ({ id: game.id, game })))('$id', ({ id, game }) => {
  test.each(corners)('plays in a corner of 64x64 (right %s, bottom %s)', (right, bottom) => {
    const level = large(id, right, bottom)
    const kind = levelKind(id)
    expect(problemsOf(level, kind)).toEqual([])
    expect(parseLevel(formatLevel(level), 'large.txt')).toEqual(level)
    const state = game.start(level, episodeStream(level))
    const random = stream('large', id, 'actions')
    const scene = createScene()
    const view = createView(new Uint8Array(FRAME_BYTES))
    const atlas = atlasOf(THEMES[0]!)
    for (let t = 0; t < 200 && !state.terminated; t++) {
      game.paint(state, scene)
      expect([scene.width, scene.height]).toEqual([MAX_SIDE, MAX_SIDE])
      // The camera follows the player to whichever corner the game is in.
      expect(scene.cameraX > MAX_SIDE / 2).toBe(right)
      expect(scene.cameraY > MAX_SIDE / 2).toBe(bottom)
      const looks = kind.looks.map(look => TILES.findIndex(({ name }) => name === look))
      const player = [...scene.spriteCode.subarray(0, scene.sprites)].findIndex(code => looks.includes(code))
      expect(Math.abs(scene.spriteX[player]! / 4 - scene.cameraX)).toBeLessThan(1)
      expect(Math.abs(scene.spriteY[player]! / 4 - scene.cameraY)).toBeLessThan(1)
      drawPixels(scene, atlas, view)
      const fresh = createView(new Uint8Array(FRAME_BYTES))
      drawPixels(scene, atlas, fresh)
      expect(Buffer.compare(view.pixels, fresh.pixels)).toBe(0)
      game.step(state, random.int(ACTION_COUNT))
    }
  })

  test('moves its view with the player: what leaves it is gone, what comes in is drawn', () => {
    const level = large(id, true, true)
    const state = game.start(level, episodeStream(level))
    const scene = createScene()
    game.paint(state, scene)
    expect(scene.width).toBeGreaterThan(2 * VIEW)
    const views = new Set<string>()
    const random = stream('large', id, 'scroll')
    for (let t = 0; t < 200 && !state.terminated; t++) {
      game.paint(state, scene)
      views.add(`${scene.cameraX},${scene.cameraY}`)
      game.step(state, random.int(ACTION_COUNT))
    }
    expect(views.size).toBeGreaterThan(2)
  })
})
