/**
 * Exported agents give our own numbers in other people's programs: onnxruntime, stock TensorFlow.js and safetensors' own
 * reader. The code of the model card is run as it stands there.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTION_COUNT } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { type Agent, decodeAgent } from '../src/app/agent-file.ts'
import { encodeEncoder } from '../src/app/encoder-file.ts'
import { type ExportRequest, exportAgent, FORMATS } from '../src/app/export/export.ts'
import { FRAME_BYTES } from '../src/core/rasteriser.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { ENCODER_SHAPES, FEATURES } from '../src/learn/encoder.ts'
import { alphaAt, innerStep } from '../src/learn/maml.ts'
import { headShapes } from '../src/learn/meta-train.ts'
import { toTensors, withinScope, withTaskAxis } from '../src/learn/parameters.ts'
import { createPictureSource } from '../src/learn/picture-source.ts'
import { categoricalLogProbabilities, mlp, oneHotRows, takenLogProbability } from '../src/learn/policy.ts'
import { decodeSafetensors, encodeSafetensors } from '../src/learn/safetensors.ts'
import { likelihoodRatioLoss, surrogateData } from '../src/learn/surrogate.ts'
import { encoded, largestDifference } from './encoder-frames.ts'
import { levelshift } from './tiny-run.ts'

const CHECKPOINT = 'agents/trained/all.safetensors'
const TOLERANCE = 1e-4

const temporary = mkdtempSync(join(tmpdir(), 'levelshift-export-'))
afterAll(() => rmSync(temporary, { recursive: true }))

function request(out: string, rest: Partial<ExportRequest> = {}): ExportRequest {
  const command = `npx levelshift export ${CHECKPOINT} --out ${out}`
  return { agent: CHECKPOINT, out, formats: FORMATS, force: false, command, date: '2026-01-31', ...rest }
}

/** Two observations of each game, on test levels. */
function observations(): Uint8Array {
  const ofGames = GAMES.map(({ id }) =>
    createPictureSource({
      requests: [{ game: id }],
      split: 'test',
      pairs: 1,
      seed: 'export',
    })().pixels.slice(),
  )
  return new Uint8Array(Buffer.concat(ofGames))
}

function readAgent(path: string): Agent {
  return decodeAgent(decodeSafetensors(readFileSync(path), path), path)
}

/** The card's code in one language, in order. */
function codeOf(card: string, language: string): string[] {
  return [...card.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code!)
}

