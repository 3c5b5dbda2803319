/** Where a tuning tries next and what it stops: against closed forms, scikit-learn, and functions whose optimum is known. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { starter } from '../agents/starter.ts'
import { checkFields, type Field, parseField, placeOf, valueAt } from '../src/app/tune/fields.ts'
import {
  conditionOn,
  expectedImprovement,
  fitGaussianProcess,
  normalCumulative,
} from '../src/app/tune/gaussian-process.ts'
import { iterationsLeft, nextJob, type RungScore, rungsOf } from '../src/app/tune/halving.ts'
import { fitSurface, type Method, type Observation, propose } from '../src/app/tune/proposals.ts'
import { drawSurface } from '../src/app/tune/surface.ts'
import { stream } from '../src/core/random.ts'

function field(path: string, low: number, high: number, kind: 'log' | 'whole' | 'linear' = 'linear'): Field {
  return { path, low, high, log: kind === 'log', whole: kind === 'whole' }
}

describe('the Gaussian process', () => {
  interface Golden {
    readonly inputs: number[][]
    readonly targets: number[]
    readonly queries: number[][]
    readonly cases: {
      lengths: number[]
      noise: number
      variance: number
      logLikelihood: number
      mean: number[]
      deviation: number[]
      improvement: number[]
    }[]
  }
  const golden = JSON.parse(readFileSync('test/golden/gaussian-process.json', 'utf8')) as Golden

  it.each(golden.cases)('is that of scikit-learn: lengths $lengths, noise $noise', expected => {
    const process = conditionOn(golden.inputs, golden.targets, expected)
    expect(process.variance).toBeCloseTo(expected.variance, 9)
    expect(process.logLikelihood).toBeCloseTo(expected.logLikelihood, 8)
    const best = Math.max(...golden.targets)
    golden.queries.forEach((query, i) => {
      const prediction = process.predict(query)
      expect(prediction.mean).toBeCloseTo(expected.mean[i], 8)
      expect(prediction.deviation).toBeCloseTo(expected.deviation[i], 6)
      expect(expectedImprovement(prediction, best)).toBeCloseTo(expected.improvement[i], 6)
    })
  })

  it('of two points has the closed form', () => {
    // Targets a and -a at distance r: the posterior in the middle is their mean, 0, whatever the kernel says.
    const process = conditionOn([[0], [1]], [2, -2], { lengths: [1], noise: 0 })
    const k = (r: number) => (1 + Math.sqrt(5) * r + (5 / 3) * r * r) * Math.exp(-Math.sqrt(5) * r)
    expect(process.predict([0.5]).mean).toBeCloseTo(0, 12)
    // y' K^-1 y / 2 with K = [[1, c], [c, 1]] and y = (2, -2): 4 / (1 - c).
    expect(process.variance).toBeCloseTo(4 / (1 - k(1)), 9)
    const explained = (2 * k(0.5) ** 2) / (1 + k(1))
    expect(process.predict([0.5]).deviation).toBeCloseTo(Math.sqrt(process.variance * (1 - explained)), 9)
    expect(process.predict([0])).toEqual({ mean: expect.closeTo(2, 9), deviation: expect.closeTo(0, 5) })
  })

  it('finds out which dimension matters, and how noisy the targets are', () => {
    const inputs = Array.from({ length: 36 }, (_, i) => [(i % 6) / 5, Math.floor(i / 6) / 5])
    const clean = fitGaussianProcess(
      inputs,
      inputs.map(([x]) => Math.sin(6 * x)),
    )
    expect(clean.lengths[1]).toBeGreaterThan(3 * clean.lengths[0])
    expect(clean.noise).toBeLessThan(1e-3)
    const random = stream('noise')
    const noisy = fitGaussianProcess(
      inputs,
      inputs.map(([x]) => Math.sin(6 * x) + 1.5 * (random.next() - 0.5)),
    )
    expect(noisy.noise).toBeGreaterThan(0.05)
  })

  it('takes targets that are all the same, and one alone', () => {
    expect(fitGaussianProcess([[0], [0.5], [0.5]], [1, 1, 1]).predict([0.7]).mean).toBeCloseTo(1, 9)
    expect(fitGaussianProcess([[0.3]], [2]).predict([0.9]).mean).toBe(2)
  })

  it('knows the normal distribution', () => {
    // Abramowitz and Stegun, table 26.1.
    expect(normalCumulative(0)).toBe(0.5)
    expect(normalCumulative(1)).toBeCloseTo(0.841344746068543, 14)
    expect(normalCumulative(-3)).toBeCloseTo(0.00134989803163, 14)
    expect([normalCumulative(-40), normalCumulative(40)]).toEqual([0, 1])
  })
})

describe('the search', () => {
  /** Scores of a whole search without early stopping. */
  function search(
    fields: readonly Field[],
    score: (values: readonly number[]) => number,
    { method, trials, seed }: { method: Method; trials: number; seed: number },
  ): Observation[] {
    const found: Observation[] = []
    for (let trial = 0; trial < trials; trial++) {
      const values = propose({ fields, method, trials, rungs: 1, seed }, found)
      if (values === undefined) break
      found.push({ trial, rung: 0, values, score: score(values) })
    }
    return found
  }
  const bestOf = (found: readonly Observation[]) => Math.max(...found.map(({ score }) => score))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

  /** Least value 0.397887 at three places (Dixon and Szego 1978). */
  const branin = ([x, y]: readonly number[]) =>
    (y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10
  const SEEDS = [1, 2, 3, 4, 5, 6]

  it('finds the optimum of Branin within 0.1 in 30 trials, and beats random search', () => {
    const fields = [field('x', -5, 10), field('y', 0, 15)]
    const regrets = (method: Method) =>
      SEEDS.map(
        seed => -bestOf(search(fields, values => -branin(values), { method, trials: 30, seed })) - 0.397887,
      )
    const bayes = regrets('bayes')
    expect(Math.max(...bayes)).toBeLessThan(0.1)
    expect(Math.min(...bayes)).toBeGreaterThan(-1e-6)
    expect(mean(regrets('random'))).toBeGreaterThan(10 * mean(bayes))
  }, 30_000)

  it('finds the optimum of a quadratic in the logarithms, one number whole, in 20 trials', () => {
    const fields = [field('alpha', 0.1, 4, 'log'), field('tasks', 4, 12, 'whole')]
    const score = ([alpha, tasks]: readonly number[]) => -(Math.log(alpha / 1.5) ** 2) - (tasks - 9) ** 2 / 16
    for (const seed of SEEDS) {
      const found = search(fields, score, { method: 'bayes', trials: 20, seed })
      expect(bestOf(found)).toBeGreaterThan(-0.01)
      expect(new Set(found.map(({ values }) => values.join())).size).toBe(20)
      expect(found.every(({ values }) => Number.isInteger(values[1]))).toBe(true)
    }
  }, 30_000)

  it('depends on records and seed alone', () => {
    const fields = [field('x', 0, 1), field('y', 1, 100, 'log')]
    for (const method of ['grid', 'bayes', 'random'] as const) {
      const whole = search(fields, ([x]) => x, { method, trials: 8, seed: 3 })
      expect(search(fields, ([x]) => x, { method, trials: 8, seed: 3 })).toEqual(whole)
      expect(propose({ fields, method, trials: 8, rungs: 1, seed: 3 }, whole.slice(0, 5))).toEqual(
        whole[5].values,
      )
      expect(search(fields, ([x]) => x, { method, trials: 8, seed: 4 })).not.toEqual(whole)
    }
  })

  it('ends when every combination was tried', () => {
    const fields = [field('a', 1, 3, 'whole'), field('b', 0, 1, 'whole')]
    for (const method of ['grid', 'bayes', 'random'] as const) {
      const found = search(fields, ([a, b]) => a * b, { method, trials: 50, seed: 1 })
      expect(found.map(({ values }) => values.join()).sort()).toEqual([
        '1,0',
        '1,1',
        '2,0',
        '2,1',
        '3,0',
        '3,1',
      ])
    }
  })

  it('lays a grid with equal steps, of at most as many points as trials', () => {
    const fields = [field('a', 0.1, 10, 'log'), field('b', 0, 1)]
    const found = search(fields, () => 0, { method: 'grid', trials: 8, seed: 1 }).map(({ values }) => values)
    expect(found.length).toBe(8)
    expect(new Set(found.map(([a]) => a))).toEqual(new Set([0.1, 0.4642, 2.154, 10]))
    expect(new Set(found.map(([, b]) => b))).toEqual(new Set([0, 1]))
  })

  it('reads from trials that were stopped early what a full training would give', () => {
    const fields = [field('x', 0, 1)]
    // Every rung adds 0.2; only the two best trials were trained on.
    const at = (trial: number, rung: number): Observation => {
      const x = trial / 8
      return { trial, rung, values: [x], score: 0.2 * rung - (x - 0.5) ** 2 }
    }
    const observations = [
      ...Array.from({ length: 9 }, (_, trial) => at(trial, 0)),
      at(4, 1),
      at(3, 1),
      at(4, 2),
    ]
    const surface = fitSurface({ fields, rungs: 3 }, observations)
    expect(surface([0.5]).mean).toBeCloseTo(0.4, 1)
    expect(surface([0.5]).mean).toBeGreaterThan(surface([0.1]).mean + 0.05)
    const failed = [...observations, { trial: 9, rung: 0, values: [0.9], score: Number.NEGATIVE_INFINITY }]
    expect(Number.isFinite(fitSurface({ fields, rungs: 3 }, failed)([0.9]).mean)).toBe(true)
  })
})

