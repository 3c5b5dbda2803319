/** What a run tells as it goes on: its records, how far it is, and what its agent played last. Read again and again. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hashLevel } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { codeOf } from '../files.ts'
import { LIVE_FILE, type LiveGames, readLiveGames, readStatus } from '../live-files.ts'
import type { MetricsRecord } from '../run-contents.ts'
import { isLocked } from '../run-lock.ts'
import { type Progress, progressSchema } from './protocol.ts'
import { readPart } from './runs.ts'

/** The games of live.json with the levels' hashes. */
export interface WallSet extends LiveGames {
  readonly hashes: readonly string[]
}

export interface RunFeed {
  /** What curves are drawn from; replaced by a longer list, or a shorter one where the run was cut back. */
  readonly records: readonly MetricsRecord[]
  /** Of the job in work; null when none is. */
  readonly progress: Progress | null
  /** undefined until something was played. */
  readonly games: WallSet | undefined
  /** Reads what is new. Returns how many records are still those of before; at first nothing is known to have changed. */
  poll(): Promise<number>
}

/** Parts of a record that curves are drawn from; the others stay on the disk. */
const CURVES = [
  'iteration',
  'returns',
  'returnIntervals',
  'solverShare',
  'validation',
  'validationIntervals',
  'losses',
  'gradientNorm',
  'logInnerGradientNorms',
  'alphas',
  'environmentSteps',
  'stepsPerSecond',
  'framesShared',
  'curriculum',
  'baseline',
]
/** Bytes that are read at once. A record takes one or two KB; a longer line than this is none. */
const PIECE_BYTES = 1024 * 1024

export function createRunFeed(folder: string): RunFeed {
  const metrics = join(folder, 'metrics.jsonl')
  let records: readonly MetricsRecord[] = []
  /** The file that was read, and up to where: the end of a line. */
  let [inode, offset] = [0, 0]
  let hasRead = false
  let progress: Progress | null = null
  let games: WallSet | undefined
  let gamesSignature = ''

  const readRecords = async (): Promise<number> => {
    const { ino, size } = await stat(metrics).catch(missing)
    // A resumed run puts a shorter file in its place, which may have grown past the old length by now.
    const isAnother = ino !== inode || size < offset
    if (!isAnother && size === offset) return records.length
    const known = isAnother ? [] : records
    const added: MetricsRecord[] = []
    let at = isAnother ? 0 : offset
    while (at < size) {
      const piece = await readPart(metrics, now => [at, Math.min(now, at + PIECE_BYTES)])
      const end = piece.lastIndexOf(10) + 1
      if (end > 0) added.push(...recordsIn(piece.subarray(0, end)))
      // The last line is still being written, unless there is far too much of it.
      else if (piece.length < PIECE_BYTES) break
      at += end || piece.length
    }
    const before = records
    records = [...known, ...added]
    inode = ino
    offset = at
    if (!isAnother) return before.length
    const isFirst = !hasRead
    hasRead = true
    return isFirst ? Number.POSITIVE_INFINITY : sharedLength(before, records)
  }
  const readProgress = (): void => {
    const status = isLocked(join(folder, 'run.lock')) ? readStatus(folder) : undefined
    progress = status ? progressSchema.parse(status) : null
  }
  const readGames = async (): Promise<void> => {
    const { ino, size, mtimeMs } = await stat(join(folder, LIVE_FILE)).catch(missing)
    const signature = `${ino} ${size} ${mtimeMs}`
    if (signature === gamesSignature) return
    // Before it is read: a damaged file is not read again until it changes.
    gamesSignature = signature
    const read = readLiveGames(folder)
    games = read && { ...read, hashes: hashesOf(read) }
  }
  return {
    get records() {
      return records
    },
    get progress() {
      return progress
    },
    get games() {
      return games
    },
    async poll() {
      const kept = await readRecords()
      for (const read of [readProgress, readGames]) {
        try {
          await read()
        } catch (error) {
          // What is damaged is as if it had not been written: the last picture stays until a better one comes.
          if (!(error instanceof UserError)) throw error
        }
      }
      return kept
    },
  }
}

/** As of a file of another identity without a byte. */
function missing(error: unknown): { ino: number; size: number; mtimeMs: number } {
  if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return { ino: 0, size: 0, mtimeMs: 0 }
  throw error
}

/** The records of whole lines; what is no record is passed over. */
function recordsIn(bytes: Uint8Array): MetricsRecord[] {
  return Buffer.from(bytes).toString('utf8').split('\n').flatMap(recordOf)
}

function recordOf(line: string): MetricsRecord[] {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return []
  }
  if (typeof record !== 'object' || record === null) return []
  const kept = Object.entries(record).filter(([key]) => CURVES.includes(key))
  const { iteration, ...rest } = Object.fromEntries(kept)
  return typeof iteration === 'number' ? [{ iteration, ...rest }] : []
}

/** How many records two lists have in common at their beginning. */
function sharedLength(before: readonly MetricsRecord[], now: readonly MetricsRecord[]): number {
  const differs = before.findIndex((record, i) => JSON.stringify(record) !== JSON.stringify(now[i]))
  return differs < 0 ? before.length : differs
}

/** Each level's hash; the games of a task share their level. */
function hashesOf({ games }: LiveGames): string[] {
  const known = new Map<string, string>()
  return games.map(({ recording: { level } }) => {
    const text = JSON.stringify([level.game, level.map, level.rules])
    const hash = known.get(text) ?? hashLevel(level)
    known.set(text, hash)
    return hash
  })
}
