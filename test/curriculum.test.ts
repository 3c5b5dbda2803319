/** The curriculum: its probabilities by hand, its buffer, what it draws, and how a meta-iteration scores levels. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawLevel, rebuildLevel } from '../envs/draw-level.ts'
import { splitOf } from '../levels/level.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { selectBackend } from '../src/learn/backend.ts'
import {
  adaptationGain,
  type BufferedLevel,
  type CurriculumState,
  curriculumFigures,
  type DrawnLevel,
  drawTasks,
  initCurriculum,
  positiveValueLoss,
  replayProbabilities,
  reportScores,
} from '../src/learn/curriculum.ts'
import { ENCODER_SHAPES, initEncoder } from '../src/learn/encoder.ts'
import { createFeatureCache, type FeatureCache } from '../src/learn/features.ts'
import { initMeta, metaIteration } from '../src/learn/meta-train.ts'
import { toTensors } from '../src/learn/parameters.ts'
import {
  type CurriculumRecipe,
  curriculumSchema,
  parseRecipe,
  type Recipe,
  recipeSchema,
} from '../src/learn/recipe.ts'
import { TINY } from './tiny-run.ts'

const GEMS = { game: 'gems', size: [7, 7] as [number, number], vary: ['worth'] }
const MAZE = { game: 'maze', size: [7, 7] as [number, number], vary: ['real'] }

function replaying(kind: 'plr' | 'accel', fields: object = {}): CurriculumRecipe {
  const edits = kind === 'accel' ? { edits: 3 } : {}
  return curriculumSchema.parse({ kind, bufferSize: 8, replayProbability: 0.7, ...edits, ...fields })
}

function buffered(scores: readonly number[], played: readonly number[]): BufferedLevel[] {
  return scores.map((score, i) => ({ seed: `${i}`, hash: `${i}`, score, played: played[i]! }))
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12)
}

describe('the chance to be replayed', () => {
  // Ranks 3, 1, 2; ages 6, 1, 3 at iteration 10.
  const buffer = buffered([0.2, 0.9, 0.5], [4, 9, 7])
  const chances = (temperature: number, staleness: number) =>
    replayProbabilities(buffer, { temperature, staleness }, 10)

  it('falls with the rank of the score: 1/rank to the power 1/beta', () => {
    expectClose(chances(1, 0), [2 / 11, 6 / 11, 3 / 11])
    expectClose(chances(0.5, 0), [4 / 49, 36 / 49, 9 / 49])
    // Ranks and no scores: how far the best is ahead does not matter.
    expectClose(replayProbabilities(buffered([1, 900, 2], [4, 9, 7]), { temperature: 1, staleness: 0 }, 10), [
      2 / 11,
      6 / 11,
      3 / 11,
    ])
  })

  it('rises with the iterations since the last play', () => {
    expectClose(chances(1, 1), [0.6, 0.1, 0.3])
    expectClose(chances(1, 0.25), [0.75 * (2 / 11) + 0.15, 0.75 * (6 / 11) + 0.025, 0.75 * (3 / 11) + 0.075])
  })

  it('of equal scores is the higher for the level that came first; without ages staleness is even', () => {
    const equal = buffered([1, 1], [5, 5])
    expectClose(replayProbabilities(equal, { temperature: 1, staleness: 0 }, 5), [2 / 3, 1 / 3])
    expectClose(replayProbabilities(equal, { temperature: 1, staleness: 1 }, 5), [0.5, 0.5])
  })
})

describe('a score', () => {
  it('positive value loss: the mean of the positive advantages over the steps that were played', () => {
    const advantages = Float32Array.of(1, -2, 0.5, 4, -1, 7)
    const mask = Float32Array.of(1, 1, 1, 1, 1, 0)
    expect(positiveValueLoss(advantages, mask, 2)).toEqual([0.5, 2])
  })

  it('adaptation gain: what adaptation gained, as a share of the solver where it earns anything', () => {
    const solved = (bestReturn: number) => {
      const level = drawLevel(GEMS, 'train', 'gain')
      return { ...level, solution: { ...level.solution, bestReturn } }
    }
    expect(adaptationGain([1, 2, 0], [2, 1, -1], [solved(4), solved(2), solved(0)])).toEqual([0.25, -0.5, -1])
  })
})

/** A training without an agent: `score` says how a level goes. */
function simulated(
  recipe: Pick<Recipe, 'levels' | 'curriculum'>,
  iterations: number,
  options: { tasks?: number; score?: (level: DrawnLevel) => number; from?: [number, CurriculumState] } = {},
) {
  const { tasks = 4, score = ({ hash }) => Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32 } = options
  let [first, state] = options.from ?? [0, initCurriculum()]
  const drawn: DrawnLevel[][] = []
  const states: CurriculumState[] = []
  for (let iteration = first; iteration < first + iterations; iteration++) {
    const levels = drawTasks({ state, recipe, iteration, tasks, seed: '1' })
    state = reportScores({ state, recipe, iteration, levels, scores: levels.map(score) })
    drawn.push(levels)
    states.push(state)
  }
  return { drawn, states, state }
}

