/**
 * The folder that all browser tests of one run share: the packaged browser, unpacked, and the built page. vitest makes it
 * before the first test and removes it after the last; whatever lies in it is made once, by the process that needs it
 * first.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const VARIABLE = 'LEVELSHIFT_BROWSER_TESTS'
/** Longer than the slowest thing takes to make on a busy machine. */
const PATIENCE = 120_000

/** Makes the folder, unless there is one already, and returns what removes it. Child processes find it too. */
export function openSharedFolder(): () => void {
  if (process.env[VARIABLE] !== undefined) return () => {}
  const folder = mkdtempSync(join(tmpdir(), 'levelshift-browser-'))
  process.env[VARIABLE] = folder
  return () => {
    delete process.env[VARIABLE]
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** vitest calls this once (vitest.config.ts, globalSetup). */
export default openSharedFolder

/** Path of the folder `name` in the shared one. If nobody has yet, `make` makes it, as a draft that is moved there. */
export async function sharedOnce(
  name: string,
  make: (draft: string, path: string) => Promise<void>,
): Promise<string> {
  const folder = process.env[VARIABLE]
  if (folder === undefined) throw new Error('no shared folder: call openSharedFolder() first')
  const path = join(folder, name)
  const lock = `${path}.lock`
  for (const start = Date.now(); !existsSync(path); await wait(50)) {
    if (!tryLock(lock)) {
      if (Date.now() - start > PATIENCE) throw new Error(`${path} is not there after ${PATIENCE / 1000} s`)
      continue
    }
    try {
      if (existsSync(path)) break
      const draft = `${path}.draft`
      rmSync(draft, { recursive: true, force: true })
      await make(draft, path)
      renameSync(draft, path)
    } finally {
      rmSync(lock, { recursive: true, force: true })
    }
  }
  return path
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