describe('an exported agent', () => {
  const out = join(temporary, 'all')
  const count = 2 * GAMES.length
  let agent: Agent
  let pixels: Uint8Array
  let features: Float32Array
  let logits: Float32Array
  const actions = Array.from({ length: count }, (_, i) => i % ACTION_COUNT)
  const advantages = Array.from({ length: count }, (_, i) => Math.sin(i))

  beforeAll(async () => {
    await selectBackend()
    exportAgent(request(out))
    agent = readAgent(CHECKPOINT)
    pixels = observations()
    features = encoded(toTensors(agent.encoder, ENCODER_SHAPES), pixels)
    logits = withinScope(() => logitsOf(toTensors(agent.learner.theta, headShapes(agent.recipe.meta))))
  })

  function logitsOf(theta: ReturnType<typeof toTensors>): Float32Array {
    return Float32Array.from(mlp(theta, tf.tensor2d(features, [count, FEATURES])).dataSync())
  }

  /** Our own logits after one inner step on the same actions and advantages. */
  function adaptedLogits(): Float32Array {
    return withinScope(() => {
      const theta = withTaskAxis(toTensors(agent.learner.theta, headShapes(agent.recipe.meta)), 1)
      const rows = tf.tensor3d(features, [1, count, FEATURES])
      const taken = tf.tensor3d(oneHotRows(actions, ACTION_COUNT), [1, count, ACTION_COUNT])
      const model = (parameters: typeof theta) => ({
        logProbability: takenLogProbability(categoricalLogProbabilities(mlp(parameters, rows)), taken),
      })
      const data = surrogateData({
        tasks: 1,
        oldLogProbabilities: Float32Array.from(model(theta).logProbability.dataSync()),
        advantages: Float32Array.from(advantages),
      })
      const { adapted } = innerStep(theta, alphaAt(agent.learner.alphas, 0), likelihoodRatioLoss(model, data))
      return Float32Array.from(mlp(adapted, rows).dataSync())
    })
  }

  it('looks at different pictures of all games', () => {
    expect(pixels.length).toBe(count * FRAME_BYTES)
    const spread = Array.from({ length: GAMES.length - 1 }, (_, i) =>
      largestDifference(
        logits.subarray(2 * i * ACTION_COUNT, (2 * i + 1) * ACTION_COUNT),
        logits.subarray((2 * i + 2) * ACTION_COUNT, (2 * i + 3) * ACTION_COUNT),
      ),
    )
    expect(Math.min(...spread)).toBeGreaterThan(100 * TOLERANCE)
  })

  it('gives the same numbers in onnxruntime', async () => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node')
    const session = await InferenceSession.create(join(out, 'model.onnx'))
    const run = async (bytes: Uint8Array, n: number) => {
      const outputs = await session.run({ pixels: new Tensor('uint8', bytes, [n, 64, 64, 3]) })
      return [outputs['features']!, outputs['logits']!].map(({ dims, data }) => ({
        dims,
        data: data as Float32Array,
      }))
    }
    const [allFeatures, allLogits] = await run(pixels, count)
    expect(allFeatures!.dims).toEqual([count, FEATURES])
    expect(largestDifference(allFeatures!.data, features)).toBeLessThan(TOLERANCE)
    expect(largestDifference(allLogits!.data, logits)).toBeLessThan(TOLERANCE)
    // The batch is free.
    const [, one] = await run(pixels.slice(0, FRAME_BYTES), 1)
    expect(largestDifference(one!.data, logits.subarray(0, ACTION_COUNT))).toBeLessThan(TOLERANCE)
  })

  it('gives the same numbers in stock TensorFlow.js, and adapts there as here, by the code of its card', () => {
    const snippets = codeOf(readFileSync(join(out, 'README.md'), 'utf8'), 'js')
    expect(snippets).toHaveLength(2)
    symlinkSync(join(process.cwd(), 'node_modules'), join(temporary, 'node_modules'))
    writeFileSync(join(temporary, 'pixels.bin'), pixels)
    const program = `${snippets.join('\n')}
const own = tf.tensor(new Uint8Array(readFileSync('../pixels.bin')), [${count}, 64, 64, 3], 'int32')
const predict = input => model.predict(input).map(output => [...output.dataSync()])
const before = predict(own)
const fromFloats = predict(own.toFloat())
adapt(own, ${JSON.stringify(actions)}, ${JSON.stringify(advantages)}, 0)
console.log('=' + JSON.stringify({ shapes: [features.shape, logits.shape], before, fromFloats, after: predict(own)[1] }))`
    writeFileSync(join(out, 'card.mjs'), program)
    const printed = execFileSync(process.execPath, ['card.mjs'], {
      cwd: out,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    rmSync(join(out, 'card.mjs'))
    const result = JSON.parse(printed.slice(printed.indexOf('\n=') + 2)) as {
      shapes: number[][]
      before: number[][]
      fromFloats: number[][]
      after: number[]
    }
    expect(result.shapes).toEqual([
      [2, FEATURES],
      [2, ACTION_COUNT],
    ])
    expect(largestDifference(result.before[0]!, features)).toBeLessThan(TOLERANCE)
    expect(largestDifference(result.before[1]!, logits)).toBeLessThan(TOLERANCE)
    expect(result.fromFloats).toEqual(result.before)
    expect(largestDifference(logits, result.after)).toBeGreaterThan(100 * TOLERANCE)
    expect(largestDifference(adaptedLogits(), result.after)).toBeLessThan(TOLERANCE)
  })

  it('is an agent for Levelshift itself, without its baselines', () => {
    const read = readAgent(join(out, 'model.safetensors'))
    for (const [name, values] of Object.entries(agent.encoder))
      expect(largestDifference(read.encoder[name]!, values), name).toBe(0)
    expect(read.learner).toEqual(agent.learner)
    expect(read.recipe).toEqual(agent.recipe)
    expect([read.fineTuned, read.randomHeadAlpha]).toEqual([undefined, undefined])
  })

  it('loads in Python by the code of its card', context => {
    const [onnx, head] = codeOf(readFileSync(join(out, 'README.md'), 'utf8'), 'python')
    const has = (...packages: string[]) =>
      spawnSync('python3', ['-c', `import ${packages.join(', ')}`]).status === 0
    if (!has('numpy', 'safetensors')) return context.skip("Python's numpy and safetensors are not installed")
    writeFileSync(join(temporary, 'features.bin'), Buffer.from(features.buffer))
    const real = `np.fromfile('../features.bin', np.float32).reshape(-1, ${FEATURES})`
    const run = (program: string) =>
      JSON.parse(execFileSync('python3', ['-c', program], { cwd: out, encoding: 'utf8' })) as number[]
    const printing = 'import json\nprint(json.dumps(logits.ravel().tolist()))'
    const own = run(`${head!.replace(/^features = .*$/m, `features = ${real}`)}\n${printing}`)
    expect(largestDifference(own, logits)).toBeLessThan(TOLERANCE)
    if (has('onnxruntime')) expect(run(`${onnx}\n${printing}`)).toHaveLength(2 * ACTION_COUNT)
  })

  it('has a card that tells its scores and where it comes from', () => {
    const card = readFileSync(join(out, 'README.md'), 'utf8')
    const kept = JSON.parse(readFileSync('agents/trained/all.evaluation.json', 'utf8')) as {
      steps: { iqm: number }[]
      games: { game: string }[]
    }
    for (const { iqm } of kept.steps) expect(card).toContain(` ${iqm.toFixed(2)} [`)
    for (const { game } of kept.games) expect(card).toContain(`| this agent on ${game} |`)
    expect(card).toContain(`2026-01-31 by Levelshift`)
    expect(card).not.toMatch(/undefined|NaN|\[object/)
    const description = JSON.parse(readFileSync(join(out, 'agent.json'), 'utf8')) as {
      adaptation: { rates: unknown }
    }
    expect(description.adaptation.rates).toEqual(agent.learner.alphas)
  })
})

describe('levelshift export', () => {
  const folder = join(temporary, 'folders')
  const names = () => readdirSync(folder)
  beforeAll(() => mkdirSync(folder))

  it('replaces an export with --force only, and whole', () => {
    const out = join(folder, 'a')
    // What an export leaves that was killed.
    mkdirSync(join(folder, '.a.new.unfinished'))
    exportAgent(request(out))
    expect(() => exportAgent(request(out))).toThrow(/is not empty.*--force/)
    const { files } = exportAgent(request(out, { formats: ['onnx'], force: true }))
    expect(files.map(({ path }) => path)).toEqual(
      ['model.onnx', 'agent.json', 'README.md'].map(name => join(out, name)),
    )
    expect(readdirSync(out).sort()).toEqual(['README.md', 'agent.json', 'model.onnx'])
    expect(codeOf(readFileSync(join(out, 'README.md'), 'utf8'), 'js')).toEqual([])
    writeFileSync(join(out, 'thesis.txt'), 'years of work')
    expect(() => exportAgent(request(out, { force: true }))).toThrow(/holds 'thesis.txt'/)
    expect(readFileSync(join(out, 'thesis.txt'), 'utf8')).toBe('years of work')
    expect(names()).toEqual(['a'])
  })

  it('says in one sentence what is wrong, and leaves nothing', async () => {
    const encoder = join(temporary, 'encoder.safetensors')
    const values = readAgent(CHECKPOINT).encoder
    writeFileSync(encoder, encodeSafetensors(encodeEncoder({ values, source: 'test' })))
    const out = join(folder, 'b')
    expect(() => exportAgent(request(out, { agent: encoder }))).toThrow(/holds an encoder and no agent/)
    expect(() => exportAgent(request(join(encoder, 'c')))).toThrow(
      /^cannot make folder .*: a file of that name is in the way/,
    )
    expect(() => exportAgent(request(encoder))).toThrow(/is a file, expected a folder/)
    const { code, stderr } = await levelshift('export', CHECKPOINT, '--out', out, '--formats', 'onnx,tfsj')
    expect(stderr.trim()).toBe(
      "levelshift: --formats must be one of safetensors, tfjs, onnx, got 'tfsj' (did you mean tfjs?)",
    )
    expect(code).toBe(2)
    expect(names()).not.toContain('b')
  })
})
