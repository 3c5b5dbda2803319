/** Small pictures of single tiles: for legends and palettes. */
import { useMemo } from 'preact/hooks'
import type { LegendEntry, LevelKind } from '../../../levels/level.ts'
import type { Scene } from '../../core/scene.ts'
import { tileCode } from '../../core/tiles.ts'
import './levels.css'
import { Pixels, paintTile } from './pixels.tsx'

interface LegendIconProps {
  readonly kind: LevelKind
  readonly entry: LegendEntry
  readonly theme: string
  readonly label?: string
}

/** What a character of a map stands for, with all that is on its tile. Its side is that of a letter and a half; --tile-side changes it. */
export function LegendIcon({ kind, entry, theme, label }: LegendIconProps) {
  const paint = useMemo(() => {
    const things = [entry.thing, entry.player ? kind.looks[0] : undefined].flatMap(name =>
      name === undefined ? [] : [tileCode(name)],
    )
    return (scene: Scene) => paintTile(scene, tileCode(entry.tile), things)
  }, [kind, entry])
  return <Pixels class="tile-icon" theme={theme} paint={paint} label={label} />
}
