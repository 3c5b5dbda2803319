/** Data from the server of `levelshift watch`. */
import { signal } from '@preact/signals'
import { z } from 'zod'
import { reportSchema } from '../../app/report/schema.ts'
import { agentEntrySchema, type RunSummary, runSummarySchema } from '../../app/watch/protocol.ts'
import { createLiveSource } from './live-client.ts'
import { openSocket, type Question } from './socket.ts'
import { type Source, SourceError } from './source.ts'
import { takeToken } from './token.ts'

export function openServerSource(say: (fault: string) => void): Source {
  const token = takeToken()
  const socket = openSocket(addressOf(token), say)
  const runs = signal<readonly RunSummary[]>([])
  const runsKnown = signal(false)
  const outdated = signal(false)
  let version: string | undefined

  const setRuns = (list: readonly RunSummary[]) => {
    runs.value = list
    runsKnown.value = true
  }
  socket.onMessage(message => {
    if ('id' in message) return
    if (message.type === 'runs') setRuns(message.runs)
    if (message.type !== 'welcome') return
    version ??= message.version
    outdated.value = message.version !== version
  })

  const ask = async <Answer>(question: Question, schema: z.ZodType<Answer>): Promise<Answer> => {
    const parsed = schema.safeParse(await socket.ask(question))
    if (parsed.success) return parsed.data
    throw new SourceError('fault', 'The server gave an answer that this page cannot read: reload the page.')
  }
  socket.onOpen(() => {
    ask({ ask: 'runs' }, z.array(runSummarySchema)).then(setRuns, (error: SourceError) => {
      // Lost again: the next connection asks anew.
      if (error.code !== 'lost') say(error.message)
    })
  })

  return {
    kind: 'server',
    connection: socket.state,
    outdated,
    runs,
    runsKnown,
    report: run => ask({ ask: 'run', run }, reportSchema),
    agents: () => ask({ ask: 'agents' }, z.array(agentEntrySchema)),
    async agent(id) {
      const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
      const response = await fetch(`./agents/${encodeURIComponent(id)}`, { headers }).catch(() => undefined)
      if (!response) throw new SourceError('lost', 'The agent could not be fetched: is the server running?')
      if (!response.ok) throw new SourceError('unknown', `The server has no agent ${id}.`)
      return new Uint8Array(await response.arrayBuffer())
    },
    live: createLiveSource(socket),
    async save(name, level, replace) {
      const { formatLevel } = await import('../../../levels/text.ts')
      const schema = z.object({ path: z.string() })
      return (await ask({ ask: 'save', name, text: formatLevel(level), replace }, schema)).path
    },
  }
}

function addressOf(token: string | undefined): string {
  const url = new URL('./ws', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  url.search = token === undefined ? '' : new URLSearchParams({ token }).toString()
  return url.href
}
