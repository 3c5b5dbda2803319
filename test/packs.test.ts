/** The hand-made levels that ship: all are read, proved, titled, and written as the project writes levels. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { GAMES } from '../envs/registry.ts'
import { randomReturn, solve } from '../envs/solver.ts'
import { hashLevel } from '../levels/level.ts'
import { formatLevel, parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'

const PACKS = new URL('../levels/packs/', import.meta.url)

const levels = readdirSync(PACKS).flatMap(folder =>
  readdirSync(new URL(`${folder}/`, PACKS)).map(name => {
    const file = `levels/packs/${folder}/${name}`
    const text = readFileSync(new URL(`${folder}/${name}`, PACKS), 'utf8')
    return { file, folder, name, text, level: parseLevel(text, file) }
  }),
)

test('there are at least six a game, and no folder without a game', () => {
  for (const game of GAMES)
    expect(levels.filter(({ folder }) => folder === game.id).length, game.id).toBeGreaterThanOrEqual(6)
  for (const { file, folder, level } of levels) expect(level.game, file).toBe(folder)
})

test('no title and no level stands twice', () => {
  expect(new Set(levels.map(({ level }) => level.title)).size).toBe(levels.length)
  expect(new Set(levels.map(({ level }) => hashLevel(level))).size).toBe(levels.length)
})

describe.each(levels)('$file', ({ name, text, level }) => {
  test('is named in kebab case, titled, hand-made and written canonically', () => {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*\.txt$/)
    expect(level.title).toBeDefined()
    expect(level.provenance).toEqual({ source: 'hand' })
    // JSON values may have blanks of their own; everything else is as formatLevel writes it.
    const compact = (lines: string) => lines.replace(/^rules\..*$/gm, rule => rule.replace(/(?<=[,[]) /g, ''))
    expect(compact(text)).toBe(compact(formatLevel(level)))
  })

  test('is proved to the best return, and is worth learning', () => {
    const game = GAMES.find(g => g.id === level.game)!
    const solution = solve(game, level)
    expect(solution).toMatchObject({ solved: true, optimal: true })
    expect(solution.bestReturn - randomReturn(game, level, stream('packs', name), 64)).toBeGreaterThan(1)
  })
})
