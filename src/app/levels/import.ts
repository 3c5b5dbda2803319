/** Imports levels of other programs: reads them, lets the solver or a recorded solution prove each, writes them as text. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { SEARCH_BUDGET } from '../../../envs/solver.ts'
import { hashLevel, type Level, type Split, splitOf } from '../../../levels/level.ts'
import { formatMoves, parseSolutions } from '../../../levels/moves.ts'
import { formatLevel } from '../../../levels/text.ts'
import { UserError } from '../../core/errors.ts'
import type { CommandContext } from '../context.ts'
import { fileError, makeFolder, readText } from '../files.ts'
import { type Proof, proveLevel, replaySolution } from './prove.ts'
import { slugOf } from './slug.ts'
import { loadLevels, type SourceOptions } from './source.ts'

export interface ImportRequest {
  readonly files: readonly string[]
  /** Folder that the text files are written to; without it nothing is written. */
  readonly out?: string | undefined
  /** File with a line `title: moves` for each level that has a recorded solution. */
  readonly solutions?: string | undefined
  /** States that the solver may look at in each level; default: IMPORT_WORK and more, shared among them. */
  readonly budget?: number | undefined
  /** The title of the only level. */
  readonly title?: string | undefined
  /** Replace files that are there. */
  readonly force: boolean
}

export interface ImportedFile {
  readonly title: string
  readonly game: string
  readonly hash: string
  readonly split: Split
  readonly proof: Proof['proof']
  /** Where it was written. */
  readonly file?: string
}

export interface ImportReport {
  /** Levels that were imported. */
  readonly imported: number
  readonly rejected: readonly { readonly title: string; readonly why: string }[]
  /** Of the imported ones, those that nothing proves so far. */
  readonly unproved: readonly { readonly title: string; readonly why: string }[]
  /** Titles of recorded solutions that no level has. */
  readonly unusedSolutions: readonly string[]
  readonly levels: readonly ImportedFile[]
}

/**
 * What the solver may do for all levels of an import together, in states times tiles of their maps: a second or two of
 * one core. What one level leaves over is there for the next ones, so that easy levels pay for hard ones. A few levels
 * have time for more: a lone one of usual size gets all that the solver ever gets.
 */
const IMPORT_WORK = 3_000_000
const LONE_WORK = 30_000_000

/** Fewer levels are imported before anybody wants to know how far it is. */
const PROGRESS_FROM = 50

export async function importLevels(
  request: ImportRequest,
  options: SourceOptions,
  context: CommandContext,
): Promise<ImportReport> {
  const { levels: found, faults } = loadLevels(request.files, options)
  if (request.title !== undefined && found.length + faults.length !== 1)
    throw new UserError(
      `--title names one level, got ${found.length + faults.length}; leave it out, or import one file of one level`,
    )
  const solutions = new Map(
    request.solutions === undefined
      ? []
      : parseSolutions(readText(request.solutions, 'list of solutions'), request.solutions).map(
          ({ title, moves }) => [title, moves] as const,
        ),
  )
  const unused = new Set(solutions.keys())
  let work = IMPORT_WORK + LONE_WORK / Math.max(1, found.length)
  const report = { levels: [] as ImportedFile[], unproved: [] as { title: string; why: string }[] }
  const save = request.out === undefined ? undefined : saver(request.out, request.force)
  const isLong = found.length >= PROGRESS_FROM
  const progress = isLong
    ? context.progress({ label: 'importing', total: found.length, unit: 'levels' })
    : undefined
  try {
    for (const [i, loaded] of found.entries()) {
      const title = request.title ?? loaded.title ?? loaded.level.title ?? loaded.file
      const moves = solutions.get(title)
      unused.delete(title)
      const tiles = loaded.level.map.length * (loaded.level.map[0] as string).length
      const share = Math.floor(work / (found.length - i) / tiles)
      const budget = request.budget ?? Math.min(SEARCH_BUDGET, Math.max(1, share))
      const { level, proof, why, expanded } = proveImported(
        { ...loaded.level, title, ...(moves === undefined ? {} : { solution: formatMoves(moves) }) },
        budget,
      )
      work -= expanded * tiles
      if (why !== undefined) report.unproved.push({ title, why })
      const hash = hashLevel(level)
      const file = save?.(level)
      report.levels.push({
        title,
        game: level.game,
        hash,
        split: splitOf(hash),
        proof,
        ...(file === undefined ? {} : { file }),
      })
      await setImmediate()
      context.signal.throwIfAborted()
      progress?.update(i + 1)
    }
  } finally {
    progress?.stop()
  }
  return {
    imported: report.levels.length,
    rejected: faults.map(({ file, title, why }) => ({ title: title ?? file, why })),
    unproved: report.unproved,
    unusedSolutions: [...unused],
    levels: report.levels,
  }
}

interface ProvedImport {
  readonly level: Level
  readonly proof: Proof['proof']
  /** Why it is not proved. */
  readonly why?: string
  readonly expanded: number
}

/** A level with how it is known that it can be won. */
function proveImported(level: Level, budget: number): ProvedImport {
  const recorded = replaySolution(level)
  if (recorded?.proof === 'solution')
    return { level: marked(level, 'solution'), proof: 'solution', expanded: 0 }
  // A recorded solution that does not win would be a fault of the level from now on.
  const { solution: _, ...bare } = level
  const proof = proveLevel(bare, budget)
  const result = { level: marked(bare, proof.proof), proof: proof.proof, expanded: proof.expanded }
  if (proof.proof !== 'unproved') return result
  return { ...result, why: recorded?.proof === 'unproved' ? `${recorded.why}; ${proof.why}` : proof.why }
}

/** A level that comes back from another program keeps where it first came from. */
function marked(level: Level, proof: Proof['proof']): Level {
  const { provenance } = level
  return provenance.source === 'imported' ? { ...level, provenance: { ...provenance, proof } } : level
}

/** Writes levels into a folder, each as the slug of its title; returns its path. */
function saver(folder: string, force: boolean): (level: Level) => string {
  makeFolder(folder)
  const taken = new Set<string>()
  return level => {
    const text = formatLevel(level)
    const slug = slugOf(level.title ?? level.game)
    for (let number = 1; ; number++) {
      const name = number === 1 ? `${slug}.txt` : `${slug}-${number}.txt`
      const path = join(folder, name)
      if (taken.has(name)) continue
      if (existsSync(path) && !force && readFileSync(path, 'utf8') !== text) continue
      taken.add(name)
      try {
        writeFileSync(path, text)
      } catch (error) {
        throw fileError('write', path, error)
      }
      return path
    }
  }
}

export function formatImport({ imported, rejected, unproved, levels }: ImportReport): string {
  const count = (proof: Proof['proof']) => levels.filter(level => level.proof === proof).length
  const proofs = [
    `${count('solver')} proved by the solver`,
    `${count('solution')} by a recorded solution`,
    `${unproved.length} unproved`,
  ]
  const refused = rejected.length ? `; ${rejected.length} rejected` : ''
  return `${imported} ${imported === 1 ? 'level' : 'levels'}: ${proofs.join(', ')}${refused}`
}
