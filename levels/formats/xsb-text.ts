/**
 * What the text between the boards of a Sokoban collection says about them. Files differ in where they put what:
 *
 * - `Title:`, `Author:` and the project's own keys belong to the board above. Where a file has a title before its first
 *   board and none after its last, each `Title:` and what follows it belongs to the board below. An author named before
 *   that, above the first board, is the author of all.
 * - Moves (LURD) belong to the board above: after `Solution:` or a line that begins with `Solution`, and on their own
 *   where they end in a push, as every solution does. The first that is called a solution counts, or the first; moves of
 *   a saved game do not.
 * - Where there is no `Title:`, a paragraph of one line just above the board is its title, or one that follows the board
 *   without a gap. Where no such line stands above the first board but one below the last, titles follow their boards.
 *   A line that begins with ; is a title only where no other text stands with it.
 */
import { UserError } from '../../src/core/errors.ts'
import { parseMoves } from '../moves.ts'
import type { Board } from './xsb-boards.ts'

/** What is said about a board. */
export interface Facts {
  title?: string
  author?: string
  controls?: string
  theme?: string
  /** As it is written, without blanks. */
  solution?: string
  /** Why the solution cannot be read, beginning with file:line:column. */
  fault?: string
}

/** A line between two boards. */
interface TextLine {
  readonly kind: 'blank' | 'key' | 'moves' | 'note' | 'text'
  /** Index among the file's lines. */
  readonly index: number
  /** Lower-case name of a key, '' for other lines. */
  readonly key: string
  readonly value: string
}

const KEYS = {
  title: 'title',
  author: 'author',
  'levelshift-controls': 'controls',
  'levelshift-theme': 'theme',
} as const

const MOVES = /^[\sudlrUDLR0-9()]+$/
const LETTER = /[udlr]/i
const SOLUTION = /^\W*solution\b/i
const SAVED_GAME = /^\W*(saved?[ -]?game|snapshot)\b/i

/** Indices of the lines that are comments: `::` lines, and from `Comment:` to the `Comment-End:` that follows. */
export function findComments(lines: readonly string[]): ReadonlySet<number> {
  const comments = new Set<number>()
  let begun = -1
  lines.forEach((line, i) => {
    if (/^\s*::/.test(line)) comments.add(i)
    else if (/^\s*comment:\s*$/i.test(line)) begun = i
    else if (/^\s*comment[-_ ]?end:?\s*$/i.test(line)) {
      for (let j = begun < 0 ? i : begun; j <= i; j++) comments.add(j)
      begun = -1
    }
  })
  return comments
}

/** What a file says about each of its boards. */
export function readFacts(
  lines: readonly string[],
  boards: readonly Board[],
  comments: ReadonlySet<number>,
  file: string,
): Facts[] {
  const facts: Facts[] = boards.map(() => ({}))
  const gaps: TextLine[][] = []
  for (let i = 0; i <= boards.length; i++) {
    const from = i === 0 ? 0 : (boards[i - 1] as Board).to
    const gap = readGap(lines, from, boards[i]?.from ?? lines.length, comments)
    gaps.push(i === 0 ? gap : takeSolution(gap, lines, facts[i - 1] as Facts, file))
  }
  readKeys(gaps, facts)
  readTitleLines(gaps, boards, facts)
  return facts
}

/** A text as it may stand in a level: on one line, without control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim()
}

function isMoves(line: string): boolean {
  return MOVES.test(line) && LETTER.test(line)
}

function readGap(
  lines: readonly string[],
  from: number,
  to: number,
  comments: ReadonlySet<number>,
): TextLine[] {
  const gap: TextLine[] = []
  for (let index = from; index < to; index++) {
    if (comments.has(index)) continue
    const line = oneLine(lines[index] as string)
    const pair = /^([A-Za-z][\w-]*):(.*)$/.exec(line)
    if (line === '') gap.push({ kind: 'blank', index, key: '', value: '' })
    else if (pair)
      gap.push({
        kind: 'key',
        index,
        key: (pair[1] as string).toLowerCase(),
        value: (pair[2] as string).trim(),
      })
    else if (line.startsWith(';'))
      gap.push({ kind: 'note', index, key: '', value: line.replace(/^;+/, '').trim() })
    else gap.push({ kind: isMoves(line) ? 'moves' : 'text', index, key: '', value: line })
  }
  return gap
}

/** Takes the solution of a gap; returns the gap with what only looked like moves as text. */
function takeSolution(gap: TextLine[], lines: readonly string[], facts: Facts, file: string): TextLine[] {
  const settled = [...gap]
  let header: 'none' | 'solution' | 'saved' = 'none'
  let isNamed = false
  for (let i = 0; i < gap.length; i++) {
    const { kind, index, key, value } = gap[i] as TextLine
    const raw = lines[index] as string
    // One word after `Solution:` can only be moves, if perhaps with a fault; several can be anything.
    const isValue = key === 'solution' && value !== '' && (isMoves(value) || !/\s/.test(value))
    if (kind !== 'moves' && !isValue) {
      const [isSaved, isSolution] = [SAVED_GAME.test(raw), SOLUTION.test(raw)]
      if (!isSaved && !isSolution) continue
      header = isSaved ? 'saved' : 'solution'
      settled[i] = { kind: 'key', index, key: header, value: '' }
      continue
    }
    let end = i + 1
    while (gap[end]?.kind === 'moves' && gap[end]?.index === index + end - i) end++
    const column = isValue ? raw.indexOf(value, raw.indexOf(':') + 1) : 0
    const text = lines
      .slice(index, index + end - i)
      .join('\n')
      .slice(column)
    if (header === 'saved' && !isValue) header = 'none'
    else if (isValue || header === 'solution' || /[UDLR][\s)]*$/.test(text)) {
      const isSolution = isValue || header === 'solution'
      header = 'none'
      if (facts.solution === undefined || (isSolution && !isNamed)) {
        isNamed = isSolution
        record(text, file, { line: index + 1, column: column + 1 }, facts)
      }
    } else for (let j = i; j < end; j++) settled[j] = { ...(gap[j] as TextLine), kind: 'text' }
    i = end - 1
  }
  return settled
}

