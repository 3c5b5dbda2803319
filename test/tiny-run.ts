/** A training run in a few seconds, by the real command line or in this process, and what it leaves behind. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { starter } from '../agents/starter.ts'
import type { CommandContext } from '../src/app/context.ts'
import { UserError } from '../src/core/errors.ts'
import type { Recipe } from '../src/learn/recipe.ts'
import { decodeSafetensors, type TensorFile } from '../src/learn/safetensors.ts'

/** The starter recipe, every number of it small. Seven iterations: one checkpoint within a phase, one at its end. */
export const TINY: Recipe = {
  ...starter,
  name: 'tiny',
  levels: [{ game: 'gems', size: [7, 7], vary: ['worth'] }],
  encoder: { ...starter.encoder, steps: 6, pairs: 8 },
  meta: { ...starter.meta, iterations: 7, tasks: 3, episodes: 4, steps: 2, hidden: [16] },
  validation: { every: 2, levels: 4 },
  baselines: { alphas: [0.3, 1] },
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams
  readonly outcome: Promise<Outcome>
}

/** Starts the real program. */
export function start(args: readonly string[]): Started {
  const env = { ...process.env, NO_COLOR: '1', LEVELSHIFT_DEBUG: '' }
  const child = spawn(process.execPath, ['src/app/levelshift.mjs', ...args], { env })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const outcome = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  return { child, outcome }
}

/** Runs the real program to its end. */
export function levelshift(...args: string[]): Promise<Outcome> {
  return start(args).outcome
}

/** The program's JSON; throws with what it said where it failed. */
export async function levelshiftJson(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await levelshift(...args, '--json')
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
  return JSON.parse(stdout) as Record<string, unknown>
}

/** Sends a signal a while after a condition holds; false where the program had ended by itself. */
export async function signalWhen(
  { child }: Started,
  signal: NodeJS.Signals,
  condition: () => boolean,
  milliseconds = 0,
): Promise<boolean> {
  const isRunning = () => child.exitCode === null && child.signalCode === null
  while (isRunning() && !condition()) await wait(5)
  await wait(milliseconds)
  return isRunning() && child.kill(signal)
}

/** Writes a recipe file and returns its path. */
export function writeRecipe(folder: string, recipe: unknown, name = 'tiny.json'): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(recipe))
  return path
}

/** Says nothing, and is asked to stop when it is looked at for the n-th time. */
export function quietContext(
  stopAt = Number.POSITIVE_INFINITY,
): CommandContext & { readonly said: string[] } {
  const controller = new AbortController()
  const said: string[] = []
  let looks = 0
  return {
    said,
    get signal() {
      if (++looks >= stopAt) controller.abort(new UserError('stopped', { exitCode: 130 }))
      return controller.signal
    },
    command: 'npx levelshift train tiny.json',
    say: line => said.push(line),
    progress: () => ({ update() {}, stop() {} }),
  }
}

/** Lines of a run folder's JSONL file. */
export function linesOf(folder: string, name: string): string[] {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

export function checkpointPath(folder: string, name: string): string {
  return join(folder, 'checkpoints', `${name}.safetensors`)
}

export function checkpointOf(folder: string, name: string): TensorFile {
  const path = checkpointPath(folder, name)
  return decodeSafetensors(readFileSync(path), path)
}

/** All of a run's results that must not depend on when it was interrupted: as text, so that a difference is found fast. */
export function resultsOf(folder: string): Record<string, string> {
  const latest = checkpointOf(folder, 'latest')
  const { seconds: _, ...metadata } = latest.metadata
  const tensors = [...latest.tensors].map(([name, { shape, data }]) => [
    name,
    shape,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  ])
  const metrics = linesOf(folder, 'metrics.jsonl').map(line => {
    const { seconds: _, stepsPerSecond: __, ...record } = JSON.parse(line) as Record<string, unknown>
    return record
  })
  return {
    best: readFileSync(checkpointPath(folder, 'best')).toString('base64'),
    latest: JSON.stringify([metadata, tensors]),
    metrics: JSON.stringify(metrics),
    levels: linesOf(folder, 'levels.jsonl').join('\n'),
  }
}

/** Names of the results in which two runs differ. */
export function differences(one: string, other: string): string[] {
  const [a, b] = [resultsOf(one), resultsOf(other)]
  return Object.keys(a).filter(name => a[name] !== b[name])
}
