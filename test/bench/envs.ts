/**
 * How fast the games step: random actions, autoreset on, one core. `levelshift bench envs --json` prints what this
 * returns. Pixels, copying the same bytes and symbolic play take turns in short windows, so that a busy machine
 * slows all three alike; each figure is the median of its windows, and the copy ratio the median of the windows'
 * own ratios.
 */
import { drawLevel } from '../../envs/draw-level.ts'
import { ACTION_COUNT } from '../../envs/game.ts'
import { GAMES } from '../../envs/registry.ts'
import { createVectoriser, type ObservationKind, type Vectoriser } from '../../envs/vectoriser.ts'
import type { Level } from '../../levels/level.ts'
import { stream } from '../../src/core/random.ts'

const SLOTS = 64
const LEVELS = 256
const WINDOWS = 9
/** Batches of actions drawn beforehand, so that drawing them is not part of the figure. */
const BATCHES = 256

export interface EnvsBenchOptions {
  /** Seconds measured for each game; 3 when not given. */
  readonly seconds?: number
}

export interface EnvsBenchResult {
  /** The game's id. */
  readonly scenario: string
  /** Steps a second with 64x64x3 pixels. */
  readonly stepsPerSecond: number
  /** Time of a step with pixels over the time of copying a frame's bytes once. */
  readonly copyRatio: number
  /** Steps a second with 16x16 tile codes. */
  readonly symbolicStepsPerSecond: number
}

/** Measures every game of the registry. */
export function benchEnvs(options: EnvsBenchOptions = {}): { results: EnvsBenchResult[] } {
  const seconds = options.seconds ?? 3
  return { results: GAMES.map(game => benchGame(game.id, seconds)) }
}

function benchGame(game: string, seconds: number): EnvsBenchResult {
  const levels = Array.from({ length: LEVELS }, (_, i) => drawLevel({ game }, 'train', `bench/${i}`).level)
  const pixels = player(levels, 'pixels')
  const symbolic = player(levels, 'symbolic')
  const copied = new Uint8Array(pixels.games.observations.length)
  const copy = () => copied.set(pixels.games.observations)
  const window = (seconds * 1000) / (WINDOWS * 3)
  // Compiled and warm before the first window counts.
  for (const run of [pixels.step, copy, symbolic.step]) rate(run, window)
  const windows = Array.from({ length: WINDOWS }, () => {
    const played = rate(pixels.step, window)
    return { played, ratio: rate(copy, window) / played, symbolic: rate(symbolic.step, window) }
  })
  return {
    scenario: game,
    stepsPerSecond: Math.round(median(windows.map(w => w.played))),
    copyRatio: Number(median(windows.map(w => w.ratio)).toFixed(2)),
    symbolicStepsPerSecond: Math.round(median(windows.map(w => w.symbolic))),
  }
}

function player(
  levels: readonly Level[],
  observation: ObservationKind,
): { games: Vectoriser; step: () => void } {
  const random = stream('bench', observation)
  const actions = Array.from({ length: BATCHES }, () =>
    Uint8Array.from({ length: SLOTS }, () => random.int(ACTION_COUNT)),
  )
  const games = createVectoriser({
    slots: SLOTS,
    levelFor: (slot, episode) => levels[(slot + episode * SLOTS) % LEVELS] as Level,
    observation,
    autoreset: 'same-step',
  })
  games.reset()
  let batch = 0
  return { games, step: () => games.step(actions[batch++ % BATCHES] as Uint8Array) }
}

/** Games (or frames) a second over one window of about so many milliseconds. */
function rate(run: () => void, milliseconds: number): number {
  const start = performance.now()
  let rounds = 0
  let spent = 0
  while (spent < milliseconds) {
    for (let i = 0; i < 64; i++) run()
    rounds += 64
    spent = performance.now() - start
  }
  return (rounds * SLOTS * 1000) / spent
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