describe('uniform', () => {
  it('draws each level anew, by the names that it always had, and keeps nothing', () => {
    const levels = [GEMS, MAZE]
    for (const recipe of [{ levels }, { levels, curriculum: { kind: 'uniform' } as const }]) {
      const { drawn, state } = simulated(recipe, 3, { tasks: 3 })
      expect(state).toEqual(initCurriculum())
      drawn.flat().forEach(({ hash, origin }, i) => {
        const [iteration, task] = [Math.floor(i / 3), i % 3]
        expect(hash).toBe(drawLevel(levels[i % 2]!, 'train', `1/train/${iteration}/${task}`).hash)
        expect(origin).toBe('fresh')
      })
    }
  })
})

describe('the buffer', () => {
  const recipe = { levels: [GEMS], curriculum: replaying('plr', { bufferSize: 2, staleness: 0 }) }
  const levels = Array.from({ length: 4 }, (_, i) => drawLevel(GEMS, 'train', `buffer/${i}`))
  const report = (state: CurriculumState, iteration: number, which: number[], scores: number[]) =>
    reportScores({ state, recipe, iteration, levels: which.map(i => levels[i]!), scores })
  const held = ({ buffers }: CurriculumState) =>
    buffers[0]!.map(({ hash, score, played }) => [levels.findIndex(l => l.hash === hash), score, played])

  it('fills, then gives up the level that would be replayed least, if the new one scores no less', () => {
    let state = report(initCurriculum(), 0, [0, 1], [5, 3])
    expect(held(state)).toEqual([[0, 5, 0], [1, 3, 0]]) // biome-ignore format: a table
    state = report(state, 1, [2], [2])
    expect(held(state)).toEqual([[0, 5, 0], [1, 3, 0]]) // biome-ignore format: a table
    state = report(state, 2, [2, 3], [4, 4.5])
    expect(held(state)).toEqual([[0, 5, 0], [3, 4.5, 2]]) // biome-ignore format: a table
  })

  it('gives a level that is played again its new score, also twice in one iteration', () => {
    let state = report(initCurriculum(), 0, [0, 1], [5, 3])
    state = report(state, 3, [1, 1], [9, 8])
    expect(held(state)).toEqual([[0, 5, 0], [1, 8, 3]]) // biome-ignore format: a table
  })

  it('is one for each request: the games keep taking turns, and none crowds out another', () => {
    const games = { levels: [GEMS, MAZE], curriculum: replaying('plr') }
    const { drawn, state } = simulated(games, 30, {
      tasks: 3,
      score: ({ level }) => (level.game === 'gems' ? 1000 : 1),
    })
    expect(drawn.flat().map(({ level }) => level.game)).toEqual(
      Array.from({ length: 90 }, (_, i) => (i % 2 ? 'maze' : 'gems')),
    )
    expect(state.buffers.map(buffer => buffer.length)).toEqual([8, 8])
  })
})

