/** Checks levels: reads each, checks its map and hidden rules, and proves that it can be won. */
import { setImmediate } from 'node:timers/promises'
import { drawLevel, type LevelRequest } from '../../../envs/draw-level.ts'
import { GAMES } from '../../../envs/registry.ts'
import { replay } from '../../../envs/replay.ts'
import { DIFFICULTIES, hashLevel, SPLITS, type Split, splitOf } from '../../../levels/level.ts'
import { movesOfActions } from '../../../levels/moves.ts'
import { levelKind } from '../../../levels/registry.ts'
import { messageOf } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'
import { proveLevel, replaySolution } from './prove.ts'
import { type Fault, type Loaded, type LoadedLevel, loadLevels, type SourceOptions } from './source.ts'

/** What is known of a level that was read and proved. */
export interface CheckedLevel {
  readonly file: string
  readonly game: string
  readonly title: string | null
  readonly hash: string
  readonly split: Split
  readonly proof: 'solver' | 'solution'
  /** Return and steps of the solver's play, or of the recorded solution where that is the proof. */
  readonly solverReturn: number
  readonly solverSteps: number
}

/** A level with a fault; a generated one has a title and no file. */
export type FailedLevel = Omit<Fault, 'file'> & { readonly file?: string }

export interface CheckReport {
  /** Levels that were looked at, and files that could not be read. */
  readonly checked: number
  /** Levels that are sound and proved. */
  readonly solved: number
  readonly failed: readonly FailedLevel[]
  /** Imported levels that are sound and not proved: that is no fault. */
  readonly unproved: readonly { readonly file: string; readonly title: string | null; readonly why: string }[]
  /** What is known of the proved ones that come from files. */
  readonly levels: readonly CheckedLevel[]
  /** Freshly generated levels by game, where they were asked for. */
  readonly generated?: readonly { readonly game: string; readonly checked: number; readonly solved: number }[]
}

type Checked = CheckedLevel | FailedLevel | CheckReport['unproved'][number]

/** Fewer levels are checked before anybody wants to know how far it is. */
const PROGRESS_FROM = 50

/** Checks one level that could be read. */
export function checkLevel({ file, title, level, place }: LoadedLevel): Checked {
  const proof = proveLevel(level)
  const recorded = replaySolution(level)
  const fail = (why: string): FailedLevel => ({
    file,
    ...(title === null ? {} : { title }),
    why: `${place}: ${why}`,
    faults: [`${place}: ${why}`],
  })
  if (recorded?.proof === 'unproved') return fail(recorded.why)
  if (proof.proof === 'unproved') {
    const mayBeUnproved = level.provenance.source === 'imported' && level.provenance.proof === 'unproved'
    return mayBeUnproved && !proof.disproved ? { file, title, why: proof.why } : fail(proof.why)
  }
  const hash = hashLevel(level)
  return {
    file,
    game: level.game,
    title,
    hash,
    split: splitOf(hash),
    proof: proof.proof,
    solverReturn: proof.return,
    solverSteps: proof.moves.length,
  }
}

/** Checks all levels of the files; every faulty one is named, so that a person can mend them in one go. */
export async function checkFiles(
  names: readonly string[],
  options: SourceOptions,
  context: CommandContext,
): Promise<CheckReport> {
  return checkLoaded(loadLevels(names, options), context)
}

async function checkLoaded({ levels, faults }: Loaded, context: CommandContext): Promise<CheckReport> {
  const report = {
    levels: [] as CheckedLevel[],
    failed: [...faults] as FailedLevel[],
    unproved: [] as CheckReport['unproved'][number][],
  }
  const isLong = levels.length >= PROGRESS_FROM
  const progress = isLong
    ? context.progress({ label: 'checking', total: levels.length, unit: 'levels' })
    : undefined
  try {
    for (const [i, level] of levels.entries()) {
      const checked = checkLevel(level)
      if ('hash' in checked) report.levels.push(checked)
      else if ('faults' in checked) report.failed.push(checked)
      else report.unproved.push(checked)
      await breathe(context)
      progress?.update(i + 1)
    }
  } finally {
    progress?.stop()
  }
  return { checked: levels.length + faults.length, solved: report.levels.length, ...report }
}

/** Checks the files and, of every game, `count` levels that are generated here and now. */
export async function checkAll(
  files: readonly string[],
  options: SourceOptions,
  count: number,
  context: CommandContext,
): Promise<CheckReport> {
  const own = await checkFiles(files, options, context)
  const generated: { game: string; checked: number; solved: number }[] = []
  const failed = [...own.failed]
  const progress = context.progress({ label: 'generating', total: count * GAMES.length, unit: 'levels' })
  try {
    for (const { id } of GAMES) {
      let solved = 0
      for (let i = 0; i < count; i++) {
        const fault = checkGenerated(id, i)
        if (fault) failed.push(fault)
        else solved++
        await breathe(context)
        progress.update(generated.length * count + i + 1, id)
      }
      generated.push({ game: id, checked: count, solved })
    }
  } finally {
    progress.stop()
  }
  const sum = (field: 'checked' | 'solved') =>
    generated.reduce((total, game) => total + game[field], own[field])
  return { ...own, checked: sum('checked'), solved: sum('solved'), failed, generated }
}

/** Draws a level, whose proof is the solver's, and plays that proof. */
function checkGenerated(game: string, i: number): FailedLevel | undefined {
  const { request, split } = mixedRequest(game, i)
  const title = `${game}, check/${i}, ${split} split, ${JSON.stringify(request)}`
  try {
    const { level, solution } = drawLevel(request, split, `check/${i}`)
    const { won, return: played, why } = replay(level, movesOfActions(solution.actions, level))
    if (won && played === solution.bestReturn) return undefined
    return failure(title, why ?? `the proof returns ${played}, the solver said ${solution.bestReturn}`)
  } catch (error) {
    return failure(title, messageOf(error))
  }
}

function failure(title: string, why: string): FailedLevel {
  return { title, why: `${title}: ${why}`, faults: [`${title}: ${why}`] }
}

/** The i-th request of a mixture of all families, difficulties, splits, and rules that training has and has not. */
function mixedRequest(game: string, i: number): { request: LevelRequest; split: Split } {
  const { families, defaults, defaultRules } = levelKind(game)
  const nth = <T>(items: readonly T[], period: number) => items[Math.floor(i / period) % items.length] as T
  const family = nth(families, 1)
  const difficulty = nth(DIFFICULTIES, families.length)
  const split = nth(SPLITS, families.length * DIFFICULTIES.length)
  const largest = Math.max(defaults.size[1], family.smallest)
  return {
    split,
    request: {
      game,
      families: [family.name],
      size: [Math.max(defaults.size[0], family.smallest), largest],
      difficulty,
      vary: i % 2 ? Object.keys(defaultRules) : defaults.vary,
      heldOutRules: split !== 'train' && i % 4 === 0,
    },
  }
}

/** Lets a Ctrl-C be noticed. */
async function breathe({ signal }: CommandContext): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}
