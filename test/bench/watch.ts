/**
 * What it costs a training to be watched: environment steps a second while nobody watches and while viewers do, in turns,
 * the memory of the server, and what is sent. Training and server are processes of their own, the viewers real WebSocket
 * clients in this one. `levelshift bench watch --json` prints what this returns.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { starter } from '../../agents/starter.ts'
import { DEFAULT_SPEED, type Order, SUBPROTOCOL } from '../../src/app/watch/protocol.ts'
import { stream } from '../../src/core/random.ts'
import type { Recipe } from '../../src/learn/recipe.ts'
import { bootstrapInterval, median } from '../../src/learn/statistics.ts'
import type { Usage } from './watch-server.ts'

export interface WatchBenchOptions {
  readonly seed: number
  readonly minutes: number
  readonly viewers: number
  /** Seconds of a window, 20 by default. */
  readonly windowSeconds?: number
  /** The starter recipe without end by default, on the encoder of the agent that ships. */
  readonly recipe?: Recipe
  readonly encoder?: string
  readonly backend?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (seconds: number) => void
}

/** Before the first viewer, after the first window of viewers, and at the end, when all have gone. */
export interface InTime {
  readonly begin: number
  readonly warm: number
  readonly end: number
}

export interface WatchBenchResult {
  readonly viewers: number
  /** Windows with viewers; there is one more without. */
  readonly windows: number
  /** Environment steps a second of the training, medians over windows. */
  readonly stepsPerSecond: { readonly alone: number; readonly watched: number }
  /** Of each window with viewers to the mean of its two neighbours without: median, and its 95% interval. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number }
  /** MiB of the server's process, and of its heap after a collection. */
  readonly serverRss: InTime
  readonly serverHeap: InTime
  /** Of pictures and messages, for one viewer. */
  readonly bytesPerSecond: number
  readonly picturesPerSecond: number
  /** Of one core, while there are viewers: what the server takes, and this process for all viewers. */
  readonly cpu: { readonly server: number; readonly viewers: number }
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUN = 'watched'
/** Meta-iterations before the first window, and seconds for viewers to be served their first pictures. */
const WARM_UP = 3
const SETTLE = 1

const endless: Recipe = {
  ...starter,
  meta: { ...starter.meta, iterations: 1_000_000 },
  validation: { every: 1_000_000, levels: 4 },
}

export async function benchWatch(options: WatchBenchOptions): Promise<WatchBenchResult> {
  const { seed, minutes, viewers, windowSeconds = 20, recipe = endless, signal } = options
  const encoder = options.encoder ?? (options.recipe ? undefined : 'agents/trained/starter.safetensors')
  const folder = mkdtempSync(join(tmpdir(), 'levelshift-bench-watch-'))
  const children: ChildProcess[] = []
  const start = (script: string, args: readonly string[]): ChildProcess => {
    const execArgv = ['--import', 'tsx', '--expose-gc']
    const child = fork(`test/bench/${script}`, args, { cwd: ROOT, execArgv })
    children.push(child)
    return child
  }
  try {
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe))
    const runs = join(folder, 'runs')
    const out = join(runs, RUN)
    const trainer = start('watch-trainer.ts', [
      ...['--recipe', join(folder, 'recipe.json'), '--out', out, '--seed', String(seed)],
      ...(encoder ? ['--encoder', encoder] : []),
      ...(options.backend ? ['--backend', options.backend] : []),
    ])
    const server = start('watch-server.ts', [runs])
    const { port } = await answer<{ port: number }>(server)
    const usage = (): Promise<Usage> => {
      const answered = answer<Usage>(server)
      server.send('usage')
      return answered
    }
    const progress = watchProgress(join(out, 'metrics.jsonl'))
    const pause = async (seconds: number): Promise<void> => {
      for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
        signal?.throwIfAborted()
        if (trainer.exitCode !== null) throw new Error(`the training ended with code ${trainer.exitCode}`)
        await wait(50)
        progress.look()
      }
    }
    while (progress.count() < WARM_UP) await pause(0.1)

    const pairs = Math.max(1, Math.floor((60 * minutes) / windowSeconds / 2))
    const alone: number[] = []
    const watched: number[] = []
    const memories = [await usage()]
    const sent = { bytes: 0, pictures: 0, seconds: 0, server: 0, viewers: 0 }
    for (let i = 0; i <= 2 * pairs; i++) {
      const clients = i % 2 === 1 ? Array.from({ length: viewers }, () => openViewer(port)) : []
      await pause(SETTLE)
      const before = clients.map(({ count }) => ({ ...count }))
      const used = [(await usage()).cpu, ownCpu()]
      const from = performance.now()
      const rate = progress.measure()
      await pause(windowSeconds)
      const seconds = (performance.now() - from) / 1000
      ;(i % 2 === 1 ? watched : alone).push(rate())
      if (clients.length > 0) {
        sent.seconds += seconds
        sent.server += (await usage()).cpu - used[0]
        sent.viewers += ownCpu() - used[1]
      }
      clients.forEach(({ count }, client) => {
        sent.bytes += count.bytes - before[client].bytes
        sent.pictures += count.pictures - before[client].pictures
      })
      await Promise.all(clients.map(({ close }) => close()))
      if (i === 1 || i === 2 * pairs) memories.push(await usage())
      options.onProgress?.(Math.round((i + 1) * windowSeconds))
    }
    const ratios = watched.map((rate, i) => rate / ((alone[i] + alone[i + 1]) / 2))
    const random = stream(seed, 'bench', 'watch')
    const { low, high } = bootstrapInterval([ratios], median, { random: () => random.next() })
    return {
      viewers,
      windows: pairs,
      stepsPerSecond: { alone: Math.round(median(alone)), watched: Math.round(median(watched)) },
      ratio: { median: rounded(median(ratios)), low: rounded(low), high: rounded(high) },
      serverRss: inTime(memories.map(({ rss }) => rss)),
      serverHeap: inTime(memories.map(({ heap }) => heap)),
      bytesPerSecond: Math.round(sent.bytes / sent.seconds / viewers),
      picturesPerSecond: rounded(sent.pictures / sent.seconds / viewers, 1),
      cpu: {
        server: rounded(sent.server / sent.seconds, 4),
        viewers: rounded(sent.viewers / sent.seconds, 4),
      },
    }
  } finally {
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(running.map(child => once(child, 'exit')))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The next message of a child; refuses where it ends instead. */
async function answer<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: ended.signal }).then(([message]) => message as T),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`the server ended with code ${code}`)
      }),
    ])
  } finally {
    ended.abort()
  }
}