describe.each(['plr', 'accel'] as const)('%s', kind => {
  const recipe = { levels: [GEMS], curriculum: replaying(kind) }

  it('begins with fresh levels, and replays from half a buffer on', () => {
    const { drawn } = simulated(recipe, 8, { tasks: 4 })
    expect(new Set(drawn[0]!.map(({ origin }) => origin))).toEqual(new Set(['fresh']))
    const origins = new Set(drawn.slice(1).flatMap(levels => levels.map(({ origin }) => origin)))
    expect(origins).toEqual(
      new Set(kind === 'plr' ? ['fresh', 'replayed'] : ['fresh', 'replayed', 'mutated']),
    )
  })

  it('plays no level of the buffer twice in an iteration', () => {
    const always = { ...recipe, curriculum: replaying(kind, { replayProbability: 1, bufferSize: 6 }) }
    const { drawn } = simulated(always, 6, { tasks: 9 })
    for (const levels of drawn) {
      const from = levels.flatMap(({ origin, hash, parent }) => (origin === 'fresh' ? [] : [parent ?? hash]))
      expect(new Set(from).size).toBe(from.length)
      expect(from.length).toBe(levels === drawn[0] ? 0 : 6)
    }
  })

  it('draws what it says: replayed levels and parents are those of the buffer, all of the training split', () => {
    const { drawn, states } = simulated(recipe, 20)
    for (const [iteration, levels] of drawn.entries()) {
      const buffer = states[iteration - 1]?.buffers[0] ?? []
      for (const { origin, hash, parent, level } of levels) {
        expect(splitOf(hash)).toBe('train')
        if (origin === 'fresh') continue
        const source = buffer.find(known => known.hash === (parent ?? hash))!
        expect(source).toBeDefined()
        const seed = level.provenance.source === 'generated' ? level.provenance.seed : ''
        if (origin === 'replayed') expect(seed).toBe(source.seed)
        else expect(seed.startsWith(`${source.seed}~`)).toBe(true)
        expect(rebuildLevel(GEMS, seed, 3).hash).toBe(hash)
      }
    }
  })

  it('is a function of its state, which JSON keeps: 10 + 10 iterations are 20', () => {
    const whole = simulated(recipe, 20)
    const half = simulated(recipe, 10)
    const before = structuredClone(half.state)
    const rest = simulated(recipe, 10, { from: [10, JSON.parse(JSON.stringify(half.state))] })
    expect(rest.state).toEqual(whole.state)
    expect(rest.drawn).toEqual(whole.drawn.slice(10))
    expect(half.state).toEqual(before)
  })

  it('replays levels of high scores more than others over a long run', () => {
    const long = { levels: [MAZE], curriculum: replaying(kind, { bufferSize: 24, staleness: 0.3 }) }
    const { drawn } = simulated(long, 120)
    const scores = (origin: string) =>
      drawn.flatMap(levels =>
        levels
          .filter(level => level.origin === origin)
          .map(({ hash }) => Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32),
      )
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(scores('replayed').length).toBeGreaterThan(50)
    // Scores are even in [0, 1]: what is drawn anew lies about the middle.
    expect(Math.abs(mean(scores('fresh')) - 0.5)).toBeLessThan(0.1)
    expect(mean(scores('replayed'))).toBeGreaterThan(0.8)
  })

  it('refuses a buffer whose levels come out different', () => {
    const state = { buffers: [buffered([1, 2, 3, 4], [0, 0, 0, 0])] }
    const always = { ...recipe, curriculum: replaying(kind, { replayProbability: 1 }) }
    const draw = () => drawTasks({ state, recipe: always, iteration: 1, tasks: 1, seed: '1' })
    expect(draw).toThrow(UserError)
    expect(draw).toThrow(/cannot be drawn again from its seed '\d': it was drawn by another version/)
  })
})

it('accel edits children of children', () => {
  const recipe = { levels: [MAZE], curriculum: replaying('accel', { mutationProbability: 1 }) }
  const { state } = simulated(recipe, 25)
  expect(Math.max(...state.buffers[0]!.map(({ seed }) => seed.split('~').length))).toBeGreaterThan(2)
})

