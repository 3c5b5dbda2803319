/**
 * Files that survive: whole or not at all, and a clear sentence when the disk says no.
 *
 * A trainer may be killed, and a disk may fill up, at any moment. A file that is replaced is therefore written beside
 * the old one, forced to the disk and moved into place, so that a reader finds the old content or the new one and never
 * half of either.
 */

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { messageOf, UserError } from '../core/errors.ts'

/** Settings of writeFileAtomic. */
export interface AtomicWrite {
  /** The content before this write is kept at this path, in the same folder. */
  readonly keepOldAs?: string
}

/** What a system error's code means to a person, and what to do about it. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: check who owns it',
  EDQUOT: 'the disk quota is used up: free some space and try again',
  EEXIST: 'a file of that name is in the way: choose another name',
  EFBIG: 'the file would be larger than allowed here: raise the file size limit (ulimit -f) and try again',
  EIO: 'the disk reported an error: check it and try again',
  EISDIR: 'it is a folder, expected a file',
  ELOOP: 'its symbolic links go round in a circle',
  EMFILE: 'too many files are open: raise the limit (ulimit -n) and try again',
  ENAMETOOLONG: 'the name is too long: choose a shorter one',
  ENOENT: 'no such file or folder: check the path',
  ENOSPC: 'the disk is full: free some space and try again',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  EPERM: 'the operation is not permitted: check who owns it',
  EROFS: 'the disk is read-only: choose another folder',
}

/** Suffix of files that are being written; one that stays behind belongs to a process that was killed. */
export const UNFINISHED_SUFFIX = '.unfinished'

/**
 * Replaces a file's content in one step. When that fails, for a full disk say, the old file is as it was and nothing
 * new lies beside it.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, options: AtomicWrite = {}): void {
  replace(path, content, { ...options, target: resolveLink(path), isForced: true })
}

/**
 * Replaces a small file that is written often and that nobody misses: in one step as writeFileAtomic, but not forced to
 * the disk, so that it costs next to nothing.
 */
export function replaceFile(path: string, content: string): void {
  replace(path, content, { target: path, isForced: false })
}

/** Adds text at the end of a file, creating it where missing. When that fails, the file is as it was. */
export function appendText(path: string, text: string | Uint8Array): void {
  let file: number | undefined
  try {
    file = openSync(path, 'a')
    const before = fstatSync(file)
    try {
      writeFully(file, text)
    } catch (error) {
      // Half a line would be taken for a damaged file by the next reader. Only a real file can be cut.
      if (before.isFile()) ftruncateSync(file, before.size)
      throw error
    }
  } catch (error) {
    throw fileError('write', path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** A file's bytes; `what` says what the caller expected there, for example `checkpoint`. */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(`read ${what}`, path, error)
  }
}

/** A file's text, which must be UTF-8; `what` says what the caller expected there, for example `level`. */
export function readText(path: string, what: string): string {
  const bytes = readBytes(path, what)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new UserError(`${path}: not a ${what}: the file is not UTF-8 text, expected text`, { cause: error })
  }
}

/** Names of what a folder holds. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw fileError('read folder', folder, error)
  }
}

/** Makes a folder and those above it, unless they are there. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    throw fileError('make folder', path, error)
  }
}

/** Removes a file, if it is there. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fileError('remove', path, error)
  }
}

/** A system error as one sentence; what is no system error passes through unchanged. */
export function fileError(action: string, path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined || error instanceof UserError) return error
  return new UserError(`cannot ${action} ${path}: ${REASONS[code] ?? messageOf(error)}`, { cause: error })
}

/** The code of a system error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

interface Replacement extends AtomicWrite {
  /** The file itself, where the path may be a link to it. */
  readonly target: string
  /** Whether to wait until the disk has it. */
  readonly isForced: boolean
}

/** Writes beside the target and moves that into its place; where this fails, nothing new stays behind. */
function replace(path: string, content: string | Uint8Array, replacement: Replacement): void {
  const { target, isForced, keepOldAs } = replacement
  const unfinished = join(dirname(target), `.${basename(target)}.${process.pid}${UNFINISHED_SUFFIX}`)
  try {
    writeNew(unfinished, content, isForced)
    // Killed between these two lines, a reader finds the old content under its kept name.
    if (keepOldAs !== undefined) renameIfThere(target, keepOldAs)
    renameSync(unfinished, target)
    if (isForced) syncFolder(dirname(target))
  } catch (error) {
    removeIfThere(unfinished)
    throw fileError('write', path, error)
  }
}

function writeNew(path: string, content: string | Uint8Array, isForced: boolean): void {
  const file = openSync(path, 'w')
  try {
    writeFully(file, content)
    // Some file systems notice only here that there is no room.
    if (isForced) fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** writeSync may write a part only, for example up to the last free byte of a disk. */
function writeFully(file: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** Forces a rename to the disk; not every system can open a folder for that. */
function syncFolder(path: string): void {
  let folder: number | undefined
  try {
    folder = openSync(path, 'r')
    fsyncSync(folder)
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
  } finally {
    if (folder !== undefined) closeSync(folder)
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** A link to a file stays a link: what it points to is replaced. */
function resolveLink(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
