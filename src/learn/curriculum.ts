/**
 * Which levels are trained on: uniform (each drawn anew), Prioritized Level Replay (Jiang, Grefenstette and Rocktäschel
 * 2021) or ACCEL (Parker-Holder et al. 2022), which also edits what it replays. Plain state in, plain state out, and all
 * chance from named streams: a state in a checkpoint goes on to the bit. It keeps the names of levels, not their maps.
 */
import {
  drawLevel,
  type LevelRequest,
  mutateLevel,
  type NamedLevel,
  type ProvedLevel,
  rebuildLevel,
  remakeLevel,
} from '../../envs/draw-level.ts'
import { requireSplit } from '../../levels/level.ts'
import { UserError } from '../core/errors.ts'
import { type Stream, stream } from '../core/random.ts'
import type { CurriculumRecipe, Recipe, ReplayRecipe } from './recipe.ts'

/** A level that may be played again. */
export interface BufferedLevel {
  /** Its provenance's seed: what it is made again from. */
  readonly seed: string
  readonly hash: string
  /** The score of its last play. */
  readonly score: number
  /** Meta-iteration of its last play. */
  readonly played: number
}

type Buffer = readonly BufferedLevel[]

/** Plain data that JSON holds without loss. */
export interface CurriculumState {
  /** One buffer for each of the recipe's level requests; one that is missing is empty. */
  readonly buffers: readonly Buffer[]
}

export type Origin = 'fresh' | 'replayed' | 'mutated'

/** A task's level and how it came to be drawn. */
export interface DrawnLevel extends ProvedLevel {
  readonly origin: Origin
  /** Hash of the level that it was edited from, where it is mutated. */
  readonly parent?: string
}

/** Where in a training the curriculum is asked. */
export interface CurriculumRequest {
  readonly state: CurriculumState
  readonly recipe: Pick<Recipe, 'levels' | 'curriculum'>
  /** Meta-iterations done before this one. */
  readonly iteration: number
}

/** What metrics.jsonl says of a curriculum with a buffer. */
export interface CurriculumFigures {
  /** Levels in all buffers. */
  readonly buffer: number
  /** Their mean score. */
  readonly score: number
  /** Meta-iterations since they were last played, on average. */
  readonly staleness: number
  /** Shares of this iteration's tasks. */
  readonly replayed: number
  readonly mutated: number
}

/** A buffer is replayed from once it is this full: before, its ranks say little. */
const LEAST_FILL = 0.5

const UNIFORM: CurriculumRecipe = { kind: 'uniform' }

export function initCurriculum(): CurriculumState {
  return { buffers: [] }
}

/** One proved level of the training split for each task; the recipe's requests take turns, over iterations too. */
export function drawTasks(
  request: CurriculumRequest & { readonly tasks: number; readonly seed: string },
): DrawnLevel[] {
  const { state, recipe, iteration, tasks, seed } = request
  const { curriculum = UNIFORM, levels } = recipe
  // What this iteration has taken from a buffer: one iteration learns nothing more from the same level twice.
  const taken = new Set<BufferedLevel>()
  return Array.from({ length: tasks }, (_, task) => {
    const turn = turnOf(request, task)
    const random = stream(seed, 'train', iteration, task, 'curriculum')
    const chosen =
      curriculum.kind === 'uniform'
        ? undefined
        : chooseReplay(state.buffers[turn] ?? [], curriculum, iteration, taken, random)
    if (chosen) taken.add(chosen)
    const drawn: DrawnLevel = chosen
      ? replay(levels[turn], chosen, curriculum, `${iteration}/${task}`, random)
      : { ...drawLevel(levels[turn], 'train', `${seed}/train/${iteration}/${task}`), origin: 'fresh' }
    requireSplit(drawn.level, 'train')
    return drawn
  })
}

/**
 * Takes note of how the tasks went. A level that the buffer holds gets its new score; another is added, in a full buffer in
 * place of the level that would be replayed least, unless that one has the higher score.
 */
export function reportScores(
  request: CurriculumRequest & {
    readonly levels: readonly ProvedLevel[]
    /** One a task, [tasks]. */
    readonly scores: ArrayLike<number>
  },
): CurriculumState {
  const { state, recipe, iteration, levels, scores } = request
  const { curriculum = UNIFORM } = recipe
  if (curriculum.kind === 'uniform') return state
  const buffers = recipe.levels.map((_, turn) => [...(state.buffers[turn] ?? [])])
  levels.forEach(({ level, hash }, task) => {
    if (level.provenance.source !== 'generated') throw new Error('only generated levels can be made again')
    const buffer = buffers[turnOf({ ...request, tasks: levels.length }, task)]
    const entry = { seed: level.provenance.seed, hash, score: scores[task], played: iteration }
    const known = buffer.findIndex(other => other.hash === hash)
    if (known >= 0) buffer[known] = entry
    else if (buffer.length < curriculum.bufferSize) buffer.push(entry)
    else {
      const chances = replayProbabilities(buffer, curriculum, iteration)
      const last = chances.reduce((least, chance, i) => (chance < chances[least] ? i : least), 0)
      if (buffer[last].score <= entry.score) buffer[last] = entry
    }
  })
  return { buffers }
}

