/** The levels that are there: the packs that ship and a directory of one's own. */
import { hashLevel, type Provenance, type Split, splitOf } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { formatTable } from '../table.ts'
import { type Fault, knownLevelFiles, loadLevels } from './source.ts'

export interface ListedLevel {
  readonly file: string
  readonly title: string | null
  readonly game: string
  readonly split: Split
  readonly hash: string
  readonly source: 'hand' | 'generated' | 'imported'
  /** How it is known that it can be won; null for a level that was drawn by hand: `levels check` tells. */
  readonly proof: 'solver' | 'solution' | 'unproved' | null
}

export interface LevelList {
  readonly levels: readonly ListedLevel[]
  readonly failed: readonly Fault[]
}

/** Lists the levels of a game, of a split, or all. */
export function listLevels(options: {
  readonly game?: string | undefined
  readonly split?: Split | undefined
  readonly directory?: string | undefined
}): LevelList {
  // An unknown game is refused: an empty list would say that it has no levels.
  const game = options.game === undefined ? undefined : levelKind(options.game).game
  const { levels, faults } = loadLevels(knownLevelFiles(options.directory))
  const listed = levels.map(({ file, title, level }): ListedLevel => {
    const hash = hashLevel(level)
    const { provenance } = level
    return {
      file,
      title,
      game: level.game,
      split: splitOf(hash),
      hash,
      source: provenance.source,
      proof: proofOf(provenance),
    }
  })
  return {
    levels: listed.filter(
      level => (!game || level.game === game) && (!options.split || level.split === options.split),
    ),
    failed: faults,
  }
}

function proofOf(provenance: Provenance): ListedLevel['proof'] {
  if (provenance.source === 'imported') return provenance.proof
  // A generator gives no level that its solver did not prove.
  return provenance.source === 'generated' ? 'solver' : null
}

export function formatList({ levels }: LevelList): string {
  if (levels.length === 0) return 'no levels'
  const rows = levels.map(({ file, title, game, split, hash, source, proof }) => {
    return [
      file,
      title ?? '',
      game,
      split,
      hash.slice(0, 12),
      source === 'imported' ? `imported, ${proof}` : source,
    ]
  })
  return formatTable(['file', 'title', 'game', 'split', 'hash', 'source'], rows)
}
