/** How hard levels are, and how much the levels of a generator differ from each other. */
import { setImmediate } from 'node:timers/promises'
import { drawLevel } from '../../../envs/draw-level.ts'
import { findGame } from '../../../envs/registry.ts'
import type { Level, Split } from '../../../levels/level.ts'
import { actionsOfMoves } from '../../../levels/moves.ts'
import { LEVEL_KINDS } from '../../../levels/registry.ts'
import type { CommandContext } from '../context.ts'
import { formatTable } from '../table.ts'
import { type Exploration, explore } from './explore.ts'
import { type Proof, proveLevel } from './prove.ts'
import { loadLevels, type SourceOptions } from './source.ts'

export interface StatsRequest {
  /** Names of games, whose generators are asked, and of level files. */
  readonly names: readonly string[]
  /** Levels to generate of each game. */
  readonly count: number
  readonly split: Split
  readonly seed: number
  /** States of each level to explore. */
  readonly states: number
}

/** Smallest, quartiles and largest of some numbers, and their mean. */
export interface Distribution {
  readonly least: number
  readonly quarter: number
  readonly median: number
  readonly threeQuarters: number
  readonly most: number
  readonly mean: number
}

export interface LevelStats {
  readonly file: string
  readonly title: string | null
  readonly game: string
  readonly proof: Proof['proof']
  /** Steps and return of the play that proves it; null where it is not proved. */
  readonly solutionLength: number | null
  readonly return: number | null
  readonly exploration: Exploration
}

export interface GroupStats {
  readonly game: string
  /** Freshly generated, or read from files. */
  readonly from: 'generator' | 'files'
  readonly levels: number
  /** Of the proved ones. */
  readonly solutionLength: Distribution | null
  readonly return: Distribution | null
  /** Mean over levels. */
  readonly branching: number
  readonly branchingAlongSolution: number
  /** Share of states from which nothing can be won any more, of the `states` of which that is known. */
  readonly deadEnds: { readonly share: number | null; readonly states: number; readonly undecided: number }
  /** Share of levels whose map no other level of the group has. */
  readonly distinctMaps: number
  /** Share of tiles that differ between two maps of one size (normalised Hamming), mean over `pairs`; null for none. */
  readonly tileDifference: { readonly mean: number | null; readonly pairs: number }
  readonly families: Readonly<Record<string, number>>
  /** How often each value of a hidden rule comes, by rule and value. */
  readonly rules: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface StatsReport {
  readonly groups: readonly GroupStats[]
  /** Each level that was read from a file. */
  readonly levels: readonly LevelStats[]
  readonly failed: readonly { readonly file: string; readonly why: string }[]
}

/** Pairs of maps that are compared at most; beyond, the levels that were drawn first stand for all. */
const MAX_PAIRS = 50_000

interface Measured {
  readonly level: Level
  readonly proof: Proof
  readonly exploration: Exploration
}

/** Measures the generators and files that are named. */
export async function measureLevels(
  { names, count, split, seed, states }: StatsRequest,
  options: SourceOptions,
  context: CommandContext,
): Promise<StatsReport> {
  const games = names.filter(name => LEVEL_KINDS.some(kind => kind.game === name))
  const { levels, faults } = loadLevels(
    names.filter(name => !games.includes(name)),
    options,
  )
  const total = games.length * count + levels.length
  const progress = context.progress({ label: 'measuring', total, unit: 'levels' })
  let done = 0
  const measure = async (level: Level): Promise<Measured> => {
    const proof = proveLevel(level)
    const actions = proof.proof === 'unproved' ? [] : actionsOfMoves(proof.moves, level)
    const exploration = explore(findGame(level.game), level, actions, states)
    await setImmediate()
    context.signal.throwIfAborted()
    progress.update(++done, level.game)
    return { level, proof, exploration }
  }
  try {
    const groups: GroupStats[] = []
    for (const game of games) {
      const measured: Measured[] = []
      for (let i = 0; i < count; i++)
        measured.push(await measure(drawLevel({ game }, split, `stats/${seed}/${i}`).level))
      groups.push(summarise(game, 'generator', measured))
    }
    const own: LevelStats[] = []
    const byGame = new Map<string, Measured[]>()
    for (const { file, title, level } of levels) {
      const measured = await measure(level)
      own.push({ file, title, game: level.game, ...figuresOf(measured) })
      byGame.set(level.game, [...(byGame.get(level.game) ?? []), measured])
    }
    for (const [game, measured] of byGame) groups.push(summarise(game, 'files', measured))
    return { groups, levels: own, failed: faults.map(({ file, why }) => ({ file, why })) }
  } finally {
    progress.stop()
  }
}

function figuresOf({ proof, exploration }: Measured) {
  const proved = proof.proof === 'unproved' ? undefined : proof
  return {
    proof: proof.proof,
    solutionLength: proved?.moves.length ?? null,
    return: proved?.return ?? null,
    exploration,
  }
}

function summarise(game: string, from: GroupStats['from'], measured: readonly Measured[]): GroupStats {
  const explorations = measured.map(({ exploration }) => exploration)
  const proved = measured.flatMap(({ proof }) => (proof.proof === 'unproved' ? [] : [proof]))
  const sum = (field: 'winnable' | 'deadEnds' | 'undecided') => explorations.reduce((s, e) => s + e[field], 0)
  const states = sum('winnable') + sum('deadEnds')
  const maps = measured.map(({ level }) => level.map)
  return {
    game,
    from,
    levels: measured.length,
    solutionLength: distributionOf(proved.map(({ moves }) => moves.length)),
    return: distributionOf(proved.map(proof => proof.return)),
    branching: mean(explorations.map(({ branching }) => branching)),
    branchingAlongSolution: mean(explorations.map(({ branchingAlongPlay }) => branchingAlongPlay)),
    deadEnds: { share: states ? sum('deadEnds') / states : null, states, undecided: sum('undecided') },
    distinctMaps: new Set(maps.map(map => map.join('\n'))).size / measured.length,
    tileDifference: tileDifference(maps),
    families: countOf(
      measured.map(({ level }) =>
        level.provenance.source === 'generated' ? level.provenance.family : level.provenance.source,
      ),
    ),
    rules: Object.fromEntries(
      Object.keys(measured[0]?.level.rules ?? {}).map(rule => [
        rule,
        countOf(measured.map(({ level }) => JSON.stringify(level.rules[rule]))),
      ]),
    ),
  }
}

/** Mean share of tiles that differ between two maps of one size. */
export function tileDifference(maps: readonly (readonly string[])[]): GroupStats['tileDifference'] {
  const bySize = new Map<string, string[]>()
  for (const map of maps) {
    const size = `${map.length}x${map[0]?.length}`
    bySize.set(size, [...(bySize.get(size) ?? []), map.join('')])
  }
  let [total, pairs] = [0, 0]
  for (const alike of bySize.values())
    for (let i = 1; i < alike.length; i++)
      for (let j = 0; j < i && pairs < MAX_PAIRS; j++) {
        const [one, other] = [alike[i] as string, alike[j] as string]
        let different = 0
        for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) different++
        total += different / one.length
        pairs++
      }
  return { mean: pairs ? total / pairs : null, pairs }
}

