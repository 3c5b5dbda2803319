/** Generates many proved levels of one split into a pack, one file (levels/formats/pack.ts). */
import { setImmediate } from 'node:timers/promises'
import { drawLevel, type LevelRequest } from '../../../envs/draw-level.ts'
import { formatPack, type PackedLevel } from '../../../levels/formats/pack.ts'
import type { Split } from '../../../levels/level.ts'
import { movesOfActions } from '../../../levels/moves.ts'
import { levelKind } from '../../../levels/registry.ts'
import { UserError } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'

export interface PackRequest {
  readonly request: LevelRequest
  readonly split: Split
  readonly count: number
  readonly seed: number
}

/** Draws in a row that may give a level that the pack has already. */
const MAX_REPEATS = 200

/** A pack of different levels as text; the same request gives the same text. */
export async function drawPack(
  { request, split, count, seed }: PackRequest,
  context: CommandContext,
): Promise<string> {
  const levels: PackedLevel[] = []
  const known = new Set<string>()
  const progress = context.progress({ label: `generating ${request.game}`, total: count, unit: 'levels' })
  let repeats = 0
  try {
    for (let draw = 0; levels.length < count; draw++) {
      const { level, hash, solution } = drawLevel(request, split, `pack/${seed}/${draw}`)
      await setImmediate()
      context.signal.throwIfAborted()
      if (known.has(hash)) {
        if (++repeats >= MAX_REPEATS)
          throw new UserError(
            `${request.game}: no new level in ${MAX_REPEATS} draws after ${levels.length} of ${count}; ask for fewer, for larger maps or for more families`,
          )
        continue
      }
      repeats = 0
      known.add(hash)
      levels.push({ level, return: solution.bestReturn, moves: movesOfActions(solution.actions, level) })
      progress.update(levels.length)
    }
  } finally {
    progress.stop()
  }
  const { game, ...asked } = request
  const { defaults } = levelKind(game)
  return formatPack({ game, split, seed: String(seed), count, options: { ...defaults, ...asked } }, levels)
}
