/** The commands on levels as a person meets them: the real program, real files, figures on stdout, the rest on stderr. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { decode } from 'fast-png'
import { GifReader } from 'omggif'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashLevel, splitOf } from '../levels/level.ts'
import { LEVEL_KINDS } from '../levels/registry.ts'
import { parseLevel } from '../levels/text.ts'
import { templateOf } from '../src/app/levels/template.ts'
import { levelshift, levelshiftJson, start } from './tiny-run.ts'

/** One gem that pays, three steps away; the shortest play is rrr. */
const LEVEL = `levelshift level 1
game: gems
title: Two corners
rules.worth: [1, -1, 1]

#######
#@..a.#
#.b...#
#######
`
/** Up is down in here, so the move d is the action up. */
const TURNED = LEVEL.replace('rules.worth', 'rules.controls: [1, 0, 2, 3]\nrules.worth').replace(
  'Two corners',
  'Turned',
)
/** Worked by hand: "One push" takes R, "Around" ends lost in a corner whatever is done. */
const BOARDS = `#####
#@$.#
#####
Title: One push

######
#@ $.#
######
Title: Two steps

#####
#$ .#
# @ #
#####
Title: Corner
`

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'levelshift-levels-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const at = (name: string) => join(folder, name)

describe('levels new', () => {
  it.each(LEVEL_KINDS)('gives a level of $game that checks, with every tile and rule explained', kind => {
    const text = templateOf(kind.game)
    expect(parseLevel(text, 'new.txt')).toMatchObject({ game: kind.game, provenance: { source: 'hand' } })
    for (const [tile, { means }] of Object.entries(kind.legend))
      expect(text).toContain(`//   ${tile}  ${means}\n`)
    for (const rule of Object.keys(kind.defaultRules))
      expect(text).toMatch(new RegExp(`^//   rules\\.${rule}: \\w`, 'm'))
  })

  it('never replaces a file unless it is told to', async () => {
    const file = at('fresh.txt')
    expect(await levelshift('levels', 'new', 'maze', '-o', file, '--size', '7')).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(parseLevel(readFileSync(file, 'utf8'), file).map).toHaveLength(7)
    const again = await levelshift('levels', 'new', 'maze', '-o', file)
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toMatch(
      /fresh\.txt is there already: choose another name, or replace it with --force\n$/,
    )
    expect((await levelshift('levels', 'new', 'maze', '-o', file, '--force')).code).toBe(0)
  })
})

