/** A training run with a curriculum: its manifest and metrics, and that it always ends with the same bits. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rebuildLevel } from '../envs/draw-level.ts'
import { encodeEncoder, loadEncoder } from '../src/app/encoder-file.ts'
import { type LevelRecord, readRun } from '../src/app/run-contents.ts'
import { train } from '../src/app/train.ts'
import { stream } from '../src/core/random.ts'
import { initEncoder } from '../src/learn/encoder.ts'
import { recipeSchema } from '../src/learn/recipe.ts'
import { encodeSafetensors } from '../src/learn/safetensors.ts'
import {
  differences,
  levelshift,
  linesOf,
  quietContext,
  signalWhen,
  start,
  TINY,
  writeRecipe,
} from './tiny-run.ts'

describe('a run with a curriculum', () => {
  // As the command line would read it.
  const asked = recipeSchema.parse({
    ...TINY,
    name: 'tiny-accel',
    baselines: { alphas: [1] },
    validation: { every: 4, levels: 2 },
    curriculum: { kind: 'accel', bufferSize: 4, edits: 2, score: 'adaptation-gain' },
  })
  let folder = ''
  let encoder = ''
  let whole = ''
  const request = (out: string, resume: boolean) => ({
    recipe: asked,
    seed: 1,
    out,
    resume,
    encoder: loadEncoder(encoder),
  })
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'levelshift-curriculum-'))
    whole = join(folder, 'whole')
    encoder = join(folder, 'encoder.safetensors')
    const random = stream('run encoder')
    const { values } = initEncoder(() => random.next())
    writeFileSync(encoder, encodeSafetensors(encodeEncoder({ values, source: 'nobody' })))
    await train(request(whole, false), quietContext())
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves in its manifest how each level was drawn, and from which one', () => {
    const { levels, metrics } = readRun(whole)
    expect(levels).toHaveLength(asked.meta.iterations * asked.meta.tasks)
    expect(new Set(levels.map(({ origin }) => origin))).toEqual(new Set(['fresh', 'replayed', 'mutated']))
    const seen = new Map<string, LevelRecord>()
    for (const record of levels) {
      if (record.origin === 'replayed') expect(seen.get(record.hash)).toMatchObject({ seed: record.seed })
      if (record.origin === 'mutated')
        expect(record.seed).toMatch(`${seen.get(record.parent!)!.seed}~${record.iteration - 1}/`)
      else expect(record).not.toHaveProperty('parent')
      expect(rebuildLevel(asked.levels[0]!, record.seed!, 2).hash).toBe(record.hash)
      seen.set(record.hash, record)
    }
    for (const { iteration, curriculum } of metrics.slice(0, asked.meta.iterations)) {
      const own = levels.filter(level => level.iteration === iteration)
      const share = (origin: string) => own.filter(level => level.origin === origin).length / own.length
      expect(curriculum).toMatchObject({
        buffer: expect.any(Number),
        score: expect.any(Number),
        staleness: expect.any(Number),
        replayed: share('replayed'),
        mutated: share('mutated'),
      })
    }
  })

  it('stopped again and again, and resumed, ends with the same bits', async () => {
    const out = join(folder, 'stops')
    let stops = 0
    for (let ended = false; !ended && stops < 20; ) {
      try {
        await train(request(out, stops > 0), quietContext(5))
        ended = true
      } catch (error) {
        expect((error as Error).message).toBe('stopped')
        stops++
      }
    }
    expect(stops).toBeGreaterThanOrEqual(3)
    expect(differences(out, whole)).toEqual([])
  }, 60_000)

  it('killed in the meta-training and in the baseline, and resumed, ends with the same bits', async () => {
    const out = join(folder, 'kills')
    const recipe = writeRecipe(folder, asked, 'accel.json')
    const args = ['train', recipe, '--out', out, '--seed', '1', '--encoder', encoder, '--resume']
    for (const records of [6, 9]) {
      const started = start(args)
      await signalWhen(started, 'SIGKILL', () => linesOf(out, 'metrics.jsonl').length >= records)
      await started.outcome
    }
    const { code, stderr } = await levelshift(...args)
    expect([code, differences(out, whole)], stderr).toEqual([0, []])
  }, 60_000)
})
