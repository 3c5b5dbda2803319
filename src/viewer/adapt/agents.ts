/** The agents that the page can let adapt: those of its source, and files that were opened here. */
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../core/errors.ts'
import { useLearning, useSource } from '../context.ts'
import type { Source } from '../source/source.ts'

export interface AgentChoice {
  readonly id: string
  readonly name: string
  /** Games that it learned. */
  readonly games: readonly string[]
  /** The bytes of its file (safetensors). */
  bytes(): Promise<Uint8Array>
}

export interface AgentList {
  /** null until the source has answered. */
  readonly agents: readonly AgentChoice[] | null
  readonly error: string | null
  /** Reads an agent's file and adds it to the choice; throws in one sentence where it is none. */
  open(file: File): Promise<AgentChoice>
}

/** Kept while the page is open, whichever part of it is shown. */
const opened = signal<readonly AgentChoice[]>([])
let filesSoFar = 0

export function useAgents(): AgentList {
  const source = useSource()
  const learning = useLearning()
  const connection = source.connection.value
  const [listed, setListed] = useState<readonly AgentChoice[] | null>(null)
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    if (connection !== 'open') return
    let wanted = true
    listAgents(source).then(
      agents => {
        if (!wanted) return
        setListed(agents)
        setError(null)
      },
      reason => wanted && setError(messageOf(reason)),
    )
    return () => {
      wanted = false
    }
  }, [source, connection])
  return {
    agents: listed && [...listed, ...opened.value],
    error,
    async open(file) {
      const bytes = new Uint8Array(await file.arrayBuffer())
      // A number, since another file may have the same name.
      const id = `file:${filesSoFar++}:${file.name}`
      const { games } = await learning.load(id, bytes, file.name)
      const choice: AgentChoice = { id, name: file.name, games, bytes: async () => bytes }
      opened.value = [...opened.value.filter(other => other.name !== file.name), choice]
      return choice
    },
  }
}

async function listAgents(source: Source): Promise<AgentChoice[]> {
  const entries = await source.agents()
  return entries.map(({ id, name, games }) => ({ id, name, games, bytes: () => source.agent(id) }))
}
