/** Replays recorded moves: does each win its level? */
import { setImmediate } from 'node:timers/promises'
import { replay } from '../../../envs/replay.ts'
import { parseMoves, parseSolutions } from '../../../levels/moves.ts'
import { UserError } from '../../core/errors.ts'
import { readText } from '../files.ts'
import type { Loaded, LoadedLevel } from './source.ts'

export interface ReplayReport {
  /** Plays that were asked for. */
  readonly replayed: number
  readonly won: number
  readonly failed: readonly { readonly title: string; readonly why: string }[]
}

/** Replays moves on one level. */
export function replayMoves({ level, title, file }: LoadedLevel, moves: string): ReplayReport {
  const { won, why } = replay(level, parseMoves(moves, '--moves'))
  return {
    replayed: 1,
    won: won ? 1 : 0,
    failed: won ? [] : [{ title: title ?? file, why: why as string }],
  }
}

/** Replays a file of solutions, a line `title: moves` each, on the levels of a collection. */
export async function replaySolutions(
  { levels, faults }: Loaded,
  file: string,
  signal: AbortSignal,
): Promise<ReplayReport> {
  const solutions = parseSolutions(readText(file, 'list of solutions'), file)
  const failed: { title: string; why: string }[] = []
  for (const { title, moves, line } of solutions) {
    const named = levels.filter(level => level.title === title)
    const fail = (why: string) => failed.push({ title, why })
    const fault = faults.find(found => found.title === title)
    if (fault) fail(`the level cannot be read: ${fault.why}`)
    else if (named.length === 0) fail(`no level has this title; it stands at ${file}:${line}:1`)
    else if (named.length > 1) fail(`${named.length} levels have this title; expected one`)
    else {
      const { won, why } = replay((named[0] as LoadedLevel).level, moves)
      if (!won) fail(why as string)
    }
    await setImmediate()
    signal.throwIfAborted()
  }
  return { replayed: solutions.length, won: solutions.length - failed.length, failed }
}

/** Refuses a collection of which no level can be read: nothing could be replayed on it. */
export function requireLevels({ levels, faults }: Loaded): void {
  if (levels.length === 0 && faults[0]) throw new UserError(faults[0].why)
}
