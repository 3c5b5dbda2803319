/** A study by the real command: killed and resumed to the same results, extended, and a page that tells what the runs say. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STUDIES } from '../agents/studies/registry.ts'
import { smoke } from '../agents/studies/smoke.ts'
import { evaluate } from '../src/app/evaluate.ts'
import { findStudy } from '../src/app/study/find.ts'
import { planStudy } from '../src/app/study/plan.ts'
import { loadResult, type RunResult } from '../src/app/study/result.ts'
import { checkStudy, parseStudy, type StudyDeclaration } from '../src/learn/study.ts'
import { levelshift, levelshiftJson, linesOf, quietContext, signalWhen, start } from './tiny-run.ts'

const [maml, fineTuned, firstOrder] = smoke.arms
/** Two trainings from one seed. */
const SMALL: StudyDeclaration = {
  ...smoke,
  name: 'small',
  arms: [maml, firstOrder],
  seeds: [1],
  evaluation: { ...smoke.evaluation, levels: 4, sets: [{ name: 'test' }, { name: 'train', split: 'train' }] },
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'levelshift-study-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(study: StudyDeclaration): string {
  const path = join(folder, `${study.name}.json`)
  writeFileSync(path, JSON.stringify(study))
  return path
}

function args(file: string, name: string, ...more: string[]): string[] {
  return ['study', file, '--out', join(folder, name), '--pages', join(folder, `${name}-pages`), ...more]
}

function resultNames(name: string): string[] {
  try {
    return readdirSync(join(folder, name, 'results'))
      .filter(file => file.endsWith('.json'))
      .sort()
  } catch {
    return []
  }
}

function resultOf(name: string, file: string): RunResult {
  return JSON.parse(readFileSync(join(folder, name, 'results', file), 'utf8')) as RunResult
}

/** All that must not depend on when a study was interrupted. */
function scoresIn(name: string): unknown {
  return resultNames(name).map(file => {
    const { seconds: _, date: __, training, ...rest } = resultOf(name, file)
    return { ...rest, environmentSteps: training.environmentSteps }
  })
}

/** Cells of the table row of the page that begins with `arm`, below a heading. */
function row(page: string, heading: string, arm: string): string[] {
  const part = page.split(`\n${heading}`)[1] ?? ''
  const line = part.split('\n').find(text => text.startsWith(`| ${arm} |`)) ?? ''
  return line
    .split('|')
    .slice(2, -1)
    .map(cell => cell.trim())
}

/** A quarter cut from either end, without the project's own statistics. */
function iqm(scores: readonly number[]): number {
  const sorted = [...scores].sort((a, b) => a - b)
  const kept = sorted.slice(Math.floor(sorted.length / 4), sorted.length - Math.floor(sorted.length / 4))
  return kept.reduce((sum, score) => sum + score, 0) / kept.length
}

function inPage(value: number): string {
  return value.toFixed(2).replace('-0.00', '0.00').replace('-', '−')
}

