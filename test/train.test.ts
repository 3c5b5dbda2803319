/** Training by the real command line: what it leaves, how it stops, and that it always ends with the same bits. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pretrainEncoder } from '../src/app/pretrain.ts'
import { readRun } from '../src/app/run-contents.ts'
import { train } from '../src/app/train.ts'
import { UserError } from '../src/core/errors.ts'
import { encodeSafetensors } from '../src/learn/safetensors.ts'
import {
  checkpointOf,
  checkpointPath,
  differences,
  levelshift,
  levelshiftJson,
  linesOf,
  quietContext,
  signalWhen,
  start,
  TINY,
  writeRecipe,
} from './tiny-run.ts'

let folder = ''
let recipe = ''
/** A run that nobody interrupted, by the command line, and what it printed. */
let whole = ''
let printed: Record<string, unknown> = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'levelshift-train-'))
  recipe = writeRecipe(folder, TINY)
  whole = join(folder, 'whole')
  printed = await levelshiftJson('train', recipe, '--out', whole, '--seed', '1')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function trainArgs(out: string, ...flags: string[]): string[] {
  return ['train', recipe, '--out', out, '--seed', '1', '--json', ...flags]
}

describe('a run', () => {
  it('prints what it did', () => {
    expect(printed).toEqual({
      run: whole,
      recipe: 'tiny',
      seed: 1,
      backend: expect.stringMatching(/^(native|wasm|cpu)$/),
      iterations: 7,
      validation: expect.any(Number),
      environmentSteps: { meta: expect.any(Number), baseline: expect.any(Number) },
      seconds: { pretrain: expect.any(Number), meta: expect.any(Number), baseline: expect.any(Number) },
    })
  })

  it('gives the baseline as many environment steps as the agent, to within an iteration', () => {
    const { meta, baseline } = printed['environmentSteps'] as { meta: number; baseline: number }
    expect(baseline).toBeGreaterThanOrEqual(meta)
    expect(baseline / meta).toBeGreaterThan(0.8)
    expect(baseline / meta).toBeLessThan(1.25)
  })

  it('leaves its folder as the design says', () => {
    const names = readdirSync(whole).map(name => name.replace(/tfevents.*/, 'tfevents'))
    expect(names.toSorted()).toEqual([
      'checkpoints',
      'events.out.tfevents',
      'levels.jsonl',
      'live.json',
      'metrics.jsonl',
      'recipe.json',
      'status.json',
    ])
    expect(readdirSync(join(whole, 'checkpoints')).toSorted()).toEqual([
      'best.safetensors',
      'latest.safetensors',
      'previous.safetensors',
    ])
    const run = readRun(whole)
    expect(run).toMatchObject({ seed: 1, recipe: TINY })
    expect(run.metrics.map(({ iteration }) => iteration)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1))
    const validated = run.metrics.filter(record => 'validation' in record).map(({ iteration }) => iteration)
    expect(validated).toEqual([2, 4, 6, 7])
    expect(run.levels).toHaveLength(7 * TINY.meta.tasks)
    expect(run.levels.every(({ split }) => split === 'train')).toBe(true)
    expect(new Set(run.levels.map(({ hash }) => hash)).size).toBeGreaterThan(18)
  })

  it('keeps the best agent on validation levels, with both baselines', () => {
    const { metadata, tensors } = checkpointOf(whole, 'best')
    expect(metadata).toMatchObject({
      format: 'levelshift-agent-1',
      seed: '1',
      encoderSource: 'pretrained in the same run',
      validation: (printed['validation'] as number).toFixed(4),
    })
    expect(JSON.parse(metadata['recipe'] as string)).toEqual(TINY)
    const scores = readRun(whole).metrics.flatMap(record =>
      'validation' in record ? [(record['validation'] as number[])[TINY.meta.steps]!] : [],
    )
    expect(printed['validation']).toBe(Math.max(...scores))
    for (const rate of [metadata['fineTunedAlpha'], metadata['randomHeadAlpha']])
      expect(TINY.baselines.alphas.map(Math.fround)).toContain(Math.fround(Number(rate)))
    const kinds = new Set([...tensors.keys()].map(name => name.split('/')[0]))
    expect([...kinds].toSorted()).toEqual(['alpha', 'encoder', 'fine-tuned', 'head'])
  })

  it('gives the same bits in another process and folder, and others for another seed', async () => {
    const [again, other] = [join(folder, 'again'), join(folder, 'other-seed')]
    await train({ recipe: TINY, seed: 1, out: again, resume: false }, quietContext())
    expect(differences(again, whole)).toEqual([])
    await train({ recipe: TINY, seed: 2, out: other, resume: false }, quietContext())
    expect(differences(other, whole)).toEqual(['best', 'latest', 'metrics', 'levels'])
  }, 120_000)

  it('resumed after its end changes nothing and succeeds', async () => {
    const before = statSync(checkpointPath(whole, 'best')).mtimeMs
    const { code, stdout } = await levelshift(...trainArgs(whole, '--resume'))
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(printed)
    expect(statSync(checkpointPath(whole, 'best')).mtimeMs).toBe(before)
    expect(linesOf(whole, 'metrics.jsonl')).toHaveLength(14)
  })
})

