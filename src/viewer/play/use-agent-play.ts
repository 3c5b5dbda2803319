/** An agent's play of the same level: 0 to 3 real gradient steps, here in the page. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import type { AgentEntry } from '../../app/watch/protocol.ts'
import { messageOf } from '../../core/errors.ts'
import { useLearning, useSource } from '../context.ts'
import { agentFor } from '../learn/agent-choice.ts'
import type { AdaptationStep } from '../learn/learning.ts'

/** Gradient steps that the agent takes. */
const AGENT_STEPS = 3
/** As `levelshift evaluate` has it without --seed. */
const SEED = '1'

export interface AgentPlay {
  /** null until they are known. */
  readonly agents: readonly AgentEntry[] | null
  /** The agent that plays; undefined where there is none. */
  readonly agent: AgentEntry | undefined
  /** Its steps so far. */
  readonly steps: readonly AdaptationStep[]
  readonly isRunning: boolean
  readonly error: string | null
  choose(id: string): void
  start(): void
}

export function useAgentPlay(level: Level): AgentPlay {
  const source = useSource()
  const learning = useLearning()
  const [agents, setAgents] = useState<readonly AgentEntry[] | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const [steps, setSteps] = useState<readonly AdaptationStep[]>([])
  const [isRunning, setRunning] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const isGone = useRef(false)
  useEffect(() => {
    isGone.current = false
    source.agents().then(
      found => isGone.current || setAgents(found),
      reason => isGone.current || setError(messageOf(reason)),
    )
    return () => {
      isGone.current = true
    }
  }, [source])
  const choiceOf = (found: readonly AgentEntry[]) =>
    found.find(({ id }) => id === chosen) ?? agentFor(found, level.game)

  const play = async () => {
    // Who is quick asks before the agents are known.
    const entry = choiceOf(agents ?? (await source.agents()))
    if (!entry) return
    await learning.load(entry.id, await source.agent(entry.id), entry.name)
    const adaptation = await learning.adapt(entry.id, level, SEED)
    try {
      for (let k = 0; k <= AGENT_STEPS && !isGone.current; k++) {
        const step = await adaptation.next()
        if (!isGone.current) setSteps(known => [...known, step])
      }
    } finally {
      adaptation.dispose()
    }
  }
  return {
    agents,
    agent: choiceOf(agents ?? []),
    steps,
    isRunning,
    error,
    choose(id) {
      setChosen(id)
      setSteps([])
    },
    start() {
      if (isRunning) return
      setSteps([])
      setError(null)
      setRunning(true)
      play()
        .catch(reason => isGone.current || setError(messageOf(reason)))
        .finally(() => isGone.current || setRunning(false))
    },
  }
}
