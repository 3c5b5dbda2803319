/** The picture of a game's tileset for Tiled: one tile for each legend entry, in a row, as people see it in the game. */
import { TILESET_SIDE } from '../../levels/formats/tiled-export.ts'
import type { LevelKind } from '../../levels/level.ts'
import { addSprite, createScene, QUARTERS } from '../core/scene.ts'
import type { Theme } from '../core/themes.ts'
import { tileCode } from '../core/tiles.ts'
import { enlarged, type Picture, pictureOfMap } from './picture.ts'

/** Draws the legend in its order, TILESET_SIDE pixels a tile: ground, what stands on it, the player. */
export function pictureOfTileset(kind: LevelKind, theme: Theme): Picture {
  const entries = Object.values(kind.legend)
  const scene = createScene()
  scene.width = entries.length
  scene.height = 1
  scene.tiles = Uint8Array.from(entries, entry => tileCode(entry.tile))
  entries.forEach(({ thing, player }, x) => {
    if (thing) addSprite(scene, tileCode(thing), x * QUARTERS, 0)
    if (player) addSprite(scene, tileCode(kind.looks[0] as string), x * QUARTERS, 0)
  })
  const picture = pictureOfMap(scene, theme)
  return enlarged(picture, TILESET_SIDE / picture.height)
}
