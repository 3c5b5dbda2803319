// npm's postinstall: puts the native tensor backend in place, or says in one line why not. It never fails the
// install: without the native backend Levelshift runs on wasm, only slower. What happened is kept in
// node_modules/.levelshift-native.json for `levelshift doctor`.
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  ADDON,
  BUILT_FILES,
  buildLibrary,
  cachedLibraryFolder,
  isBuilt,
  runNpm,
  TENSORFLOW_VERSION,
  TFJS_VERSION,
} from './native-library.mjs'
import { runCommand } from './run-command.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..', '..')
const modules = join(root, 'node_modules')
const packageFolder = join(modules, '@tensorflow', 'tfjs-node-gpu')
const recordFile = join(modules, '.levelshift-native.json')

const started = Date.now()
try {
  linkOwnCommand()
} catch (error) {
  console.log(`levelshift: npx levelshift may not work here: ${error.message}`)
}
try {
  const how = await installNative()
  finish({ ok: true, how, library: `tensorflow-cpu ${TENSORFLOW_VERSION}`, folder: cachedLibraryFolder() })
} catch (error) {
  unlink()
  finish({ ok: false, reason: error instanceof Error ? error.message : String(error) })
}
process.exit(0)

/** Leaves the native backend working in node_modules and says how, or throws the reason why it cannot. */
async function installNative() {
  const { LEVELSHIFT_SKIP_NATIVE: skip, npm_config_omit: omit = '' } = process.env
  if (skip && skip !== '0') throw new Error('LEVELSHIFT_SKIP_NATIVE is set')
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`it is built for Linux on x64 only, this is ${process.platform} on ${process.arch}`)
  }
  if (!process.report.getReport().header.glibcVersionRuntime) {
    throw new Error('the TensorFlow library needs glibc, and this Linux has another C library')
  }
  if (omit.split(/[ ,]/).includes('optional')) throw new Error('npm was told to omit optional dependencies')
  await restorePackage()

  const folder = cachedLibraryFolder()
  if (isBuilt(folder)) {
    link(folder)
    if (!(await probe())) return 'linked from the cache'
  }
  // A cache that does not work, or a half-written one from outside, is built again.
  await buildLibrary({ folder, packageFolder, root, replace: existsSync(folder) })
  link(folder)
  const failure = await probe()
  if (!failure) return 'built'
  throw new Error(`the addon was built but does not work: ${failure}`)
}

/** npm 10 drops an optional package whose own installer fails, as this one's does; its JavaScript is all we need. */
async function restorePackage() {
  if (existsSync(join(packageFolder, 'package.json'))) {
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
    if (version === TFJS_VERSION) return
  }
  await runNpm(
    [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `@tensorflow/tfjs-node-gpu@${TFJS_VERSION}`,
    ],
    root,
  )
  if (!existsSync(packageFolder))
    throw new Error(`npm did not restore @tensorflow/tfjs-node-gpu@${TFJS_VERSION}`)
}

/** Links the addon and its two libraries side by side, so that its $ORIGIN finds them whichever path loads it. */
function link(folder) {
  const target = addonFolder()
  mkdirSync(target, { recursive: true })
  for (const file of BUILT_FILES) {
    rmSync(join(target, file), { force: true })
    symlinkSync(join(folder, file), join(target, file))
  }
}

/** What did not pass must not be found by the package's loader. An addon that someone else put there stays. */
function unlink() {
  const addon = join(addonFolder(), ADDON)
  if (lstatSync(addon, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(addon)
}

function addonFolder() {
  return join(packageFolder, 'lib', 'napi-v8')
}

/** Computes a gradient in a child process. Returns what went wrong, or undefined. */
async function probe() {
  try {
    await runCommand(process.execPath, [join(here, 'probe-native.mjs')], { timeoutSeconds: 120 })
    return undefined
  } catch (error) {
    return error.message
  }
}

/** npm links a package's command only where it is a dependency; in a clone `npx levelshift` needs this link. */
function linkOwnCommand() {
  if (process.platform === 'win32' || !existsSync(modules)) return
  const command = join(modules, '.bin', 'levelshift')
  if (lstatSync(command, { throwIfNoEntry: false })) return
  mkdirSync(dirname(command), { recursive: true })
  symlinkSync(join('..', '..', 'src', 'app', 'levelshift.mjs'), command)
}

function finish(result) {
  const seconds = Math.round((Date.now() - started) / 100) / 10
  console.log(
    result.ok
      ? `levelshift: native backend ${result.how} in ${seconds} s (${result.library})`
      : `levelshift: no native backend, wasm is used instead: ${result.reason}`,
  )
  try {
    if (existsSync(modules)) writeFileSync(recordFile, `${JSON.stringify({ ...result, seconds }, null, 2)}\n`)
  } catch (error) {
    console.log(`levelshift: the outcome could not be kept in node_modules: ${error.message}`)
  }
}
