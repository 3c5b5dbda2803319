/** Damaged files of every format end well; and the fuzzer sees what does not. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { LEVEL_FORMATS } from '../levels/formats/registry.ts'
import { FOREIGN_FORMATS } from '../levels/level.ts'
import { makeCase } from './fuzz/case.ts'
import { FORMATS } from './fuzz/formats.ts'

/** The thorough run of 100,000 files a format is in docs/fuzzing.md. */
const FILES = 1000

interface Figures {
  readonly format: string
  readonly files: number
  readonly levels: number
  readonly rejected: number
  readonly other: number
  readonly refused: number
  readonly failures: readonly { readonly number: number; readonly why: string }[]
}

/** Runs the fuzzer as a command. It ends with 1 when a case failed, and prints its figures all the same. */
async function fuzz(...options: readonly string[]): Promise<Figures[]> {
  const command = ['--import', 'tsx', 'test/fuzz/fuzz.ts', '--json', '--jobs', '2', ...options]
  const { stdout } = await promisify(execFile)(process.execPath, command).catch(error => error)
  return JSON.parse(stdout) as Figures[]
}

describe('damaged files', () => {
  it('end in levels, rejected levels or one sentence', async () => {
    const figures = await fuzz('--files', String(FILES))
    expect(figures.map(({ format }) => format)).toEqual(FORMATS.map(({ name }) => name))
    for (const { format, files, failures, levels, other, rejected, refused } of figures) {
      expect(failures, format).toEqual([])
      expect(files, format).toBe(FILES)
      // Light damage is read, heavy damage is not: a run in which all ends alike tests little.
      expect(levels + other, format).toBeGreaterThan(FILES / 50)
      expect(rejected + refused, format).toBeGreaterThan(FILES / 20)
    }
  })

  it('of every format that levels are read from are among them', () => {
    const names = [...LEVEL_FORMATS, ...FOREIGN_FORMATS]
    expect(FORMATS.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
  })

  it.each(FORMATS)('of $name are the same in every run', format => {
    const seeds = format.seeds()
    const cases = [0, 1, 2, 3, 4, 5].map(number => makeCase(format, seeds, number))
    expect([0, 1, 2, 3, 4, 5].map(number => makeCase(format, format.seeds(), number))).toEqual(cases)
    expect(new Set(cases.map(([{ bytes }]) => Buffer.from(bytes).toString('hex'))).size).toBeGreaterThan(3)
  })
})

describe('the fuzzer', () => {
  it('sees crashes, hangs, slow files, too much memory and messages of several lines', async () => {
    const broken = ['--formats', 'test/fuzz/broken.ts', '--files', '1']
    const others = ['crashing', 'greedy', 'buffering', 'sluggish', 'talkative']
    const figures = [
      ...(await fuzz(...broken, ...others.flatMap(name => ['--format', name]))),
      ...(await fuzz(...broken, '--format', 'hanging', '--hang', '2')),
    ]
    const found = figures.map(({ format, failures }) => [
      format,
      failures.map(({ why }) => why.split('\n')[0]),
    ])
    expect(found).toEqual([
      ['crashing', ['crash: TypeError: x is not a function']],
      ['greedy', [expect.stringContaining('out of memory')]],
      ['buffering', ['more than 256 MB of memory']],
      ['sluggish', [expect.stringMatching(/^\d{4} ms$/)]],
      ['talkative', [expect.stringContaining('a message of more than one line')]],
      ['hanging', ['hang: killed after 2 s']],
    ])
  })
})