describe('levels check', () => {
  it('tells all faults of a text file, each with its place', async () => {
    const file = write('faults.txt', LEVEL.replace('#@..a.#', '#@.Xa.#').replace('#.b...#', '#.b..@'))
    const { code, stderr } = await levelshift('levels', 'check', file)
    expect(code).toBe(1)
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/faults\.txt:7:4: 'X' is no tile of gems/),
      expect.stringMatching(/faults\.txt:8:7: the row has 6 tiles, expected 7/),
      expect.stringMatching(/faults\.txt:8:6: a second player/),
    ])
  })

  it('takes folders, standard input and collections, and names what is unproved without a fault', async () => {
    const own = at('mixed')
    mkdirSync(own)
    writeFileSync(join(own, 'a.txt'), LEVEL)
    writeFileSync(join(own, 'b.xsb'), BOARDS)
    const report = await levelshiftJson('levels', 'check', own)
    expect(report).toMatchObject({ checked: 4, solved: 3, failed: [] })
    expect(report['unproved']).toEqual([
      { file: join(own, 'b.xsb'), title: 'Corner', why: expect.stringMatching(/no/) },
    ])
    const piped = start(['levels', 'check', '-', '--json'])
    piped.child.stdin.end(LEVEL)
    expect(JSON.parse((await piped.outcome).stdout)).toMatchObject({ checked: 1, solved: 1 })
  })

  it('counts a recorded solution that does not win as a fault', async () => {
    const wrong = write('wrong.txt', LEVEL.replace('rules.worth', 'solution: dl\nrules.worth'))
    const { code, stderr } = await levelshift('levels', 'check', wrong)
    expect(code).toBe(1)
    expect(stderr).toMatch(/wrong\.txt:7:1: the recorded solution does not win/)
  })

  it('proves all that ships, and generated levels of every game', { timeout: 180_000 }, async () => {
    const report = await levelshiftJson('levels', 'check', '--all', '--generated', '6')
    const generated = LEVEL_KINDS.map(({ game }) => ({ game, checked: 6, solved: 6 }))
    expect(report).toMatchObject({ failed: [], unproved: [], generated })
    expect(report['checked']).toBe(report['solved'])
    const packs = readdirSync('levels/packs', { recursive: true, encoding: 'utf8' })
    expect(report['checked']).toBe(
      packs.filter(name => name.endsWith('.txt')).length + 6 * LEVEL_KINDS.length,
    )
  })

  it('watches: tells what changed on a save, and ends by Ctrl-C', async () => {
    const file = write('watched.txt', LEVEL)
    const { child, outcome } = start(['levels', 'check', file, '--watch'])
    let seen = ''
    child.stdout.on('data', chunk => (seen += chunk))
    let told = ''
    child.stderr.on('data', chunk => (told += chunk))
    const until = async (what: () => boolean) => {
      for (let i = 0; i < 400 && !what(); i++) await wait(50)
      expect(what(), `${seen}\n${told}`).toBe(true)
    }
    await until(() => told.includes('watching'))
    // The watcher needs a moment before it notices anything.
    await wait(500)
    writeFileSync(file, LEVEL.replace('..a', '.Xa'))
    await until(() => /watched\.txt:7:4: 'X' is no tile/.test(seen))
    writeFileSync(file, LEVEL)
    await until(() => (seen.match(/gets 1 in 3 steps/g) ?? []).length === 2)
    child.kill('SIGINT')
    expect((await outcome).code).toBe(0)
  })
})

describe('levels solve and replay', () => {
  it('gives a play that replays to a win, also where controls are turned', async () => {
    const file = write('turned.txt', TURNED)
    const solved = await levelshiftJson('levels', 'solve', file)
    expect(solved).toMatchObject({ solved: true, return: 1, steps: 3, moves: '3r', optimal: true })
    expect(await levelshiftJson('levels', 'replay', file, '--moves', '3r')).toEqual({
      replayed: 1,
      won: 1,
      failed: [],
    })
    // Down and back up again by the directions that are seen, whatever the keys do.
    expect(await levelshiftJson('levels', 'replay', file, '--moves', '2rd u r')).toMatchObject({ won: 1 })
    const lost = await levelshift('levels', 'replay', file, '--moves', '2r', '--json')
    expect(lost.code).toBe(1)
    expect(JSON.parse(lost.stdout)).toEqual({
      replayed: 1,
      won: 0,
      failed: [{ title: 'Turned', why: expect.stringMatching(/not won/) }],
    })
  })

  it('replays a file of solutions on a collection; an unknown title is a failure', async () => {
    const boards = write('boards.xsb', BOARDS)
    const solutions = write('solutions.txt', 'One push: R\nTwo steps: rR\nCorner: r\nNobody: ud\n')
    const { code, stdout } = await levelshift('levels', 'replay', boards, '--solutions', solutions, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      replayed: 4,
      won: 2,
      failed: [
        { title: 'Corner', why: expect.stringMatching(/not won/) },
        { title: 'Nobody', why: expect.stringMatching(/no level has this title/) },
      ],
    })
  })

  it('asks which level of many is meant', async () => {
    const boards = write('which.xsb', BOARDS)
    const { stderr } = await levelshift('levels', 'solve', boards)
    expect(stderr).toMatch(/holds 3 levels; choose one by --level with its title or number\n$/)
    for (const which of ['2', 'Two steps'])
      expect(await levelshiftJson('levels', 'solve', boards, '--level', which)).toMatchObject({
        title: 'Two steps',
        moves: 'rR',
        steps: 2,
      })
    expect((await levelshift('levels', 'solve', boards, '--level', '9')).stderr).toMatch(
      /no level '9'; it holds 1 'One push'/,
    )
  })
})

