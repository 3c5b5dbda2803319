/** Levels of a split, drawn and proved here and now, a page of seeds at a time. */
import { useEffect, useState } from 'preact/hooks'
import type { ProvedLevel } from '../../../envs/draw-level.ts'
import { DIFFICULTIES, type Level, SPLITS } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { messageOf } from '../../core/errors.ts'
import { useLevelWork } from '../context.ts'
import { Button, NumberField, Select } from '../ui/controls.tsx'
import { type DrawSettings, fitting, layoutsOf, requestOf, SPLIT_MEANS, streamOf } from './draw-settings.ts'
import { LevelGrid } from './level-grid.tsx'

const PAGE = 8
const MAX_SEED = 1_000_000
const DIFFICULTY_NAMES = { 1: 'Easy', 2: 'As in training', 3: 'Hard' }

export interface DrawTabProps {
  readonly games: readonly string[]
  readonly settings: DrawSettings
  readonly onSettings: (settings: DrawSettings) => void
  readonly onPick: (level: Level) => void
}

export function DrawTab({ games, settings, onSettings, onPick }: DrawTabProps) {
  const [first, setFirst] = useState(1)
  const { drawn, error } = useDrawn(settings, first)
  const change = (part: Partial<DrawSettings>) => onSettings(fitting({ ...settings, ...part }))
  const { game, split, layout, difficulty, heldOutRules } = settings
  const seeds = Array.from({ length: PAGE }, (_, i) => first + i)
  return (
    <>
      <div class="picker-fields">
        <Select
          label="Game"
          value={game}
          options={games.map(name => ({ value: name, label: name }))}
          onChange={value => change({ game: value })}
        />
        <Select
          label="Split"
          value={split}
          options={SPLITS.map(name => ({ value: name, label: name }))}
          onChange={value => change({ split: value })}
        />
        <Select
          label="Layout"
          value={layout}
          options={layoutsOf(levelKind(game), split)}
          onChange={value => change({ layout: value })}
        />
        <Select
          label="Difficulty"
          value={`${difficulty}`}
          options={DIFFICULTIES.map(value => ({ value: `${value}`, label: DIFFICULTY_NAMES[value] }))}
          onChange={value =>
            change({ difficulty: DIFFICULTIES.find(d => `${d}` === value) ?? settings.difficulty })
          }
        />
        <Select
          label="Hidden rules"
          value={heldOutRules ? 'held-out' : 'training'}
          disabled={split === 'train'}
          options={[
            { value: 'training', label: 'As in training' },
            { value: 'held-out', label: 'Held out from training' },
          ]}
          onChange={value => change({ heldOutRules: value === 'held-out' })}
        />
        <NumberField label="First seed" value={first} min={1} max={MAX_SEED} onChange={setFirst} />
      </div>
      <p class="picker-note">{SPLIT_MEANS[split]}</p>
      {error === null ? (
        <LevelGrid
          label={`Levels of ${game}`}
          levels={seeds.map(seed => ({
            key: `${seed}`,
            title: `Seed ${seed}`,
            level: drawn.get(seed)?.level,
          }))}
          onPick={onPick}
        />
      ) : (
        <p role="alert" class="picker-error">
          {error}
        </p>
      )}
      <div class="picker-row">
        <Button
          label="Earlier seeds"
          disabled={first === 1}
          onPress={() => setFirst(Math.max(1, first - PAGE))}
        />
        <Button label="Later seeds" onPress={() => setFirst(Math.min(MAX_SEED, first + PAGE))} />
      </div>
    </>
  )
}

/** The levels of a page of seeds, as they come. */
function useDrawn(settings: DrawSettings, first: number) {
  const work = useLevelWork()
  const [state, setState] = useState({
    drawn: new Map<number, ProvedLevel>() as ReadonlyMap<number, ProvedLevel>,
    error: null as string | null,
  })
  useEffect(() => {
    let isWanted = true
    const draw = async () => {
      const drawn = new Map<number, ProvedLevel>()
      setState({ drawn, error: null })
      // One after the other: who changes the settings does not wait for the levels of the old ones.
      for (let seed = first; seed < first + PAGE && isWanted; seed++) {
        drawn.set(seed, await work.draw(requestOf(settings), settings.split, streamOf(seed)))
        if (isWanted) setState({ drawn: new Map(drawn), error: null })
      }
    }
    draw().catch(error => {
      if (isWanted) setState({ drawn: new Map(), error: messageOf(error) })
    })
    return () => {
      isWanted = false
    }
    // By value: the settings are made anew at every render.
  }, [work, JSON.stringify(settings), first])
  return state
}
