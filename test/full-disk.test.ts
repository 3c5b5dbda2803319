/** Disks that say no: one clear sentence, and what was there is as it was. */

import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBytes, readText, writeFileAtomic } from '../src/app/files.ts'
import { readRun } from '../src/app/run-contents.ts'
import { openRun } from '../src/app/run-folder.ts'
import { UserError } from '../src/core/errors.ts'

const CHILD = ['--import', 'tsx', 'test/run-folder-child.ts']

let temporary = ''
let folder = ''

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'levelshift-disk-'))
  folder = join(temporary, 'run')
})
afterEach(() => rmSync(temporary, { recursive: true, force: true }))

function path(...names: string[]): string {
  return join(folder, ...names)
}

function sentence(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

describe('a disk that says no', () => {
  it('full: the log is refused in a sentence', () => {
    const run = openRun({ folder, recipe: { name: 'child' }, seed: 1, resume: false })
    // Linux has a device that is always full.
    symlinkSync('/dev/full', path('metrics.jsonl'))
    expect(sentence(() => run.log({ iteration: 1 }))).toBe(
      `cannot write ${path('metrics.jsonl')}: the disk is full: free some space and try again`,
    )
    run.close()
  })

  const cannotMount = whyNoMount()
  it.skipIf(cannotMount !== undefined)(
    `full: the old checkpoint survives${cannotMount ? ` (skipped: ${cannotMount})` : ''}`,
    () => {
      mkdirSync(folder)
      // A file system of 100 KB of its own, which only this process and its children see.
      const script = `mount -t tmpfs -o size=100k none '${folder}' && exec "$@"`
      const command = ['-rm', 'sh', '-c', script, 'sh', process.execPath, ...CHILD, 'fill-disk', folder]
      const result = JSON.parse(execFileSync('unshare', command, { encoding: 'utf8' }))
      expect(result.refused).toEqual([
        `cannot write ${path('checkpoints', 'latest.safetensors')}: the disk is full: free some space and try again`,
        `cannot write ${path('metrics.jsonl')}: the disk is full: free some space and try again`,
        `cannot write ${path('checkpoints', 'latest.safetensors')}: the disk is full: free some space and try again`,
      ])
      expect(result).toMatchObject({ iteration: '1', files: ['latest.safetensors'] })
    },
  )

  it('with a limit on file sizes: the old checkpoint survives, and no half record stays', () => {
    const script = `trap '' XFSZ; ulimit -f 64; exec "$@"`
    const command = ['-c', script, 'bash', process.execPath, ...CHILD, 'fill-disk', folder]
    // No cache of compiled sources: it would be cut short as well.
    const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
    const result = JSON.parse(execFileSync('bash', command, { encoding: 'utf8', env }))
    expect(result.refused).toHaveLength(3)
    for (const message of result.refused)
      expect(message).toMatch(/^cannot write .*: the file would be larger than/)
    expect(result).toMatchObject({ iteration: '1', files: ['latest.safetensors'] })
    expect(readFileSync(path('metrics.jsonl'), 'utf8')).toMatch(/\}\n$/)
    expect(readRun(folder).metrics.length).toBeGreaterThan(1)
  })

  it('with a folder in the way of a file: nothing is left beside it', () => {
    mkdirSync(join(temporary, 'out', 'inside'), { recursive: true })
    expect(sentence(() => writeFileAtomic(join(temporary, 'out'), 'x'))).toMatch(
      /^cannot write .*out: it is a folder/,
    )
    expect(sentence(() => writeFileAtomic(join(temporary, 'no', 'a'), 'x'))).toMatch(/no such file or folder/)
    expect(readdirSync(temporary)).toEqual(['out'])
  })

  it('a link to a file stays a link', () => {
    const [target, link] = [join(temporary, 'target'), join(temporary, 'link')]
    writeFileSync(target, 'old')
    symlinkSync(target, link)
    writeFileAtomic(link, 'new')
    expect(readFileSync(target, 'utf8')).toBe('new')
    expect(readdirSync(temporary).toSorted()).toEqual(['link', 'target'])
  })

  it('and files that cannot be read', () => {
    expect(sentence(() => readBytes(path('best.safetensors'), 'checkpoint'))).toBe(
      `cannot read checkpoint ${path('best.safetensors')}: no such file or folder: check the path`,
    )
    expect(sentence(() => readText(temporary, 'level'))).toBe(
      `cannot read level ${temporary}: it is a folder, expected a file`,
    )
    const binary = join(temporary, 'binary')
    writeFileSync(binary, new Uint8Array([0xff, 0xfe, 0x80]))
    expect(sentence(() => readText(binary, 'level'))).toBe(
      `${binary}: not a level: the file is not UTF-8 text, expected text`,
    )
  })
})

function whyNoMount(): string | undefined {
  const tried = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  if (tried.status === 0) return undefined
  return 'a file system of its own needs unshare and the right to mount'
}
