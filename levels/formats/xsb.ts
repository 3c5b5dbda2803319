/**
 * Sokoban collections as the net has them: plain XSB and SOK files of one level or a thousand, read and written. Which
 * lines are boards says levels/formats/xsb-boards.ts, what the text between them means levels/formats/xsb-text.ts.
 */
import { quoted, UserError } from '../../src/core/errors.ts'
import { findTheme } from '../../src/core/themes.ts'
import { controlsSchema } from '../controls.ts'
import { type Level, MAX_SIDE, problemsOf } from '../level.ts'
import { levelKind } from '../registry.ts'
import type { Imported } from './imported.ts'
import { findBoards, type Row } from './xsb-boards.ts'
import { type Facts, findComments, oneLine, readFacts } from './xsb-text.ts'

/** A board and what its file says about it. `title` is FILE #n where the file gives none. */
export interface XsbPuzzle extends Omit<Facts, 'title'> {
  readonly title: string
  /** Rows of equal length, in the characters of sokoban's legend. */
  readonly rows: readonly Row[]
  /** The board's first line, from 1. */
  readonly line: number
}

/** Reads all boards of a collection. Nothing is left out: a board that cannot be read has its fault. */
export function parseXsb(text: string, file: string): XsbPuzzle[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  const comments = findComments(lines)
  const boards = findBoards(lines, line => comments.has(line), file)
  const facts = readFacts(lines, boards, comments, file)
  const name = baseName(file)
  return boards.map(({ rows, from, fault }, i) => ({
    ...facts[i],
    ...(fault === undefined ? {} : { fault }),
    title: facts[i]?.title ?? `${name} #${i + 1}`,
    rows,
    line: from + 1,
  }))
}

/** All levels of a collection, in order, and why a board is none. `file` names the source in messages. */
export function importXsb(text: string, file: string): Imported[] {
  const puzzles = parseXsb(text, file)
  if (puzzles.length === 0)
    throw new UserError(
      `${file}:1:1: no board; expected rows of # - . $ * @ + (walls, floor, goals, boxes, the player)`,
    )
  return puzzles.map(puzzle => {
    try {
      return { title: puzzle.title, level: levelOf(puzzle, file) }
    } catch (error) {
      if (error instanceof UserError) return { title: puzzle.title, why: error.message }
      throw error
    }
  })
}

/** Writes levels of sokoban as a collection that reads back as they are, up to where they came from. */
export function formatXsb(levels: readonly Level[]): string {
  return levels
    .map(({ map, title, provenance, solution, rules, theme }) => {
      const author = provenance.source === 'imported' ? provenance.author : undefined
      const controls = JSON.stringify(rules.controls)
      return [
        ...boardLines(map),
        ...(title === undefined ? [] : [`Title: ${title}`]),
        ...(author === undefined ? [] : [`Author: ${author}`]),
        ...(controls === '[0,1,2,3]' ? [] : [`Levelshift-Controls: ${controls}`]),
        ...(theme === 'dungeon' ? [] : [`Levelshift-Theme: ${theme}`]),
        ...(solution === undefined ? [] : [`Solution: ${solution.replace(/\s/g, '')}`]),
      ].map(line => `${line}\n`)
    })
    .map(lines => lines.join(''))
    .join('\n')
}

/** Blanks as floor and none at the end, as most files have it; dashes where a board would not be known by those. */
function boardLines(map: readonly string[]): string[] {
  const blank = map.map(row => row.replaceAll('-', ' ').trimEnd())
  const width = (map[0] as string).length
  const isFramed = [blank[0], blank.at(-1)].every(row => row?.includes('#'))
  return isFramed && blank.every(row => row !== '') && blank.some(row => row.length === width)
    ? blank
    : [...map]
}

function levelOf(puzzle: XsbPuzzle, file: string): Level {
  const { rows, author, solution, theme = 'dungeon', line } = puzzle
  const fail = (at: number, column: number, message: string): never => {
    throw new UserError(`${file}:${at}:${column}: ${message}`)
  }
  if (puzzle.fault !== undefined) throw new UserError(puzzle.fault)
  if (rows.length > MAX_SIDE)
    fail((rows[MAX_SIDE] as Row).line, 1, `the board has ${rows.length} rows; at most ${MAX_SIDE} play`)
  if (!findTheme(theme)) fail(line, 1, `Levelshift-Theme: ${quoted(theme)} is no theme`)
  const kind = levelKind('sokoban')
  const level: Level = {
    game: 'sokoban',
    title: puzzle.title,
    map: rows.map(row => row.tiles),
    rules:
      puzzle.controls === undefined
        ? kind.defaultRules
        : { controls: readControls(puzzle.controls, line, fail) },
    theme,
    ...(solution === undefined ? {} : { solution }),
    provenance: {
      source: 'imported',
      format: 'xsb',
      file: baseName(file),
      ...(author === undefined ? {} : { author }),
      proof: 'unproved',
    },
  }
  const problem = problemsOf(level, kind)[0]
  if (problem) {
    const row = rows[problem.row ?? 0] as Row
    fail(row.line, row.column + (problem.column ?? 0), problem.message)
  }
  return level
}

function readControls(
  text: string,
  line: number,
  fail: (line: number, column: number, message: string) => never,
) {
  try {
    return controlsSchema.parse(JSON.parse(text))
  } catch {
    return fail(line, 1, `Levelshift-Controls: ${quoted(text)}; expected a permutation such as [0,1,2,3]`)
  }
}

/** Without folders, and never empty. */
function baseName(file: string): string {
  return oneLine(file.split(/[\\/]/).at(-1) ?? '') || 'unnamed'
}
