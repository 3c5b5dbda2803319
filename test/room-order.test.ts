/**
 * The rooms' order (DESIGN: data flows one way): a file imports only from its own room and from rooms to its left. The
 * rooms of the simulation import neither tensors nor I/O, so that they run in Node and in the browser.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** From left to right. */
const ROOMS = ['src/core', 'levels', 'envs', 'src/learn', 'agents', 'src/app', 'src/viewer'] as const

/** Rooms that only compute: no tensors, no I/O, no drawing library, no terminal. */
const PURE_ROOMS: readonly string[] = ['src/core', 'levels', 'envs']
/** The packages that they may use. Every other one is refused, so that a new dependency is a decision. */
const PURE_PACKAGES = ['@noble/hashes', '@rgrove/parse-xml', 'fflate', 'seedrandom', 'zod']

const SOURCE = /\.(ts|mts|cts|tsx|js|mjs|cjs)$/

/** What is wrong with a file's imports, one sentence each. */
function faultsOf(file: string, text: string): string[] {
  const room = roomOf(file)
  if (room === undefined) return [`${file}: lies in none of the rooms ${ROOMS.join(', ')}`]
  return importsOf(text).flatMap(target => {
    const fault = target.startsWith('.') ? localFault(file, room, target) : packageFault(room, target)
    return fault === undefined ? [] : [`${file}: imports ${target}: ${fault}`]
  })
}

/** All modules that a file names: import and export declarations, types too, and import() and require() of a literal. */
function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
}

function localFault(file: string, room: string, target: string): string | undefined {
  const path = normalize(join(file, '..', target))
  // The version is read from there.
  if (path === 'package.json' && room === 'src/app') return undefined
  // Benchmarks live beside the tests; the command line runs them.
  if (path.startsWith('test/bench/') && file === 'src/app/commands/bench.ts') return undefined
  const other = roomOf(path)
  if (other === undefined) return `${path} lies in none of the rooms`
  if (placeOf(other) <= placeOf(room)) return undefined
  return `${other} is to the right of ${room}`
}

function packageFault(room: string, target: string): string | undefined {
  if (!PURE_ROOMS.includes(room)) return undefined
  if (isBuiltin(target)) return `${room} does no I/O and runs in the browser as well`
  const known = PURE_PACKAGES.some(name => target === name || target.startsWith(`${name}/`))
  return known ? undefined : `${room} may use ${PURE_PACKAGES.join(', ')} only`
}

function roomOf(path: string): string | undefined {
  return ROOMS.find(room => path.startsWith(`${room}/`))
}

function placeOf(room: string): number {
  return (ROOMS as readonly string[]).indexOf(room)
}

function sourceFiles(): string[] {
  const folders = ['src', 'levels', 'envs', 'agents']
  return folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map(name => join(folder, name))
      .filter(path => SOURCE.test(path) && !/\.test\.\w+$/.test(path)),
  )
}

describe('the rooms', () => {
  const files = sourceFiles()

  it('are looked at', () => {
    const seen = new Set(files.map(roomOf))
    for (const room of ['src/core', 'levels', 'envs', 'src/learn', 'src/app']) expect(seen).toContain(room)
  })

  it('import only to the left, and the simulation neither tensors nor I/O', () => {
    expect(files.flatMap(file => faultsOf(file, readFileSync(file, 'utf8')))).toEqual([])
  })
})

describe('the rule', () => {
  const offences: [string, string, string, RegExp][] = [
    [
      'a value from the right',
      'src/learn/a.ts',
      "import { x } from '../app/files.ts'",
      /src\/app is to the right of src\/learn/,
    ],
    [
      'a type from the right',
      'envs/a.ts',
      "import type { T } from '../src/learn/maml.ts'",
      /src\/learn is to the right of envs/,
    ],
    [
      'a re-export',
      'src/core/a.ts',
      "export * from '../../levels/level.ts'",
      /levels is to the right of src\/core/,
    ],
    [
      'a dynamic import',
      'levels/a.ts',
      "const x = await import('../envs/gems.ts')",
      /envs is to the right of levels/,
    ],
    [
      'an import type',
      'levels/a.ts',
      "type T = import('../envs/game.ts').Game",
      /envs is to the right of levels/,
    ],
    [
      'a require',
      'src/learn/a.ts',
      "const x = require('../viewer/page.ts')",
      /src\/viewer is to the right of src\/learn/,
    ],
    ['a detour', 'src/core/a.ts', "import '../core/../app/cli.ts'", /src\/app is to the right of src\/core/],
    ['a test', 'src/app/a.ts', "import '../../test/helper.ts'", /none of the rooms/],
    ['tensors in a game', 'envs/a.ts', "import * as tf from '@tensorflow/tfjs-core'", /envs may use/],
    ['files in a level', 'levels/a.ts', "import { readFileSync } from 'node:fs'", /levels does no I\/O/],
    ['files by their old name', 'levels/a.ts', "import fs from 'fs'", /levels does no I\/O/],
    [
      'a picture library in the core',
      'src/core/a.ts',
      "import { encode } from 'fast-png'",
      /src\/core may use/,
    ],
    ['a room that is none', 'src/utils/a.ts', '', /none of the rooms/],
  ]
  it.each(offences)('forbids %s', (_, file, text, expected) => {
    const faults = faultsOf(file, text)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(expected)
    expect(faults[0]).toMatch(new RegExp(`^${file}: `))
  })

  const allowed: [string, string, string][] = [
    ['its own room', 'levels/a.ts', "import { b } from './b.ts'"],
    ['a room to the left', 'src/app/a.ts', "import { gems } from '../../envs/gems.ts'"],
    ['a package that only computes', 'levels/a.ts', "import { sha256 } from '@noble/hashes/sha2.js'"],
    ['tensors in the learning room', 'src/learn/a.ts', "import * as tf from '@tensorflow/tfjs-core'"],
    [
      'words in a comment',
      'src/core/a.ts',
      "// import { x } from '../app/cli.ts'\nconst y = 'import \"node:fs\"'",
    ],
  ]
  it.each(allowed)('allows %s', (_, file, text) => {
    expect(faultsOf(file, text)).toEqual([])
  })
})
