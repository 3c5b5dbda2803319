/** Which agent, on which level, with which chance. */
import { Dices, FolderOpen } from 'lucide-preact'
import { useRef } from 'preact/hooks'
import { messageOf } from '../../core/errors.ts'
import { gamesInShort } from '../learn/agent-choice.ts'
import { LevelPicker } from '../levels/level-picker.tsx'
import type { PickedLevel } from '../levels/picked-level.ts'
import { Button, NumberField, Select } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import { Spinner } from '../ui/states.tsx'
import { notify } from '../ui/toasts.tsx'
import type { AgentChoice } from './agents.ts'

/** Seeds that "New seed" takes: few enough to be read out. */
const SEEDS = 10_000

interface ChoiceBarProps {
  readonly agents: readonly AgentChoice[]
  readonly agent: AgentChoice | undefined
  readonly onAgent: (id: string) => void
  /** Reads a file, and throws in one sentence where it is no agent. */
  readonly onFile: (file: File) => Promise<void>
  readonly picked: PickedLevel | null
  /** There will be a level in a moment, though nobody has chosen one. */
  readonly isLevelComing: boolean
  readonly onPick: (picked: PickedLevel) => void
  readonly seed: string
  readonly onSeed: (seed: string) => void
}

export function ChoiceBar(props: ChoiceBarProps) {
  const { agents, agent, picked, seed } = props
  const file = useRef<HTMLInputElement>(null)
  const openFile = () => file.current?.click()
  useKeys({ o: openFile, s: () => props.onSeed(newSeed(seed)) })
  return (
    <div class="choice-bar">
      <div class="choice-agent">
        {agents.length > 0 && (
          <Select
            label="Agent"
            value={agent?.id ?? ''}
            options={[
              ...(agent ? [] : [{ value: '', label: 'Choose an agent' }]),
              ...agents.map(({ id, name, games }) => ({
                value: id,
                label: `${name} (${gamesInShort(games)})`,
              })),
            ]}
            onChange={props.onAgent}
          />
        )}
        <Button
          label="Open an agent's file"
          shortcut="o"
          icon={<FolderOpen size={16} aria-hidden="true" />}
          iconOnly={agents.length > 0}
          onPress={openFile}
        />
        <input
          ref={file}
          type="file"
          accept=".safetensors"
          hidden
          aria-label="Agent's file"
          onChange={event => {
            const chosen = event.currentTarget.files?.[0]
            event.currentTarget.value = ''
            if (chosen) props.onFile(chosen).catch(error => notify(messageOf(error), 'bad'))
          }}
        />
        <NumberField
          label="Seed"
          value={Number(seed)}
          min={0}
          max={2 ** 31 - 1}
          onChange={value => props.onSeed(String(value))}
        />
        <Button
          label="New seed"
          shortcut="s"
          icon={<Dices size={16} aria-hidden="true" />}
          onPress={() => props.onSeed(newSeed(seed))}
        />
      </div>
      {props.isLevelComing ? (
        <Spinner label="Drawing a level…" />
      ) : (
        <LevelPicker value={picked} onPick={props.onPick} />
      )}
    </div>
  )
}

/** Another one than now. */
function newSeed(seed: string): string {
  return String((Number(seed) + 1 + Math.floor(Math.random() * (SEEDS - 1))) % SEEDS)
}