describe('levels render', () => {
  it('draws the largest map, and the moves that are given', async () => {
    const row = (inside: string) => `#${inside.padEnd(62, '.')}#\n`
    const rows = Array.from({ length: 61 }, () => row(''))
    const map = `${'#'.repeat(64)}\n${row('@a')}${rows.join('')}${'#'.repeat(64)}\n`
    const file = write('large.txt', `levelshift level 1\ngame: gems\n\n${map}`)
    expect((await levelshift('levels', 'render', file, '-o', at('large.png'), '--scale', '1')).code).toBe(0)
    expect(decode(readFileSync(at('large.png')))).toMatchObject({ width: 512, height: 512 })
    // The game ends with the gem: the moves after it are not shown.
    expect(
      (await levelshift('levels', 'render', file, '-o', at('large.gif'), '--moves', 'drurrr')).code,
    ).toBe(0)
    const gif = new GifReader(readFileSync(at('large.gif')))
    expect([gif.width, gif.height, gif.numFrames()]).toEqual([1024, 1024, 4])
  })

  it('refuses other endings', async () => {
    const { code, stderr } = await levelshift('levels', 'render', 'toll-gate', '-o', at('a.jpg'))
    expect([code, stderr]).toEqual([
      2,
      'levelshift: -o must end in .png (a picture) or .gif (the play of the solver)\n',
    ])
  })
})

describe('levels import and export', () => {
  it('imports a collection: every level once, numbered where titles meet, never over a file', async () => {
    const file = write('same.xsb', BOARDS.replace('Two steps', 'One push'))
    const out = at('imported')
    const first = await levelshiftJson('levels', 'import', file, '--out', out)
    expect(first).toMatchObject({ imported: 3, rejected: [] })
    expect(readdirSync(out).sort()).toEqual(['corner.txt', 'one-push-2.txt', 'one-push.txt'])
    // Again: the same files, none replaced, none doubled.
    await levelshiftJson('levels', 'import', file, '--out', out)
    expect(readdirSync(out)).toHaveLength(3)
    writeFileSync(join(out, 'corner.txt'), 'mine')
    await levelshiftJson('levels', 'import', file, '--out', out)
    expect(readFileSync(join(out, 'corner.txt'), 'utf8')).toBe('mine')
    expect(readdirSync(out).sort()).toContain('corner-2.txt')
  })

  it('marks what proves a level: the recorded moves, the solver, or nothing', async () => {
    const file = write('proofs.xsb', BOARDS)
    const solutions = write('recorded.txt', 'One push: R\nTwo steps: l\nMissing: R\n')
    const report = await levelshiftJson('levels', 'import', file, '--solutions', solutions)
    const { levels } = report as { levels: { title: string; proof: string }[] }
    expect(levels.map(({ title, proof }) => [title, proof])).toEqual([
      ['One push', 'solution'],
      ['Two steps', 'solver'],
      ['Corner', 'unproved'],
    ])
    expect(report).toMatchObject({ imported: 3, rejected: [], unusedSolutions: ['Missing'] })
  })

  it('rejects by name what is no level, and imports the others', async () => {
    const file = write('broken.xsb', BOARDS.replace('#@$.#', '#@$$#'))
    const { code, stdout } = await levelshift('levels', 'import', file, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      imported: 2,
      rejected: [{ title: 'One push', why: expect.stringMatching(/broken\.xsb:/) }],
    })
  })

  it.each(['tiled-json', 'tiled-xml'])('brings a level to %s and back as it was', async format => {
    const file = write('own.txt', TURNED)
    const map = at(`${format}/own.${format === 'tiled-json' ? 'tmj' : 'tmx'}`)
    const { files } = (await levelshiftJson('levels', 'export', file, '--format', format, '-o', map)) as {
      files: string[]
    }
    expect(decode(readFileSync(files[2]!))).toMatchObject({ width: 6 * 32, height: 32 })
    const back = await levelshift('levels', 'export', map, '--format', 'text')
    expect(parseLevel(back.stdout, 'back.txt')).toEqual(parseLevel(TURNED, 'own.txt'))
  })

  it('reads nothing outside of the folders that it may read', async () => {
    const file = write('own2.txt', LEVEL)
    await levelshift('levels', 'export', file, '--format', 'tiled-json', '-o', at('jail/own.tmj'))
    const map = readFileSync(at('jail/own.tmj'), 'utf8')
    const tileset = /"source": "([^"]+)"/.exec(map)![1]!
    writeFileSync(at('jail/own.tmj'), map.replace(tileset, `../${tileset}`))
    writeFileSync(at(tileset), readFileSync(at(`jail/${tileset}`)))
    const { code, stderr } = await levelshift('levels', 'check', at('jail/own.tmj'))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /outside of its folder and of the folder that the command runs in; run it from a folder that holds both/,
    )
  })

  it('writes a collection only of sokoban', async () => {
    const { stderr } = await levelshift('levels', 'export', 'toll-gate', '--format', 'xsb')
    expect(stderr).toMatch(/xsb is for levels of sokoban, got one of gems/)
  })
})

