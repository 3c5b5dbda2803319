/**
 * The page as plain files, with agents and reports beside it, for any file server: all but live training works there.
 *
 *     index.html, assets/         the page
 *     data/agents.json            AgentEntry[], data/agents/ID.safetensors each
 *     data/runs.json              RunSummary[], data/runs/NAME.json each: what the run's report shows
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { quoted, UserError } from '../core/errors.ts'
import { fileError, UNFINISHED_SUFFIX } from './files.ts'
import { gatherReport } from './report/gather.ts'
import { type ShownRun, shippedRun } from './shipped.ts'
import { formatTable } from './table.ts'
import { type FoundAgent, openAgents } from './watch/agents.ts'
import { buildPage } from './watch/page.ts'
import { createRunList } from './watch/runs.ts'
import { PAGE_POLICY } from './watch/security.ts'

export interface SiteRequest {
  /** Folder to write; an earlier site there is replaced. */
  readonly out: string
  /** Run folders whose reports and agents are shown. */
  readonly runs: readonly string[]
}

/** How large a part of the site is, in bytes. */
export interface SitePart {
  readonly name: string
  readonly files: number
  readonly bytes: number
  /** Compressed one by one, as file servers do. */
  readonly gzip: number
}

export interface Site {
  readonly out: string
  readonly parts: readonly SitePart[]
  /** All of the page but its data. */
  readonly page: SitePart
}

interface TrainedRun extends ShownRun {
  readonly folder: string
}

const TRAINED = fileURLToPath(new URL('../../agents/trained/', import.meta.url))
/** Every page has it, so that a folder with it in index.html may be replaced. */
const PAGE_MARK = '<meta name="levelshift"'
const CHARSET = '<meta charset="utf-8" />'

/** Builds the site. Its folder is replaced in one step, once everything is there. */
export async function buildSite({ out, runs }: SiteRequest): Promise<Site> {
  const folder = resolve(out)
  refuseForeignFolder(folder)
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}${UNFINISHED_SUFFIX}`)
  try {
    const trained = await Promise.all(runs.map(readRunFolder))
    const agents = await findAgents(trained)
    await buildPage(draft)
    addPolicy(join(draft, 'index.html'))
    const shipped = agents.map(shippedRun).filter(run => run !== undefined)
    writeData(join(draft, 'data'), [...trained, ...shipped], agents)
    // GitHub Pages would leave out files whose names begin with an underscore.
    writeFileSync(join(draft, '.nojekyll'), '')
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
  } catch (error) {
    throw fileError('write', out, error)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return { out, ...measure(folder) }
}

/** What a folder is replaced for must be a site, or nothing. */
function refuseForeignFolder(folder: string): void {
  if (!existsSync(folder)) return
  const isFolder = statSync(folder).isDirectory()
  if (isFolder && readdirSync(folder).length === 0) return
  const index = join(folder, 'index.html')
  if (isFolder && existsSync(index) && readFileSync(index, 'utf8').includes(PAGE_MARK)) return
  throw new UserError(
    `${folder} holds something that is no site of Levelshift, expected a new or empty folder or an earlier site; choose another with --out`,
  )
}

async function readRunFolder(folder: string): Promise<TrainedRun> {
  const report = gatherReport(folder, {}, { frames: false })
  const list = createRunList(folder)
  await list.refresh(true)
  return { folder, summary: list.runs[0], report }
}

/** The agents that ship, and those of the runs. */
async function findAgents(runs: readonly TrainedRun[]): Promise<FoundAgent[]> {
  const folders = new Map(runs.map(({ summary, folder }) => [summary.name, folder]))
  if (folders.size < runs.length) {
    const names = runs.map(({ summary }) => summary.name)
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    throw new UserError(`two runs are named ${quoted(twice)}, expected names that differ: rename one folder`)
  }
  return openAgents(TRAINED, {
    runs: async () => runs.map(({ summary }) => summary),
    folderOf: name => folders.get(name),
  }).list()
}

/** The page's Content-Security-Policy, which a plain file server does not send. */
function addPolicy(index: string): void {
  const html = readFileSync(index, 'utf8')
  if (!html.includes(CHARSET)) throw new Error(`index.html has no ${CHARSET}`)
  const meta = `<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}" />`
  writeFileSync(index, html.replace(CHARSET, `${CHARSET}\n    ${meta}`))
}

function writeData(folder: string, runs: readonly ShownRun[], agents: readonly FoundAgent[]): void {
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  for (const name of ['agents', 'runs']) mkdirSync(join(folder, name), { recursive: true })
  write(
    'runs.json',
    runs.map(({ summary }) => summary),
  )
  for (const { summary, report } of runs) write(`runs/${summary.name}.json`, report)
  write(
    'agents.json',
    agents.map(({ entry }) => entry),
  )
  for (const { entry, path } of agents) copyFileSync(path, join(folder, 'agents', `${entry.id}.safetensors`))
}

/** Sizes of a site. Agents and reports are data: one chooses how much of them to publish. */
export function measure(folder: string): Pick<Site, 'parts' | 'page'> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const sizes = files.map(file => {
    const bytes = readFileSync(join(folder, file))
    return { file, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }
  })
  const partOf = (name: string, chosen: typeof sizes): SitePart => ({
    name,
    files: chosen.length,
    bytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0),
    gzip: chosen.reduce((sum, { gzip }) => sum + gzip, 0),
  })
  const isFirst = firstFiles(folder)
  const isData = (file: string) => file.startsWith('data')
  const page = sizes.filter(({ file }) => !isData(file))
  const later = page.filter(({ file }) => !isFirst.has(file))
  const kinds = [...new Set(later.map(({ file }) => extname(file)))].sort()
  const parts = [
    partOf(
      'first view',
      page.filter(({ file }) => isFirst.has(file)),
    ),
    ...kinds.map(kind =>
      partOf(
        `later, ${kind.slice(1) || 'other'}`,
        later.filter(({ file }) => extname(file) === kind),
      ),
    ),
    partOf(
      'agents',
      sizes.filter(({ file }) => file.startsWith(join('data', 'agents'))),
    ),
    partOf(
      'reports',
      sizes.filter(({ file }) => file.startsWith(join('data', 'runs'))),
    ),
  ]
  return { parts, page: partOf('page without data', page) }
}

/** What index.html names itself, so that it is there before the first view. */
function firstFiles(folder: string): ReadonlySet<string> {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(match => match[1])
  return new Set(['index.html', ...named])
}

/** The site for people: where it is, how large, how to look at it. */
export function formatSite({ out, parts, page }: Site): string {
  const kilobytes = (bytes: number) => (bytes / 1000).toLocaleString('en', { maximumFractionDigits: 0 })
  const rows = [...parts, page].map(({ name, files, bytes, gzip }) => [
    name,
    String(files),
    kilobytes(bytes),
    kilobytes(gzip),
  ])
  return `${formatTable(['part', 'files', 'kB', 'kB gzip'], rows, [1, 2, 3])}\n\n${out}: serve it with any file server`
}
