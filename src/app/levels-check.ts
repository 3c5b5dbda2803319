/** Checks level files: reads each, checks its map and hidden rules, and proves with the solver that it can be won. */

import { findGame } from '../../envs/registry.ts'
import { solve } from '../../envs/solver.ts'
import { hashLevel, type Level, type Split, splitOf } from '../../levels/level.ts'
import { mapLineOf, parseLevel } from '../../levels/text.ts'
import { UserError } from '../core/errors.ts'
import { readText } from './files.ts'

/** What is known of a level that was read and solved. */
export interface CheckedLevel {
  readonly file: string
  readonly game: string
  readonly title: string | null
  readonly hash: string
  readonly split: Split
  readonly solverReturn: number
  readonly solverSteps: number
}

export interface LevelsReport {
  /** Files that were looked at. */
  readonly checked: number
  /** Files whose level is sound and was proved. */
  readonly solved: number
  /** The others; `why` reads file:line:column: message where there is a place to point at. */
  readonly failed: readonly { readonly file: string; readonly why: string }[]
  /** What is known of the solved ones. */
  readonly levels: readonly CheckedLevel[]
}

/** Checks all files; every faulty one is named, so that a person can mend them in one go. */
export function checkLevels(files: readonly string[]): LevelsReport {
  const levels: CheckedLevel[] = []
  const failed: { file: string; why: string }[] = []
  for (const file of files) {
    try {
      levels.push(checkLevel(file))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      failed.push({ file, why: error.message })
    }
  }
  return { checked: files.length, solved: levels.length, failed, levels }
}

/** Checks one file; its fault is thrown. */
export function checkLevel(file: string): CheckedLevel {
  const text = readText(file, 'level')
  const level = parseLevel(text, file)
  const solution = solve(findGame(level.game), level)
  if (!solution.solved) {
    const why = solution.optimal ? cannotBeWon(level, solution.bestReturn) : unproved(solution.expanded)
    throw new UserError(`${file}:${mapLineOf(text)}:1: ${why}`)
  }
  const hash = hashLevel(level)
  return {
    file,
    game: level.game,
    title: level.title ?? null,
    hash,
    split: splitOf(hash),
    solverReturn: solution.bestReturn,
    solverSteps: solution.actions.length,
  }
}

function cannotBeWon(level: Level, bestReturn: number): string {
  const steps = findGame(level.game).horizon(level)
  return `no way to win this level of ${level.game} in its ${steps} steps: the best play returns ${bestReturn} and does not win; change the map or the rules`
}

function unproved(expanded: number): string {
  return `not proved: the solver gave up after ${expanded} states; make the level smaller or simpler`
}