describe('levels list, stats and pack', () => {
  it('lists what is there, by game and split, with a folder of one\u2019s own', async () => {
    mkdirSync(at('own'))
    writeFileSync(at('own/corners.txt'), LEVEL)
    const { levels } = (await levelshiftJson('levels', 'list', '--levels', at('own'))) as {
      levels: { file: string; game: string; hash: string; split: string }[]
    }
    const mine = levels.find(({ file }) => file === at('own/corners.txt'))
    expect(mine).toMatchObject({
      game: 'gems',
      title: 'Two corners',
      hash: hashLevel(parseLevel(LEVEL, 'a')),
    })
    for (const { hash, split } of levels) expect(split).toBe(splitOf(hash))
    const some = (await levelshiftJson('levels', 'list', '--game', 'maze', '--split', 'validation')) as {
      levels: typeof levels
    }
    expect(some.levels.map(({ file }) => file)).toEqual(['levels/packs/maze/crossroads.txt'])
    expect(await levelshiftJson('levels', 'solve', 'corners', '--levels', at('own'))).toMatchObject({
      return: 1,
    })
  })

  it('packs proved levels of a split, the same for the same seed, which every command reads', async () => {
    const pack = (name: string, seed: string) =>
      levelshiftJson(
        'levels',
        'pack',
        'keys',
        '--count',
        '4',
        '--split',
        'validation',
        '--seed',
        seed,
        '-o',
        at(name),
      )
    await Promise.all([pack('a.jsonl', '7'), pack('b.jsonl', '7'), pack('c.jsonl', '8')])
    const [a, b, c] = ['a', 'b', 'c'].map(name => readFileSync(at(`${name}.jsonl`), 'utf8'))
    expect(a).toBe(b)
    expect(a).not.toBe(c)
    const report = await levelshiftJson('levels', 'check', at('a.jsonl'))
    expect(report).toMatchObject({ checked: 4, solved: 4, failed: [] })
    for (const { split } of report['levels'] as { split: string }[]) expect(split).toBe('validation')
    writeFileSync(
      at('forged.jsonl'),
      a!.replace('"split":"validation","seed":"pack/7/0', '"split":"test","seed":"pack/7/0'),
    )
    expect((await levelshift('levels', 'check', at('forged.jsonl'))).stderr).toMatch(
      /forged\.jsonl:2:1: .*it was changed after it was packed/,
    )
  })

  it('measures a generator', async () => {
    const { groups } = (await levelshiftJson('levels', 'stats', 'maze', '--count', '12')) as {
      groups: Record<string, unknown>[]
    }
    expect(groups).toEqual([
      expect.objectContaining({ game: 'maze', from: 'generator', levels: 12, distinctMaps: 1 }),
    ])
  })
})

describe('levelshift play', () => {
  it('says that it needs a terminal', async () => {
    const { child, outcome } = start(['play', 'toll-gate'])
    child.stdin.end()
    await once(child, 'close')
    const { code, stdout, stderr } = await outcome
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^levelshift: play needs a terminal: .*\n$/)
  })
})