/** Environment steps by the time at which their record was written; no more exact clock is needed than the file's. */
function watchProgress(path: string) {
  const marks: { readonly time: number; readonly steps: number }[] = []
  let offset = 0
  let rest = ''
  const look = (): void => {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch {
      return
    }
    const { size, mtimeMs } = fstatSync(file)
    const bytes = Buffer.alloc(size - offset)
    const read = readSync(file, bytes, 0, bytes.length, offset)
    closeSync(file)
    offset += read
    const lines = (rest + bytes.toString('utf8', 0, read)).split('\n')
    rest = lines.pop() as string
    for (const line of lines) {
      const { environmentSteps } = JSON.parse(line) as { environmentSteps: number }
      marks.push({ time: mtimeMs, steps: (marks.at(-1)?.steps ?? 0) + environmentSteps })
    }
  }
  return {
    look,
    count: () => marks.length,
    /** Returns what gives the steps a second since: from the first record to the last one that were written. */
    measure() {
      const from = marks.length
      return () => {
        const [first, last] = [marks[from], marks.at(-1)]
        if (first === undefined || last === undefined || last.time <= first.time)
          throw new Error(
            'fewer than two meta-iterations in a window: --minutes is too short for this machine',
          )
        return (1000 * (last.steps - first.steps)) / (last.time - first.time)
      }
    },
  }
}

/** A client that follows the curves and watches the wall, and counts what it is sent. */
function openViewer(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, SUBPROTOCOL)
  const count = { bytes: 0, pictures: 0 }
  const orders: Order[] = [
    { do: 'follow', run: RUN, from: 0 },
    { do: 'speed', stepsPerSecond: DEFAULT_SPEED },
    { do: 'wall', run: RUN },
  ]
  socket.on('open', () => {
    for (const order of orders) socket.send(JSON.stringify(order))
  })
  socket.on('message', (data: Buffer, isBinary) => {
    count.bytes += data.length
    if (isBinary) count.pictures++
  })
  return {
    count,
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** Bytes as MiB. */
function inTime(bytes: readonly number[]): InTime {
  const [begin, warm, end] = bytes.map(value => rounded(value / 2 ** 20, 1))
  return { begin, warm, end }
}

/** Processor seconds of this process. */
function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits))
}
