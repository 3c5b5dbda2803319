/**
 * The fuzzer: npm run fuzz -- --files 100000 [--format ldtk] [--from 0] [--json]
 *
 * Reads damaged files of every format. Each must end in levels, rejected levels or one UserError of one line, within two
 * seconds and 256 MB. Case N of a format is always the same file: `--format ldtk --from N --files 1` repeats it. Files
 * that fail are kept under runs/fuzz. Progress goes to stderr, figures to stdout; the exit code is 1 when a case failed.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type FuzzFormat, makeCase } from './case.ts'

/** Longer for one file is a fault. */
const SLOW_MS = 2000
/** What reading may add to the process, in MB; and the part of it that is JavaScript objects. */
const MAX_MB = 256
const HEAP_MB = 160
const MAX_FAILURES = 20
const KEPT = 'runs/fuzz'

interface Failure {
  readonly number: number
  readonly why: string
  /** Where the damaged file lies. */
  readonly file: string
}

/** What fuzzing one format gave. */
interface Figures {
  readonly format: string
  files: number
  levels: number
  rejected: number
  /** Files that were read and hold no levels, such as moves. */
  other: number
  /** Files refused as a whole. */
  refused: number
  slowestMs: number
  slowestCase: number
  /** Largest resident memory of the process, and of that what reading damaged files added, in MB. */
  peakMb: number
  addedMb: number
  seconds: number
  readonly failures: Failure[]
}

interface Options {
  /** Module with the formats. */
  readonly module: string
  readonly from: number
  readonly files: number
  /** When a process is killed, in ms a file. More than SLOW_MS, since other programs may hold the processor. */
  readonly hangMs: number
}

/** Runs cases from `from` on, in new processes after each that had to end. */
async function fuzzFormat(format: FuzzFormat, options: Options): Promise<Figures> {
  const { from, files } = options
  const figures: Figures = {
    format: format.name,
    files: 0,
    levels: 0,
    rejected: 0,
    other: 0,
    refused: 0,
    slowestMs: 0,
    slowestCase: from,
    peakMb: 0,
    addedMb: 0,
    seconds: 0,
    failures: [],
  }
  const fail = (number: number, why: string) => {
    figures.failures.push({ number, why, file: keep(format, number) })
    process.stderr.write(`${format.name}: case ${number}: ${why.split('\n')[0]}\n`)
  }
  const start = performance.now()
  let next = from
  while (next < from + files && figures.failures.length < MAX_FAILURES) {
    const end = await runChild(format.name, options, next, (number, line) => {
      next = number + 1
      count(figures, line, fail)
      if (figures.files % 5000 === 0)
        process.stderr.write(`${format.name}: ${figures.files} of ${files} files\n`)
    })
    if (next < from + files) {
      fail(next, end)
      figures.files++
      next++
    }
  }
  figures.seconds = (performance.now() - start) / 1000
  return figures
}

/** One case of a child, as it tells it. */
interface CaseLine {
  readonly number: number
  readonly counts: readonly number[]
  readonly ms: number
  readonly peakMb: number
  /** Memory of the process before its first case. */
  readonly baseMb: number
  readonly fault: string | null
}

function count(
  figures: Figures,
  { number, counts, ms, peakMb, baseMb, fault }: CaseLine,
  fail: (number: number, why: string) => void,
): void {
  const [levels = 0, rejected = 0, other = 0, refused = 0] = counts
  figures.files++
  figures.levels += levels
  figures.rejected += rejected
  figures.other += other
  figures.refused += refused
  if (ms > figures.slowestMs) Object.assign(figures, { slowestMs: ms, slowestCase: number })
  const added = peakMb - baseMb
  if (added > MAX_MB && figures.addedMb <= MAX_MB) fail(number, `more than ${MAX_MB} MB of memory`)
  figures.peakMb = Math.max(figures.peakMb, peakMb)
  figures.addedMb = Math.max(figures.addedMb, added)
  if (ms > SLOW_MS) fail(number, `${Math.round(ms)} ms`)
  if (fault !== null) fail(number, fault)
}

