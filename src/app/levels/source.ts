/**
 * Where the commands find levels: files of every format, whole folders, standard input, and by name in the packs that
 * ship and in a directory of one's own.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatOf, LEVEL_ENDINGS, type ReadOptions, readLevels } from '../../../levels/formats/registry.ts'
import type { Level } from '../../../levels/level.ts'
import { inspectLevel, mapLineOf } from '../../../levels/text.ts'
import { quoted, UserError } from '../../core/errors.ts'
import { fileError } from '../files.ts'
import { readerBeside } from './beside.ts'

/** Bytes of the largest file that is read; a collection of 10,000 levels has about 3 MiB. */
const MAX_BYTES = 32 * 2 ** 20
/** Bytes that are read at once. */
const PIECE = 2 ** 16
/** Name that stands for standard input. */
const STDIN = '-'

const PACKS = fileURLToPath(new URL('../../../levels/packs', import.meta.url))

/** A level and where it stands. */
export interface LoadedLevel {
  readonly file: string
  readonly title: string | null
  readonly level: Level
  /** Where a fault of the level as a whole is told: file:line:column, or the file and the title. */
  readonly place: string
}

/** A level, or a file, that cannot be read. */
export interface Fault {
  readonly file: string
  readonly title?: string
  /** The first fault; it reads file:line:column: message where there is a place to point at. */
  readonly why: string
  /** All faults that were found. */
  readonly faults: readonly string[]
}

export interface Loaded {
  readonly levels: readonly LoadedLevel[]
  readonly faults: readonly Fault[]
}

export interface SourceOptions extends Omit<ReadOptions, 'read'> {
  /** A directory of one's own, where levels are found by name as in the packs. */
  readonly directory?: string
  /** Throw the first file's fault instead of telling it: it is the only one that was asked for. */
  readonly strict?: boolean
}

/** Reads every level of the files, folders and names; what cannot be read is told and not thrown. */
export function loadLevels(names: readonly string[], options: SourceOptions = {}): Loaded {
  const loaded = names.flatMap(name => filesOf(name, options)).map(file => loadFile(file, options))
  return { levels: loaded.flatMap(({ levels }) => levels), faults: loaded.flatMap(({ faults }) => faults) }
}

/** The level files that a name stands for: itself, all in a folder, or those of that name in the packs. */
export function filesOf(name: string, { directory }: SourceOptions = {}): string[] {
  if (name === STDIN) return [name]
  const found = statSync(name, { throwIfNoEntry: false })
  if (found?.isDirectory()) {
    const files = levelFilesIn(name)
    if (files.length > 0) return files
    throw new UserError(
      `${name}: no level in this folder; expected files that end in ${LEVEL_ENDINGS.join(', ')}`,
    )
  }
  if (found) return [name]
  if (/[\\/]/.test(name)) return [name]
  const known = knownLevelFiles(directory).filter(file => [basename(file), stemOf(file)].includes(name))
  if (known.length > 1)
    throw new UserError(
      `${known.length} levels are named ${quoted(name)}: ${known.join(', ')}; give the path of one`,
    )
  return known.length ? known : [name]
}

/** The level files of the packs and of a directory of one's own. */
export function knownLevelFiles(directory?: string): string[] {
  return [...packFiles(), ...(directory === undefined ? [] : levelFilesIn(directory))]
}

/** The hand-made levels that ship. */
export function packFiles(): string[] {
  return levelFilesIn(PACKS)
}

/** One level of a file: the only one, or that with the title or number (from 1) `which`. */
export function loadLevel(name: string, which: string | undefined, options: SourceOptions = {}): LoadedLevel {
  const { levels, faults } = loadLevels([name], { ...options, strict: true })
  if (which === undefined) {
    if (levels.length + faults.length > 1)
      throw new UserError(
        `${name} holds ${levels.length + faults.length} levels; choose one by --level with its title or number`,
      )
    const [fault] = faults
    if (fault) throw new UserError(fault.why)
    if (levels.length === 0) throw new UserError(`${name}: no level in it`)
    return levels[0] as LoadedLevel
  }
  const chosen = levels.find(({ title }) => title === which) ?? levels[Number(which) - 1]
  if (chosen) return chosen
  const fault = faults.find(({ title }) => title === which) ?? faults[0]
  const titles = levels.slice(0, 5).map(({ title }, i) => `${i + 1} ${quoted(title ?? '')}`)
  throw new UserError(
    fault && levels.length === 0
      ? fault.why
      : `${name}: no level ${quoted(which)}; it holds ${titles.join(', ')}${levels.length > 5 ? `, … ${levels.length} in all` : ''}`,
  )
}

function loadFile(file: string, options: SourceOptions): Loaded {
  try {
    const text = textOf(file)
    if (formatOf(text, file) === 'text') return loadText(text, file)
    const imported = readLevels(text, file, { ...options, read: readerBeside(file) })
    const levels: LoadedLevel[] = []
    const faults: Fault[] = []
    for (const found of imported) {
      const { title } = found
      if ('level' in found)
        levels.push({ file, title, level: found.level, place: `${file}: ${quoted(title)}` })
      else faults.push({ file, title, why: found.why, faults: [found.why] })
    }
    return { levels, faults }
  } catch (error) {
    if (options.strict || !(error instanceof UserError)) throw error
    return { levels: [], faults: [{ file, why: error.message, faults: [error.message] }] }
  }
}

function loadText(text: string, file: string): Loaded {
  const { level, faults } = inspectLevel(text, file)
  if (faults.length > 0) return { levels: [], faults: [{ file, why: faults[0] as string, faults }] }
  return {
    levels: [{ file, title: level.title ?? null, level, place: `${file}:${mapLineOf(text)}:1` }],
    faults: [],
  }
}

/** The text of a file, or of standard input for '-'; collections of other programs may be in Latin-1. */
function textOf(file: string): string {
  const bytes = boundedBytes(file)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (isCollection(file)) return new TextDecoder('windows-1252').decode(bytes)
    throw new UserError(`${file}: not a level: the file is not UTF-8 text, expected text`, { cause: error })
  }
}

/** A file's bytes, read piece by piece: a pipe does not say how much will come. */
function boundedBytes(file: string): Uint8Array {
  let open: number | undefined
  try {
    open = file === STDIN ? 0 : openSync(file, 'r')
    const pieces: Uint8Array[] = []
    for (let size = 0; ; ) {
      const piece = Buffer.alloc(PIECE)
      const length = readSync(open, piece)
      if (length === 0) return Buffer.concat(pieces)
      pieces.push(piece.subarray(0, length))
      size += length
      if (size > MAX_BYTES)
        throw new UserError(
          `${file}: more than ${MAX_BYTES / 2 ** 20} MiB, expected at most that; split the file`,
        )
    }
  } catch (error) {
    throw fileError('read level', file === STDIN ? 'from standard input' : file, error)
  } finally {
    if (open !== undefined && open !== 0) closeSync(open)
  }
}

/** Sokoban collections are older than UTF-8. */
function isCollection(file: string): boolean {
  return ['.xsb', '.sok'].includes(extname(file).toLowerCase())
}

function levelFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => LEVEL_ENDINGS.includes(extname(name).toLowerCase()))
      .sort()
      .map(name => shown(join(folder, name)))
  } catch (error) {
    throw fileError('read folder', folder, error)
  }
}

/** A path as a person would type it: from here, where it lies below. */
function shown(path: string): string {
  const fromHere = relative('.', path)
  return fromHere.startsWith(`..${sep}`) ? path : fromHere
}

/** A file's name without folder and ending. */
export function stemOf(file: string): string {
  return basename(file, extname(file))
}
