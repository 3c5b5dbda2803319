/**
 * docs/adding-a-game.md, carried out: in a copy of the project, its files are written, its diffs are made and its commands
 * are run as they stand, in the order of the page. What it shows as their output must be what they print.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const PAGE = 'docs/adding-a-game.md'
const COPIED = ['agents', 'docs', 'envs', 'levels', 'src', 'test', '.gitignore', 'biome.json', 'package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts'] // biome-ignore format: one line

interface Block {
  readonly language: string
  /** The file that the block is, or changes. */
  readonly file: string | undefined
  readonly body: string
}

/** The fenced blocks of a page, in order. */
function blocksOf(text: string): Block[] {
  const fences = text.matchAll(/^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$/gms)
  return [...fences].map(([, language, file, body]) => ({ language: language!, file, body: body! }))
}

/**
 * Makes the change that a diff shows: each part, parted by @@, stands for lines that follow each other in the text exactly
 * once; those with a plus are put in, those with a minus taken out.
 */
function applyDiff(text: string, diff: string): string {
  return diff.split(/^@@\n/m).reduce((before, part) => {
    const lines = part.trimEnd().split('\n')
    const pick = (marks: string) =>
      lines.filter(line => marks.includes(line[0]!)).map(line => `${line.slice(1)}\n`)
    const pieces = before.split(`\n${pick(' -').join('')}`)
    if (pieces.length !== 2)
      throw new Error(`${pieces.length - 1} places, expected one, for the diff\n${part}`)
    return pieces.join(`\n${pick(' +').join('')}`)
  }, text)
}

describe('a newcomer who follows the page', () => {
  const blocks = blocksOf(readFileSync(PAGE, 'utf8'))
  let project: string
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'levelshift-adding-a-game-'))
    for (const name of COPIED) cpSync(name, join(project, name), { recursive: true })
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'))
  })
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  function run(commands: string): string {
    const { PATH, HOME } = process.env
    try {
      return execFileSync('bash', ['-euo', 'pipefail', '-c', commands], {
        cwd: project,
        // Not this test's own variables: vitest, run from vitest, would take them for its own.
        env: { PATH, HOME, NO_COLOR: '1' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      throw new Error(`failed: ${commands}\n${stdout}\n${stderr}`)
    }
  }

  test('has all that a game needs on the page', () => {
    const files = blocks.flatMap(({ file }) => file ?? [])
    expect(files).toEqual(expect.arrayContaining(['levels/melody.ts', 'envs/melody.ts', 'levels/registry.ts', 'envs/registry.ts'])) // biome-ignore format: one line
    const commands = blocks.filter(({ language }) => language === 'sh').map(({ body }) => body)
    expect(commands.join('')).toContain('test/contract.test.ts -t melody')
    expect(commands.join('')).toContain('levels check')
  })

  test('ends with a game that passes every command', { timeout: 180_000 }, () => {
    let printed = ''
    for (const { language, file, body } of blocks) {
      if (file !== undefined) {
        const path = join(project, file)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, language === 'diff' ? applyDiff(readFileSync(path, 'utf8'), body) : body)
      } else if (language === 'sh') {
        printed = run(body)
        // A name that matches no test would pass as well.
        if (body.includes('vitest')) expect(printed, body).toMatch(/Tests +\d+ passed/)
      } else if (language === 'text') expect(printed).toContain(body)
    }
  })
})

test('a diff is made where its lines stand, and nowhere else', () => {
  const text = 'a\nb\nc\nd\n'
  expect(applyDiff(text, ' b\n+x\n')).toBe('a\nb\nx\nc\nd\n')
  expect(applyDiff(text, ' b\n-c\n+y\n@@\n d\n+z\n')).toBe('a\nb\ny\nd\nz\n')
  expect(() => applyDiff(text, ' b\n d\n+x\n')).toThrow('0 places')
  expect(() => applyDiff('a\nb\na\nb\n', ' b\n+x\n')).toThrow('2 places')
})