describe('a run that is stopped', () => {
  it('at every step of every phase, and resumed, ends with the same bits', async () => {
    const out = join(folder, 'stops')
    let stops = 0
    for (let ended = false; !ended; ) {
      try {
        // After one step that the attempt before it did not do.
        await train({ recipe: TINY, seed: 1, out, resume: stops > 0 }, quietContext(1))
        ended = true
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
        expect((error as UserError).message).toBe('stopped')
        stops++
      }
      if (stops > 6 + 7 + 7) break
    }
    // Choosing the baselines' rates keeps nothing between two of them: it has to run through.
    await train({ recipe: TINY, seed: 1, out, resume: true }, quietContext())
    expect(stops).toBeGreaterThanOrEqual(6 + 7 + 7)
    expect(differences(out, whole)).toEqual([])
  }, 120_000)

  it('by SIGKILL, at random moments in each phase, ends with the same bits', async () => {
    const out = join(folder, 'kills')
    const records = () => linesOf(out, 'metrics.jsonl').length
    const moments: [string, () => boolean][] = [
      ['pretraining', () => existsSync(join(out, 'recipe.json'))],
      ['meta-training', () => records() >= 1],
      ['meta-training after a checkpoint', () => records() >= 6],
      ['the baseline', () => records() >= 9],
      ['choosing rates', () => records() >= 14],
    ]
    const told: string[] = []
    for (const [phase, condition] of moments) {
      const delay = Math.round(120 * Math.random())
      const started = start(trainArgs(out, '--resume'))
      const killed = await signalWhen(started, 'SIGKILL', condition, delay)
      told.push(`${phase} + ${delay} ms${killed ? '' : ': too late'}`)
      await started.outcome
    }
    const { code, stderr } = await levelshift(...trainArgs(out, '--resume'))
    expect([code, differences(out, whole)], `${told.join(', ')}\n${stderr}`).toEqual([0, []])
    expect(told.filter(line => !line.endsWith('too late')).length, told.join(', ')).toBeGreaterThanOrEqual(3)
  }, 120_000)

  it('by Ctrl-C tells how to go on, and does so', async () => {
    const out = join(folder, 'ctrl-c')
    const started = start(trainArgs(out))
    expect(await signalWhen(started, 'SIGINT', () => linesOf(out, 'metrics.jsonl').length >= 2)).toBe(true)
    const { code, stdout, stderr } = await started.outcome
    expect([code, stdout]).toEqual([130, ''])
    const [, command] = stderr.match(/^levelshift: stopped; continue with: npx levelshift (.*)$/m) ?? []
    expect(command).toBe(trainArgs(out, '--resume').join(' '))
    // What was done is saved, also between two regular checkpoints, and the folder is free again.
    expect(Number(checkpointOf(out, 'latest').metadata['iteration'])).toBeGreaterThanOrEqual(2)
    expect(existsSync(join(out, 'run.lock'))).toBe(false)
    expect((await levelshift(...(command as string).split(' '))).code).toBe(0)
    expect(differences(out, whole)).toEqual([])
  })

  const cannotMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status !== 0
  it.skipIf(cannotMount)('by a full disk keeps its checkpoint, and goes on when there is room', () => {
    const out = join(folder, 'full')
    const kept = join(folder, 'kept')
    mkdirSync(out)
    // Room for two checkpoints of three, in a file system that only these processes see.
    const script = `mount -t tmpfs -o size=7m none '${out}' || exit 99
      "$@"; echo "exit code $?" >&2
      ls '${out}/checkpoints' >&2
      mount -o remount,size=60m '${out}' && "$@" --resume && cp -r '${out}' '${kept}'`
    const command = [
      '-rm',
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      'src/app/levelshift.mjs',
      ...trainArgs(out),
    ]
    const { status, stderr } = spawnSync('unshare', command, {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(status, stderr).toBe(0)
    expect(stderr).toMatch(
      /^levelshift: cannot write .*(safetensors|jsonl): the disk is full: free some space and try again\nexit code 1$/m,
    )
    expect(stderr).toMatch(/^latest\.safetensors$/m)
    expect(stderr).not.toMatch(/unfinished/)
    expect(differences(kept, whole)).toEqual([])
  })
})

describe('a resume is refused', () => {
  async function refusal(...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await levelshift(...flags)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.split('\n')).toHaveLength(2)
    return stderr
  }

  it('with another seed', async () => {
    const stderr = await refusal('train', recipe, '--out', whole, '--seed', '2', '--resume')
    expect(stderr).toMatch(
      /whole cannot be resumed: seed was '1' and is '2' now; give the same recipe and seed/,
    )
  })

  it('with another recipe', async () => {
    const other = writeRecipe(folder, { ...TINY, meta: { ...TINY.meta, beta: 0.5 } }, 'other.json')
    const stderr = await refusal('train', other, '--out', whole, '--seed', '1', '--resume')
    expect(stderr).toMatch(/whole cannot be resumed: recipe\.meta\.beta was /)
  })

  it('without --resume: a run is not overwritten', async () => {
    expect(await refusal(...trainArgs(whole))).toMatch(/whole already holds a run: continue it with --resume/)
  })
})

describe('pretraining apart', () => {
  let result: Record<string, unknown> = {}
  beforeAll(async () => {
    result = await levelshiftJson('pretrain', recipe, '--out', join(folder, 'encoder'), '--seed', '1')
  })
  const request = () => ({ recipe: TINY, seed: 1, out: join(folder, 'encoder'), resume: false })

  it('gives the encoder that train would pretrain, also when it is stopped at every step', async () => {
    const out = join(folder, 'encoder')
    expect(result).toMatchObject({ run: out, encoder: checkpointPath(out, 'best'), steps: 6 })
    const own = checkpointOf(whole, 'best').tensors
    const apart = checkpointOf(out, 'best').tensors
    expect([...apart.keys()].every(name => name.startsWith('encoder/'))).toBe(true)
    for (const [name, { data }] of apart)
      expect(Buffer.compare(bytes(data), bytes(own.get(name)!.data))).toBe(0)
    const stopped = join(folder, 'encoder-stops')
    for (let i = 0; i < 4; i++)
      await expect(
        pretrainEncoder({ ...request(), out: stopped, resume: i > 0 }, quietContext(1)),
      ).rejects.toThrow('stopped')
    await pretrainEncoder({ ...request(), out: stopped, resume: true }, quietContext())
    for (const [name, { data }] of checkpointOf(stopped, 'best').tensors)
      expect(Buffer.compare(bytes(data), bytes(apart.get(name)!.data))).toBe(0)
    // Resumed after its end it does nothing new.
    await pretrainEncoder({ ...request(), resume: true }, quietContext())
  })

  it('train --encoder learns on it, remembers it when resumed, and refuses another', async () => {
    const encoder = checkpointPath(join(folder, 'encoder'), 'best')
    const out = join(folder, 'on-encoder')
    const started = start(trainArgs(out, '--encoder', encoder))
    await signalWhen(started, 'SIGKILL', () => linesOf(out, 'metrics.jsonl').length >= 1)
    await started.outcome
    // The first weights are the same, so all is the same as with the own pretraining, but for where it comes from.
    await levelshiftJson(...trainArgs(out, '--resume').filter(flag => flag !== '--json'))
    expect(checkpointOf(out, 'best').metadata['encoderSource']).toBe(encoder)
    const own = checkpointOf(whole, 'best').tensors
    for (const [name, { data }] of checkpointOf(out, 'best').tensors)
      expect(Buffer.compare(bytes(data), bytes(own.get(name)!.data))).toBe(0)

    const file = checkpointOf(whole, 'best')
    file.tensors.get('encoder/dense2/w')!.data[0]! += 1
    const other = join(folder, 'other.safetensors')
    writeFileSync(other, encodeSafetensors(file))
    const { code, stderr } = await levelshift(...trainArgs(out, '--resume', '--encoder', other))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /on-encoder cannot be resumed with .*: it was begun with another encoder; leave --encoder out/,
    )
  }, 120_000)

  it('train --encoder refuses what holds none', async () => {
    const none = join(folder, 'none')
    cpSync(join(whole, 'recipe.json'), join(none, 'checkpoints', 'best.safetensors'), { recursive: true })
    const { code, stderr } = await levelshift('train', recipe, '--out', join(folder, 'x'), '--encoder', none)
    expect(code).toBe(1)
    expect(stderr).toMatch(/best\.safetensors/)
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })
})

describe('the wasm backend', () => {
  it('trains to the end, and the agent is evaluated', async () => {
    const out = join(folder, 'wasm')
    const result = await levelshiftJson('train', recipe, '--out', out, '--seed', '1', '--backend', 'wasm')
    expect(result).toMatchObject({ backend: 'wasm', iterations: 7 })
    const flags = ['--levels', '3', '--steps', '1', '--backend', 'wasm']
    expect(await levelshiftJson('evaluate', out, ...flags)).toMatchObject({ backend: 'wasm', levels: 3 })
    // The same levels, drawn by the same streams; numbers differ in their last digits.
    expect(linesOf(out, 'levels.jsonl')).toEqual(linesOf(whole, 'levels.jsonl'))
  }, 120_000)
})

function bytes(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
