/** From the scores of a study's runs to its figures: aggregates, intervals and comparisons, as rliable makes them. */
import { UserError } from '../../core/errors.ts'
import { stream } from '../../core/random.ts'
import { bootstrap, type Interval, type Resampling, type ScoreMatrix } from '../../learn/bootstrap.ts'
import { probabilityOfImprovement, scoreDistribution } from '../../learn/profiles.ts'
import { interquartileMean, mean, medianOfTasks, optimalityGap } from '../../learn/statistics.ts'
import type { Study } from '../../learn/study.ts'
import type { RunResult } from './result.ts'

/** A figure with its 95% interval. */
export interface Estimate extends Interval {
  readonly value: number
}

/** One arm on one set of levels. */
export interface SetSummary {
  readonly set: string
  readonly levels: number
  /** IQM after k gradient steps, [K + 1], with the interval over seeds. */
  readonly curve: readonly Estimate[]
  /** Mean over levels of score(at) - score(0). */
  readonly gain: Estimate
  /** Mean environment steps on a level before the policy of step k, [K + 1]. */
  readonly environmentSteps: readonly number[]
}

export interface ArmSummary {
  readonly arm: string
  readonly seeds: readonly number[]
  /** Chosen on validation levels, by seed. */
  readonly rates: readonly number[]
  /** Mean environment steps of the learner's training. */
  readonly trainingSteps: number
  readonly sets: readonly SetSummary[]
  /** On the first set after `at` gradient steps. */
  readonly aggregates: {
    /** IQM with its interval under each way to resample. */
    readonly iqm: Readonly<Record<Resampling, Estimate>>
    readonly median: Estimate
    readonly mean: Estimate
    readonly optimalityGap: Estimate
  }
  /** IQM on the set of the train split minus that on the first set, where the study has one. */
  readonly trainGap?: Estimate
  /** Share of scores above each of PROFILE_TAUS. */
  readonly profile: readonly Estimate[]
}

export interface StudySummary {
  readonly arms: readonly ArmSummary[]
  /** [i][j]: the probability that arm i beats arm j on the first set; undefined on the diagonal. */
  readonly improvement: readonly (readonly (Estimate | undefined)[])[]
}

export const PROFILE_TAUS: readonly number[] = Array.from({ length: 31 }, (_, i) => (i - 5) / 20)

const WAYS = ['runs', 'runs and tasks', 'whole runs and tasks'] as const satisfies readonly Resampling[]

/** All figures of the arms that have results; throws where runs were not scored on the same levels. */
export function summariseStudy(study: Study, results: readonly RunResult[]): StudySummary {
  requireSameLevels(results)
  const arms = study.arms
    .map(({ name }) => results.filter(({ arm }) => arm === name).sort((a, b) => a.seed - b.seed))
    .filter(runs => runs.length > 0)
  const { at } = study.evaluation
  const main = arms.map(runs => scoresOf(runs, study.evaluation.sets[0].name, at))
  return {
    arms: arms.map((runs, i) => summariseArm(study, runs, main[i])),
    improvement: main.map((x, i) =>
      main.map((y, j) => {
        if (i === j) return undefined
        // One interval a pair: that of the other direction is its mirror.
        const [a, b] = i < j ? [x, y] : [y, x]
        const names = [arms[Math.min(i, j)][0].arm, arms[Math.max(i, j)][0].arm]
        const [one] = estimate([a, b], ([p, q]) => [probabilityOfImprovement(p, q)], names)
        return i < j ? one : { value: 1 - one.value, low: 1 - one.high, high: 1 - one.low }
      }),
    ),
  }
}

/** Scores of an arm's runs on a set after k gradient steps, [seeds][levels]. */
export function scoresOf(runs: readonly RunResult[], set: string, k: number): number[][] {
  return runs.map(({ sets }) => sets.find(({ name }) => name === set)?.scores[k] ?? [])
}

function summariseArm({ evaluation }: Study, runs: readonly RunResult[], main: ScoreMatrix): ArmSummary {
  const { arm } = runs[0]
  const { at, steps, sets } = evaluation
  const train = sets.find(({ split, levels }) => split === 'train' && levels === undefined)
  const of = (
    statistic: (scores: ScoreMatrix) => readonly number[],
    name: string,
    scores = main,
    over?: Resampling,
  ) => estimate([scores], ([drawn]) => statistic(drawn), [arm, name], over)
  const [median, average, gap] = of(
    drawn => [medianOfTasks(drawn), mean(drawn.flat()), optimalityGap(drawn.flat())],
    'aggregates',
  )
  const iqms = WAYS.map(over => [over, of(iqm, over, main, over)[0]] as const)
  return {
    arm,
    seeds: runs.map(({ seed }) => seed),
    rates: runs.map(({ rate }) => rate),
    trainingSteps: mean(runs.map(({ training }) => training.environmentSteps)),
    sets: sets.map(({ name }) => ({
      set: name,
      levels: scoresOf(runs, name, 0)[0].length,
      curve: Array.from({ length: steps + 1 }, (_, k) => of(iqm, `${name} ${k}`, scoresOf(runs, name, k))[0]),
      gain: of(all => [mean(all.flat())], `${name} gain`, gains(runs, name, at))[0],
      environmentSteps: Array.from({ length: steps + 1 }, (_, k) =>
        mean(runs.map(run => run.sets.find(set => set.name === name)?.environmentSteps[k] ?? Number.NaN)),
      ),
    })),
    aggregates: {
      iqm: Object.fromEntries(iqms) as Record<Resampling, Estimate>,
      median,
      mean: average,
      optimalityGap: gap,
    },
    ...(train
      ? {
          trainGap: estimate(
            [scoresOf(runs, train.name, at), main],
            ([seen, unseen]) => [iqm(seen)[0] - iqm(unseen)[0]],
            [arm, 'train gap'],
          )[0],
        }
      : {}),
    profile: of(drawn => scoreDistribution(drawn, PROFILE_TAUS), 'profile'),
  }
}

function gains(runs: readonly RunResult[], set: string, at: number): number[][] {
  const before = scoresOf(runs, set, 0)
  return scoresOf(runs, set, at).map((scores, run) =>
    scores.map((score, level) => score - before[run][level]),
  )
}

function iqm(scores: ScoreMatrix): [number] {
  return [interquartileMean(scores.flat())]
}

/** Each number of a statistic with its interval; the resamples come from the stream of this name. */
function estimate(
  matrices: readonly ScoreMatrix[],
  statistic: (drawn: readonly ScoreMatrix[]) => readonly number[],
  name: readonly string[],
  over: Resampling = 'runs',
): Estimate[] {
  const random = stream('study', 'bootstrap', ...name)
  const intervals = bootstrap(matrices, statistic, { random: () => random.next(), over })
  return statistic(matrices).map((value, i) => ({ value, ...intervals[i] }))
}

/** The columns of the matrices: the same levels, whoever is scored. */
function requireSameLevels(results: readonly RunResult[]): void {
  const [first] = results
  for (const { sets, arm, seed } of results) {
    sets.forEach(({ name, levels }, i) => {
      if (JSON.stringify(levels) === JSON.stringify(first.sets[i].levels)) return
      throw new UserError(
        `arms ${first.arm} and ${arm} (seed ${seed}) were scored on different levels of the set ${name}: give the set its own levels, or the arms recipes with the same levels`,
      )
    })
  }
}
