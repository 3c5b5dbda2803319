/** The level after this one: the next seed of its split, the next of its pack, or else a new one of its game. */
import type { Level, Split } from '../../../levels/level.ts'
import { hashLevel } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import type { LevelWork } from '../learn/learning.ts'
import {
  type DrawSettings,
  drawSettings,
  requestOf,
  seedOf,
  streamOf,
  TRAINING_LAYOUTS,
} from '../levels/draw-settings.ts'
import type { PickedLevel } from '../levels/picked-level.ts'

export async function nextLevel({ level, hash, split }: PickedLevel, work: LevelWork): Promise<Level> {
  if (level.provenance.source === 'hand') {
    const { handMadeLevels } = await import('../levels/hand-made.ts')
    const pack = handMadeLevels(level.game)
    const at = pack.findIndex(other => hashLevel(other) === hash)
    if (at >= 0) return pack[(at + 1) % pack.length] as Level
  }
  const settings = settingsOf(level, split)
  const seed = level.provenance.source === 'generated' ? seedOf(level.provenance.seed) : undefined
  return (await work.draw(requestOf(settings), settings.split, streamOf((seed ?? 0) + 1))).level
}

/** How more levels like this one are drawn: as the last ones were, where it may be one of those. */
function settingsOf(level: Level, split: Split): DrawSettings {
  const last = drawSettings.peek()
  if (last?.game === level.game && last.split === split) return last
  const { provenance } = level
  const kind = levelKind(level.game)
  const isOfTraining = provenance.source !== 'generated' || kind.defaults.families.includes(provenance.family)
  return {
    game: level.game,
    split,
    layout: isOfTraining ? TRAINING_LAYOUTS : provenance.family,
    difficulty: 2,
    heldOutRules: split !== 'train' && kind.isHeldOut(level.rules),
  }
}
