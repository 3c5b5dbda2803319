/**
 * The error for bad input: everything a person can put right.
 *
 * Its message is one clear sentence that says what is wrong, where, what was got, what was expected and what to do, for
 * example `levels/gems/a.txt:4:7: 'x' is no tile of gems (. # A r g b)`. The command line prints that sentence alone,
 * with no stack trace, and exits with `exitCode`. Any other error is a fault of Levelshift itself.
 */

/** What a UserError may carry beside its sentence. */
export interface UserErrorOptions {
  /** Exit code of the process, 1 to 255; 1 when not given. */
  readonly exitCode?: number
  /** The error underneath, kept for LEVELSHIFT_DEBUG=1. */
  readonly cause?: unknown
}

/** Bad input, explained in one sentence. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly exitCode: number

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode ?? 1
  }
}

/** The message of anything that was thrown, whatever it is. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A value as it should appear inside a sentence: quoted, on one line, and never longer than 60 characters. */
export function quoted(value: unknown): string {
  return `'${oneLine(typeof value === 'string' ? value : jsonOf(value))}'`
}

/** Text of a file as it may stand in a sentence: on one line, without control characters, at most 60 long. */
export function oneLine(text: string): string {
  const plain = text.slice(0, 1000).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
  return plain.length > 60 ? `${plain.slice(0, 57)}...` : plain
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // A damaged file may nest values deeper than can be written.
    return Array.isArray(value) ? '[...]' : '{...}'
  }
}

/**
 * The known name nearest to a mistyped one, or undefined when none is near: at most a third of its letters differ.
 * Used for `did you mean`.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Number of letters to insert, delete, replace or swap with their neighbour, to turn one word into the other. */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = rows[i - 1][j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)
      row[j] = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, replaced)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (swapped) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1)
    }
    rows.push(row)
  }
  return rows[from.length][to.length]
}
