/** Answers what clients ask. */
import { quoted, UserError } from '../../core/errors.ts'
import type { Agents } from './agents.ts'
import { AskError } from './ask-error.ts'
import type { Live } from './client.ts'
import type { Ask } from './protocol.ts'
import { saveLevel } from './save.ts'
import type { BackgroundWorker } from './worker.ts'
import type { JobResult } from './worker-jobs.ts'

export interface Answering {
  readonly live: Live
  readonly agents: Agents
  /** Folder that levels are saved in; undefined where none may be. */
  readonly levels: string | undefined
  readonly prover: BackgroundWorker
  readonly reporter: BackgroundWorker
}

/** Answers with JSON. Throws an AskError, or a UserError where the level or the run is not as it should be. */
export type Answer = (ask: Ask) => Promise<string>

export function createAnswer({ live, agents, levels, prover, reporter }: Answering): Answer {
  /** Reports that are being gathered: all who ask for one share it. */
  const gathering = new Map<string, Promise<JobResult>>()

  function gather(folder: string): Promise<JobResult> {
    const before = gathering.get(folder)
    if (before !== undefined) return before
    const report = reporter.run({ kind: 'report', folder }).finally(() => gathering.delete(folder))
    gathering.set(folder, report)
    return report
  }

  async function report(run: string): Promise<string> {
    const folder = live.folderOf(run)
    if (folder === undefined) throw new AskError('unknown', `there is no run ${quoted(run)}`)
    const result = await gather(folder)
    if (result.kind === 'report') return result.json
    throw refused(result)
  }

  async function save({ name, text, replace }: Ask & { readonly ask: 'save' }): Promise<string> {
    if (levels === undefined)
      throw new AskError('invalid', 'this server saves no levels: download it instead')
    const result = await prover.run({ kind: 'prove', text })
    if (result.kind !== 'proved') throw refused(result)
    return JSON.stringify({ path: saveLevel({ folder: levels, name, replace, ...result }) })
  }

  return async ask => {
    switch (ask.ask) {
      case 'runs':
        return JSON.stringify(await live.runs())
      case 'run':
        return report(ask.run)
      case 'agents':
        return JSON.stringify((await agents.list()).map(({ entry }) => entry))
      case 'save':
        return save(ask)
      default:
        return ask satisfies never
    }
  }
}

function refused(result: JobResult): Error {
  return result.kind === 'refused' ? new UserError(result.sentence) : new Error(JSON.stringify(result))
}