/**
 * The chance of each level of a buffer to be the next one that is replayed, at iteration c (Jiang et al. 2021,
 * Prioritized Level Replay):
 *
 *   P_S(l_i) = h(S_i)^(1/beta) / sum_j h(S_j)^(1/beta),   h(S_i) = 1 / rank(S_i), the highest score has rank 1
 *   P_C(l_i) = (c - C_i) / sum_j (c - C_j),               C_i the iteration of the last play
 *   P(l_i)   = (1 - rho) P_S(l_i) + rho P_C(l_i)
 *
 * Of equal scores the level that has been in the buffer for longer ranks first; where all were played just now, P_C is even.
 */
export function replayProbabilities(
  buffer: Buffer,
  { temperature, staleness }: Pick<ReplayRecipe, 'temperature' | 'staleness'>,
  iteration: number,
): number[] {
  const byScore = buffer.map((_, i) => i).sort((a, b) => buffer[b].score - buffer[a].score)
  const weights = new Float64Array(buffer.length)
  byScore.forEach((i, place) => {
    weights[i] = (place + 1) ** (-1 / temperature)
  })
  const ages = buffer.map(({ played }) => iteration - played)
  const [weight, age] = [sum(weights), sum(ages)]
  return buffer.map((_, i) => {
    const byAge = age > 0 ? ages[i] / age : 1 / buffer.length
    return ((1 - staleness) * weights[i]) / weight + staleness * byAge
  })
}

/**
 * Positive value loss (Jiang et al. 2021, Replay-Guided Adversarial Environment Design): the mean over a task's
 * steps of max(A_t, 0), with A_t the generalised advantage before it is normalised, [tasks]. In points of the game. High
 * where the agent did better than its baseline foretold, so where there is something left to learn.
 */
export function positiveValueLoss(advantages: Float32Array, mask: Float32Array, tasks: number): number[] {
  const size = advantages.length / tasks
  return Array.from({ length: tasks }, (_, task) => {
    let [total, steps] = [0, 0]
    for (let i = task * size; i < (task + 1) * size; i++) {
      total += mask[i] * Math.max(advantages[i], 0)
      steps += mask[i]
    }
    return total / steps
  })
}

/**
 * Adaptation gain: what K inner steps gained a task in mean return, as a share of the solver's return where that is above 0
 * (in points where it is not), [tasks]. High where a level is learned, low where it is known, or hopeless.
 */
export function adaptationGain(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  levels: readonly ProvedLevel[],
): number[] {
  return levels.map(({ solution: { bestReturn } }, task) => {
    const gain = after[task] - before[task]
    return bestReturn > 0 ? gain / bestReturn : gain
  })
}

/** The state after an iteration in figures, and the shares of the levels that it played. */
export function curriculumFigures(
  { buffers }: CurriculumState,
  iteration: number,
  drawn: readonly DrawnLevel[],
): CurriculumFigures {
  const all = buffers.flat()
  const share = (origin: Origin) => drawn.filter(level => level.origin === origin).length / drawn.length
  return {
    buffer: all.length,
    score: sum(all.map(({ score }) => score)) / all.length,
    staleness: sum(all.map(({ played }) => iteration - played)) / all.length,
    replayed: share('replayed'),
    mutated: share('mutated'),
  }
}

/** Which of the recipe's requests a task takes. */
function turnOf(
  { recipe, iteration, tasks }: Pick<CurriculumRequest, 'recipe' | 'iteration'> & { readonly tasks: number },
  task: number,
): number {
  return (iteration * tasks + task) % recipe.levels.length
}

/** The level to replay, or undefined where a fresh one is to be drawn. */
function chooseReplay(
  buffer: Buffer,
  curriculum: ReplayRecipe,
  iteration: number,
  taken: ReadonlySet<BufferedLevel>,
  random: Stream,
): BufferedLevel | undefined {
  if (random.next() >= curriculum.replayProbability) return undefined
  if (buffer.length < LEAST_FILL * curriculum.bufferSize) return undefined
  const chances = replayProbabilities(buffer, curriculum, iteration)
  const free = buffer.flatMap((level, i) => (taken.has(level) ? [] : [{ level, chance: chances[i] }]))
  let rest = random.next() * sum(free.map(({ chance }) => chance))
  for (const { level, chance } of free) {
    rest -= chance
    if (rest < 0) return level
  }
  return free.at(-1)?.level
}

/** The chosen level once more, or its child. */
function replay(
  request: LevelRequest,
  { seed, hash }: BufferedLevel,
  curriculum: CurriculumRecipe,
  name: string,
  random: Stream,
): DrawnLevel {
  const edits = curriculum.kind === 'accel' ? curriculum.edits : 0
  if (curriculum.kind === 'accel' && random.next() < curriculum.mutationProbability) {
    const parent = requireSame(remakeLevel(request, seed, edits), hash, seed)
    const child = mutateLevel(request, parent, 'train', name, edits)
    if (child) return { ...child, origin: 'mutated', parent: hash }
  }
  return { ...requireSame(rebuildLevel(request, seed, edits), hash, seed), origin: 'replayed' }
}

/** The level that was made again, if it is the one that the buffer remembers. */
function requireSame<Made extends NamedLevel>(made: Made, hash: string, seed: string): Made {
  if (made.hash === hash) return made
  throw new UserError(
    `level ${hash.slice(0, 12)} of ${made.level.game} cannot be drawn again from its seed '${seed}': it was drawn by another version of Levelshift; train anew`,
  )
}

function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]
  return total
}
