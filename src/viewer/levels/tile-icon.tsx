/** Small pictures of single tiles: for legends and palettes. */
import { useMemo } from 'preact/hooks'
import type { LegendEntry, LevelKind } from '../../../levels/level.ts'
import type { Scene } from '../../core/scene.ts'
import { TILES, tileCode } from '../../core/tiles.ts'
import './levels.css'
import { Pixels, paintTile } from './pixels.tsx'

export interface TileIconProps {
  /** A tile or sprite of src/core/tiles.ts. */
  readonly name: string
  readonly theme: string
  /** Only where no text beside the picture says what it is. */
  readonly label?: string
}

/** A tile; a sprite stands on floor. Its side is that of a letter and a half; --tile-side changes it. */
export function TileIcon({ name, theme, label }: TileIconProps) {
  const paint = useMemo(() => {
    const code = tileCode(name)
    return (scene: Scene) =>
      TILES[code]?.sprite ? paintTile(scene, tileCode('floor'), [code]) : paintTile(scene, code, [])
  }, [name])
  return <Pixels class="tile-icon" theme={theme} paint={paint} label={label} />
}

export interface LegendIconProps {
  readonly kind: LevelKind
  readonly entry: LegendEntry
  readonly theme: string
  readonly label?: string
}

/** What a character of a map stands for, with all that is on its tile. */
export function LegendIcon({ kind, entry, theme, label }: LegendIconProps) {
  const paint = useMemo(() => {
    const things = [entry.thing, entry.player ? kind.looks[0] : undefined].flatMap(name =>
      name === undefined ? [] : [tileCode(name)],
    )
    return (scene: Scene) => paintTile(scene, tileCode(entry.tile), things)
  }, [kind, entry])
  return <Pixels class="tile-icon" theme={theme} paint={paint} label={label} />
}
