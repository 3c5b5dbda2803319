// Chooses the tensor backend: native, else wasm, else cpu. A backend counts only once its second derivatives have been
// checked, because meta-learning on wrong ones goes on without a word.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, sep } from 'node:path'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { messageOf, quoted, UserError } from '../core/errors.ts'
import { installSecondOrderGradients } from './second-order.ts'
import { checkSecondOrder, type SecondOrderReport } from './self-check.ts'

export type BackendName = 'native' | 'wasm' | 'cpu'

/** In the order in which 'auto' tries them: fastest first. */
export const BACKEND_NAMES: readonly BackendName[] = ['native', 'wasm', 'cpu']

export interface BackendOptions {
  /** Threads inside one native op, 1 or more; TensorFlow's own choice (every core) when not given. */
  readonly threads?: number
}

export interface BackendVersions {
  readonly node: string
  readonly tfjs: string
  /** TensorFlow's library under the native backend. */
  readonly tensorflow?: string
}

/** The backend that runs, why it does, and how its self-check went. */
export interface BackendReport {
  readonly backend: BackendName
  /** One sentence; names the reason for each faster backend that does not run. */
  readonly why: string
  readonly versions: BackendVersions
  /** Cores that this process may use. */
  readonly cores: number
  readonly secondOrder: SecondOrderReport
}

/** A backend that runs, but differentiates wrongly: it must not train. */
export class SecondOrderError extends UserError {
  readonly backend: BackendName
  readonly versions: BackendVersions
  readonly cores: number
  readonly secondOrder: SecondOrderReport

  constructor(report: Omit<BackendReport, 'why'>) {
    const { worstOp, worstRelativeError, reason } = report.secondOrder
    const how = reason
      ? `cannot be had (${reason})`
      : `is wrong by ${worstRelativeError.toPrecision(2)} relative`
    super(`backend ${report.backend}: the second derivative of ${worstOp} ${how}; use another backend`)
    this.backend = report.backend
    this.versions = report.versions
    this.cores = report.cores
    this.secondOrder = report.secondOrder
  }
}

/** TensorFlow.js's own names of the backends. */
const TFJS_NAMES: Record<BackendName, string> = { native: 'tensorflow', wasm: 'wasm', cpu: 'cpu' }

const UNCAUGHT = ['uncaughtException', 'unhandledRejection'] as const

// Everything of TensorFlow.js is loaded as CommonJS, so that our `import * as tf`, the backends and the stock
// gradients share one instance whichever loader runs us (node, tsx, vitest).
const require = createRequire(import.meta.url)

/**
 * Loads a backend, makes it the current one, mends its gradients and checks them.
 * @param requested a backend's name, or 'auto' for the fastest that works; LEVELSHIFT_BACKEND when not given
 * @throws UserError in one sentence when the requested backend is unknown or not available; SecondOrderError when its
 * second derivatives are wrong
 */
export async function selectBackend(
  requested?: BackendName | 'auto',
  options: BackendOptions = {},
): Promise<BackendReport> {
  const wanted = requested ?? backendFromEnvironment()
  if (wanted !== 'auto') {
    const name = parseBackendName(wanted)
    const why = requested === undefined ? 'LEVELSHIFT_BACKEND asks for it' : 'it was asked for'
    return startBackend(name, why, options)
  }
  const reasons: string[] = []
  for (const name of BACKEND_NAMES) {
    try {
      return await startBackend(name, ['it is the fastest that works here', ...reasons].join('; '), options)
    } catch (error) {
      reasons.push(messageOf(error))
    }
  }
  throw new UserError(`no tensor backend works here: ${reasons.join('; ')}`)
}

/** Checks the name of a backend that a person gave. Throws a UserError that lists the names. */
export function parseBackendName(name: string): BackendName {
  const known = BACKEND_NAMES.find(candidate => candidate === name)
  if (!known) throw new UserError(`backend ${quoted(name)} is unknown; use auto, ${BACKEND_NAMES.join(', ')}`)
  return known
}

