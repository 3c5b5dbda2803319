/** The way that a player takes through a level. */
import { createPlayback } from '../../../envs/playback.ts'
import type { Level } from '../../../levels/level.ts'
import { createScene } from '../../core/scene.ts'

/**
 * Tiles that the player comes through, as [x, y], without repetitions in a row: where the camera, which keeps to the
 * player, comes along.
 */
export function walkOf(level: Level, actions: ArrayLike<number>): (readonly [x: number, y: number])[] {
  const playback = createPlayback(level, actions)
  const scene = createScene()
  const walk: (readonly [number, number])[] = []
  do {
    playback.paint(scene)
    const last = walk.at(-1)
    if (last?.[0] !== scene.cameraX || last[1] !== scene.cameraY) walk.push([scene.cameraX, scene.cameraY])
  } while (playback.advance())
  return walk
}