it('the figures are those of the buffer and of the tasks', () => {
  const level = drawLevel(GEMS, 'train', 'figures')
  const drawn = (['fresh', 'fresh', 'replayed', 'mutated'] as const).map(origin => ({ ...level, origin }))
  const state = { buffers: [buffered([1, 3], [2, 5]), buffered([5], [5])] }
  expect(curriculumFigures(state, 5, drawn)).toEqual({
    buffer: 3,
    score: 3,
    staleness: 1,
    replayed: 0.25,
    mutated: 0.25,
  })
})

describe('a recipe', () => {
  it('gets the defaults, and one without a curriculum stays as it is', () => {
    const replay = { bufferSize: 128, score: 'positive-value-loss', temperature: 0.3, staleness: 0.3 }
    expect(recipeSchema.parse({ ...TINY, curriculum: { kind: 'plr' } }).curriculum).toEqual({
      kind: 'plr',
      ...replay,
      replayProbability: 0.5,
    })
    expect(recipeSchema.parse({ ...TINY, curriculum: { kind: 'accel' } }).curriculum).toEqual({
      kind: 'accel',
      ...replay,
      replayProbability: 0.8,
      mutationProbability: 0.5,
      edits: 5,
    })
    expect(JSON.stringify(recipeSchema.parse(TINY))).toBe(JSON.stringify(TINY))
    expect(recipeSchema.safeParse({ ...TINY, curriculum: { kind: 'uniform', edits: 5 } }).success).toBe(false)
  })

  it('in the documentation is valid', () => {
    const [, json] = readFileSync('docs/algorithms/curriculum.md', 'utf8').match(/```json\n(.*?)```/s)!
    expect(parseRecipe(json!, 'curriculum.md').curriculum).toMatchObject({ kind: 'accel', edits: 3 })
  })
})

describe('a meta-iteration', () => {
  let features: FeatureCache
  beforeAll(async () => {
    await selectBackend()
    const random = stream('curriculum encoder')
    features = createFeatureCache(toTensors(initEncoder(() => random.next()).values, ENCODER_SHAPES))
  })

  const recipe = (curriculum?: CurriculumRecipe, meta: Partial<Recipe['meta']> = {}) => ({
    levels: [GEMS],
    meta: { ...TINY.meta, tasks: 1, hidden: [8], ...meta },
    ...(curriculum ? { curriculum } : {}),
  })
  const run = (asked: ReturnType<typeof recipe>) =>
    metaIteration(initMeta(asked.meta, '1'), asked, '1', features)

  it('of kind uniform is the one without a curriculum', () => {
    const [uniform, none] = [run(recipe({ kind: 'uniform' })), run(recipe())]
    expect(uniform.state).toEqual(none.state)
    expect(none.report).not.toHaveProperty('curriculum')
    expect(none.state.curriculum).toEqual(initCurriculum())
  })

  it('scores the adaptation gain by its own returns', () => {
    const { state, report } = run(recipe(replaying('plr', { score: 'adaptation-gain' })))
    const [before, , after] = report.returns as [number, number, number]
    const [entry] = state.curriculum.buffers[0]!
    expect(entry).toMatchObject({ hash: report.levels[0]!.hash, played: 0 })
    expect(entry!.score).toBeCloseTo((after - before) / report.levels[0]!.solution.bestReturn, 6)
    expect(report.curriculum).toEqual({
      buffer: 1,
      score: entry!.score,
      staleness: 0,
      replayed: 0,
      mutated: 0,
    })
  })

  it('without inner steps, as the baseline trains, scores by positive value loss: nothing is gained', () => {
    const [gain, loss] = (['adaptation-gain', 'positive-value-loss'] as const).map(score =>
      run(recipe(replaying('plr', { score }), { steps: 0 })),
    )
    expect(gain!.state).toEqual(loss!.state)
    expect(gain!.state.curriculum.buffers[0]![0]!.score).toBeGreaterThan(0)
  })

  it('changes nothing but the levels: the first, all fresh, is that of uniform', () => {
    const { curriculum: _, ...fresh } = run(recipe(replaying('plr'))).state
    const { curriculum: __, ...uniform } = run(recipe()).state
    expect(fresh).toEqual(uniform)
  })
})
