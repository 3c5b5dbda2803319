/** Evaluating an agent: the shape that other tools rely on, its seeds, and agents that are none. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LevelRequest } from '../envs/draw-level.ts'
import { GAMES } from '../envs/registry.ts'
import type { Level } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { type Agent, decodeAgent, encodeAgent, fixedAlphas } from '../src/app/agent-file.ts'
import { type EvaluateRequest, type Evaluation, evaluate } from '../src/app/evaluate.ts'
import { UserError } from '../src/core/errors.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { initEncoder } from '../src/learn/encoder.ts'
import { drawLevels, heldOutRequests } from '../src/learn/evaluate.ts'
import { initMeta } from '../src/learn/meta-train.ts'
import { encodeSafetensors, type TensorFile } from '../src/learn/safetensors.ts'
import { ldtkProject } from './ldtk/project.ts'
import { YARD } from './ldtk/yard.ts'
import { levelshift, levelshiftJson, quietContext, signalWhen, start, TINY } from './tiny-run.ts'

let folder = ''
let path = ''
/** An untrained agent with both baselines: what is tested here does not depend on skill. */
let agent: Agent

beforeAll(async () => {
  await selectBackend()
  folder = mkdtempSync(join(tmpdir(), 'levelshift-evaluate-'))
  agent = agentOf(TINY)
  path = write('agent.safetensors', encodeAgent(agent))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function agentOf(recipe: Agent['recipe']): Agent {
  const { theta, alphas } = initMeta(recipe.meta, '1')
  // Weights that are numbers of no pattern; drawn fast.
  let x = 1
  const encoder = initEncoder(() => (x = (x * 16807) % 2147483647) / 2147483647).values
  const fineTuned = { theta: initMeta(recipe.meta, '2').theta, alphas: fixedAlphas(theta, 0.3) }
  return {
    recipe,
    seed: 1,
    encoder,
    learner: { theta, alphas },
    fineTuned,
    randomHeadAlpha: 0.3,
    provenance: {},
  }
}

function write(name: string, content: TensorFile | Uint8Array | string): string {
  const file = join(folder, name)
  const isTensors = typeof content === 'object' && 'tensors' in content
  writeFileSync(file, isTensors ? encodeSafetensors(content) : content)
  return file
}

async function scored(request: Partial<EvaluateRequest> = {}): Promise<Evaluation> {
  const whole: EvaluateRequest = { agent: path, split: 'test', levels: 4, steps: 1, seed: 1, ...request }
  return (await evaluate(whole, quietContext())).evaluation
}

/** An evaluation but for what differs from run to run. */
function figures({ seconds: _, agent: __, ...rest }: Evaluation) {
  return rest
}

const NUMBER = expect.any(Number)
const curve = (steps: number) =>
  Array.from({ length: steps + 1 }, (_, k) => ({
    k,
    iqm: NUMBER,
    low: NUMBER,
    high: NUMBER,
    mean: NUMBER,
    environmentSteps: NUMBER,
  }))

describe('levelshift evaluate --json', () => {
  it('has the shape that other tools rely on', async () => {
    const flags = ['--split', 'test', '--levels', '6', '--steps', '3', '--seed', '1']
    const result = await levelshiftJson('evaluate', path, ...flags)
    expect(result).toEqual({
      agent: path,
      recipe: 'tiny',
      split: 'test',
      levels: 6,
      seed: 1,
      backend: expect.stringMatching(/^(native|wasm|cpu)$/),
      steps: curve(3),
      gain: { mean: NUMBER, low: NUMBER, high: NUMBER },
      baselines: {
        fineTuned: { alpha: 0.3, steps: curve(3) },
        randomHead: { alpha: 0.3, steps: curve(3) },
      },
      framesShared: NUMBER,
      seconds: NUMBER,
    })
    const { steps } = result as unknown as Evaluation
    for (const [k, { iqm, low, high, environmentSteps }] of steps.entries()) {
      expect(low).toBeLessThanOrEqual(iqm)
      expect(high).toBeGreaterThanOrEqual(iqm)
      // At most 4 episodes of 24 steps came before each gradient step.
      expect(environmentSteps).toBeLessThanOrEqual(k * 4 * 24)
      if (k > 0) expect(environmentSteps).toBeGreaterThan(steps[k - 1]!.environmentSteps)
    }
    expect(steps[0]!.environmentSteps).toBe(0)
  })

  it('without --json is a table', async () => {
    const { code, stdout } = await levelshift('evaluate', path, '--levels', '2', '--steps', '1')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^tiny on 2 test levels: score \(IQM, 95% interval; 0 random player, 1 solver\)\n/)
    expect(stdout).toMatch(/gradient steps +agent +fine-tuned +random head +environment steps/)
  })

  it('stops at Ctrl-C', async () => {
    const started = start(['evaluate', path, '--levels', '600', '--steps', '1'])
    let seen = ''
    started.child.stderr.on('data', chunk => (seen += chunk))
    expect(await signalWhen(started, 'SIGINT', () => seen !== '')).toBe(true)
    const { code, stdout, stderr } = await started.outcome
    expect([code, stdout]).toEqual([130, ''])
    expect(stderr).toMatch(/^levelshift: stopped$/m)
  })
})

describe('an evaluation', () => {
  it('has the same numbers for the same seed, and other levels for another', async () => {
    const [one, again, other] = [await scored(), await scored(), await scored({ seed: 2 })]
    expect(figures(again)).toEqual(figures(one))
    expect(figures(other)).not.toEqual(figures(one))
    const hashes = (seed: number) =>
      drawLevels(TINY.levels, 'test', 4, `evaluate/${seed}`).map(({ hash }) => hash)
    expect(hashes(1)).toEqual(hashes(1))
    expect(hashes(2).filter(hash => hashes(1).includes(hash))).toEqual([])
  })

  it('stays in its split', async () => {
    for (const split of ['train', 'validation', 'test'] as const) {
      for (const level of drawLevels(TINY.levels, split, 5, 'split')) expect(level.split).toBe(split)
    }
    expect((await scored({ split: 'validation' })).split).toBe('validation')
  })

  it('takes more steps than the agent was trained for, and none', async () => {
    const more = await scored({ steps: 4 })
    expect(more.steps).toHaveLength(5)
    expect(more.baselines.fineTuned?.steps).toHaveLength(5)
    const none = await scored({ steps: 0 })
    expect(none.steps).toHaveLength(1)
    expect(none.gain.mean).toBe(0)
    // The steps that both take are the same.
    const { iqm, low } = more.steps[0]!
    expect(none.steps[0]).toMatchObject({ iqm, low })
  })

  it('takes one level', async () => {
    const { steps } = await scored({ levels: 1 })
    for (const { iqm, low, high, mean } of steps) expect([low, high, mean]).toEqual([iqm, iqm, iqm])
  })

  it('keeps episodes before, during and after adaptation', async () => {
    const request: EvaluateRequest = { agent: path, split: 'test', levels: 2, steps: 2, seed: 1 }
    const { episodes } = await evaluate(request, quietContext())
    expect(episodes).toHaveLength(2)
    for (const { game, plays, rules } of episodes) {
      expect(game).toBe('gems')
      expect(rules).toMatch(/^worth \[/)
      expect(plays.map(({ steps }) => steps)).toEqual([0, 1, 2])
      for (const { frames } of plays) expect(frames!.length).toBeGreaterThan(1)
    }
  })

  it('of several games tells them apart, each with its own environment steps', async () => {
    const levels: LevelRequest[] = [
      { game: 'gems', size: [7, 7], vary: ['worth'] },
      { game: 'maze', size: [9, 9], vary: ['real'] },
    ]
    const file = write(
      'games.safetensors',
      encodeAgent(agentOf({ ...TINY, levels: [...levels] as Agent['recipe']['levels'] })),
    )
    const { games, steps } = await scored({ agent: file, levels: 4 })
    expect(games?.map(({ game, levels }) => [game, levels])).toEqual([
      ['gems', 2],
      ['maze', 2],
    ])
    const [gems, maze] = games!.map(game => game.steps[1]!.environmentSteps)
    expect(gems).not.toBe(maze)
    expect((gems! + maze!) / 2).toBeCloseTo(steps[1]!.environmentSteps, 6)
  })

  it('of an agent without baselines, or trained without inner steps, works', async () => {
    const { fineTuned: _, randomHeadAlpha: __, ...bare } = agent
    const withoutBaselines = await scored({ agent: write('bare.safetensors', encodeAgent(bare)) })
    expect(withoutBaselines.baselines).toEqual({})
    const flat = agentOf({ ...TINY, meta: { ...TINY.meta, steps: 0 } })
    const file = write('flat.safetensors', encodeAgent(flat))
    expect((await scored({ agent: file, steps: 2 })).steps).toHaveLength(3)
  })
})

describe('an agent as a file', () => {
  it('comes back as it was', () => {
    const file = encodeAgent(agent)
    const back = decodeAgent(file, 'a')
    // By bytes: vitest compares long arrays slowly.
    expect(Buffer.compare(encodeSafetensors(encodeAgent(back)), encodeSafetensors(file))).toBe(0)
    expect(back).toMatchObject({ recipe: TINY, seed: 1, randomHeadAlpha: 0.3, provenance: {} })
    expect(back.learner.alphas).toEqual(agent.learner.alphas)
    expect(back.fineTuned?.alphas).toEqual(agent.fineTuned?.alphas)
  })
})

describe('what is no agent is refused in a sentence', () => {
  async function refusal(file: string): Promise<string> {
    const error: unknown = await scored({ agent: file }).catch(caught => caught)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).not.toContain('\n')
    return (error as Error).message
  }
  const changed = (
    change: (file: { tensors: Map<string, never>; metadata: Record<string, string> }) => void,
  ) => {
    const { tensors, metadata } = encodeAgent(agent)
    const file = { tensors: new Map(tensors) as Map<string, never>, metadata: { ...metadata } }
    change(file)
    return file
  }

  it('at the command line, with exit code 1', async () => {
    const file = join(folder, 'none.safetensors')
    const { code, stdout, stderr } = await levelshift('evaluate', file)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `levelshift: ${file}: no such agent: expected a run folder or a checkpoint such as agents/trained/starter.safetensors\n`,
    )
  })

  it('a checkpoint that is cut short, anywhere', async () => {
    const bytes = readFileSync(path)
    for (const length of [0, 4, 100, 5000, bytes.length >> 1, bytes.length - 1]) {
      const file = write('short.safetensors', bytes.subarray(0, length))
      expect(await refusal(file)).toMatch(/short\.safetensors: /)
    }
  })

  it('a checkpoint with one changed bit', async () => {
    const bytes = Uint8Array.from(readFileSync(path))
    bytes[bytes.length - 1000]! ^= 4
    expect(await refusal(write('bit.safetensors', bytes))).toMatch(/damaged or cut short: its checksum is/)
  })

  it('a checkpoint of another version', async () => {
    const file = write(
      'version.safetensors',
      changed(({ metadata }) => (metadata['format'] = 'levelshift-agent-9')),
    )
    expect(await refusal(file)).toMatch(
      /version\.safetensors: the checkpoint has format 'levelshift-agent-9', this version of Levelshift \(.*\) reads levelshift-agent-1; /,
    )
  })

  it('a checkpoint of a training, of an encoder alone, and of nothing', async () => {
    const of = (format: string) =>
      write(
        `${format}.safetensors`,
        changed(({ metadata }) => (metadata['format'] = format)),
      )
    expect(await refusal(of('levelshift-training-1'))).toMatch(/the run has no agent yet, .*--resume/)
    expect(await refusal(of('levelshift-encoder-1'))).toMatch(/holds an encoder and no agent; .*--encoder/)
    const bare = write(
      'nothing.safetensors',
      changed(({ metadata }) => delete metadata['format']),
    )
    expect(await refusal(bare)).toMatch(/has format 'none'/)
  })

  it.each(['encoder/dense1/w', 'head/w0', 'fine-tuned/b1', 'alpha/1/w0'])(
    'a checkpoint without %s',
    async name => {
      const file = write(
        'tensor.safetensors',
        changed(({ tensors }) => tensors.delete(name)),
      )
      expect(await refusal(file)).toMatch(`tensor.safetensors: tensor '${name}' has no values, expected `)
    },
  )

  it('a checkpoint whose recipe is wrong', async () => {
    const spoilt = JSON.stringify({ ...TINY, levels: [{ game: 'chess' }] })
    const file = write(
      'recipe.safetensors',
      changed(({ metadata }) => (metadata['recipe'] = spoilt)),
    )
    expect(await refusal(file)).toMatch(/recipe\.safetensors: levels\.0\.game: .*'chess'/)
  })

  it('a folder without an agent, and a file of another kind', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    expect(await refusal(empty)).toMatch(
      /no agent in this folder: expected checkpoints\/best\.safetensors in it/,
    )
    expect(await refusal(write('notes.txt', 'hello, world'))).toMatch(/notes\.txt: /)
  })
})

