/**
 * How fast levels are generated and proved, a game, with the training defaults: `levelshift bench levels --json` prints
 * what this returns. Seconds are processor time of this process, so other work on the machine hardly counts.
 */
import { drawLevel, type ProvedLevel } from '../../envs/draw-level.ts'
import { GAMES } from '../../envs/registry.ts'

/** Levels drawn before the clock starts: code is compiled then. */
const WARM_UP = 20

export interface LevelsBenchOptions {
  /** Seconds measured for each game; 3 when not given. */
  readonly seconds?: number
}

export interface LevelsBenchResult {
  /** The game's id. */
  readonly scenario: string
  /** Levels of the training split a second, drafts of other splits and unproved ones included. */
  readonly levelsPerSecond: number
  /** Drafts drawn for each level that was kept; the split alone asks for 1.43. */
  readonly draftsPerLevel: number
  /** States that the solver expanded for a level that was kept: mean and largest. */
  readonly expanded: { readonly mean: number; readonly most: number }
  /** Share of levels whose solver return is known to be the best there is. */
  readonly optimal: number
  /** Steps of the solver's play, mean. */
  readonly solverSteps: number
}

/** Measures every game of the registry. */
export function benchLevels(options: LevelsBenchOptions = {}): { results: LevelsBenchResult[] } {
  return { results: GAMES.map(game => benchGame(game.id, options.seconds ?? 3)) }
}

function benchGame(game: string, seconds: number): LevelsBenchResult {
  const draw = (i: number): ProvedLevel => drawLevel({ game }, 'train', `bench/${i}`)
  for (let i = 0; i < WARM_UP; i++) draw(i)
  const levels: ProvedLevel[] = []
  const start = process.cpuUsage()
  let spent = 0
  while (spent < seconds) {
    levels.push(draw(WARM_UP + levels.length))
    const { user, system } = process.cpuUsage(start)
    spent = (user + system) / 1e6
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const expanded = levels.map(({ solution }) => solution.expanded)
  return {
    scenario: game,
    levelsPerSecond: Math.round(levels.length / spent),
    draftsPerLevel: Number(mean(levels.map(draftsOf)).toFixed(2)),
    expanded: { mean: Math.round(mean(expanded)), most: Math.max(...expanded) },
    optimal: Number(mean(levels.map(({ solution }) => (solution.optimal ? 1 : 0))).toFixed(3)),
    solverSteps: Number(mean(levels.map(({ solution }) => solution.actions.length)).toFixed(1)),
  }
}

/** A level's seed ends with the number of the draft, from 0. */
function draftsOf({ level }: ProvedLevel): number {
  if (level.provenance.source !== 'generated') throw new Error('a drawn level was generated')
  return 1 + Number(level.provenance.seed.split('/').at(-1))
}
