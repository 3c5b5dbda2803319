/** The agents that a page can load: the files of a folder, and what the runs have trained. */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Live } from './client.ts'
import type { AgentEntry } from './protocol.ts'
import { readMetadata } from './runs.ts'

/** An agent and its file, which is never named to a client. */
export interface FoundAgent {
  readonly entry: AgentEntry
  readonly path: string
}

const ENDING = '.safetensors'

const metadataSchema = z.object({ format: z.string().startsWith('levelshift-agent-'), recipe: z.string() })
const recipeSchema = z.object({ name: z.string(), levels: z.array(z.object({ game: z.string() })) })

/**
 * Lists the agents of a folder, and of the runs that `live` follows; what has not changed since it was last listed is not
 * read again.
 */
export function openAgents(folder: string | undefined, live?: Pick<Live, 'runs' | 'folderOf'>) {
  const known = new Map<string, { readonly stamp: string; readonly found: FoundAgent | undefined }>()

  /** undefined where the file is missing or holds no agent: a run in training has a checkpoint of another kind. */
  async function look(path: string, id: string, name: string): Promise<FoundAgent | undefined> {
    try {
      const { size, mtimeMs } = statSync(path)
      const stamp = `${id} ${size} ${mtimeMs}`
      const before = known.get(path)
      if (before?.stamp === stamp) return before.found
      const found = await readAgent(path, id, name, size)
      known.set(path, { stamp, found })
      return found
    } catch {
      known.delete(path)
      return undefined
    }
  }

  async function list(): Promise<Map<string, FoundAgent>> {
    const found = new Map<string, FoundAgent>()
    const add = async (path: string, id: string, name: string) => {
      const agent = found.has(id) ? undefined : await look(path, id, name)
      if (agent !== undefined) found.set(id, agent)
    }
    if (folder !== undefined) {
      for (const file of filesIn(folder))
        await add(join(folder, file), basename(file, ENDING), basename(file, ENDING))
    }
    for (const { name } of (await live?.runs()) ?? []) {
      const run = live?.folderOf(name)
      if (run !== undefined)
        await add(join(run, 'checkpoints', `best${ENDING}`), `run.${name}`, `run ${name}`)
    }
    return found
  }

  return {
    list: async (): Promise<FoundAgent[]> => [...(await list()).values()],
    /** The agent of an id that list() gives. */
    find: async (id: string): Promise<FoundAgent | undefined> => (await list()).get(id),
  }
}

export type Agents = ReturnType<typeof openAgents>

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith(ENDING) && !name.startsWith('.'))
      .sort()
  } catch {
    return []
  }
}

async function readAgent(
  path: string,
  id: string,
  name: string,
  bytes: number,
): Promise<FoundAgent | undefined> {
  const metadata = metadataSchema.safeParse(await readMetadata(path))
  if (!metadata.success) return undefined
  const recipe = recipeSchema.parse(JSON.parse(metadata.data.recipe))
  const games = [...new Set(recipe.levels.map(({ game }) => game))]
  return { path, entry: { id, name, recipe: recipe.name, games, bytes } }
}
