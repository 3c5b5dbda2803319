/** Levels to choose from, as small pictures with a line below each. */
import type { Level } from '../../../levels/level.ts'
import './levels.css'
import { Thumbnail } from './thumbnail.tsx'

export interface GridLevel {
  readonly key: string
  readonly title: string
  /** Undefined while it is being drawn. */
  readonly level: Level | undefined
}

export function LevelGrid({
  label,
  levels,
  onPick,
}: {
  readonly label: string
  readonly levels: readonly GridLevel[]
  readonly onPick: (level: Level) => void
}) {
  return (
    <ul class="level-grid" aria-label={label} aria-busy={levels.some(({ level }) => level === undefined)}>
      {levels.map(({ key, title, level }) => (
        <li key={key}>
          <button
            type="button"
            class="level-choice"
            disabled={level === undefined}
            title={level ? `Choose ${title}` : `${title}: being drawn`}
            onClick={() => level && onPick(level)}
          >
            {level ? <Thumbnail level={level} /> : <span class="thumbnail" aria-hidden="true" />}
            <span>{title}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
