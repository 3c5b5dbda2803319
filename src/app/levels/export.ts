/** Exports levels into files: as text, as a Sokoban collection, or as a Tiled map with its tileset and the tileset's picture. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Level } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { makeFolder, writeFileAtomic } from '../files.ts'
import { type ExportFormat, exportLevels } from './exported.ts'

/** Writes a level to a file, and for Tiled the tileset and its picture beside it; returns what was written. */
export function exportFiles(
  levels: readonly Level[],
  format: ExportFormat,
  path: string,
  force: boolean,
): string[] {
  const { content, beside } = exportLevels(levels, format)
  if (existsSync(path) && !force)
    throw new UserError(`${path} is there already: choose another name, or replace it with --force`)
  const files = Object.entries(beside).map(([name, data]) => ({ file: join(dirname(path), name), data }))
  for (const { file, data } of files) {
    // The levels of a folder share a tileset: it may be there, but not be another one.
    if (existsSync(file) && !force && !readFileSync(file).equals(Buffer.from(data)))
      throw new UserError(
        `${file} is there already and differs: choose another folder, or replace it with --force`,
      )
  }
  makeFolder(dirname(path))
  for (const { file, data } of files) writeFileAtomic(file, data)
  writeFileAtomic(path, content)
  return [path, ...files.map(({ file }) => file)]
}
