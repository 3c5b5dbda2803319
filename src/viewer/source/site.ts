/** Data from files beside the page: the static site (`npm run site` writes them). */
import { signal } from '@preact/signals'
import { z } from 'zod'
import { reportSchema } from '../../app/report/schema.ts'
import { agentEntrySchema, type RunSummary, runSummarySchema } from '../../app/watch/protocol.ts'
import { type Source, SourceError } from './source.ts'

export function openSiteSource(say: (fault: string) => void): Source {
  const runs = signal<readonly RunSummary[]>([])
  const runsKnown = signal(false)
  readJson('runs.json', z.array(runSummarySchema))
    .then(
      list => {
        runs.value = list
      },
      (error: Error) => say(error.message),
    )
    .finally(() => {
      runsKnown.value = true
    })
  return {
    kind: 'site',
    connection: signal('open'),
    outdated: signal(false),
    runs,
    runsKnown,
    report: run => readJson(`runs/${encodeURIComponent(run)}.json`, reportSchema),
    agents: () => readJson('agents.json', z.array(agentEntrySchema)),
    async agent(id) {
      const response = await read(`agents/${encodeURIComponent(id)}.safetensors`)
      return new Uint8Array(await response.arrayBuffer())
    },
  }
}

async function readJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
  const response = await read(path)
  const parsed = schema.safeParse(await response.json().catch(() => undefined))
  if (parsed.success) return parsed.data
  throw new SourceError('invalid', `data/${path}: the file is damaged: build the site anew.`)
}

async function read(path: string): Promise<Response> {
  const response = await fetch(`./data/${path}`).catch(() => undefined)
  if (response?.ok) return response
  const why = response ? `status ${response.status}` : 'no connection'
  throw new SourceError('unknown', `data/${path} could not be fetched (${why}): reload the page.`)
}
