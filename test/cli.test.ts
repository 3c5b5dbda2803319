/** The command line as a person meets it: the real program, its output and its exit codes. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRun } from '../src/app/run-folder.ts'

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const LEVEL = `levelshift level 1
game: gems
title: Two corners
theme: dungeon
rules.worth: [1, -1, 1]
source: hand

#######
#@..a.#
#.b...#
#######
`

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'levelshift-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

function levelshift(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const settings = { env: { ...process.env, NO_COLOR: '1', LEVELSHIFT_DEBUG: '', ...env } }
  return outcomeOf(spawn(process.execPath, ['src/app/levelshift.mjs', ...args], settings))
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('help', () => {
  it('of the whole names every command, with examples', async () => {
    const { code, stdout, stderr } = await levelshift(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const command of [
      'start',
      'pretrain',
      'train',
      'evaluate',
      'report',
      'bench',
      'doctor',
      'levels',
      'play',
      'watch',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(stdout).toMatch(/Examples:\n +npx levelshift /)
  })

  it.each(['train', 'evaluate', 'bench', 'levels check', 'levels import', 'play', 'watch'])(
    'of %s has an example',
    async command => {
      const { code, stdout } = await levelshift([...command.split(' '), '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`Examples?:\n +npx levelshift ${command}`))
      expect(stdout).toMatch(/--json/)
    },
  )

  it('goes to stderr where no command was given', async () => {
    const { code, stdout, stderr } = await levelshift([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Usage: levelshift/)
  })

  it('has the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(await levelshift(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('a command line that cannot be understood', () => {
  const cases: [string, string][] = [
    ['trian', "unknown command 'trian' (did you mean train?): see npx levelshift --help"],
    ['levels chek', "unknown command 'chek' (did you mean check?): see npx levelshift --help"],
    ['train', "missing required argument 'recipe': see npx levelshift --help"],
    ['train a b', "too many arguments for 'train', expected 1 argument but got 2: see npx levelshift --help"],
    ['train starter --sed 3', "unknown option '--sed' (did you mean --seed?): see npx levelshift --help"],
    ['train starter --json --seed', "option '--seed <number>' argument missing: see npx levelshift --help"],
    ['train starter --seed 1e3', "--seed must be a whole number from 0 to 4294967295, got '1e3'"],
    ['train starter --seed -1', "--seed must be a whole number from 0 to 4294967295, got '-1'"],
    [
      'train starter --seed 4294967296',
      "--seed must be a whole number from 0 to 4294967295, got '4294967296'",
    ],
    ['train starter --backend cuda', "--backend must be one of auto, native, wasm, cpu, got 'cuda'"],
    ['evaluate a --levels 0', "--levels must be a whole number from 1 to 100000, got '0'"],
    ['evaluate a --steps 101', "--steps must be a whole number from 0 to 100, got '101'"],
    [
      'evaluate a --split tset',
      "--split must be one of train, validation, test, got 'tset' (did you mean test?)",
    ],
    [
      'bench evs',
      "NAME must be one of envs, levels, encoder, maml, sinusoid, navigation2d, viewer, watch, got 'evs' (did you mean envs?)",
    ],
    [
      'levels check',
      "missing required argument 'file': give level files, --levels FOLDER or --all: see npx levelshift --help",
    ],
  ]
  it.each(cases)('%s', async (line, sentence) => {
    expect(await levelshift(line.split(' '))).toEqual({
      code: 2,
      stdout: '',
      stderr: `levelshift: ${sentence}\n`,
    })
  })

  it('an empty path, as from an unset variable', async () => {
    const { code, stderr } = await levelshift(['train', 'starter', '--out', ''])
    expect([code, stderr]).toEqual([2, "levelshift: --out must be a path, got ''\n"])
  })
})

describe('an error', () => {
  it('is one sentence, without a stack trace', async () => {
    const { code, stdout, stderr } = await levelshift(['levels', 'check', join(folder, 'no.txt')])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `levelshift: cannot read level ${join(folder, 'no.txt')}: no such file or folder: check the path\n`,
    )
  })

  it('shows its stack and cause with LEVELSHIFT_DEBUG=1', async () => {
    const { stderr } = await levelshift(['levels', 'check', join(folder, 'no.txt')], {
      LEVELSHIFT_DEBUG: '1',
    })
    expect(stderr).toMatch(/UserError: cannot read level .*\n +at /)
    expect(stderr).toMatch(/caused by: Error: ENOENT/)
  })
})

describe('levels check', () => {
  it('tells hash, split and the solver\u2019s return, as text or as one JSON value', async () => {
    const file = write('a.txt', LEVEL)
    const text = await levelshift(['levels', 'check', file])
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toMatch(
      /a\.txt: gems, \w+ split, hash [0-9a-f]{12}, the solver gets 1 in \d+ steps\n$/,
    )
    const json = await levelshift(['levels', 'check', file, '--json'])
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/)
    const split = expect.stringMatching(/^(train|validation|test)$/)
    expect(JSON.parse(json.stdout)).toEqual({
      checked: 1,
      solved: 1,
      failed: [],
      unproved: [],
      levels: [
        {
          file,
          game: 'gems',
          title: 'Two corners',
          hash,
          split,
          proof: 'solver',
          solverReturn: 1,
          solverSteps: 3,
        },
      ],
    })
  })

  it('names every faulty file, by line and column', async () => {
    const files = [
      write('good.txt', LEVEL),
      write('b.txt', LEVEL.replace('..a', '.Xa')),
      write('c.txt', 'hello'),
    ]
    const { code, stdout, stderr } = await levelshift(['levels', 'check', ...files, '--json'])
    expect(code).toBe(1)
    const place = (file: string, at: string) => ({ file, why: expect.stringContaining(`${file}:${at}: `) })
    expect(JSON.parse(stdout)).toMatchObject({
      checked: 3,
      solved: 1,
      failed: [place(files[1]!, '9:4'), place(files[2]!, '1:1')],
    })
    const lines = stderr.split('\n')
    expect(lines[0]).toMatch(/b\.txt:9:4: 'X' is no tile of gems/)
    expect(lines[1]).toMatch(/c\.txt:1:1: expected the first line 'levelshift level 1'/)
    expect(lines[2]).toBe('levelshift: 2 of 3 levels have a fault: mend those named above')
  })

  it('refuses a level that cannot be won', async () => {
    const walled = write('walled.txt', LEVEL.replace('#@..a.#', '#@#.a.#').replace('#.b...#', '#b#...#'))
    const { code, stderr } = await levelshift(['levels', 'check', walled])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^levelshift: .*walled\.txt:8:1: no way to win this level of gems in its 24 steps.*\n$/,
    )
  })
})

describe('report', () => {
  it('writes the page of a run and prints its path', async () => {
    const run = openRun({ folder: join(folder, 'run'), recipe: { name: 'starter' }, seed: 1, resume: false })
    run.log({ iteration: 1, returns: [0, 1], losses: { outer: 0.5 } })
    run.close()
    const { code, stdout, stderr } = await levelshift(['report', join(folder, 'run'), '--json'])
    expect([code, stderr]).toEqual([0, ''])
    const { report } = JSON.parse(stdout)
    expect(report).toBe(join(folder, 'run', 'report.html'))
    expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('refuses what is no run', async () => {
    const { code, stderr } = await levelshift(['report', folder])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^levelshift: .*: not a run folder: expected recipe\.json in it/)
  })
})

describe('Ctrl-C', () => {
  async function started(kind: string): Promise<[ChildProcessWithoutNullStreams, Promise<Outcome>]> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/cli-child.ts', kind, 'train', 'starter'])
    const outcome = outcomeOf(child)
    await once(child.stdout, 'data')
    return [child, outcome]
  }

  it('stops a job between two steps and says how to go on', async () => {
    const [child, outcome] = await started('patient')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await outcome
    expect([code, stdout]).toEqual([130, 'ready\n'])
    expect(stderr).toMatch(/^stopping after the step in work; press Ctrl-C again to stop at once$/m)
    expect(stderr).toMatch(/^stopped; continue with: npx levelshift train starter --resume$/m)
  })

  it('is obeyed for SIGTERM too, as a scheduler sends it', async () => {
    const [child, outcome] = await started('patient')
    child.kill('SIGTERM')
    expect((await outcome).code).toBe(143)
  })

  it('twice kills a job that does not look', async () => {
    const [child, outcome] = await started('stubborn')
    child.kill('SIGINT')
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    expect((await outcome).code).toBe(130)
  })

  it('kills at once a job that cannot stop cleanly', async () => {
    const [child] = await started('deaf')
    child.kill('SIGINT')
    const [code, signal] = await once(child, 'exit')
    expect([code, signal]).toEqual([null, 'SIGINT'])
  })
})