/** Notes a solution, or what is wrong with it. */
function record(text: string, file: string, from: { line: number; column: number }, facts: Facts): void {
  try {
    parseMoves(text, file, from)
    facts.solution = text.replace(/\s/g, '')
    delete facts.fault
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    facts.fault = `${error.message} (in the recorded solution)`
  }
}

function readKeys(gaps: readonly TextLine[][], facts: Facts[]): void {
  const isTitle = ({ key, value }: TextLine) => key === 'title' && value !== ''
  const titlesStandAbove = gaps[0]?.some(isTitle) === true && gaps.at(-1)?.some(isTitle) === false
  let authorOfAll: string | undefined
  gaps.forEach((gap, i) => {
    const below = titlesStandAbove ? gap.findLastIndex(isTitle) : -1
    gap.forEach(({ key, value }, at) => {
      if (value === '' || !Object.hasOwn(KEYS, key)) return
      const name = KEYS[key as keyof typeof KEYS]
      const board = facts[below >= 0 && at >= below ? i : i - 1]
      if (board) board[name] ??= value
      else if (name === 'author') authorOfAll ??= value
    })
  })
  if (authorOfAll !== undefined) for (const board of facts) board.author ??= authorOfAll
}

function readTitleLines(gaps: readonly TextLine[][], boards: readonly Board[], facts: Facts[]): void {
  const paragraphs = gaps.map(paragraphsOf)
  const above = (i: number) => titleOf(paragraphs[i]?.at(-1))
  const below = (i: number) => titleOf(paragraphs[i + 1]?.[0])
  const touchesAbove = (i: number) => paragraphs[i + 1]?.[0]?.[0]?.index === boards[i]?.to
  const touchesBelow = (i: number) => paragraphs[i]?.at(-1)?.at(-1)?.index === (boards[i] as Board).from - 1
  const titlesFollow = above(0) === undefined && below(boards.length - 1) !== undefined
  boards.forEach((_, i) => {
    // A line that hangs on the board above, with a gap below it, is that board's.
    const isOfOther = i > 0 && paragraphs[i]?.length === 1 && touchesAbove(i - 1) && !touchesBelow(i)
    const isOwn =
      touchesAbove(i) &&
      (i === boards.length - 1 || (paragraphs[i + 1]?.length ?? 0) > 1 || !touchesBelow(i + 1))
    const title = titlesFollow
      ? below(i)
      : ((isOfOther ? undefined : above(i)) ?? (isOwn ? below(i) : undefined))
    if (title !== undefined) (facts[i] as Facts).title ??= title
  })
}

function paragraphsOf(gap: readonly TextLine[]): TextLine[][] {
  const paragraphs: TextLine[][] = [[]]
  for (const line of gap) {
    if (line.kind === 'blank') paragraphs.push([])
    else paragraphs.at(-1)?.push(line)
  }
  return paragraphs.filter(paragraph => paragraph.length > 0)
}

/** The title that a paragraph is, if it is one. */
function titleOf(paragraph: readonly TextLine[] | undefined): string | undefined {
  if (!paragraph || paragraph.some(({ kind }) => kind === 'key' || kind === 'moves')) return undefined
  const texts = paragraph.filter(({ kind }) => kind === 'text')
  const lines = texts.length ? texts : paragraph
  return lines.length === 1 ? (lines[0] as TextLine).value || undefined : undefined
}