function backendFromEnvironment(): BackendName | 'auto' {
  const name = process.env['LEVELSHIFT_BACKEND']
  if (name === undefined || name === '' || name === 'auto') return 'auto'
  try {
    return parseBackendName(name)
  } catch (error) {
    throw new UserError(`LEVELSHIFT_BACKEND: ${messageOf(error)}`)
  }
}

/** Loads one backend and proves it; throws a UserError that starts with its name. */
async function startBackend(name: BackendName, why: string, options: BackendOptions): Promise<BackendReport> {
  // Production mode keeps TensorFlow.js from greeting and advising; errors still come through.
  tf.enableProdMode()
  loadTfjs('@tensorflow/tfjs')
  if (name === 'native') loadNative(options.threads)
  if (name === 'wasm') loadWasm()
  try {
    const started = await withoutNewListeners(() => tf.setBackend(TFJS_NAMES[name]))
    if (!started) throw new Error('it did not start')
  } catch (error) {
    throw new UserError(`backend ${name} is not available: ${messageOf(error)}`, { cause: error })
  }
  installSecondOrderGradients(TFJS_NAMES[name])
  const tensorflow = name === 'native' ? nativeLibraryVersion() : undefined
  const report = {
    backend: name,
    versions: { node: process.versions.node, tfjs: tf.version_core, ...(tensorflow && { tensorflow }) },
    cores: availableParallelism(),
    secondOrder: checkSecondOrder(),
  }
  if (!report.secondOrder.ok) throw new SecondOrderError(report)
  return { ...report, why }
}

/**
 * Starts something, and takes off the listeners for uncaught errors that it leaves on the process. The wasm module
 * leaves two that throw the error again from its own minified file, and node then prints that file.
 */
async function withoutNewListeners<T>(start: () => Promise<T>): Promise<T> {
  const before = UNCAUGHT.map(event => process.rawListeners(event as 'uncaughtException'))
  try {
    return await start()
  } finally {
    UNCAUGHT.forEach((event, i) => {
      for (const listener of process.rawListeners(event as 'uncaughtException')) {
        if (!before[i]!.includes(listener)) process.removeListener(event, listener as () => void)
      }
    })
  }
}

/** The stock gradients come with the union package only; importing the core alone registers none. */
function loadTfjs(name: string): unknown {
  try {
    return require(name)
  } catch (error) {
    throw new UserError(`${name} cannot be loaded (${messageOf(error).split('\n')[0]}); run npm ci`, {
      cause: error,
    })
  }
}

function loadWasm(): void {
  const wasm = loadTfjs('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void }
  // From the package's own folder: no network, whatever the working directory.
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
}

function loadNative(threads: number | undefined): void {
  const missing = whyNoNative()
  if (missing) {
    const advice = 'to build it, run node src/app/install/postinstall.mjs'
    throw new UserError(`backend native is not available: ${missing}; ${advice}`)
  }
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  if (threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads)
  // Node 23 removed both; the package still calls them.
  const shims = util as unknown as Record<string, unknown>
  shims['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
  shims['isArray'] ??= Array.isArray
  try {
    require('@tensorflow/tfjs-node-gpu')
  } catch (error) {
    throw new UserError(
      `backend native is not available: it does not load (${messageOf(error).split('\n')[0]})`,
      {
        cause: error,
      },
    )
  }
}

/**
 * Why the native addon is not in place, as the install recorded it, or undefined if it is. Looked up before the
 * package is loaded, since the package registers its kernels before it finds out.
 */
function whyNoNative(): string | undefined {
  let packageFolder: string
  try {
    packageFolder = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'))
  } catch {
    return 'the package @tensorflow/tfjs-node-gpu is not installed'
  }
  if (existsSync(join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node'))) return undefined
  try {
    const file = join(packageFolder, '..', '..', '.levelshift-native.json')
    const record = JSON.parse(readFileSync(file, 'utf8')) as { ok: boolean; reason?: string }
    return record.ok
      ? 'the library that the install linked is gone'
      : (record.reason ?? 'the install did not build it')
  } catch {
    return 'the install did not build it'
  }
}

/** The version of TensorFlow's library, which the addon tells. */
function nativeLibraryVersion(): string | undefined {
  const backend = tf.backend() as unknown as { binding?: { TF_Version?: string } }
  return backend.binding?.TF_Version
}
