/** Levels to begin from: a template, a generated one, an empty room; and changes at random. */
import { Dices, FilePlus2, Shuffle, SquareDashed } from 'lucide-preact'
import { useState } from 'preact/hooks'
import {
  DIFFICULTIES,
  type Difficulty,
  type Level,
  MAX_SIDE,
  SPLITS,
  type Split,
} from '../../../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../../../levels/registry.ts'
import { ownTemplate, templateRequest } from '../../app/levels/template.ts'
import { messageOf } from '../../core/errors.ts'
import { useLevelWork } from '../context.ts'
import { Button, NumberField, Panel, Select } from '../ui/controls.tsx'
import { notify } from '../ui/toasts.tsx'
import { mutatedLevel } from './document.ts'
import type { Editor } from './editor.ts'
import { cleared, wallOf } from './map-edits.ts'
import { randomSeed } from './random-seed.ts'

const GAMES = LEVEL_KINDS.map(({ game }) => ({ value: game, label: game }))
const DIFFICULTY_OPTIONS = DIFFICULTIES.map(value => ({
  value: String(value),
  label: { 1: 'easy', 2: 'as in training', 3: 'hard' }[value],
}))
const ANY = 'any'

export function NewPanel({ editor }: { readonly editor: Editor }) {
  const work = useLevelWork()
  const [game, setGame] = useState(editor.level.value.game)
  const [family, setFamily] = useState(ANY)
  const [difficulty, setDifficulty] = useState<Difficulty>(2)
  const [split, setSplit] = useState<Split>('train')
  const [wanted, setSide] = useState<number>()
  const [busy, setBusy] = useState(false)
  const kind = levelKind(game)
  const chosen = kind.families.filter(({ name, heldOut }) => (family === ANY ? !heldOut : name === family))
  const smallest = Math.max(...chosen.map(one => one.smallest))
  const side = Math.max(smallest, wanted ?? kind.defaults.size[0])

  const draw = async (make: () => Promise<Level>) => {
    setBusy(true)
    try {
      editor.open(await make())
    } catch (error) {
      notify(messageOf(error), 'bad')
    } finally {
      setBusy(false)
    }
  }
  const fromTemplate = async () => {
    const { request, split: from, seed } = templateRequest(game)
    return ownTemplate((await work.draw(request, from, seed)).level)
  }
  const generated = async () => {
    const families = chosen.map(({ name }) => name)
    const vary = Object.keys(kind.defaultRules)
    const request = { game, families, difficulty, size: [side, side] as const, vary }
    return (await work.draw(request, split, `editor/${randomSeed()}`)).level
  }
  const emptyRoom = (): Level => {
    const rows = Array.from({ length: side }, () => wallOf(kind).repeat(side))
    const { defaultRules: rules } = kind
    return { game, map: [...cleared(rows, kind)], rules, theme: 'dungeon', provenance: { source: 'hand' } }
  }
  const mutate = () => {
    const mutated = mutatedLevel(editor.level.value, editor.kind.value, randomSeed())
    if (mutated) editor.change({ map: mutated.map })
    else notify('No small change gave another sound level: mend the map first.', 'bad')
  }
  return (
    <Panel title="Begin anew">
      <div class="stack">
        <div class="new-fields">
          <Select label="Game" value={game} options={GAMES} onChange={setGame} />
          <Select
            label="Layout"
            value={kind.families.some(({ name }) => name === family) ? family : ANY}
            options={[
              { value: ANY, label: 'any of training' },
              ...kind.families.map(({ name, heldOut }) => ({
                value: name,
                label: heldOut ? `${name} (kept from training)` : name,
              })),
            ]}
            onChange={setFamily}
          />
          <Select
            label="Difficulty"
            value={String(difficulty)}
            options={DIFFICULTY_OPTIONS}
            onChange={value => setDifficulty(Number(value) as Difficulty)}
          />
          <Select
            label="Split"
            value={split}
            options={SPLITS.map(value => ({ value, label: value }))}
            onChange={setSplit}
          />
          <NumberField
            label="Side in tiles (odd)"
            value={side}
            min={smallest}
            max={MAX_SIDE - 1}
            step={2}
            onChange={value => setSide(value | 1)}
          />
        </div>
        <div class="row">
          <Button
            label={busy ? 'Drawing…' : 'Draw one at random'}
            icon={<Dices size={16} />}
            kind="primary"
            disabled={busy}
            onPress={() => void draw(generated)}
          />
          <Button
            label="Template"
            icon={<FilePlus2 size={16} />}
            disabled={busy}
            onPress={() => void draw(fromTemplate)}
          />
          <Button
            label="Empty room"
            icon={<SquareDashed size={16} />}
            onPress={() => editor.open(emptyRoom())}
          />
        </div>
        <div class="row">
          <Button label="Change this one a little" icon={<Shuffle size={16} />} onPress={mutate} />
        </div>
        <p class="muted">Undo brings back what you had.</p>
      </div>
    </Panel>
  )
}
