// The choice of a backend, what the doctor tells, and an install that never fails. Installs run in a small clone of
// their own: the project's sources beside a node_modules whose packages are links, so that nothing here is touched.
import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { doctor, formatDoctor } from '../src/app/doctor.ts'
import { parseBackendName, selectBackend } from '../src/learn/backend.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('choice', () => {
  const before = process.env['LEVELSHIFT_BACKEND']
  afterEach(() => {
    if (before === undefined) delete process.env['LEVELSHIFT_BACKEND']
    else process.env['LEVELSHIFT_BACKEND'] = before
  })

  test.each(['wasm', 'cpu'] as const)('%s runs when asked for', async name => {
    const report = await selectBackend(name)
    expect(tf.getBackend()).toBe(name)
    expect(report).toMatchObject({ backend: name, why: 'it was asked for', secondOrder: { ok: true } })
    expect(report.cores).toBeGreaterThan(0)
    expect(report.secondOrder.worstRelativeError).toBeLessThan(1e-4)
  })

  test('LEVELSHIFT_BACKEND is the default, and a flag wins over it', async () => {
    process.env['LEVELSHIFT_BACKEND'] = 'cpu'
    expect(await selectBackend()).toMatchObject({ backend: 'cpu', why: 'LEVELSHIFT_BACKEND asks for it' })
    expect(await selectBackend('wasm')).toMatchObject({ backend: 'wasm' })
    process.env['LEVELSHIFT_BACKEND'] = 'gpu'
    await expect(selectBackend()).rejects.toThrow(
      "LEVELSHIFT_BACKEND: backend 'gpu' is unknown; use auto, native, wasm, cpu",
    )
  })

  test('an unknown name is refused with the names there are', () => {
    expect(() => parseBackendName('webgpu')).toThrow(
      "backend 'webgpu' is unknown; use auto, native, wasm, cpu",
    )
  })

  test('the doctor keeps its promised fields', async () => {
    const report = await doctor({ backend: 'wasm' })
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({
      backend: 'wasm',
      version,
      node: process.versions.node,
      cores: expect.any(Number),
      secondOrder: { ok: true, worstRelativeError: expect.any(Number) },
    })
    const text = formatDoctor(report)
    expect(text).toMatch(/^backend +wasm$/m)
    expect(text).toMatch(/^why +it was asked for$/m)
    expect(text).toMatch(/^second order +right \(worst relative error \d.\de-\d, /m)
  })
})

describe('install', () => {
  test('LEVELSHIFT_SKIP_NATIVE skips; the doctor and a forced native say so', async () => {
    const clone = makeClone()
    const { stdout } = await install(clone, { LEVELSHIFT_SKIP_NATIVE: '1' })
    expect(stdout).toBe(
      'levelshift: no native backend, wasm is used instead: LEVELSHIFT_SKIP_NATIVE is set\n',
    )
    expect(outcome(clone)).toMatchObject({ ok: false, reason: 'LEVELSHIFT_SKIP_NATIVE is set' })

    const auto = await askDoctor(clone, 'auto')
    expect(auto).toMatchObject({ backend: 'wasm' })
    expect(auto['why']).toContain('backend native is not available: LEVELSHIFT_SKIP_NATIVE is set')
    expect(await askDoctor(clone, 'native')).toEqual({
      refused:
        'backend native is not available: LEVELSHIFT_SKIP_NATIVE is set; ' +
        'to build it, run node src/app/install/postinstall.mjs',
    })
  })

  test('npx levelshift finds the command of the clone itself', async () => {
    const clone = makeClone()
    await install(clone, { LEVELSHIFT_SKIP_NATIVE: '1' })
    expect(existsSync(join(clone, 'node_modules', '.bin', 'levelshift'))).toBe(true)
    // A second install finds the link in place.
    await install(clone, { LEVELSHIFT_SKIP_NATIVE: '1' })
  })

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'missing tools are named together, before anything is fetched',
    async () => {
      const clone = makeClone()
      const { stdout } = await install(clone, { PATH: tools(clone, {}) })
      expect(stdout).toContain('a C++ compiler (g++) and pip for Python 3 not found; install')
      expect(outcome(clone)).toMatchObject({ ok: false })
    },
  )

  test.runIf(process.platform === 'linux' && process.arch === 'x64').each([
    [
      'pip fails',
      'echo "ERROR: no such index" >&2; exit 1',
      'pip3 download ended with exit code 1: ERROR: no such index',
    ],
    ['pip leaves nothing', 'exit 0', 'pip download ended well but left no wheel'],
    ['the wheel is not the one expected', 'echo broken > "$dest/a.whl"', 'a.whl: its sha256 is'],
  ])('%s: exit 0, the reason, and nothing left behind', async (_name, pip, reason) => {
    const clone = makeClone()
    const PATH = tools(clone, {
      'g++': 'exit 0',
      pip3: `case "$1" in --version) exit 0;; esac\n${FIND_DESTINATION}\n${pip}`,
      npm: `for last; do :; done; cp "${anyArchive(clone)}" "$last/headers.tgz"`,
    })
    const { stdout } = await install(clone, { PATH })
    expect(stdout).toContain(`levelshift: no native backend, wasm is used instead: ${reason}`)
    expect(readdirSync(join(clone, 'cache'))).toEqual([])
  })

  test('a built library is linked from the cache and works', async context => {
    const cache = builtCache()
    if (!cache) return context.skip('no native library was built on this machine')
    const clone = makeClone()
    const { stdout } = await install(clone, { LEVELSHIFT_CACHE: cache })
    expect(stdout).toMatch(/^levelshift: native backend linked from the cache in [\d.]+ s/)
    expect(await askDoctor(clone, 'auto')).toMatchObject({ backend: 'native', secondOrder: { ok: true } })
    // What was skipped later must not run any more, though the cache is still there.
    await install(clone, { LEVELSHIFT_SKIP_NATIVE: '1' })
    expect(await askDoctor(clone, 'auto')).toMatchObject({ backend: 'wasm' })
  })
})

