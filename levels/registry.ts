/** All games' level kinds; a new game adds its line. */
import { quoted, UserError } from '../src/core/errors.ts'
import { chaserLevels } from './chaser.ts'
import { crossingLevels } from './crossing.ts'
import { diggerLevels } from './digger.ts'
import { gemsLevels } from './gems.ts'
import { keysLevels } from './keys.ts'
import { landerLevels } from './lander.ts'
import type { LevelKind } from './level.ts'
import { mazeLevels } from './maze.ts'
import { platformerLevels } from './platformer.ts'
import { sokobanLevels } from './sokoban.ts'

// biome-ignore format: one line a game
export const LEVEL_KINDS: readonly LevelKind[] = [
  gemsLevels,
  keysLevels,
  mazeLevels,
  sokobanLevels,
  chaserLevels,
  crossingLevels,
  diggerLevels,
  platformerLevels,
  landerLevels,
]

/** The level kind of a game; an unknown name is refused with the list of games. */
export function levelKind(game: string): LevelKind {
  const kind = LEVEL_KINDS.find(k => k.game === game)
  if (!kind)
    throw new UserError(
      `unknown game ${quoted(game)}; expected one of ${LEVEL_KINDS.map(k => k.game).join(', ')}`,
    )
  return kind
}
