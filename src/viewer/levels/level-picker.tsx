/** Choosing a level: drawn from a split, made by hand, of a file, by a link, or whatever chance brings. */
import { useRef, useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { LEVEL_KINDS } from '../../../levels/registry.ts'
import { messageOf } from '../../core/errors.ts'
import { useLevelWork } from '../context.ts'
import { Tabs } from '../ui/choices.tsx'
import { Button } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import { notify } from '../ui/toasts.tsx'
import {
  type DrawSettings,
  drawSettings,
  fitting,
  requestOf,
  streamOf,
  TRAINING_LAYOUTS,
} from './draw-settings.ts'
import { DrawTab } from './draw-tab.tsx'
import { HandMadeTab } from './hand-made-tab.tsx'
import { ImportTab } from './import-tab.tsx'
import './levels.css'
import { LinkTab } from './link-tab.tsx'
import { type PickedLevel, pickedLevelOf, titleOf } from './picked-level.ts'
import { Thumbnail } from './thumbnail.tsx'

const SOURCES = [
  { value: 'draw', label: 'Draw' },
  { value: 'hand-made', label: 'Hand-made' },
  { value: 'import', label: 'Import' },
  { value: 'link', label: 'Link' },
] as const
type SourceName = (typeof SOURCES)[number]['value']

/** Seeds of random levels: few enough to be read out, too many to meet one again. */
const RANDOM_SEEDS = 1_000_000

export interface LevelPickerProps {
  readonly value: PickedLevel | null
  readonly onPick: (picked: PickedLevel) => void
  /** Games to choose from; default: all. */
  readonly games?: readonly string[]
}

/** Shows the chosen level in a line; the choice unfolds below it, and stands open while there is none. */
export function LevelPicker({ value, onPick, games = LEVEL_KINDS.map(kind => kind.game) }: LevelPickerProps) {
  const work = useLevelWork()
  const opener = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(value === null)
  const [isDrawing, setDrawing] = useState(false)
  const [source, setSource] = useState<SourceName>('draw')
  const settings = settingsFor(games, value)
  const setSettings = (changed: DrawSettings) => {
    drawSettings.value = changed
  }
  const choose = (level: Level) => {
    setOpen(false)
    opener.current?.querySelector('button')?.focus()
    onPick(pickedLevelOf(level))
  }
  const chooseGame = (game: string) => setSettings(fitting({ ...settings, game }))
  const drawRandom = async () => {
    const game = games[Math.floor(Math.random() * games.length)] as string
    const seed = Math.floor(Math.random() * RANDOM_SEEDS)
    setDrawing(true)
    try {
      const request = requestOf({ ...settings, game, layout: TRAINING_LAYOUTS, heldOutRules: false })
      choose((await work.draw(request, 'test', streamOf(seed))).level)
    } catch (error) {
      notify(messageOf(error), 'bad')
    } finally {
      setDrawing(false)
    }
  }
  useKeys({ l: () => setOpen(!isOpen) })
  return (
    <section class="level-picker" aria-label="Level">
      <div class="picker-line" ref={opener}>
        {value && <Thumbnail level={value.level} />}
        <p>{value ? <Named picked={value} /> : 'No level is chosen.'}</p>
        <div class="picker-row">
          <Button
            label={isOpen ? 'Close the choice' : 'Choose a level'}
            shortcut="l"
            pressed={isOpen}
            onPress={() => setOpen(!isOpen)}
          />
          <Button label="Random level" disabled={isDrawing} onPress={drawRandom} />
        </div>
      </div>
      {isOpen && (
        <div class="picker-choice">
          <Tabs label="Where the level comes from" value={source} tabs={SOURCES} onChange={setSource}>
            {source === 'draw' && (
              <DrawTab games={games} settings={settings} onSettings={setSettings} onPick={choose} />
            )}
            {source === 'hand-made' && (
              <HandMadeTab games={games} game={settings.game} onGame={chooseGame} onPick={choose} />
            )}
            {source === 'import' && <ImportTab games={games} onPick={choose} />}
            {source === 'link' && <LinkTab onPick={choose} />}
          </Tabs>
        </div>
      )}
    </section>
  )
}

/** What was asked for last, where the games offer it. */
function settingsFor(games: readonly string[], value: PickedLevel | null): DrawSettings {
  const last = drawSettings.value
  if (last && games.includes(last.game)) return last
  const game = games.find(name => name === value?.level.game) ?? (games[0] as string)
  return { game, split: 'test', layout: TRAINING_LAYOUTS, difficulty: 2, heldOutRules: false }
}

function Named({ picked }: { readonly picked: PickedLevel }) {
  return (
    <>
      <strong>{titleOf(picked)}</strong>
      <br />
      <small>
        {picked.level.game}, {picked.split} split, {picked.origin}
      </small>
    </>
  )
}
