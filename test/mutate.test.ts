/** Levels edited at random: valid, proved, of the asked split and with rules of training, for every registered game. */
import { describe, expect, it } from 'vitest'
import { drawLevel, mutateLevel, type ProvedLevel, rebuildLevel } from '../envs/draw-level.ts'
import { findGame } from '../envs/registry.ts'
import { episodeStream } from '../envs/solver.ts'
import { gemsLevels } from '../levels/gems.ts'
import { hashLevel, type LevelKind, levelSchema, problemsOf, SPLITS, splitOf } from '../levels/level.ts'
import { MUTATOR, mutate } from '../levels/mutate.ts'
import { LEVEL_KINDS } from '../levels/registry.ts'
import { formatLevel, parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'

function seedOf({ level }: ProvedLevel): string {
  return level.provenance.source === 'generated' ? level.provenance.seed : ''
}

/** What lies on a map beside bare wall and floor, sorted. */
function contentOf(map: readonly string[], { legend }: LevelKind): string[] {
  return [...map.join('')]
    .filter(tile => {
      const { tile: ground, thing, player } = legend[tile]!
      return thing || player || !(ground === 'wall' || ground === 'floor')
    })
    .sort()
}

function bordersOf(map: readonly string[]): string[] {
  return [map[0]!, map.at(-1)!, map.map(row => row[0]).join(''), map.map(row => row.at(-1)).join('')]
}

describe.each(LEVEL_KINDS.map(kind => [kind.game, kind] as const))('levels of %s', (id, kind) => {
  const vary = Object.keys(kind.defaultRules)
  const request = { game: id, vary }

  it.each(SPLITS)('of the %s split, edited, are other proved levels of it', split => {
    const children = Array.from({ length: 6 }, (_, i) => {
      const parent = drawLevel(request, split, `mutate/${i}`)
      const child = mutateLevel(request, parent, split, `child/${i}`, 5)
      if (child) {
        expect(child.hash).not.toBe(parent.hash)
        expect(child.level.theme).toBe(parent.level.theme)
        expect(contentOf(child.level.map, kind)).toEqual(contentOf(parent.level.map, kind))
        expect(bordersOf(child.level.map)).toEqual(bordersOf(parent.level.map))
        expect(seedOf(child)).toMatch(new RegExp(`^${seedOf(parent)}~child/${i}/\\d+$`))
      }
      return child
    }).filter(child => child !== undefined)
    expect(children.length).toBeGreaterThanOrEqual(5)
    for (const { level, hash, split: actual, solution } of children) {
      expect(levelSchema.parse(level)).toEqual(level)
      expect(problemsOf(level, kind)).toEqual([])
      expect(kind.isHeldOut(level.rules)).toBe(false)
      expect([actual, splitOf(hash)]).toEqual([split, split])
      const state = findGame(id).start(level, episodeStream(level))
      for (const action of solution.actions) findGame(id).step(state, action)
      expect(state.won).toBe(true)
      expect(level.provenance).toMatchObject({ generator: `${id}@${kind.version}+${MUTATOR}` })
      expect(parseLevel(formatLevel(level), 'a.txt')).toEqual(level)
    }
  })

  it('are made again from their names, over generations', () => {
    let level = drawLevel(request, 'train', 'line')
    for (let generation = 0; generation < 4; generation++) {
      expect(rebuildLevel(request, seedOf(level), 3)).toEqual(level)
      expect(mutateLevel(request, level, 'train', `${generation}`, 3)).toEqual(
        mutateLevel(request, level, 'train', `${generation}`, 3),
      )
      level = mutateLevel(request, level, 'train', `${generation}`, 3) ?? level
    }
    expect(seedOf(level).split('~').length).toBeGreaterThan(2)
    expect(rebuildLevel(request, seedOf(level), 3)).toEqual(level)
  })

  it('have their varied rules redrawn now and then, never to held-out values, and no others', () => {
    const parent = drawLevel({ game: id, vary: [] }, 'train', 'rules').level
    const drawn = (rules: readonly string[]) =>
      Array.from({ length: 150 }, (_, i) => {
        const generate = { ...kind.defaults, vary: rules }
        return mutate(kind, parent, stream('rules', i), { edits: 5, generate }).rules
      })
    for (const rules of drawn([])) expect(rules).toEqual(kind.defaultRules)
    const changed = drawn(vary)
    for (const rules of changed) {
      expect(kind.rules.safeParse(rules).success).toBe(true)
      expect(kind.isHeldOut(rules)).toBe(false)
    }
    for (const rule of vary)
      expect(new Set(changed.map(rules => JSON.stringify(rules[rule]))).size, rule).toBeGreaterThan(1)
    const [only, ...others] = vary as [string, ...string[]]
    for (const rules of drawn([only]))
      for (const other of others) expect(rules[other]).toEqual(kind.defaultRules[other])
  })

  it('are refused for training where the parent is of another split or has held-out rules', () => {
    const other = drawLevel(request, 'test', 'refused')
    expect(() => mutateLevel(request, other, 'train', 'x', 5)).toThrow(
      /belongs to the test split and must not be used for train/,
    )
    const { level, ...rest } = drawLevel(request, 'train', 'refused')
    const heldOut = Array.from({ length: 100 }, (_, i) => ({
      ...level,
      ...kind.generate(stream('refused', i), { ...kind.defaults, vary, heldOutRules: true }),
    })).find(drawn => splitOf(hashLevel(drawn)) === 'train')!
    expect(() => mutateLevel(request, { ...rest, level: heldOut }, 'train', 'x', 5)).toThrow(
      /a level with the held-out rules \{.*\} must not be edited for training/,
    )
  })
})

describe('an edit', () => {
  const MAP = ['######', '#@-a-#', '#-#b-#', '#--c-#', '######']
  const dashed: LevelKind = {
    ...gemsLevels,
    legend: {
      ...gemsLevels.legend,
      '.': { tile: 'ice', means: 'ice' },
      '-': { tile: 'floor', means: 'floor' },
    },
  }
  const parent = { map: MAP, rules: gemsLevels.defaultRules }
  const edit = (kind: LevelKind, seed: number, edits = 1) =>
    mutate(kind, parent, stream('edit', seed), { edits, generate: { ...kind.defaults, vary: [] } }).map

  it('takes the floor from the legend, whatever its character', () => {
    for (let seed = 0; seed < 200; seed++) expect(edit(dashed, seed, 5).join('')).not.toContain('.')
  })

  it('is one of three: a wall toggled, a thing moved to free floor, two tiles swapped', () => {
    const kinds = { toggled: 0, moved: 0, swapped: 0 }
    for (let seed = 0; seed < 300; seed++) {
      const [before, after] = [MAP.join(''), edit(dashed, seed).join('')]
      const changes = [...before].flatMap((tile, i) => (tile === after[i] ? [] : [`${tile}${after[i]}`]))
      if (changes.length === 1) {
        expect(['#-', '-#']).toContain(changes[0])
        kinds.toggled++
      } else {
        expect(changes).toHaveLength(2)
        expect([...changes[0]!].reverse().join('')).toBe(changes[1])
        kinds[/[@abc]-|-[@abc]/.test(changes[0]!) ? 'moved' : 'swapped']++
      }
    }
    for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(30)
  })

  it('is left out where nothing fits: a legend without bare floor can only swap', () => {
    const { '-': _, ...legend } = dashed.legend
    const kind = { ...dashed, legend: { ...legend, '-': { tile: 'ice', means: 'thin ice' } } }
    const tiles = (map: readonly string[]) => [...map.join('')].sort()
    for (let seed = 0; seed < 50; seed++) expect(tiles(edit(kind, seed))).toEqual(tiles(MAP))
    expect(edit(dashed, 0, 0)).toEqual(MAP)
  })

  it('that leads nowhere is given up', () => {
    const level = drawLevel({ game: 'gems' }, 'train', 'none')
    expect(mutateLevel({ game: 'gems' }, level, 'train', 'x', 0)).toBeUndefined()
  })
})
