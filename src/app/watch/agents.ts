/** Agents that the page can load: those that ship, and the best of a run. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeSafetensors } from '../../learn/safetensors.ts'
import { decodeAgent } from '../agent-file.ts'
import { readBytes } from '../files.ts'
import type { AgentEntry } from './protocol.ts'

export interface AgentFile {
  readonly entry: AgentEntry
  readonly path: string
}

const SHIPPED = fileURLToPath(new URL('../../../agents/trained/', import.meta.url))
const ENDING = '.safetensors'

/** The agents in agents/trained, by name; the id of each is its name. */
export function shippedAgents(): AgentFile[] {
  const names = readdirSync(SHIPPED)
    .filter(name => name.endsWith(ENDING))
    .map(name => basename(name, ENDING))
  return names.sort().map(name => agentFile(name, name, join(SHIPPED, name + ENDING)))
}

/** The best agent of a run's folder; undefined where there is none yet. Its id is `run-NAME`. */
export function runAgent(run: string, folder: string): AgentFile | undefined {
  const path = join(folder, 'checkpoints', `best${ENDING}`)
  return existsSync(path) ? agentFile(`run-${run}`, run, path) : undefined
}

/** Reads an agent's file, to the last byte, for what is said of it in a list. Throws a UserError if it is damaged. */
function agentFile(id: string, name: string, path: string): AgentFile {
  const bytes = readBytes(path, 'agent')
  const { recipe } = decodeAgent(decodeSafetensors(bytes, path), path)
  const games = [...new Set(recipe.levels.map(({ game }) => game))]
  return { entry: { id, name, recipe: recipe.name, games, bytes: bytes.length }, path }
}
