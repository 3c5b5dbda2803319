/**
 * Moves as text, as Sokoban players write them (LURD) and as every game of the suite reads them.
 *
 * Letters: `u d l r` are directions of movement, in either case (upper case is a push in Sokoban; the case is kept),
 * `n` waits, `x` is the action use. A count stands before what it repeats: `3r` is `rrr`; brackets group:
 * `2(uL)` is `uLuL`, and may be nested. Blanks and line ends mean nothing.
 *
 * Moves are what happens, not which key is pressed: where a level's hidden controls are permuted, the action that
 * performs a direction is another one. `actionsOfMoves` and `movesOfActions` translate.
 */
import { quoted, UserError } from '../src/core/errors.ts'
import type { Level } from './level.ts'

/** The most moves that a text may stand for, written out. */
export const MAX_MOVES = 100_000
/** The most brackets inside each other. */
const MAX_DEPTH = 32

/** In the order of the directions: up, down, left, right. */
const DIRECTIONS = 'udlr'
const NOOP = 'n'
const USE = 'x'
const USE_ACTION = 5

/** A line of a file of solutions. */
export interface TitledMoves {
  readonly title: string
  /** Written out, one letter a move. */
  readonly moves: string
  /** The line that it stands on, from 1. */
  readonly line: number
}

/** A text in which counts and brackets stand for repetition. */
export interface RunNotation {
  /** What one unit looks like: a single character. */
  readonly unit: RegExp
  /** The units in words, for errors. */
  readonly units: string
  /** What is said of a character that is none. */
  readonly noUnit: string
  /** The most units, written out. */
  readonly most: number
}

const MOVES: RunNotation = {
  unit: /[udlrnxUDLRNX]/,
  units: 'moves',
  noUnit: 'is no move; expected u d l r (upper case: a push), n, x, a count or brackets',
  most: MAX_MOVES,
}

/** An open bracket, or the text as a whole. */
interface Group {
  units: string
  /** How often it is repeated. */
  readonly times: number
  /** Where its bracket opened. */
  readonly offset: number
}

/**
 * Reads moves and writes them out, one letter a move, in the case they came in. `source` names the text in errors,
 * which read source:line:column: what; `from` is where the text begins in it.
 */
export function parseMoves(text: string, source: string, from = { line: 1, column: 1 }): string {
  return writeOut(text, MOVES, (offset, message) => {
    const before = text.slice(0, offset).split(/\r\n|\r|\n/)
    const column = (before[before.length - 1] as string).length + (before.length === 1 ? from.column : 1)
    throw new UserError(`${source}:${from.line + before.length - 1}:${column}: ${message}`)
  })
}

/**
 * Writes out a text with counts and brackets, leaving out blanks that are no units. `fail` is told what is wrong at
 * which offset, and does not return.
 */
export function writeOut(
  text: string,
  notation: RunNotation,
  fail: (offset: number, message: string) => never,
): string {
  const { unit, units, noUnit, most } = notation
  const groups: Group[] = [{ units: '', times: 1, offset: 0 }]
  const add = (written: string, times: number, offset: number) => {
    const group = groups[groups.length - 1] as Group
    // Before anything is written out: a few characters can ask for more than any memory holds.
    if (group.units.length + written.length * times > most)
      fail(offset, `more than ${most} ${units}; expected at most that many, written out`)
    group.units += written.repeat(times)
  }
  let count: { readonly times: number; readonly offset: number } | undefined
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string
    const isUnit = unit.test(character)
    if (!isUnit && /\s/.test(character)) continue
    const offset = count?.offset ?? i
    const times = count?.times ?? 1
    if (/[0-9]/.test(character)) {
      if (count) fail(i, 'a second count; expected what the first one counts')
      const digits = (/^\d+/.exec(text.slice(i, i + 8)) as RegExpExecArray)[0]
      const value = Number(digits)
      if (value < 1 || value > most) fail(i, `a count of ${quoted(digits)}; expected 1 to ${most}`)
      count = { times: value, offset: i }
      i += digits.length - 1
      continue
    }
    count = undefined
    if (isUnit) add(character, times, offset)
    else if (character === '(') {
      if (groups.length > MAX_DEPTH) fail(i, `more than ${MAX_DEPTH} brackets inside each other`)
      groups.push({ units: '', times, offset })
    } else if (character === ')') {
      if (offset !== i) fail(offset, 'a count before a closing bracket; expected it before what it counts')
      const group = groups.pop() as Group
      if (groups.length === 0) fail(i, 'a closing bracket without an opening one')
      if (group.units === '') fail(group.offset, `brackets with no ${units} in them`)
      add(group.units, group.times, group.offset)
    } else fail(i, `${quoted(character)} ${noUnit}`)
  }
  if (count) fail(count.offset, 'a count with nothing after it; expected what it counts')
  const open = groups[groups.length - 1] as Group
  if (groups.length > 1) fail(open.offset, 'a bracket that is never closed')
  return open.units
}

/** Writes moves with counts where that is shorter: `uuuRR` as `3uRR`. Reading it again gives the same moves. */
export function formatMoves(moves: string): string {
  return moves.replace(/(.)\1{2,}/g, (run, letter) => `${run.length}${letter}`)
}

/** Action indices (envs/game.ts) that perform written-out moves under a level's controls. */
export function actionsOfMoves(moves: string, level: Level): number[] {
  const controls = level.rules.controls as readonly number[]
  return Array.from(moves.toLowerCase(), letter => {
    if (letter === NOOP) return 0
    return letter === USE ? USE_ACTION : 1 + controls.indexOf(DIRECTIONS.indexOf(letter))
  })
}

/** The moves that actions bring about under a level's controls, one lower-case letter each. */
export function movesOfActions(actions: readonly number[], level: Level): string {
  const controls = level.rules.controls as readonly number[]
  return actions
    .map(action => {
      if (action === 0) return NOOP
      return action === USE_ACTION ? USE : DIRECTIONS[controls[action - 1] as number]
    })
    .join('')
}

/**
 * Reads a file of solutions, a line `title: moves` each. The last colon of a line splits it, so titles may hold
 * colons; empty lines and lines that begin with ; or // are skipped. A title that stands twice is refused.
 */
export function parseSolutions(text: string, source: string): TitledMoves[] {
  const solutions = new Map<string, TitledMoves>()
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((content, index) => {
      const line = index + 1
      if (/^\s*($|;|\/\/)/.test(content)) return
      const fail = (column: number, message: string): never => {
        throw new UserError(`${source}:${line}:${column}: ${message}`)
      }
      const colon = content.lastIndexOf(':')
      if (colon < 0) fail(1, `expected 'title: moves', got ${quoted(content)}`)
      const title = content.slice(0, colon).trim()
      if (title === '') fail(1, `no title before the colon; expected 'title: moves'`)
      const known = solutions.get(title)
      if (known) fail(1, `the title ${quoted(title)} stands twice; first on line ${known.line}`)
      const moves = parseMoves(content.slice(colon + 1), source, { line, column: colon + 2 })
      if (moves === '') fail(colon + 2, `no moves after the colon; expected 'title: moves'`)
      solutions.set(title, { title, moves, line })
    })
  return [...solutions.values()]
}
