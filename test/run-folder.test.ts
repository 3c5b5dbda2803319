/** The run folder: what it holds, how it is resumed, and that a kill loses nothing. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRun } from '../src/app/run-contents.ts'
import { openAgent, openRun, type Run, type RunOptions, writeEvaluation } from '../src/app/run-folder.ts'
import { lengthUpTo } from '../src/app/tensorboard.ts'
import { UserError } from '../src/core/errors.ts'

const CHILD = ['--import', 'tsx', 'test/run-folder-child.ts']

let temporary = ''
let folder = ''
let open: Run[] = []

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'levelshift-run-'))
  folder = join(temporary, 'run')
})
afterEach(() => {
  for (const run of open) run.close()
  open = []
  rmSync(temporary, { recursive: true, force: true })
})

function start(options: Partial<RunOptions> = {}): Run {
  const run = openRun({
    folder,
    recipe: { name: 'starter', meta: { tasks: 24 } },
    seed: 1,
    resume: false,
    ...options,
  })
  open.push(run)
  return run
}

function resume(options: Partial<RunOptions> = {}): Run {
  return start({ resume: true, ...options })
}

function checkpoint(value: number) {
  return {
    tensors: new Map([['w', { shape: [2], data: new Float32Array([value, -value]) }]]),
    metadata: { a: 'b' },
  }
}

function weightOf(run: Run, name: 'latest' | 'best' = 'latest'): number | undefined {
  return run.loadCheckpoint(name)?.tensors.get('w')?.data[0]
}

function train(run: Run, from: number, to: number): void {
  for (let iteration = from; iteration <= to; iteration++) {
    run.log({ iteration, loss: { outer: 1 / iteration } })
    run.logLevels(iteration, [{ game: 'gems', hash: `h${iteration}`, split: 'train', solverReturn: 2 }])
    run.saveCheckpoint('latest', iteration, checkpoint(iteration))
  }
}

function sentence(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).not.toMatch(/\n/)
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

function path(...names: string[]): string {
  return join(folder, ...names)
}

function damage(file: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.length - 1] ^= 1
  writeFileSync(file, bytes)
}

function eventFiles(): string[] {
  return readdirSync(folder).filter(name => name.includes('tfevents'))
}

describe('a new run', () => {
  it('holds recipe, metrics, levels, events and checkpoints', () => {
    const run = start({ provenance: { backend: 'cpu' } })
    expect(run.iteration).toBe(0)
    expect(run.loadCheckpoint('latest')).toBeUndefined()
    train(run, 1, 2)
    run.saveCheckpoint('best', 2, checkpoint(7))
    writeEvaluation(folder, { split: 'test' })
    expect(readRun(folder)).toEqual({
      levelshift: expect.stringMatching(/^\d+\.\d+\.\d+/),
      seed: 1,
      recipe: { name: 'starter', meta: { tasks: 24 } },
      provenance: { backend: 'cpu' },
      metrics: [
        { iteration: 1, loss: { outer: 1 } },
        { iteration: 2, loss: { outer: 0.5 } },
      ],
      levels: [
        { iteration: 1, game: 'gems', hash: 'h1', split: 'train', solverReturn: 2 },
        { iteration: 2, game: 'gems', hash: 'h2', split: 'train', solverReturn: 2 },
      ],
      evaluation: { split: 'test' },
    })
    expect(run.loadCheckpoint('best')?.metadata).toEqual({ a: 'b', iteration: '2' })
    expect(openAgent(folder).path).toBe(path('checkpoints', 'best.safetensors'))
    run.close()
    expect(readdirSync(folder).filter(name => !name.includes('tfevents'))).toEqual([
      'checkpoints',
      'evaluation.json',
      'levels.jsonl',
      'metrics.jsonl',
      'recipe.json',
    ])
  })

  it('is refused where a run is already', () => {
    start().close()
    expect(sentence(start)).toBe(
      `${folder} already holds a run: continue it with --resume, or choose another folder with --out`,
    )
  })

  it('is refused in a folder of something else, with --resume too', () => {
    mkdirSync(folder)
    writeFileSync(path('thesis.txt'), 'mine')
    for (const work of [start, resume]) {
      expect(sentence(() => work())).toMatch(
        /is not empty and holds no run of Levelshift: choose another folder/,
      )
    }
    expect(readdirSync(folder)).toEqual(['thesis.txt'])
  })

  it('is refused where a file is in the way', () => {
    writeFileSync(folder, '')
    expect(sentence(start)).toMatch(
      /^cannot read folder .*: a part of the path is a file, expected a folder$/,
    )
  })

  it('begins in a folder that a trainer left before it wrote anything', () => {
    mkdirSync(path('checkpoints'), { recursive: true })
    writeFileSync(path('run.lock'), '{"pid":')
    writeFileSync(path('.recipe.json.1.unfinished'), '{')
    train(start(), 1, 1)
    expect(readdirSync(folder).some(name => name.endsWith('.unfinished'))).toBe(false)
  })
})

describe('a resumed run', () => {
  it('begins where nothing was saved yet', () => {
    expect(resume().iteration).toBe(0)
  })

  it('goes on from the latest checkpoint and drops later records', () => {
    const run = start()
    train(run, 1, 5)
    run.log({ iteration: 6, loss: { outer: 9 } })
    run.logLevels(6, [{ game: 'gems', hash: 'h6', split: 'train', solverReturn: 2 }])
    run.close()
    appendFileSync(path('metrics.jsonl'), '{"iteration": 7, "lo')
    appendFileSync(path('levels.jsonl'), '{"iter')
    const resumed = resume()
    expect(resumed.iteration).toBe(5)
    expect(weightOf(resumed)).toBe(5)
    train(resumed, 6, 8)
    resumed.close()
    const { metrics, levels } = readRun(folder)
    expect(metrics.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(levels.map(({ hash }) => hash)).toEqual(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7', 'h8'])
    expect(weightOf(resume())).toBe(8)
  })

  it('drops later events too, and adds a file that TensorBoard reads after them', () => {
    const run = start()
    train(run, 1, 3)
    run.log({ iteration: 4, loss: { outer: 9 } })
    run.close()
    const [first] = eventFiles()
    const before = readFileSync(path(first))
    const resumed = resume()
    train(resumed, 4, 5)
    const after = readFileSync(path(first))
    expect(after).toEqual(before.subarray(0, lengthUpTo(before, 3)))
    expect(after.length).toBeLessThan(before.length)
    expect(eventFiles()).toHaveLength(2)
    expect(eventFiles()[0]).toBe(first)
  })

  it('starts over where no checkpoint was saved', () => {
    const run = start()
    run.log({ iteration: 1 })
    run.close()
    const resumed = resume()
    expect(resumed.iteration).toBe(0)
    expect(readRun(folder).metrics).toEqual([])
    expect(eventFiles()).toHaveLength(1)
  })

  it('uses the previous checkpoint where the latest is damaged, and says so', () => {
    const run = start()
    train(run, 1, 4)
    run.close()
    damage(path('checkpoints', 'latest.safetensors'))
    const said: string[] = []
    const resumed = resume({ say: line => said.push(line) })
    expect([resumed.iteration, weightOf(resumed)]).toEqual([3, 3])
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(
      /latest\.safetensors: the file is damaged .* continuing from .*previous\.safetensors, iteration 3$/,
    )
    expect(readRun(folder).metrics.at(-1)?.iteration).toBe(3)
  })

  it('uses the previous checkpoint where a kill left no latest one', () => {
    const run = start()
    train(run, 1, 2)
    run.close()
    rmSync(path('checkpoints', 'latest.safetensors'))
    const said: string[] = []
    expect(resume({ say: line => said.push(line) }).iteration).toBe(1)
    expect(said[0]).toMatch(/is missing: continuing from/)
  })

  it('is refused where both are damaged, rather than started over', () => {
    const run = start()
    train(run, 1, 2)
    run.close()
    for (const name of ['latest', 'previous']) damage(path('checkpoints', `${name}.safetensors`))
    expect(sentence(resume)).toMatch(/previous\.safetensors: the file is damaged/)
    expect(readRun(folder).metrics).toHaveLength(2)
  })

  it('is refused with another recipe or seed', () => {
    start().close()
    expect(sentence(() => resume({ recipe: { name: 'starter', meta: { tasks: 8 } } }))).toMatch(
      /cannot be resumed: recipe\.meta\.tasks was '24' and is '8' now; give the same recipe and seed/,
    )
    expect(sentence(() => resume({ seed: 2 }))).toMatch(/cannot be resumed: seed was '1' and is '2' now/)
    // It is not locked by the refusal.
    resume()
  })

  it('is refused where the recipe is damaged', () => {
    start().close()
    writeFileSync(path('recipe.json'), '{"seed": 1')
    expect(sentence(resume)).toMatch(/recipe\.json: not a recipe: expected JSON/)
    writeFileSync(path('recipe.json'), '{"seed": 1}')
    expect(sentence(resume)).toMatch(/recipe\.json: not a run's recipe: levelshift: /)
  })
})

describe('reading', () => {
  it('refuses what is no run and no agent', () => {
    expect(sentence(() => readRun(temporary))).toMatch(/not a run folder: expected recipe\.json in it/)
    expect(sentence(() => openAgent(temporary))).toMatch(
      /no agent in this folder: expected checkpoints\/best/,
    )
    expect(sentence(() => openAgent(join(temporary, 'no')))).toMatch(
      /no such agent: expected a run folder or a checkpoint/,
    )
  })

  it('takes a run that is being written, and names a damaged line', () => {
    const run = start()
    train(run, 1, 2)
    appendFileSync(path('metrics.jsonl'), '{"iteration": 3')
    expect(readRun(folder).metrics).toHaveLength(2)
    appendFileSync(path('metrics.jsonl'), '\n')
    expect(sentence(() => readRun(folder))).toMatch(/metrics\.jsonl:3: not a record: expected JSON/)
  })
})

describe('other trainers', () => {
  let child: ChildProcess
  afterEach(() => {
    child.kill('SIGKILL')
  })

  async function firstLine(task: string): Promise<unknown> {
    child = spawn(process.execPath, [...CHILD, task, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: child.stdout! }), 'line')
    return JSON.parse(line)
  }

  it('are refused while one lives, and take over from one that was killed', async () => {
    const options = { recipe: { name: 'child' } }
    expect(await firstLine('hold')).toEqual({ open: true })
    expect(sentence(() => resume(options))).toBe(
      `${folder} is in use by another trainer, process ${child.pid}: wait until it has ended, or choose another folder`,
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(path('run.lock'))).toBe(true)
    resume(options)
  })

  it('are told from a later process of the same number', () => {
    start().close()
    child = spawn('sleep', ['30'])
    writeFileSync(
      path('run.lock'),
      JSON.stringify({ pid: child.pid, host: hostname(), born: 'another boot:1' }),
    )
    resume()
  })

  it('of another machine count as alive', () => {
    start().close()
    child = spawn('true')
    writeFileSync(path('run.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', born: '' }))
    expect(sentence(resume)).toMatch(/process 1 on elsewhere: delete .*run\.lock if it has ended$/)
  })

  it('killed at any moment leave a run that goes on, with no record twice', async () => {
    let last = 0
    for (let kill = 0; kill < 4; kill++) {
      child = spawn(process.execPath, [...CHILD, 'train', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout! })
      const steps: { from?: number; iteration?: number }[] = []
      const killed = once(child, 'exit')
      for await (const line of lines) {
        steps.push(JSON.parse(line))
        // Between two lines the child is somewhere in its writes.
        if (steps.length === 6 + 5 * kill) setTimeout(() => child.kill('SIGKILL'), kill)
      }
      await killed
      // What it had told of is never lost; one more checkpoint may have been done.
      expect(steps[0].from).toBeGreaterThanOrEqual(last)
      expect(steps[0].from).toBeLessThanOrEqual(last + 1)
      last = steps.at(-1)?.iteration ?? last
    }
    const run = resume({ recipe: { name: 'child' } })
    const { metrics, levels } = readRun(folder)
    const all = Array.from({ length: run.iteration }, (_, i) => i + 1)
    expect(metrics.map(({ iteration }) => iteration)).toEqual(all)
    expect(levels.map(({ iteration }) => iteration)).toEqual(all)
    expect(weightOf(run)).toBe(run.iteration)
    expect(run.iteration).toBeGreaterThan(20)
  })
})
