/** The hand-made levels that ship. */
import { useEffect, useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { Select } from '../ui/controls.tsx'
import { LevelGrid } from './level-grid.tsx'

export function HandMadeTab({
  games,
  game,
  onGame,
  onPick,
}: {
  readonly games: readonly string[]
  readonly game: string
  readonly onGame: (game: string) => void
  readonly onPick: (level: Level) => void
}) {
  const [levels, setLevels] = useState<readonly Level[]>([])
  useEffect(() => {
    let isWanted = true
    import('./hand-made.ts').then(({ handMadeLevels }) => {
      if (isWanted) setLevels(handMadeLevels(game))
    })
    return () => {
      isWanted = false
    }
  }, [game])
  return (
    <>
      <div class="picker-fields">
        <Select
          label="Game"
          value={game}
          options={games.map(name => ({ value: name, label: name }))}
          onChange={onGame}
        />
      </div>
      <p class="picker-note">
        Drawn by people, to be beautiful and to the point. Each belongs to the split of its hash.
      </p>
      <LevelGrid
        label={`Hand-made levels of ${game}`}
        levels={levels.map(level => ({ key: level.title ?? '', title: level.title ?? 'untitled', level }))}
        onPick={onPick}
      />
    </>
  )
}
