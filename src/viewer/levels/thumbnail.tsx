/** A level's map as it looks at the start, small. */
import { useMemo } from 'preact/hooks'
import { findGame } from '../../../envs/registry.ts'
import { episodeStream } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import type { Scene } from '../../core/scene.ts'
import './levels.css'
import { Pixels } from './pixels.tsx'

/** The whole map at the start of an episode. The level has been checked. */
export function Thumbnail({ level, label }: { readonly level: Level; readonly label?: string }) {
  const paint = useMemo(() => {
    const game = findGame(level.game)
    return (scene: Scene) => game.paint(game.start(level, episodeStream(level)), scene)
  }, [level])
  return <Pixels class="thumbnail" theme={level.theme} paint={paint} label={label} />
}
