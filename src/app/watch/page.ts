/**
 * The built page, in memory: what is served is what was there at the start, and no request's path reaches the disk. It
 * is built anew when a file that it may be made of has changed.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf, UserError } from '../../core/errors.ts'

export interface PageFile {
  readonly bytes: Buffer
  readonly type: string
  /** Its name holds a hash of its content. */
  readonly immutable: boolean
}

/** Files by path, such as /assets/index-Du0aCiP-.css; `/` is the page. */
export type Page = ReadonlyMap<string, PageFile>

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const BUILT = join(ROOT, 'dist', 'viewer')
/** Holds the hash of the sources, beside what was built from them. */
const STAMP = '.built-from'
/** All that the page may be made of. */
const SOURCES = ['src', 'levels', 'envs', 'agents', 'package-lock.json']
const SOURCE_ENDINGS = ['.ts', '.tsx', '.css', '.html', '.svg', '.json', '.txt']

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}

/** The page, built first where it is missing or its sources have changed since. */
export async function openPage(say: (line: string) => void, folder = BUILT): Promise<Page> {
  const stamp = hashSources()
  const found = readBuilt(folder, stamp)
  if (found !== undefined) return found
  say('building the page (once, and after changes) ...')
  // Beside the place that it goes to: another server may be reading, or building, there.
  mkdirSync(dirname(folder), { recursive: true })
  const own = mkdtempSync(join(dirname(folder), '.viewer-'))
  try {
    await buildPage(own)
    writeFileSync(join(own, STAMP), stamp)
    const page = readPage(own)
    moveInto(own, folder)
    return page
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

/** Builds the page into a folder, in place of what is there. */
export async function buildPage(outDir: string): Promise<void> {
  const vite = await import('vite')
  // Vite takes over one that is set already, a test's for example, and then builds a page for developers.
  const mode = process.env['NODE_ENV']
  delete process.env['NODE_ENV']
  try {
    await vite.build({
      configFile: join(ROOT, 'src', 'viewer', 'vite.config.ts'),
      logLevel: 'silent',
      build: { outDir, emptyOutDir: true },
    })
  } catch (error) {
    throw new UserError(`the page cannot be built: ${messageOf(error)}`, { cause: error })
  } finally {
    if (mode === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = mode
  }
}

/** Every file of a built page's folder. */
export function readPage(folder: string): Page {
  const page = new Map<string, PageFile>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const path = join(entry.parentPath, entry.name)
    const name = `/${relative(folder, path).replaceAll(sep, '/')}`
    page.set(name, {
      bytes: readFileSync(path),
      type: TYPES[extname(name)] ?? 'application/octet-stream',
      immutable: name.startsWith('/assets/'),
    })
  }
  const index = page.get('/index.html')
  if (index === undefined) throw new UserError(`${folder}: no page in this folder; expected index.html in it`)
  const served = { ...index, bytes: Buffer.from(markServed(index.bytes.toString('utf8'))) }
  return page.set('/index.html', served).set('/', served)
}

/** Tells the page that it has a server to talk to. */
function markServed(html: string): string {
  const marked = html.replace(/(<meta name="levelshift" content=")site(")/, '$1server$2')
  if (marked === html) throw new Error('index.html has no <meta name="levelshift" content="site">')
  return marked
}

/** The built page, where it is there in whole and made of these sources. */
function readBuilt(folder: string, stamp: string): Page | undefined {
  try {
    return readFileSync(join(folder, STAMP), 'utf8') === stamp ? readPage(folder) : undefined
  } catch {
    // Missing, or being replaced at this moment.
    return undefined
  }
}

/** Puts a folder in another's place; where two do that at once, either may win. */
function moveInto(from: string, to: string): void {
  const old = `${from}-old`
  try {
    if (existsSync(to)) renameSync(to, old)
    renameSync(from, to)
  } catch {
    // The other one's is as good.
  } finally {
    rmSync(old, { recursive: true, force: true })
  }
}

function hashSources(): string {
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap(sourceFiles).sort()) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

function sourceFiles(name: string): string[] {
  const path = join(ROOT, name)
  if (extname(name) !== '') return existsSync(path) ? [path] : []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && SOURCE_ENDINGS.includes(extname(entry.name)))
    .map(entry => join(entry.parentPath, entry.name))
}