/** Quartiles by linear interpolation between the ordered values; null for no values. */
export function distributionOf(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const low = sorted[Math.floor(place)] as number
    return low + (place % 1) * ((sorted[Math.ceil(place)] as number) - low)
  }
  return { least: at(0), quarter: at(0.25), median: at(0.5), threeQuarters: at(0.75), most: at(1), mean: mean(values) } // biome-ignore format: one value
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function countOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

export function formatStats({ groups, levels }: StatsReport): string {
  const blocks = groups.map(formatGroup)
  if (levels.length > 1) {
    const rows = levels.map(({ file, title, solutionLength, return: reward, exploration }) => {
      const { winnable, deadEnds, undecided } = exploration
      const share = winnable + deadEnds ? percent(deadEnds / (winnable + deadEnds)) : '-'
      return [title ?? file, `${solutionLength ?? '-'}`, `${reward ?? '-'}`, exploration.branching.toFixed(2), share, `${undecided}`] // biome-ignore format: one row
    })
    const head = ['level', 'steps', 'return', 'branching', 'dead ends', 'undecided']
    blocks.push(formatTable(head, rows, [1, 2, 3, 4, 5]))
  }
  return blocks.join('\n\n')
}

function formatGroup(group: GroupStats): string {
  const { deadEnds, tileDifference: tiles } = group
  const lines: [string, string][] = [
    ['solution length', describe(group.solutionLength)],
    ['return', describe(group.return)],
    [
      'branching',
      `${group.branching.toFixed(2)} over all states, ${group.branchingAlongSolution.toFixed(2)} along the solution`,
    ],
    [
      'dead ends',
      `${deadEnds.share === null ? '-' : percent(deadEnds.share)} of ${deadEnds.states.toLocaleString('en')} states; ${deadEnds.undecided.toLocaleString('en')} more undecided`,
    ],
    ['distinct maps', percent(group.distinctMaps)],
    [
      'tile difference',
      tiles.mean === null
        ? 'no two maps of one size'
        : `${percent(tiles.mean)} of tiles, ${tiles.pairs.toLocaleString('en')} pairs`,
    ],
    ['families', formatCounts(group.families)],
    ...Object.entries(group.rules).map(([rule, counts]): [string, string] => [rule, formatCounts(counts)]),
  ]
  const head = `${group.game}: ${group.levels} levels ${group.from === 'generator' ? 'of the generator' : 'from files'}`
  return [head, ...lines.map(([name, what]) => `  ${name.padEnd(16)}${what}`)].join('\n')
}

function describe(distribution: Distribution | null): string {
  if (!distribution) return 'none is proved'
  const { least, quarter, median, threeQuarters, most, mean } = distribution
  return `${least} to ${most}, median ${median} [${quarter}, ${threeQuarters}], mean ${mean.toFixed(2)}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`
}

/** The most frequent values first. */
function formatCounts(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, 8).map(([value, count]) => `${value} ${count}`)
  return [...shown, ...(sorted.length > 8 ? [`${sorted.length - 8} other values`] : [])].join(', ')
}
