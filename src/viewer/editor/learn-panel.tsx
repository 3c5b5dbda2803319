/** How well an agent learns the level that is being drawn, in a few seconds: its return after 0, 1, 2 and 3 gradient steps. */
import { Sparkles } from 'lucide-preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { hashLevel } from '../../../levels/level.ts'
import type { AgentEntry } from '../../app/watch/protocol.ts'
import { messageOf } from '../../core/errors.ts'
import { useLearning, useLevelWork, useSource } from '../context.ts'
import { agentFor } from '../learn/agent-choice.ts'
import type { AdaptationStep } from '../learn/learning.ts'
import { linkTo } from '../router.ts'
import { Button, Panel, Select } from '../ui/controls.tsx'
import { linkOf } from './address.ts'
import type { Editor } from './editor.ts'
import type { Prover } from './prover.ts'

const STEPS = 3
const SEED = '1'

interface Learnt {
  readonly hash: string
  readonly agent: string
  readonly random: number
  readonly steps: readonly AdaptationStep[]
}

export interface LearnPanelProps {
  readonly editor: Editor
  readonly prover: Prover
}

export function LearnPanel({ editor, prover }: LearnPanelProps) {
  const source = useSource()
  const learning = useLearning()
  const work = useLevelWork()
  const [agents, setAgents] = useState<readonly AgentEntry[]>()
  const [chosen, setChosen] = useState('')
  const [learnt, setLearnt] = useState<Learnt>()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  const shown = useRef(true)
  const level = editor.level.value
  const hash = hashLevel(level)
  const isSound = editor.problems.value.length === 0
  const connection = source.connection.value
  useEffect(() => {
    shown.current = true
    if (connection === 'open')
      source.agents().then(
        list => shown.current && setAgents(list),
        error => shown.current && setFault(messageOf(error)),
      )
    return () => {
      shown.current = false
    }
  }, [source, connection])

  // Agents that learned this game first; the others may be tried as well.
  const knows = ({ games }: AgentEntry) => games.includes(level.game)
  const sorted = [...(agents ?? [])].sort((a, b) => Number(knows(b)) - Number(knows(a)))
  const agent = sorted.find(({ id }) => id === chosen) ?? agentFor(sorted, level.game)

  const learn = async (entry: AgentEntry) => {
    setBusy(true)
    setFault('')
    setLearnt(undefined)
    try {
      const random = await work.randomReturn(level, SEED)
      await learning.load(entry.id, await source.agent(entry.id), entry.name)
      const adaptation = await learning.adapt(entry.id, level, SEED)
      try {
        const steps: AdaptationStep[] = []
        for (let k = 0; k <= STEPS && shown.current; k++) {
          steps.push(await adaptation.next())
          setLearnt({ hash, agent: entry.name, random, steps: [...steps] })
        }
      } finally {
        adaptation.dispose()
      }
    } catch (error) {
      if (shown.current) setFault(messageOf(error))
    } finally {
      if (shown.current) setBusy(false)
    }
  }

  const proving = prover.proving.value
  const isOld = learnt !== undefined && learnt.hash !== hash
  const best =
    !isOld && proving.state === 'done' && proving.proof.proof !== 'unproved'
      ? proving.proof.return
      : undefined
  const link = linkOf(level)
  return (
    <Panel title="How an agent learns it">
      <div class="stack">
        {agents?.length === 0 ? <p class="muted">There is no agent yet: train one first.</p> : null}
        {agent ? (
          <Select
            label="Agent"
            value={agent.id}
            options={sorted.map(entry => ({
              value: entry.id,
              label: knows(entry) ? entry.name : `${entry.name} (never learned ${level.game})`,
            }))}
            onChange={setChosen}
          />
        ) : null}
        <div class="row">
          <Button
            label={busy ? 'Learning…' : 'Let it learn'}
            icon={<Sparkles size={16} />}
            kind="primary"
            disabled={busy || !agent || !isSound}
            onPress={() => agent && void learn(agent)}
          />
          {isSound && agent && link !== undefined ? (
            <a class="button" href={linkTo('adapt', undefined, { level: link, agent: agent.id })}>
              Watch it play
            </a>
          ) : null}
        </div>
        {fault ? (
          <p class="bad" role="alert">
            {fault}
          </p>
        ) : null}
        {learnt ? <Bars learnt={learnt} best={best} /> : null}
        {isOld ? <p class="warn">The level has changed since: let it learn again.</p> : null}
      </div>
    </Panel>
  )
}

/** Mean returns as bars, between those of a random player and the solver. */
function Bars({ learnt, best }: { readonly learnt: Learnt; readonly best: number | undefined }) {
  const { steps, random } = learnt
  const rows = [
    { name: 'random player', value: random, kind: 'reference' },
    ...steps.map(({ k, meanReturn }) => ({ name: stepsInWords(k), value: meanReturn, kind: 'agent' })),
    ...(best === undefined ? [] : [{ name: 'solver', value: best, kind: 'reference' }]),
  ]
  const values = [0, ...rows.map(({ value }) => value)]
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const at = (value: number) => ((value - low) / span) * 100
  return (
    <table class="bars">
      <caption>Mean return of the agent ‘{learnt.agent}’</caption>
      <tbody>
        {rows.map(({ name, value, kind }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="bar-cell">
              <span
                class={`bar-line ${kind}`}
                style={{ left: `${Math.min(at(0), at(value))}%`, width: `${Math.abs(at(value) - at(0))}%` }}
              />
            </td>
            <td class="number">{value.toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function stepsInWords(k: number): string {
  return k === 1 ? '1 step' : `${k} steps`
}
