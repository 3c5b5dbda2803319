/** Where to try next: a grid, at random, or where a Gaussian process expects most. A pure function of records and seed. */
import { type Stream, stream } from '../../core/random.ts'
import type { METHODS } from '../flags.ts'
import { type Field, placeOf, valueAt } from './fields.ts'
import { expectedImprovement, fitGaussianProcess, type Prediction } from './gaussian-process.ts'
import type { RungScore } from './halving.ts'

export type Method = (typeof METHODS)[number]

/** A trial's score at a rung, with the trial's values in the order of the fields. */
export interface Observation extends RungScore {
  readonly values: readonly number[]
}

/** What is searched, and how. */
export interface Search {
  readonly fields: readonly Field[]
  readonly method: Method
  /** Trials in all. */
  readonly trials: number
  readonly rungs: number
  readonly seed: number
}

/** Candidates that are drawn anywhere, and around the best of them at each of the scales. */
const CANDIDATES = 1000
const NEAR_CANDIDATES = 100
const SCALES = [0.1, 0.03, 0.01]
/** Draws in search of values that were not tried, before the space counts as exhausted. */
const MAX_DRAWS = 1000

/** Values for the next trial; undefined where every combination was tried. */
export function propose(search: Search, observations: readonly Observation[]): number[] | undefined {
  const tried = new Map(observations.map(({ trial, values }) => [trial, values.join()]))
  const isNew = (values: readonly number[]) => ![...tried.values()].includes(values.join())
  const trial = tried.size
  if (search.method === 'grid') return gridOf(search)[trial]
  const random = stream(search.seed, 'tune', trial)
  const draw = () => drawNew(search.fields, random, isNew)
  if (search.method === 'random') return draw()
  if (trial < 2 * search.fields.length + 1) {
    const spread = spreadPoint(search, trial)
    return isNew(spread) ? spread : draw()
  }
  return mostPromising(search, observations, random, isNew) ?? draw()
}

/** Posterior of the score after a full training, at a place in the unit cube. */
export type Surface = (place: readonly number[]) => Prediction

/**
 * The score as a function of the values. How far a trial was trained is one more input, so that scores of trials that
 * were stopped early count for what they tell about a full training (after Swersky, Snoek and Adams 2013).
 */
export function fitSurface(
  { fields, rungs }: Pick<Search, 'fields' | 'rungs'>,
  observations: readonly Observation[],
): Surface {
  const finite = observations.map(({ score }) => score).filter(Number.isFinite)
  const worst = finite.length === 0 ? 0 : Math.min(...finite)
  const depth = (rung: number) => (rungs === 1 ? [] : [rung / (rungs - 1)])
  const process = fitGaussianProcess(
    observations.map(({ values, rung }) => [...placesOf(fields, values), ...depth(rung)]),
    // A trial that failed is as good as the worst: minus infinity would drown all other differences.
    observations.map(({ score }) => (Number.isFinite(score) ? score : worst)),
  )
  return place => process.predict([...place, ...depth(rungs - 1)])
}

/** The values' places in the unit cube. */
export function placesOf(fields: readonly Field[], values: readonly number[]): number[] {
  return fields.map((field, i) => placeOf(field, values[i]))
}

/** Expected improvement on the best posterior mean among the trials: a single lucky score is no bar to clear. */
function mostPromising(
  { fields, rungs }: Search,
  observations: readonly Observation[],
  random: Stream,
  isNew: (values: readonly number[]) => boolean,
): number[] | undefined {
  const surface = fitSurface({ fields, rungs }, observations)
  const trials = observations.map(({ values }) => placesOf(fields, values))
  const means = trials.map(place => surface(place).mean)
  const incumbent = Math.max(...means)
  let best = {
    place: trials[means.indexOf(incumbent)],
    improvement: -1,
    values: undefined as number[] | undefined,
  }
  const consider = (place: readonly number[]) => {
    const values = fields.map((field, i) => valueAt(field, place[i]))
    const rounded = placesOf(fields, values)
    const improvement = expectedImprovement(surface(rounded), incumbent)
    if (improvement > best.improvement && isNew(values)) best = { place: rounded, improvement, values }
  }
  const centre = best.place
  for (let i = 0; i < CANDIDATES; i++) consider(fields.map(() => random.next()))
  for (const scale of SCALES) {
    for (const around of [best.place, centre])
      for (let i = 0; i < NEAR_CANDIDATES; i++)
        consider(around.map(at => Math.min(1, Math.max(0, at + scale * (2 * random.next() - 1)))))
  }
  return best.values
}

function drawNew(
  fields: readonly Field[],
  random: Stream,
  isNew: (values: readonly number[]) => boolean,
): number[] | undefined {
  for (let i = 0; i < MAX_DRAWS; i++) {
    const values = fields.map(field => valueAt(field, random.next()))
    if (isNew(values)) return values
  }
  return undefined
}

/** A point of a sequence that fills the cube evenly (Roberts 2018, R_d), shifted by the seed (Cranley and Patterson 1976). */
function spreadPoint({ fields, seed }: Search, index: number): number[] {
  const shift = stream(seed, 'tune', 'shift')
  // The root above 1 of x^(d + 1) = x + 1, by its fixed point.
  let root = 2
  for (let i = 0; i < 60; i++) root = (1 + root) ** (1 / (fields.length + 1))
  return fields.map((field, i) => valueAt(field, (shift.next() + (index + 1) * root ** -(i + 1)) % 1))
}

/** At most `trials` points with equal steps on every axis, in a random order, so that early ones lie everywhere. */
function gridOf({ fields, trials, seed }: Search): number[][] {
  const counts = fields.map(() => 1)
  const most = fields.map(({ whole, low, high }) => (whole ? high - low + 1 : trials))
  const size = () => counts.reduce((product, count) => product * count, 1)
  for (let grown = true; grown; ) {
    grown = false
    fields.forEach((_, i) => {
      if (counts[i] >= most[i] || (size() / counts[i]) * (counts[i] + 1) > trials) return
      counts[i]++
      grown = true
    })
  }
  const axes = fields.map((field, i) => [
    ...new Set(
      Array.from({ length: counts[i] }, (_, at) =>
        valueAt(field, counts[i] === 1 ? 0.5 : at / (counts[i] - 1)),
      ),
    ),
  ])
  const points = axes.reduce<number[][]>(
    (all, axis) => all.flatMap(point => axis.map(value => [...point, value])),
    [[]],
  )
  return stream(seed, 'tune', 'grid').shuffled(points)
}