describe('levels of one\u2019s own', () => {
  const level = (game: string, map: string) => `levelshift level 1\ngame: ${game}\n\n${map}`

  it('are adapted to, each apart, with return and score after every step', async () => {
    const mine = write('mine.txt', level('gems', '#####\n#@.a#\n#.b.#\n#####\n'))
    const result = await levelshiftJson('evaluate', path, '--level', mine, '--level', mine, '--steps', '2')
    const { levels } = result as {
      levels: { solverReturn: number; randomReturn: number; steps: Record<string, number>[] }[]
    }
    expect(levels).toHaveLength(2)
    for (const { solverReturn, randomReturn, steps } of levels) {
      expect(solverReturn).toBe(1)
      expect(steps.map(({ k }) => k)).toEqual([0, 1, 2])
      for (const { return: reached, score } of steps)
        expect(score).toBeCloseTo((reached! - randomReturn) / (solverReturn - randomReturn), 10)
    }
  })

  it('may be files of other programs, whose tiles a mapping names', async () => {
    const values = ['Stone', 'Sand', 'Ruby', 'Emerald', null]
    const project = ldtkProject({ values, levels: [{ ...YARD, fields: [] }] })
    const yard = write('yard.ldtk', JSON.stringify(project))
    const tiles = { Stone: 'wall', Sand: 'floor', Ruby: 'gem-a', Emerald: 'gem-b' }
    const mapping = write('mapping.json', JSON.stringify({ tiles }))
    expect(
      await levelshiftJson(
        'evaluate',
        path,
        '--level',
        yard,
        '--game',
        'gems',
        '--mapping',
        mapping,
        '--steps',
        '0',
      ),
    ).toMatchObject({ levels: [{ title: 'Yard', game: 'gems' }] })
  })

  it('of a game that the agent lacks are refused, unless asked for; so are those that nobody can win', async () => {
    const exits = write('exits.txt', level('maze', '#######\n#@.a.b#\n#.c...#\n#######\n'))
    const { code, stderr } = await levelshift('evaluate', path, '--level', exits)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /exits\.txt:4:1: a level of maze, which the agent never learned: its recipe 'tiny' has gems/,
    )
    expect(
      await levelshiftJson('evaluate', path, '--level', exits, '--any-game', '--steps', '0'),
    ).toMatchObject({ levels: [{ game: 'maze' }] })
    const walled = write('walled.txt', level('gems', '#####\n#@#a#\n#.#.#\n#####\n'))
    expect((await levelshift('evaluate', path, '--level', walled)).stderr).toMatch(
      /walled\.txt:4:1: a score needs a play that wins/,
    )
  })
})

describe('held-out layouts and rules', () => {
  const requests: LevelRequest[] = GAMES.map(({ id }) => ({ game: id }))
  const familyOf = ({ provenance }: Level) => (provenance.source === 'generated' ? provenance.family : '')

  it.each([
    ['layouts', ['layouts'], true, false],
    ['rules', ['rules'], false, true],
    ['both', ['layouts', 'rules'], true, true],
    ['nothing', [], false, false],
  ] as const)('%s', (_, heldOut, layouts, rules) => {
    for (const { level } of drawLevels(
      heldOutRequests(requests, heldOut),
      'test',
      GAMES.length,
      'held out',
    )) {
      const kind = levelKind(level.game)
      const family = kind.families.find(({ name }) => name === familyOf(level))
      expect(family?.heldOut, level.game).toBe(layouts)
      expect(kind.isHeldOut(level.rules), level.game).toBe(rules)
    }
  })

  it('is part of what the evaluation tells', async () => {
    expect((await scored({ heldOut: ['rules'] })).heldOut).toEqual(['rules'])
    expect(await scored()).not.toHaveProperty('heldOut')
  })
})