/** A process that runs cases until the last or until one ends it; resolves to how it ended. */
function runChild(
  name: string,
  { module, from, files, hangMs }: Options,
  next: number,
  onCase: (number: number, line: CaseLine) => void,
): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MB}`,
      '--max-semi-space-size=8',
      '--import',
      'tsx',
      fileURLToPath(new URL('child.ts', import.meta.url)),
      module,
      name,
      String(next),
      String(from + files),
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  child.stderr?.on('data', chunk => (said = `${said}${chunk}`.slice(-4000)))
  let baseMb = 0
  let hung = false
  let watch: NodeJS.Timeout | undefined
  const wait = () => {
    clearTimeout(watch)
    watch = setTimeout(() => {
      hung = true
      child.kill('SIGKILL')
    }, hangMs)
  }
  const lines = createInterface({ input: child.stdio[3] as Readable })
  lines.on('line', line => {
    wait()
    const words = line.split(' ')
    if (words[0] === 'ready') {
      baseMb = Number(words[1]) / 1024
      return
    }
    const [number = 0, levels = 0, rejected = 0, other = 0, refused = 0, ms = 0, peak = 0] = words.map(Number)
    const fault = JSON.parse(words.slice(7).join(' ')) as string | null
    onCase(number, {
      number,
      counts: [levels, rejected, other, refused],
      ms,
      peakMb: peak / 1024,
      baseMb,
      fault,
    })
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(watch)
      if (code !== 0 && baseMb === 0)
        return reject(new Error(`${name}: the process ended before its first case: ${said}`))
      if (hung) return resolve(`hang: killed after ${hangMs / 1000} s`)
      resolve(
        /heap out of memory/.test(said)
          ? `out of memory: ${HEAP_MB} MB of objects`
          : `the process ended: ${signal ?? code}: ${said}`,
      )
    })
  })
}

/** Saves the files of a case and names the first. */
function keep(format: FuzzFormat, number: number): string {
  const folder = join(KEPT, `${format.name}-${number}`)
  mkdirSync(folder, { recursive: true })
  const paths = makeCase(format, format.seeds(), number).map(({ name, bytes }) => {
    const path = join(folder, basename(name))
    writeFileSync(path, bytes)
    return path
  })
  return paths[0] as string
}

function formatFigures(figures: readonly Figures[]): string {
  const rows = figures.map(
    ({
      format,
      files,
      levels,
      rejected,
      other,
      refused,
      slowestMs,
      slowestCase,
      peakMb,
      addedMb,
      seconds,
      failures,
    }) => [
      format,
      files,
      levels,
      rejected,
      other,
      refused,
      `${slowestMs.toFixed(0)} ms (${slowestCase})`,
      `${peakMb.toFixed(0)} MB (+${addedMb.toFixed(0)})`,
      `${seconds.toFixed(0)} s`,
      failures.length,
    ],
  )
  const head = [
    'format',
    'files',
    'levels',
    'rejected',
    'other',
    'refused',
    'slowest (case)',
    'memory',
    'time',
    'failures',
  ]
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    format: { type: 'string', multiple: true },
    formats: { type: 'string', default: fileURLToPath(new URL('formats.ts', import.meta.url)) },
    /** Seconds after which a process is killed. */
    hang: { type: 'string', default: '30' },
    /** Formats at the same time. */
    jobs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const { FORMATS } = (await import(pathToFileURL(values.formats).href)) as {
  readonly FORMATS: readonly FuzzFormat[]
}
const asked = values.format ?? FORMATS.map(({ name }) => name)
const unknown = asked.find(name => !FORMATS.some(format => format.name === name))
if (
  unknown !== undefined ||
  ![values.files, values.from, values.hang, values.jobs].every(number => /^\d{1,9}$/.test(number))
) {
  process.stderr.write(
    `expected --files NUMBER [--from NUMBER] [--hang SECONDS] [--jobs NUMBER] [--json] [--format NAME], a name of ${FORMATS.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(2)
}
const options = {
  module: values.formats,
  from: Number(values.from),
  files: Number(values.files),
  hangMs: 1000 * Number(values.hang),
}
const chosen = FORMATS.filter(({ name }) => asked.includes(name))
const results: Figures[] = []
const waiting = [...chosen.entries()]
const work = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift())
    results[next[0]] = await fuzzFormat(next[1], options)
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
process.stdout.write(`${values.json ? JSON.stringify(results, null, 1) : formatFigures(results)}\n`)
if (results.some(({ failures }) => failures.length > 0)) process.exitCode = 1