describe('successive halving', () => {
  /** Trains scripted curves until nothing is left to do; the jobs as trial:rung. */
  function play(curves: readonly (readonly number[])[], trials = curves.length): string[] {
    const records: RungScore[] = []
    for (;;) {
      const job = nextJob(records, { rungs: curves[0].length, trials })
      if (job === undefined) return records.map(({ trial, rung }) => `${trial}:${rung}`)
      records.push({ ...job, score: curves[job.trial][job.rung] })
    }
  }

  it('has rungs at a ninth, a third and all of the budget', () => {
    expect([rungsOf(100), rungsOf(9), rungsOf(4), rungsOf(1)]).toEqual([
      [11, 33, 100],
      [1, 3, 9],
      [1, 4],
      [1],
    ])
  })

  it('stops the worse two thirds of each rung', () => {
    // Trials 2, 5 and 8 are the best on the first rung; of them 8 is on the second.
    const first = [0.1, 0.2, 0.7, 0.15, 0.25, 0.8, 0.3, 0.05, 0.9]
    const jobs = play(first.map((score, trial) => [score, trial === 8 ? 0.95 : 0.5, 1]))
    expect(jobs.filter(job => job.endsWith(':0')).length).toBe(9)
    expect(jobs.filter(job => job.endsWith(':1')).sort()).toEqual(['2:1', '5:1', '8:1'])
    expect(jobs.filter(job => job.endsWith(':2'))).toEqual(['8:2'])
    // Asynchronous: the best of the first three goes on before the fourth begins.
    expect(jobs.slice(0, 5)).toEqual(['0:0', '1:0', '2:0', '2:1', '3:0'])
  })

  it('brings somebody to the top, however few there are, but nobody who failed', () => {
    const failed = Number.NEGATIVE_INFINITY
    expect(play([[0.1, 0.5, 0.9]])).toEqual(['0:0', '0:1', '0:2'])
    expect(
      play([
        [failed, 0, 0],
        [0.1, 0.2, 0.3],
      ]),
    ).toEqual(['0:0', '1:0', '1:1', '1:2'])
    expect(play([[failed, 0, 0]])).toEqual(['0:0'])
    expect(play([[0.1], [0.3]])).toEqual(['0:0', '1:0'])
  })

  it('of equal scores prefers the earlier trial', () => {
    expect(play(Array.from({ length: 3 }, () => [0.5, 0.5, 0.5])).slice(3)).toEqual(['0:1', '0:2'])
  })

  it('tells how many iterations are left', () => {
    const plan = { rungs: [1, 3, 9], trials: 9 }
    expect(iterationsLeft([], plan)).toBe(9 + 3 * 2 + 6)
    expect(iterationsLeft([{ trial: 0, rung: 0, score: 0 }], plan)).toBe(8 + 3 * 2 + 6)
  })
})