/** Sets $dest to the folder that pip was told to download into, and makes it. */
const FIND_DESTINATION = `while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest="$2"; shift; done; /bin/mkdir -p "$dest"`

/** A project with this one's sources and packages, and a native package whose addon is not there. */
function makeClone(): string {
  const clone = mkdtempSync(join(tmpdir(), 'levelshift-install-'))
  folders.push(clone)
  cpSync(join(root, 'src'), join(clone, 'src'), { recursive: true })
  cpSync(join(root, 'package.json'), join(clone, 'package.json'))
  for (const scope of ['.', '@tensorflow']) {
    mkdirSync(join(clone, 'node_modules', scope), { recursive: true })
    for (const name of readdirSync(join(root, 'node_modules', scope))) {
      if (name.startsWith('.') || name === '@tensorflow' || name === 'tfjs-node-gpu') continue
      symlinkSync(join(root, 'node_modules', scope, name), join(clone, 'node_modules', scope, name))
    }
  }
  const native = join('node_modules', '@tensorflow', 'tfjs-node-gpu')
  if (existsSync(join(root, native))) {
    cpSync(join(root, native), join(clone, native), {
      recursive: true,
      filter: source => source !== join(root, native, 'lib'),
    })
  } else {
    mkdirSync(join(clone, native), { recursive: true })
    writeFileSync(join(clone, native, 'package.json'), '{ "version": "4.22.0" }')
  }
  return clone
}

/** A folder for PATH that holds node and the given shell scripts, and no other program. */
function tools(clone: string, scripts: Record<string, string>): string {
  const folder = join(clone, 'tools')
  mkdirSync(folder)
  symlinkSync(process.execPath, join(folder, 'node'))
  symlinkSync('/bin/cp', join(folder, 'cp'))
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

/** A .tgz in place of the headers that npm would fetch; no test here gets as far as to compile with them. */
function anyArchive(clone: string): string {
  const file = join(clone, 'headers.tgz')
  execFileSync('tar', ['czf', file, '-C', clone, 'package.json'])
  return file
}

/** Runs the clone's postinstall; rejects unless it exits 0. */
function install(clone: string, env: Record<string, string>): Promise<{ stdout: string }> {
  return node([join(clone, 'src/app/install/postinstall.mjs')], clone, {
    LEVELSHIFT_CACHE: join(clone, 'cache'),
    ...env,
  })
}

function outcome(clone: string): unknown {
  return JSON.parse(readFileSync(join(clone, 'node_modules', '.levelshift-native.json'), 'utf8'))
}

/** What the clone's doctor reports, in a process of its own. */
async function askDoctor(clone: string, backend: string): Promise<Record<string, unknown>> {
  const script = join(clone, 'ask.mts')
  writeFileSync(
    script,
    `import { doctor } from './src/app/doctor.ts'
    const report = await doctor({ backend: '${backend}' }).catch(error => ({ refused: error.message }))
    console.log(JSON.stringify(report))
    process.exit(0)`,
  )
  const { stdout } = await node(['--import', 'tsx', script], clone, {})
  // Nothing but the report: TensorFlow.js's own greetings would break a script that reads it.
  return JSON.parse(stdout) as Record<string, unknown>
}

function node(args: string[], cwd: string, env: Record<string, string>): Promise<{ stdout: string }> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env: { PATH, HOME, ...env } }, (error, stdout, stderr) => {
      if (error || stderr !== '') reject(error ?? new Error(`unexpected on standard error: ${stderr}`))
      else resolve({ stdout })
    })
  })
}

/** The cache folder behind this project's own native link, if there is one. */
function builtCache(): string | undefined {
  const record = join(root, 'node_modules', '.levelshift-native.json')
  if (!existsSync(record)) return undefined
  const { ok, folder } = JSON.parse(readFileSync(record, 'utf8')) as { ok: boolean; folder?: string }
  return ok && folder && lstatSync(folder, { throwIfNoEntry: false }) ? dirname(folder) : undefined
}
