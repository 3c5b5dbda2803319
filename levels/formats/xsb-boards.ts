/**
 * Finds the boards among the lines of a Sokoban file, and reads their rows. A board is a block of lines that hold
 * nothing but tiles; everything else is text (levels/formats/xsb.ts).
 */
import { quoted, UserError } from '../../src/core/errors.ts'
import { MAX_SIDE } from '../level.ts'
import { type RunNotation, writeOut } from '../moves.ts'

/** Floor, in every way that it is written, and the letters that some files have instead of signs. */
const CANONICAL: Readonly<Record<string, string>> = {
  ' ': '-',
  _: '-',
  p: '@',
  P: '+',
  b: '$',
  B: '*',
  o: '.',
}

const SIGNS = /^[#\-_ .$*@+]+$/
const LETTERS = /^[#\-_ .$*@+pPbBo]+$/
/** Rows with counts, brackets, or several rows to a line. */
const RUNS = /^[#\-_ .$*@+pPbBo0-9()|]+$/

const RUN_ROWS: RunNotation = {
  unit: /[#\-_ .$*@+pPbBo|]/,
  units: 'tiles',
  noUnit: 'is no tile',
  // A board as large as can be, with the bars between its rows.
  most: MAX_SIDE * (MAX_SIDE + 1),
}

export interface Row {
  /** Tiles as sokoban's legend has them; - is floor. */
  readonly tiles: string
  /** Where it stands, from 1. */
  readonly line: number
  readonly column: number
}

/** A board as it was found: the index of its first line, the index after its last, and its rows or their fault. */
export interface Board {
  readonly from: number
  readonly to: number
  readonly rows: readonly Row[]
  /** Why the rows cannot be read, beginning with file:line:column. */
  readonly fault?: string
}

/** All boards of a file's lines. Lines for which `isSkipped` are no rows. */
export function findBoards(
  lines: readonly string[],
  isSkipped: (line: number) => boolean,
  file: string,
): Board[] {
  const boards: Board[] = []
  for (let i = 0; i < lines.length; i++) {
    if (isSkipped(i) || !isRow(lines[i] as string, false)) continue
    let to = i + 1
    while (to < lines.length && !isSkipped(to) && isRow(lines[to] as string, true)) to++
    const [first, after] = withoutRulers(lines, i, to)
    if (isBoard(lines.slice(first, after).join('\n'))) boards.push(readBoard(lines, first, after, file))
    i = to - 1
  }
  return boards
}

/**
 * Whether a line can be a row. Letters and counts only beside a wall: `bob` and `12` are text. Inside a block, so is a
 * line that stands between walls, whatever it holds: a faulty row must not cut its board in two.
 */
function isRow(line: string, inside: boolean): boolean {
  const trimmed = line.trim()
  if (trimmed === '') return false
  if (SIGNS.test(line)) return true
  if (trimmed.includes('#') && (LETTERS.test(trimmed) || RUNS.test(trimmed))) return true
  return inside && trimmed.length > 2 && trimmed.startsWith('#') && trimmed.endsWith('#')
}

/** A line of dashes, dots or stars above or below, longer than the board is wide, is a ruler. */
function withoutRulers(lines: readonly string[], from: number, to: number): [number, number] {
  const isRuler = (line: string | undefined) => line !== undefined && /^\s*([-_.*+])\1*\s*$/.test(line)
  const widest = (part: readonly string[]) => part.reduce((most, line) => Math.max(most, line.length), 0)
  let [first, after] = [from, to]
  const inner = lines.slice(from, to).filter(line => !isRuler(line))
  const width = widest(inner)
  while (first < after && isRuler(lines[first]) && (lines[first] as string).length > width) first++
  while (after > first && isRuler(lines[after - 1]) && (lines[after - 1] as string).length > width) after--
  return [first, after]
}

/** Lines of walls alone are ornaments; signs without a wall are a board where somebody could push something. */
function isBoard(block: string): boolean {
  return block.includes('#') ? /[.$*@+pPbBo]/.test(block) : /[@+]/.test(block) && /[$*]/.test(block)
}

function readBoard(lines: readonly string[], from: number, to: number, file: string): Board {
  try {
    const rows = lines.slice(from, to).flatMap((line, i) => readLine(line, from + i + 1, file))
    const width = Math.max(...rows.map(row => row.tiles.length))
    return { from, to, rows: rows.map(row => ({ ...row, tiles: row.tiles.padEnd(width, '-') })) }
  } catch (error) {
    if (error instanceof UserError) return { from, to, rows: [], fault: error.message }
    throw error
  }
}

/** The rows on a line: one, or with run lengths as many as there are bars. */
function readLine(line: string, number: number, file: string): Row[] {
  const fail = (offset: number, message: string): never => {
    throw new UserError(`${file}:${number}:${offset + 1}: ${message}`)
  }
  const text = line.trimEnd()
  const written = /[0-9()|]/.test(text)
    ? writeOut(text, RUN_ROWS, fail).replace(/\|$/, '').split('|')
    : [text]
  return written.map(row => {
    if (row.length > MAX_SIDE)
      fail(written.length > 1 ? 0 : MAX_SIDE, `the row has ${row.length} tiles; at most ${MAX_SIDE} play`)
    const tiles = Array.from(row, (tile, column) => {
      const canonical = CANONICAL[tile] ?? tile
      if (!'#-.$*@+'.includes(canonical)) fail(column, `${quoted(tile)} is no tile; expected # - . $ * @ +`)
      return canonical
    })
    return { tiles: tiles.join(''), line: number, column: 1 }
  })
}