describe('a field', () => {
  const check = (...texts: string[]) => checkFields(starter, texts.map(parseField))

  it('is read with its scale, and the schema says whether it is whole', () => {
    expect(
      check('meta.alpha=0.1..4:log', 'meta.tasks=4..12', 'meta.hidden.1=16..64:log', 'meta.order=1..2'),
    ).toEqual([
      field('meta.alpha', 0.1, 4, 'log'),
      field('meta.tasks', 4, 12, 'whole'),
      { ...field('meta.hidden.1', 16, 64, 'log'), whole: true },
      field('meta.order', 1, 2, 'whole'),
    ])
    expect(check('meta.beta=1e-3..1e-2', 'meta.entropyBonus=0..1').map(({ whole }) => whole)).toEqual([
      false,
      false,
    ])
  })

  it('maps its range to 0 to 1 and back', () => {
    const [alpha, tasks] = check('meta.alpha=0.1..10:log', 'meta.tasks=4..12')
    expect([0, 0.5, 1].map(place => valueAt(alpha, place))).toEqual([0.1, 1, 10])
    expect([0, 0.49, 0.5, 1].map(place => valueAt(tasks, place))).toEqual([4, 8, 8, 12])
    expect(placeOf(alpha, 1)).toBeCloseTo(0.5, 12)
    expect(placeOf(tasks, 6)).toBe(0.25)
  })

  it.each([
    ['meta.alpha', /^--field must be PATH=LOW\.\.HIGH .*got 'meta\.alpha'$/],
    ['meta.alpha=1..x', /--field must be PATH=LOW\.\.HIGH/],
    ['meta.alpha=1..2:lin', /--field must be PATH=LOW\.\.HIGH/],
    ['meta.alpha=4..1', /--field meta\.alpha: expected a lower and an upper bound, got '4\.\.1'/],
    ['meta.alpha=0..1:log', /--field meta\.alpha: a logarithmic range must begin above 0, got '0'/],
    ['meta.alfa=1..2', /meta\.alfa: there is no such field/],
    ['mata.alpha=1..2', /mata\.alpha: there is no such field/],
    ['meta.alpha.x=1..2', /meta\.alpha\.x: there is no such field, meta\.alpha is '1\.5'/],
    ['meta.hidden.2=1..2', /meta\.hidden\.2: there is no such field, meta\.hidden has the places 0 to 1/],
    ['meta.alpha=-1..2', /--field meta\.alpha=-1: meta\.alpha: Too small: .* got '-1'/],
    ['meta.steps=1..30', /--field meta\.steps=30: meta\.steps: Too big/],
    ['meta.tasks=2.5..8', /meta\.tasks: Invalid input: expected int.* got '2\.5'/],
    ['name=1..2', /name: Invalid input: expected string/],
    ['meta.iterations=10..20', /meta\.iterations cannot be tuned: a trial is as long as --budget says/],
    ['validation.levels=8..64', /validation\.levels cannot be tuned: it changes how trials are scored/],
    ['levels.0.size.0=5..9', /levels\.0\.size\.0 cannot be tuned: it changes the task/],
  ])('%s is refused in one sentence', (text, sentence) => {
    expect(() => check(text)).toThrow(sentence)
  })

  it('is refused twice, and with bounds that do not fit those of another', () => {
    expect(() => check('meta.beta=1..2', 'meta.beta=1..2')).toThrow('--field meta.beta is given twice')
    expect(() => check('meta.alphaBounds.0=0..3', 'meta.alphaBounds.1=2..6')).toThrow(
      /meta\.alphaBounds: expected two numbers, the smaller first/,
    )
  })
})