describe('a study by the command line', () => {
  it('killed in the middle ends with the same results', { timeout: 180_000 }, async () => {
    const file = write(SMALL)
    const whole = await levelshiftJson(...args(file, 'whole'))
    expect(whole).toMatchObject({ study: 'small', made: 2 })
    expect(resultNames('whole')).toEqual(['first-order-1.json', 'maml-1.json'])

    const killed = start(args(file, 'killed'))
    // In the second training, some iterations after its last checkpoint.
    const trainings = () => {
      try {
        return readdirSync(join(folder, 'killed', 'trainings')).map(name =>
          join(folder, 'killed', 'trainings', name),
        )
      } catch {
        return []
      }
    }
    const isLate = () =>
      resultNames('killed').length === 1 &&
      trainings().length === 2 &&
      trainings().every(path => linesOf(path, 'metrics.jsonl').length >= 6)
    expect(await signalWhen(killed, 'SIGKILL', isLate)).toBe(true)
    await killed.outcome
    expect(resultNames('killed')).toEqual(['maml-1.json'])

    expect(await levelshiftJson(...args(file, 'killed'))).toMatchObject({ made: 1 })
    expect(scoresIn('killed')).toEqual(scoresIn('whole'))
  })

  it('is extended by an arm and a seed without repeating anything', { timeout: 180_000 }, async () => {
    const file = write({ ...SMALL, arms: [...SMALL.arms, fineTuned] })
    const page = join(folder, 'whole-pages', 'small.md')
    const note = 'A person has written this.'
    writeFileSync(page, `${readFileSync(page, 'utf8')}\n${note}\n`)
    const stamps = () =>
      ['first-order-1.json', 'maml-1.json'].map(
        name => statSync(join(folder, 'whole', 'results', name)).mtimeMs,
      )
    const before = stamps()
    const plan = await levelshift(...args(file, 'whole', '--dry-run', '--seeds', '1,2'))
    expect(plan.stdout).toContain('small: 2 of 6 runs done, 3 trainings left')
    expect(
      await levelshiftJson(...args(file, 'whole', '--seeds', '1,2', '--arms', 'maml,fine-tuned')),
    ).toMatchObject({ made: 3 })
    expect(stamps()).toEqual(before)
    // The baseline was not needed before; the same training has gone on to it.
    expect(resultOf('whole', 'fine-tuned-1.json').training.run).toBe(
      resultOf('whole', 'maml-1.json').training.run,
    )
    const text = readFileSync(page, 'utf8')
    expect(text).toContain(note)
    expect(text).toContain('**Not finished: 1 of 6 runs are missing.**')
  })

  it('writes a page that tells what the runs say', () => {
    const page = readFileSync(join(folder, 'whole-pages', 'small.md'), 'utf8')
    const runs = (arm: string) =>
      [1, 2].flatMap(seed =>
        resultNames('whole').includes(`${arm}-${seed}.json`)
          ? [resultOf('whole', `${arm}-${seed}.json`)]
          : [],
      )
    for (const arm of ['maml', 'fine-tuned', 'first-order']) {
      for (const [i, set] of ['test', 'train'].entries()) {
        const cells = row(page, `### ${set}:`, arm)
        for (let k = 0; k <= 3; k++)
          expect(cells[k].split(' ')[0]).toBe(inPage(iqm(runs(arm).flatMap(({ sets }) => sets[i].scores[k]))))
        const gains = runs(arm).flatMap(({ sets }) =>
          sets[i].scores[2].map((score, level) => score - sets[i].scores[0][level]),
        )
        expect(cells[4].split(' ')[0]).toBe(inPage(gains.reduce((sum, gain) => sum + gain, 0) / gains.length))
      }
      const [test, train] = [0, 1].map(i => iqm(runs(arm).flatMap(({ sets }) => sets[i].scores[2])))
      expect(row(page, '## Arms compared', arm)[6].split(' ')[0]).toBe(inPage(train - test))
      const above = runs(arm).flatMap(({ sets }) => sets[0].scores[2].map(score => (score > 0.5 ? 1 : 0)))
      const share = above.reduce<number>((sum, one) => sum + one, 0) / above.length
      expect(row(page, '## Performance profile', arm)[2].split(' ')[0]).toBe(inPage(share))
    }
    // Every arm and seed met the same levels.
    expect(
      new Set(
        resultNames('whole').map(name =>
          JSON.stringify(resultOf('whole', name).sets.map(({ levels }) => levels)),
        ),
      ).size,
    ).toBe(1)
    for (const chart of ['small-adaptation.svg', 'small-profile.svg'])
      expect(readFileSync(join(folder, 'whole-pages', chart), 'utf8')).toMatch(/^<svg xmlns=.*<\/svg>$/s)
  })

  it('scores as levelshift evaluate does', { timeout: 60_000 }, async () => {
    const { training, sets, rate } = resultOf('whole', 'fine-tuned-1.json')
    const request = { agent: training.run, split: 'test', levels: 4, steps: 3, seed: 1 } as const
    const { evaluation } = await evaluate(request, quietContext())
    expect(evaluation.baselines.fineTuned?.alpha).toBe(rate)
    evaluation.baselines.fineTuned?.steps.forEach(({ iqm: expected, environmentSteps }, k) => {
      expect(iqm(sets[0].scores[k])).toBeCloseTo(expected, 10)
      expect(sets[0].environmentSteps[k]).toBeCloseTo(environmentSteps, 10)
    })
  })

  it('refuses results of another declaration, and damaged ones', () => {
    const out = join(folder, 'killed')
    const planned = (study: StudyDeclaration) => planStudy(checkStudy(study, 's'), out)[0]
    expect(loadResult(planned(SMALL))?.arm).toBe('maml')
    // The K of the tables may change: no score depends on it.
    expect(loadResult(planned({ ...SMALL, evaluation: { ...SMALL.evaluation, at: 1 } }))?.arm).toBe('maml')
    const other = { ...SMALL, evaluation: { ...SMALL.evaluation, seed: 9 } }
    expect(() => loadResult(planned(other))).toThrow(
      /results\/maml-1\.json: made by another declaration of the arm maml .*--out$/,
    )
    writeFileSync(planned(SMALL).result, '{')
    expect(() => loadResult(planned(SMALL))).toThrow(/maml-1\.json: not a whole result of a study; delete it/)
  })

  it('ends a bad study file in one sentence', async () => {
    const { code, stdout, stderr } = await levelshift(...args(write({ ...SMALL, name: 'Bad' }), 'bad'))
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^levelshift: \S+Bad\.json: name: expected lower-case letters, .*, got 'Bad'; docs.*\n$/,
    )
  })
})

