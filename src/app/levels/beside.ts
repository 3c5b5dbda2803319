/**
 * Files that a level file refers to, such as the tilesets of a Tiled map. A level may come from anybody, so it reads
 * nothing but what lies in its own folder, or below the folder that the command runs in.
 */
import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { quoted, UserError } from '../../core/errors.ts'
import { fileError, readBytes } from '../files.ts'

/** Bytes of the largest file that a level may refer to. */
const MAX_BYTES = 16 * 2 ** 20

/** Reads files by the names that `file` gives them, relative to its folder. */
export function readerBeside(file: string): (name: string) => Uint8Array {
  const folder = dirname(file)
  return name => {
    if (isAbsolute(name) || /^[a-z]:|^\\|^[a-z]+:\/\/|\0/i.test(name))
      throw new UserError(
        `${file}: it refers to ${quoted(name)}; expected a path that begins in its own folder; save the file anew with relative paths`,
      )
    const path = join(folder, name.replaceAll('\\', '/'))
    const real = realPath(path)
    if (!isBelow(real, realPath(folder)) && !isBelow(real, realPath('.')))
      throw new UserError(
        `${file}: it refers to ${quoted(name)}, outside of its folder and of the folder that the command runs in; run it from a folder that holds both`,
      )
    const found = statSync(real)
    if (!found.isFile())
      throw new UserError(`${file}: it refers to ${quoted(name)}, which is no file; expected a file`)
    const { size } = found
    if (size > MAX_BYTES)
      throw new UserError(
        `${path}: the file has ${Math.ceil(size / 2 ** 20)} MiB, expected at most ${MAX_BYTES / 2 ** 20}`,
      )
    return readBytes(path, 'file that the level refers to')
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw fileError('read', path, error)
  }
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