describe('the picture', () => {
  const all = [
    field('meta.alpha', 0.1, 4, 'log'),
    field('meta.tasks', 4, 12, 'whole'),
    field('meta.clip', 0, 1),
  ]
  it.each([
    [1, 1, 0],
    [2, 0, 1],
    [3, 3, 3],
  ])('of %i fields has %i curves and %i heat maps, and every trial in each', (count, curves, heats) => {
    const fields = all.slice(0, count)
    const observations = Array.from({ length: 9 }, (_, trial): Observation => {
      const values = fields.map((f, i) => valueAt(f, ((trial * (i + 1)) % 9) / 8))
      return { trial, rung: trial % 3, values, score: trial === 7 ? Number.NEGATIVE_INFINITY : trial / 9 }
    })
    const svg = drawSurface({
      search: { fields, rungs: 3 },
      rungs: [1, 3, 9],
      observations,
      best: 8,
      name: 'tiny',
    })
    const occurrences = (text: string) => svg.split(text).length - 1
    expect(occurrences('class="mean"')).toBe(curves)
    expect(occurrences('class="best"')).toBe(curves + heats)
    // A curve has no place for a score that is none.
    expect(occurrences('<circle class="full"') + occurrences('<circle class="stopped"')).toBe(
      8 * curves + 9 * heats,
    )
    for (const { path } of fields) expect(svg).toContain(`>${path}</text>`)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })
})