describe('a declaration', () => {
  const faulty: readonly (readonly [string, unknown, RegExp])[] = [
    ['no arms', { ...SMALL, arms: undefined }, /^s: arms is missing/],
    ['a field too many', { ...SMALL, armz: [] }, /^s: armz: there is no such field/],
    ['two arms of one name', { ...SMALL, arms: [maml, maml] }, /arms: expected a different name for each/],
    [
      'a recipe that is none',
      { ...SMALL, arms: [{ ...maml, recipe: 3 }] },
      /arms\.0\.recipe: expected the name of a recipe/,
    ],
    [
      'validation levels',
      { ...SMALL, evaluation: { ...SMALL.evaluation, sets: [{ name: 'v', split: 'validation' }] } },
      /evaluation\.sets\.0\.split: .*got 'validation'/,
    ],
    [
      'training levels first',
      { ...SMALL, evaluation: { ...SMALL.evaluation, sets: [{ name: 't', split: 'train' }] } },
      /compared on unseen levels, expected test/,
    ],
    [
      'a K beyond the last',
      { ...SMALL, evaluation: { ...SMALL.evaluation, at: 9 } },
      /evaluation\.at: .* up to evaluation\.steps, 3, got '9'/,
    ],
  ]
  it.each(faulty)('with %s is refused in one sentence', (_, value, message) => {
    expect(() => checkStudy(value, 's')).toThrow(message)
  })

  const unfit: readonly (readonly [string, StudyDeclaration['arms'][number], RegExp])[] = [
    [
      'a recipe that is not there',
      { ...maml, recipe: 'startr' },
      /unknown recipe 'startr': .*did you mean starter\?/,
    ],
    [
      'a change of no field',
      { ...maml, change: { 'meta.x.y': 1 } },
      /arm maml: change 'meta\.x\.y': a recipe has no such field/,
    ],
    ['a change to no value', { ...maml, change: { 'meta.order': 3 } }, /arm maml: meta\.order: .*got '3'/],
    [
      'a larger budget',
      { ...maml, name: 'longer', change: { 'meta.iterations': 9 } },
      /arm longer trains on 324 episodes, first-order on 252; give all arms the same/,
    ],
    [
      'more rates to choose from',
      { ...fineTuned, change: { 'baselines.alphas': [1] } },
      /arm fine-tuned chooses from 1 inner rates, first-order from 2/,
    ],
  ]
  it.each(unfit)('with %s is refused in one sentence', (_, arm, message) => {
    const study = checkStudy({ ...SMALL, arms: [firstOrder, arm] }, 's')
    expect(() => planStudy(study, 'runs/x')).toThrow(message)
  })

  it('is refused by name where it is not there, or no JSON', () => {
    expect(() => findStudy('headlin')).toThrow(/unknown study 'headlin': .*did you mean headline\?/)
    expect(() => parseStudy('{', 'a.json')).toThrow(/^a\.json: the study is not JSON/)
    expect(() => planStudy(checkStudy(SMALL, 's'), 'runs/x', { arms: ['mam'] })).toThrow(
      "no arm 'mam'; expected maml, first-order",
    )
  })

  it.each(STUDIES)('$name has arms that can be trained at equal cost', ({ name, arms, seeds }) => {
    const runs = planStudy(findStudy(name), 'runs/x')
    expect(runs).toHaveLength(arms.length * seeds.length)
    expect(new Set(runs.map(({ result }) => result)).size).toBe(runs.length)
  })

  it('shares trainings and encoders where nothing in them differs', () => {
    const runs = planStudy(findStudy('headline'), 'runs/x', { seeds: [1] })
    expect(new Set(runs.map(({ training }) => training.folder)).size).toBe(1)
    const alpha = planStudy(findStudy('alpha'), 'runs/x', { seeds: [1] })
    expect(new Set(alpha.map(({ training }) => training.folder)).size).toBe(9)
    expect(
      new Set(
        alpha.map(({ training: { encoder } }) =>
          JSON.stringify('folder' in encoder ? encoder.folder : encoder.path),
        ),
      ).size,
    ).toBe(1)
    // Only a study with a baseline as an arm trains it.
    expect([runs[0].training.baselines, alpha[0].training.baselines]).toEqual([true, false])
  })
})
