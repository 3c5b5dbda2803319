/**
 * Reading files that somebody chose or dropped, in any format that levels are read from. Files that others refer to, such
 * as the tileset of a Tiled map, are looked for among those that were chosen with it, by name; a mapping file (JSON, see
 * docs/formats.md) among them says what tiles mean.
 */
import { parseTileMapping, type TileMapping, tileMappingSchema } from '../../../levels/formats/foreign.ts'
import { LEVEL_ENDINGS, readLevels } from '../../../levels/formats/registry.ts'
import type { Level } from '../../../levels/level.ts'
import { quoted, UserError } from '../../core/errors.ts'

export interface ImportedFiles {
  readonly found: readonly { readonly file: string; readonly title: string; readonly level: Level }[]
  /** Levels, and files, that cannot be read: one sentence each. */
  readonly faults: readonly { readonly file: string; readonly title?: string; readonly why: string }[]
}

export interface ImportOptions {
  /** Wins over the game that a file names. */
  readonly game?: string | undefined
  /** What tiles of other editors mean; wins over a mapping file among the files. */
  readonly mapping?: TileMapping | undefined
}

/** For a file field's `accept`. */
export const IMPORT_ACCEPT = [...LEVEL_ENDINGS, '.json', '.tsx', '.tsj', '.ldtkl'].join(',')

/** Bytes of all files together, at most, packed or not: as much as the command line reads. */
export const MAX_BYTES = 32 * 2 ** 20

/** The error for files that are more than that. */
export function tooLarge(name: string): UserError {
  return new UserError(
    `${name}: more than ${MAX_BYTES / 2 ** 20} MiB in all; expected at most that; choose fewer files`,
  )
}

interface ReadFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Reads the levels of files. What cannot be read is told and not thrown. */
export async function readLevelFiles(
  files: readonly File[],
  options: ImportOptions = {},
): Promise<ImportedFiles> {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  if (size > MAX_BYTES) {
    const file = files[0]?.name as string
    return { found: [], faults: [{ file, why: tooLarge(file).message }] }
  }
  const read = await Promise.all(
    files.map(async file => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  )
  return importFiles(read, options)
}

/** The same for files that are read already. */
export function importFiles(files: readonly ReadFile[], options: ImportOptions = {}): ImportedFiles {
  const found: ImportedFiles['found'][number][] = []
  const faults: ImportedFiles['faults'][number][] = []
  const isMapping = (file: ReadFile) => /\.json$/i.test(file.name) && looksLikeMapping(file)
  const isLevel = (file: ReadFile) => !isMapping(file) && (files.length === 1 || !isBeside(file.name))
  for (const file of files.filter(isLevel)) {
    const { name } = file
    try {
      const text = textOf(file)
      const mapping = options.mapping ?? mappingOf(files.find(isMapping))
      const levels = readLevels(text, name, {
        ...(options.game === undefined ? {} : { game: options.game }),
        ...(mapping ? { mapping } : {}),
        read: wanted => bytesBeside(wanted, name, files),
      })
      for (const one of levels) {
        if ('level' in one) found.push({ file: name, title: one.title, level: one.level })
        else faults.push({ file: name, title: one.title, why: one.why })
      }
      if (levels.length === 0)
        faults.push({ file: name, why: `${name}: no level in it; expected at least one` })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      faults.push({ file: name, why: error.message })
    }
  }
  if (found.length + faults.length === 0)
    faults.push({
      file: files[0]?.name ?? '',
      why: `no level among the files; expected one that ends in ${LEVEL_ENDINGS.join(', ')}`,
    })
  return { found, faults }
}

/** Files that only others refer to: tilesets, the levels of an LDtk project that are saved apart, pictures. */
function isBeside(name: string): boolean {
  return /\.(tsx|tsj|ldtkl|png|gif|jpg)$/i.test(name)
}

function looksLikeMapping(file: ReadFile): boolean {
  try {
    return tileMappingSchema.safeParse(JSON.parse(new TextDecoder().decode(file.bytes))).success
  } catch {
    return false
  }
}

function mappingOf(file: ReadFile | undefined): TileMapping | undefined {
  return file && parseTileMapping(textOf(file), file.name)
}

/** A file that another one refers to; a page sees no folders, so its name alone counts. */
function bytesBeside(wanted: string, from: string, files: readonly ReadFile[]): Uint8Array {
  const name = wanted.split(/[\\/]/).at(-1)
  const file = files.find(other => other.name === name)
  if (file) return file.bytes
  throw new UserError(
    `${from}: it refers to ${quoted(wanted)}, which is not among the chosen files; choose both together`,
  )
}

/** Collections of Sokoban levels are older than UTF-8. */
function textOf({ name, bytes }: ReadFile): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (/\.(xsb|sok)$/i.test(name)) return new TextDecoder('windows-1252').decode(bytes)
    throw new UserError(`${name}: not a level: the file is not UTF-8 text, expected text`, { cause: error })
  }
}
