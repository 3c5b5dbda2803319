/**
 * docs/adding-a-level.md, carried out: in a folder of its own, with the project's command at hand, the files of the page
 * are written and its commands are run as they stand, in the order of the page.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { decode } from 'fast-png'
import { GifReader } from 'omggif'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseLevel } from '../levels/text.ts'

const PAGE = 'docs/adding-a-level.md'
/** What a clone has that the commands need. */
const LINKED = ['agents', 'envs', 'levels', 'node_modules', 'src', 'test', 'package.json', 'tsconfig.json']
/** Installing would take minutes and need a network; playing needs a person. */
const INSTALL = 'npm ci'
const PLAY = 'npx levelshift play'

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

describe('a newcomer who follows the page', () => {
  const text = readFileSync(PAGE, 'utf8')
  const blocks = [...text.matchAll(/^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$/gms)].map(
    ([, language, file, body]) => ({ language, file, body: body as string }),
  )
  const results = new Map<string, Ran>()
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'levelshift-adding-a-level-'))
    for (const name of LINKED) symlinkSync(resolve(name), join(folder, name))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function run(line: string): Ran {
    const { PATH, HOME } = process.env
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', line], {
      cwd: folder,
      env: { PATH, HOME, NO_COLOR: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { code: status, stdout, stderr }
  }

  const ran = (start: string): Ran => {
    const [, result] = [...results].find(([line]) => line.startsWith(start)) ?? []
    if (!result) throw new Error(`the page has no command ${start}`)
    return result
  }
  const bytes = (name: string) => readFileSync(join(folder, name))

  test('finds that every command works and prints what the page shows', { timeout: 240_000 }, () => {
    let printed = ''
    for (const { language, file, body } of blocks) {
      if (file !== undefined) writeFileSync(join(folder, file), body)
      else if (language === 'sh') {
        printed = ''
        for (const line of body.trimEnd().split('\n')) {
          if (line === INSTALL) continue
          const result = run(line)
          results.set(line, result)
          if (line.startsWith(PLAY)) expect(result.stderr).toMatch(/^levelshift: play needs a terminal/)
          else expect(result, line).toMatchObject({ code: 0 })
          printed += result.stdout
        }
      } else if (language === 'text') expect(printed).toContain(body)
    }
    expect(results.size).toBeGreaterThan(15)
  })

  test('has a template that explains itself, pictures, and a moving one', () => {
    expect(ran('npx levelshift levels new').stdout).toMatch(/^mine\.txt\n/)
    const map = decode(bytes('mine.png'))
    // 11 by 9 tiles of 8 pixels, twice as large.
    expect([map.width, map.height]).toEqual([176, 144])
    const view = decode(bytes('view.png'))
    expect([view.width, view.height]).toEqual([256, 256])
    // The start, and what is to be seen after each of the 17 steps that the check told.
    expect(new GifReader(bytes('mine.gif')).numFrames()).toBe(18)
    expect(ran('npx levelshift levels solve mine.txt').stdout).toMatch(
      /return 3 in 17 of 40 steps; no play returns more/,
    )
  })

  test('sees the agent get better at it', () => {
    const { stdout } = ran('npx levelshift evaluate')
    const rows = [...stdout.matchAll(/^ *(\d+) +(-?[\d.]+) +(-?[\d.]+) +[\d,]+ *$/gm)].map(row =>
      row.map(Number),
    )
    expect(rows.map(([, k]) => k)).toEqual([0, 1, 2, 3])
    const [first, last] = [rows[0]?.[2] as number, rows[3]?.[2] as number]
    expect(last - first).toBeGreaterThan(1.5)
  })

  test('finds the level by its name, and has it back from Tiled as it was', () => {
    expect(ran('npx levelshift levels list').stdout).toMatch(
      /my-levels\/garden-wall\.txt +The garden wall +gems +train/,
    )
    const read = (name: string) => parseLevel(readFileSync(join(folder, name), 'utf8'), name)
    expect(read('imported/the-garden-wall.txt')).toEqual(read('my-levels/garden-wall.txt'))
    expect(ran('npx levelshift levels check imported tiled').stdout.trim().split('\n')).toHaveLength(2)
  })

  test('imports a collection and says how each level is proved', () => {
    expect(readdirSync(join(folder, 'sokoban')).sort()).toEqual(['push.txt', 'the-corner.txt'])
    expect(readFileSync(join(folder, 'sokoban/push.txt'), 'utf8')).toMatch(
      /^solution: R$[\s\S]*^proof: solution$/m,
    )
    expect(readFileSync(join(folder, 'sokoban/the-corner.txt'), 'utf8')).toMatch(/^proof: solver$/m)
  })
})
