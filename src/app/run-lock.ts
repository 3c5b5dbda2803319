/**
 * A lock that keeps two trainers out of one run folder, and that a killed trainer does not leave shut.
 *
 * The lock is a file that names its process. It counts only while that very process lives: Linux gives every process a
 * start time, which tells it from a later one of the same number.
 */

import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'
import { UserError } from '../core/errors.ts'
import { codeOf, fileError, removeIfThere } from './files.ts'

/** A lock that this process holds. */
export interface RunLock {
  /** Gives the lock back; a second call does nothing. */
  release(): void
}

const holderSchema = z.object({ pid: z.int().positive(), host: z.string(), born: z.string() })
type Holder = z.infer<typeof holderSchema>

/** Times that a stale lock is cleared away before giving up; each needs another process that dies meanwhile. */
const MAX_TAKEOVERS = 5

/** Takes the lock at `path`, or refuses in a sentence that names `folder` and the process that holds it. */
export function takeLock(path: string, folder: string): RunLock {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), born: birthOf(process.pid) ?? '' })
  for (let takeover = 0; takeover < MAX_TAKEOVERS; takeover++) {
    if (createLock(path, own)) return heldLock(path, own)
    const content = readLock(path)
    if (content === undefined) continue
    const holder = parseHolder(content)
    if (holder !== undefined && isAlive(holder)) throw refusal(folder, path, holder)
    clearStale(path, content)
  }
  throw new UserError(`${folder}: other processes keep taking ${path}: wait until they have ended`)
}

/** Whether a living process holds the lock at `path`. */
export function isLocked(path: string): boolean {
  const content = readLock(path)
  const holder = content === undefined ? undefined : parseHolder(content)
  return holder !== undefined && isAlive(holder)
}

function heldLock(path: string, own: string): RunLock {
  const release = () => {
    process.removeListener('exit', release)
    // Somebody may have deleted the lock by hand and another trainer taken it since.
    if (readLock(path) === own) removeIfThere(path)
  }
  process.on('exit', release)
  return { release }
}

function createLock(path: string, content: string): boolean {
  try {
    const file = openSync(path, 'wx')
    try {
      writeSync(file, content)
    } finally {
      closeSync(file)
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw fileError('lock', path, error)
  }
}

/**
 * Removes a lock whose holder is dead. Two processes may come here at once, and the slower one must not remove the lock
 * that the faster one has taken since: so the file is moved aside, looked at, and put back if it is another.
 */
function clearStale(path: string, content: string): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') === content) unlinkSync(aside)
    else renameSync(aside, path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fileError('take over', path, error)
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw fileError('read lock', path, error)
  }
}

/** Undefined for a lock that was cut short: its process died while writing it, or the disk was full. */
function parseHolder(content: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(content))
  } catch {
    return undefined
  }
}

/** A process of another machine is taken to live: nobody here can tell. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return codeOf(error) === 'EPERM'
  }
  const born = birthOf(holder.pid)
  return born === undefined || holder.born === '' || born === holder.born
}

/** When a process began: the machine's boot and the clock tick since then. Undefined where there is no /proc. */
function birthOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Fields after the command's name, which is in parentheses and may hold anything; the 22nd field is the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot}:${fields[19]}`
  } catch {
    return undefined
  }
}

function refusal(folder: string, path: string, holder: Holder): UserError {
  const elsewhere = holder.host === hostname() ? '' : ` on ${holder.host}`
  const remedy =
    elsewhere === '' ? 'wait until it has ended, or choose another folder' : `delete ${path} if it has ended`
  return new UserError(`${folder} is in use by another trainer, process ${holder.pid}${elsewhere}: ${remedy}`)
}
