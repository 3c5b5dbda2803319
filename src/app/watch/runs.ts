/** The runs of a folder, as a list that costs little to keep: a run is read again only when its files have changed. */
import { existsSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { decodeMetadata } from '../../learn/safetensors.ts'
import { AGENT_FORMAT } from '../agent-file.ts'
import { codeOf } from '../files.ts'
import { readRecipe } from '../run-contents.ts'
import { isRun } from '../run-folder.ts'
import { isLocked } from '../run-lock.ts'
import { MAX_NAME, type RunSummary } from './protocol.ts'

export interface RunList {
  /** By name. */
  readonly runs: readonly RunSummary[]
  /** The folder of a run; undefined for every name that is none, so that no name becomes a path unchecked. */
  folderOf(run: string): string | undefined
  /** Looks again, at `all` runs or only at new ones and those that are training; true where something is different. */
  refresh(all: boolean): Promise<boolean>
}

/** Files whose change means that a run is to be read again. */
const FILES = [
  'run.lock',
  'recipe.json',
  'metrics.jsonl',
  'evaluation.json',
  join('checkpoints', 'best.safetensors'),
]
/** The last records of metrics.jsonl are looked for in this many bytes. */
const TAIL_BYTES = 256 * 1024
/** Bytes at the beginning of a checkpoint that hold its header: about 10 KB of names, recipe and probes. */
const HEADER_BYTES = 256 * 1024

interface Known {
  /** Times and sizes of its files when it was read. */
  readonly signature: string
  readonly summary: RunSummary
}

/** Lists the runs inside a folder, or a folder that is a run itself. Empty until the first refresh. */
export function createRunList(folder: string): RunList {
  const isOne = isRun(folder)
  const parent = isOne ? dirname(resolve(folder)) : folder
  let known = new Map<string, Known>()
  let runs: readonly RunSummary[] = []
  const namesThere = async (): Promise<string[]> => {
    if (isOne) return [basename(resolve(folder))]
    try {
      const entries = await readdir(parent, { withFileTypes: true })
      const folders = entries.filter(entry => entry.isDirectory() || entry.isSymbolicLink())
      return folders.map(({ name }) => name).filter(name => name.length <= MAX_NAME)
    } catch (error) {
      // A folder that is not there yet holds no runs.
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return []
      throw error
    }
  }
  return {
    get runs() {
      return runs
    },
    folderOf(run) {
      const isName =
        run.length > 0 && run.length <= MAX_NAME && basename(run) === run && !/^\.|[\\\0]/.test(run)
      if (!isName || (isOne && run !== basename(resolve(folder)))) return undefined
      const path = join(parent, run)
      return existsSync(join(path, 'recipe.json')) ? path : undefined
    },
    async refresh(all) {
      const next = new Map<string, Known>()
      for (const name of (await namesThere()).sort()) {
        const before = known.get(name)
        const isDue = all || before === undefined || before.summary.state === 'training'
        const now = isDue ? await look(name, join(parent, name), before) : before
        if (now) next.set(name, now)
      }
      const text = JSON.stringify(runs)
      known = next
      runs = [...next.values()].map(({ summary }) => summary)
      return JSON.stringify(runs) !== text
    },
  }
}

/** Reads a run unless it is as it was; undefined where the folder holds none. */
async function look(name: string, folder: string, before: Known | undefined): Promise<Known | undefined> {
  const stats = await Promise.all(FILES.map(file => stat(join(folder, file)).catch(() => undefined)))
  if (stats[1] === undefined) return undefined
  const signature = stats.map(file => (file ? `${file.mtimeMs}/${file.size}` : '')).join(' ')
  try {
    // A process may die without touching a file.
    const isTraining = stats[0] !== undefined && isLocked(join(folder, FILES[0]))
    if (before?.signature === signature && isTraining === (before.summary.state === 'training')) return before
    const changed = Math.max(...stats.map(file => file?.mtimeMs ?? 0))
    return { signature, summary: await summarise(name, folder, isTraining, changed) }
  } catch (error) {
    // A folder whose recipe is damaged, or that goes away just now, is no run.
    if (error instanceof UserError || codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const recipeSchema = z.object({
  name: z.string().optional(),
  levels: z.array(z.object({ game: z.string() })).default([]),
  meta: z.object({ iterations: z.number() }).optional(),
})

async function summarise(
  name: string,
  folder: string,
  isTraining: boolean,
  changed: number,
): Promise<RunSummary> {
  const { recipe: stored, seed } = readRecipe(folder)
  const recipe = recipeSchema.safeParse(stored).data
  const best = await readMetadata(join(folder, FILES[4]))
  const iterations = recipe?.meta?.iterations ?? 0
  const isAgent = best['format'] === AGENT_FORMAT
  // A finished agent has its baselines; a pretrained encoder on its own has none to wait for.
  const isFinished = isAgent ? best['randomHeadAlpha'] !== undefined : best['format'] !== undefined
  const score = Number(best['validation'] ?? Number.NaN)
  return {
    name,
    recipe: recipe?.name ?? name,
    games: [...new Set(recipe?.levels.map(({ game }) => game))],
    seed,
    state: isTraining ? 'training' : isFinished ? 'finished' : 'stopped',
    iteration: Math.min(await lastIteration(join(folder, 'metrics.jsonl')), iterations),
    iterations,
    best: Number.isFinite(score) ? score : null,
    hasAgent: isAgent,
    hasEvaluation: existsSync(join(folder, 'evaluation.json')),
    changed,
  }
}

/** Iteration of the last whole record; 0 where there is none. Records of the baseline count on. */
async function lastIteration(path: string): Promise<number> {
  const text = await readPart(path, size => [Math.max(0, size - TAIL_BYTES), size])
  const lines = Buffer.from(text).toString('utf8').split('\n').slice(0, -1)
  for (const line of lines.reverse()) {
    const iteration = /^\{"iteration":(\d+)[,}]/.exec(line)?.[1]
    if (iteration !== undefined) return Number(iteration)
  }
  return 0
}

/** Metadata of a safetensors file, by its header alone; empty where there is none. The file is not checked. */
export async function readMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  const beginning = await readPart(path, size => [0, Math.min(size, HEADER_BYTES)])
  try {
    return decodeMetadata(beginning, path)
  } catch (error) {
    if (error instanceof UserError) return {}
    throw error
  }
}

/** The bytes of a file between two places that its size tells; none where the file is missing. */
export async function readPart(
  path: string,
  places: (size: number) => readonly [number, number],
): Promise<Uint8Array> {
  const file = await open(path).catch(error => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return new Uint8Array(0)
  try {
    const [from, to] = places((await file.stat()).size)
    const bytes = new Uint8Array(to - from)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
