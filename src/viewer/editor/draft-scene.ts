/** What a level that is being drawn looks like: as the game paints it, and where it is not sound yet, from the legend. */

import { findGame } from '../../../envs/registry.ts'
import { episodeStream } from '../../../envs/solver.ts'
import { type Level, type LevelKind, legendEntry } from '../../../levels/level.ts'
import { addSprite, QUARTERS, type Scene } from '../../core/scene.ts'
import { tileCode } from '../../core/tiles.ts'
import { widthOf } from './map-edits.ts'

/** Paints a level. `isSound`: it has no problems, so that its game can be started. */
export function paintDraft(level: Level, kind: LevelKind, isSound: boolean, scene: Scene): void {
  if (isSound) {
    const game = findGame(level.game)
    game.paint(game.start(level, episodeStream(level)), scene)
  } else paintLegend(level, kind, scene)
}

/** Tiles and things by the legend alone. What it does not know is left dark; the page marks it. */
function paintLegend({ map }: Level, kind: LevelKind, scene: Scene): void {
  const width = widthOf(map)
  scene.width = width
  scene.height = map.length
  scene.tiles = new Uint8Array(width * map.length).fill(tileCode('void'))
  scene.revision = -1
  scene.sprites = 0
  scene.cameraX = Math.floor(width / 2)
  scene.cameraY = Math.floor(map.length / 2)
  map.forEach((row, y) => {
    ;[...row].slice(0, width).forEach((character, x) => {
      const entry = legendEntry(kind, character)
      if (!entry) return
      scene.tiles[y * width + x] = tileCode(entry.tile)
      if (entry.thing) addSprite(scene, tileCode(entry.thing), x * QUARTERS, y * QUARTERS)
      if (entry.player) addSprite(scene, tileCode(kind.looks[0] as string), x * QUARTERS, y * QUARTERS)
    })
  })
}
