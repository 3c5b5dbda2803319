/** A tuning by the real command line: what it writes, killed and resumed, and what it refuses. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TuneResult } from '../src/app/tune/tune.ts'
import { parseRecipe } from '../src/learn/recipe.ts'
import { levelshift, levelshiftJson, linesOf, signalWhen, start, TINY, writeRecipe } from './tiny-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'levelshift-tune-'))
const whole = join(folder, 'whole')
let recipe = ''
let result: TuneResult

function tuneArgs(out: string, ...flags: string[]): string[] {
  const fields = ['--field', 'meta.alpha=0.1..4:log', '--field', 'meta.tasks=2..3']
  return ['tune', recipe, ...fields, '--trials', '4', '--budget', '3', '--out', out, ...flags]
}

/** The records without their times. */
function recordsOf(out: string): unknown[] {
  return linesOf(out, 'trials.jsonl').map(line => {
    const { seconds: _, ...record } = JSON.parse(line) as Record<string, unknown>
    return record
  })
}

beforeAll(async () => {
  recipe = writeRecipe(folder, TINY)
  result = (await levelshiftJson(...tuneArgs(whole))) as unknown as TuneResult
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

describe('levelshift tune', () => {
  it('trains every trial to the first rung and the best one to the last', () => {
    expect(result).toMatchObject({ recipe: 'tiny', method: 'bayes', seed: 1, rungs: [1, 3] })
    expect(result.trials.length).toBe(4)
    expect(result.iterations.full).toBe(12)
    expect(result.iterations.trained).toBeLessThan(12)
    const [first] = result.trials
    expect(first).toMatchObject({ trial: result.best.trial, scores: [expect.anything(), result.best.score] })
    for (const { values } of result.trials) {
      expect(values['meta.alpha']).toBeGreaterThanOrEqual(0.1)
      expect(values['meta.alpha']).toBeLessThanOrEqual(4)
      expect([2, 3]).toContain(values['meta.tasks'])
    }
    // One encoder for all, and validation levels alone to score on.
    expect(existsSync(join(whole, 'encoder', 'checkpoints', 'best.safetensors'))).toBe(true)
    const drawn = linesOf(join(whole, 'trials', '0'), 'levels.jsonl').map(
      line => (JSON.parse(line) as { split: string }).split,
    )
    expect(new Set(drawn)).toEqual(new Set(['train']))
    const best = parseRecipe(readFileSync(result.best.recipe, 'utf8'), 'best.json')
    expect(best).toEqual({
      ...TINY,
      name: 'tiny-tuned',
      description: best.description,
      meta: {
        ...TINY.meta,
        alpha: result.best.values['meta.alpha'],
        tasks: result.best.values['meta.tasks'],
      },
    })
    expect(readFileSync(result.picture, 'utf8')).toMatch(/^<svg .*meta\.alpha.*<\/svg>$/s)
  })

  it('ends alike when it is killed again and again', async () => {
    const out = join(folder, 'killed')
    const moments: [string, () => boolean][] = [
      ['the encoder', () => existsSync(join(out, 'encoder', 'recipe.json'))],
      ['the first trial', () => existsSync(join(out, 'trials', '0', 'recipe.json'))],
      ['a later one', () => linesOf(out, 'trials.jsonl').length >= 2],
    ]
    const told: string[] = []
    for (const [moment, condition] of moments) {
      const started = start(tuneArgs(out, '--resume'))
      const killed = await signalWhen(started, 'SIGKILL', condition, Math.round(100 * Math.random()))
      told.push(`${moment}${killed ? '' : ': too late'}`)
      await started.outcome
    }
    const { code, stdout, stderr } = await levelshift(...tuneArgs(out, '--resume'))
    expect(code, stderr).toBe(0)
    expect(recordsOf(out), told.join()).toEqual(recordsOf(whole))
    for (const name of ['best.json', 'surface.svg', 'tune.json'])
      expect(readFileSync(join(out, name), 'utf8')).toBe(readFileSync(join(whole, name), 'utf8'))
    expect(told.filter(line => !line.endsWith('too late')).length, told.join()).toBeGreaterThanOrEqual(2)
    expect(stdout).toMatch(/trial +meta\.alpha +meta\.tasks +after 1 +after 3/)
    expect(stdout).toMatch(/next: npx levelshift train .*best\.json/)
  }, 120_000)

  it('trains an encoder for each trial where the encoder is tuned', async () => {
    const out = join(folder, 'encoders')
    const flags = ['--field', 'encoder.rate=1e-3..1e-2:log', '--trials', '1', '--budget', '1', '--out', out]
    const { best } = (await levelshiftJson(
      'tune',
      recipe,
      ...flags,
      '--method',
      'random',
    )) as unknown as TuneResult
    expect(best.values['encoder.rate']).toBeGreaterThan(1e-3)
    expect(existsSync(join(out, 'encoder'))).toBe(false)
  })

  it('goes on without a trial whose training diverges', async () => {
    const out = join(folder, 'diverges')
    const flags = [
      '--field',
      'meta.beta=1e-3..3e38:log',
      '--method',
      'grid',
      '--trials',
      '2',
      '--budget',
      '1',
    ]
    const { best, trials } = (await levelshiftJson(
      'tune',
      recipe,
      ...flags,
      '--out',
      out,
    )) as unknown as TuneResult
    expect(best.values).toEqual({ 'meta.beta': 1e-3 })
    expect(trials[1]).toMatchObject({ values: { 'meta.beta': 3e38 }, scores: [null] })
    expect(linesOf(out, 'trials.jsonl').join()).toContain('gradient is not finite')
  })

  it.each([
    [['tune', 'starter'], 2, /--field is missing: give at least one/],
    [['tune', 'starter', '--field', 'meta.alfa=1..2'], 1, /meta\.alfa: there is no such field/],
    [['tune', 'starter', '--field', 'meta.alpha=1..2', '--method', 'bayess'], 2, /did you mean bayes\?/],
    [
      ['tune', 'starter', '--field', 'meta.alpha=1..2', '--trials', '0'],
      2,
      /--trials must be a whole number from 1/,
    ],
  ] as const)('%j is refused', async (args, expected, sentence) => {
    const { code, stdout, stderr } = await levelshift(...args)
    expect([code, stdout]).toEqual([expected, ''])
    expect(stderr).toMatch(sentence)
    expect(stderr.split('\n')).toHaveLength(2)
  })

  it('does not overwrite, and resumes nothing under other settings', async () => {
    const again = await levelshift(...tuneArgs(whole))
    expect(again.stderr).toMatch(/whole already holds a tuning: continue it with --resume/)
    const other = await levelshift(...tuneArgs(whole, '--resume', '--seed', '2'))
    expect(other.stderr).toMatch(
      /whole cannot be resumed: seed was '1' and is '2' now; give the same recipe and options/,
    )
    const run = await levelshift(...tuneArgs(join(whole, 'trials', '0'), '--resume'))
    expect(run.stderr).toMatch(/is not empty and holds no tuning/)
  })
})
