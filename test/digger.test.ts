/** digger by hand: what falls, rolls, breaks and is taken, tile by tile; and its solver against exhaustive search. */
import { describe, expect, test } from 'vitest'
import { digger } from '../envs/digger.ts'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT, type Game, type GameState } from '../envs/game.ts'
import { episodeStream, randomReturn, SEARCH_BUDGET, solve } from '../envs/solver.ts'
import { diggerLevels, worthOf } from '../levels/digger.ts'
import type { Level } from '../levels/level.ts'
import { parseLevel } from '../levels/text.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { TILES } from '../src/core/tiles.ts'

interface Played {
  /** The map after every action, as a level writes it. */
  readonly maps: readonly string[]
  readonly rewards: readonly number[]
  readonly won: boolean
}

const LETTERS: Readonly<Record<string, number>> = { n: 0, u: 1, d: 2, l: 3, r: 4 }
const CHARACTERS = Object.entries(diggerLevels.legend).filter(([, { player }]) => !player)

function read(map: string, rules: Readonly<Record<string, unknown>> = {}): Level {
  const lines = Object.entries(rules).map(([name, value]) => `rules.${name}: ${JSON.stringify(value)}\n`)
  return parseLevel(`levelshift level 1\ngame: digger\n${lines.join('')}\n${map}`, 'a.txt')
}

/** Closes rows that are joined by blanks with a wall on every side. */
function walled(rows: string): string {
  const inner = rows.split(' ')
  const edge = '#'.repeat((inner[0] as string).length + 2)
  return [edge, ...inner.map(row => `#${row}#`), edge].join('\n')
}

/** The inner rows of a state's map, joined by blanks. */
function shown({ tiles, width, player }: ReturnType<typeof digger.start>): string {
  const rows: string[] = []
  for (let y = 1; y < tiles.length / width - 1; y++) {
    const row = [...tiles.subarray(y * width + 1, (y + 1) * width - 1)].map((code, x) =>
      y * width + x + 1 === player ? '@' : CHARACTERS.find(([, { tile }]) => tile === TILES[code]!.name)![0],
    )
    rows.push(row.join(''))
  }
  return rows.join(' ')
}

/** Plays moves (n waits, u d l r) on inner rows joined by blanks. */
function play(rows: string, moves: string, rules: Readonly<Record<string, unknown>> = {}): Played {
  const state = start(read(walled(rows), rules))
  const maps: string[] = []
  const rewards: number[] = []
  for (const move of moves) {
    rewards.push(digger.step(state, LETTERS[move] as number))
    maps.push(shown(state))
  }
  return { maps, rewards, won: state.won }
}

function start(level: Level): ReturnType<typeof digger.start> {
  return digger.start(level, episodeStream(level))
}

/** A generated level that nobody has proved, with all rules and families in play. */
function draft(seed: number, side: number): Level {
  const families = [diggerLevels.families[seed % 3]!.name]
  const vary = Object.keys(diggerLevels.defaultRules)
  const options = { ...diggerLevels.defaults, vary, families, size: [side, side] as const }
  const random = stream('digger', seed)
  const drawn = diggerLevels.generate(random, { ...options, heldOutRules: seed % 4 === 0 })
  return { game: 'digger', ...drawn, theme: 'ice', provenance: { source: 'hand' } }
}

describe('the player', () => {
  test('digs earth, walks on floor, and is stopped by walls', () => {
    const { maps, rewards } = play('@:.a', 'rrlu')
    expect(maps).toEqual(['.@.a', '..@a', '.@.a', '.@.a'])
    expect(rewards).toEqual([0, 0, 0, 0])
  })

  test('takes gems for their worth, and wins with the last that counts', () => {
    const { rewards, won, maps } = play('@bac', 'rr', { counts: 0 })
    expect(rewards).toEqual([-2, 3])
    expect(maps.at(-1)).toBe('..@c')
    expect(won).toBe(true)
  })

  test('pushes one boulder sideways onto floor: not into earth, not two, not up or down', () => {
    expect(play('@o.a', 'r').maps).toEqual(['.@oa'])
    expect(play('@o:a', 'r').maps).toEqual(['@o:a'])
    expect(play('@oo.a', 'r').maps).toEqual(['@oo.a'])
    expect(play('a@ :o ::', 'd').maps).toEqual(['a@ :o ::'])
    expect(play('.. :o a@ ::', 'u').maps).toEqual(['.. :o a@ ::'])
    // Pushed over an edge, it falls in the same step.
    expect(play('@o.: ::.: ::a:', 'r').maps).toEqual(['.@.: ::o: ::a:'])
  })

  test('does what the controls say', () => {
    // Up and down, left and right are swapped.
    expect(play('.@a', 'r', { controls: [1, 0, 3, 2] }).maps).toEqual(['@.a'])
  })
})

describe('falling', () => {
  test('is one tile a step, for boulders and gems alike, until something lies below', () => {
    expect(play('o.@ ..: ..: :a:', 'nnn').maps).toEqual([
      '..@ o.: ..: :a:',
      '..@ ..: o.: :a:',
      '..@ ..: o.: :a:',
    ])
    expect(play('b.@ ..: ..: :a:', 'nnn').maps).toEqual([
      '..@ b.: ..: :a:',
      '..@ ..: b.: :a:',
      '..@ ..: b.: :a:',
    ])
  })

  test('goes from the bottom to the top, so that a pile comes down as one', () => {
    expect(play('o.@ b.: ..: :a:', 'n').maps).toEqual(['..@ o.: b.: :a:'])
  })

  test('begins when the earth below is dug away and left', () => {
    // The player digs the boulder's footing, carries the boulder, and it drops behind them.
    expect(play('o.: :@: :a:', 'lnr').maps).toEqual(['o.: @.: :a:', 'o.: @.: :a:', '..: o@: :a:'])
  })
})

describe('rolling', () => {
  const twoSteps = (rows: string, roll: string) => play(rows, 'nn', { roll }).maps

  test('is one tile to the hidden side, off boulders, gems and walls; the fall comes after', () => {
    for (const below of ['o', 'b', '#']) {
      const rows = `.o.@ .${below}.: ::a:`
      expect(twoSteps(rows, 'left')).toEqual([`o..@ .${below}.: ::a:`, `...@ o${below}.: ::a:`])
      expect(twoSteps(rows, 'right')).toEqual([`..o@ .${below}.: ::a:`, `...@ .${below}o: ::a:`])
      expect(twoSteps(rows, 'none')).toEqual([rows, rows])
      // Gems roll as well.
      const gem = `.c.@ .${below}.: ::a:`
      expect(twoSteps(gem, 'right')[0]).toBe(`..c@ .${below}.: ::a:`)
    }
  })

  test('wants both tiles free, the one beside and the one below that, and something round', () => {
    for (const rows of ['.o.@ :o:: ::a:', ':o:@ .o.: ::a:', '.o.@ .:.: ::a:'])
      for (const roll of ['left', 'right']) expect(twoSteps(rows, roll)).toEqual([rows, rows])
    // The player stands in the way.
    expect(twoSteps('.o.: @o:: ::a:', 'left')[0]).toBe('.o.: @o:: ::a:')
  })

  test('is for what cannot fall', () => {
    expect(play('.oo@ ...: .##: ::a:', 'n').maps).toEqual(['...@ .oo: .##: ::a:'])
    expect(play('.oo@ .oo: ...: ::a:', 'n').maps).toEqual(['...@ .oo: .oo: ::a:'])
  })

  test('left and right are mirror images', () => {
    for (let seed = 0; seed < 120; seed++) {
      const level = draft(seed, 9)
      const { roll, controls } = level.rules as { roll: string; controls: number[] }
      const mirroredLevel: Level = {
        ...level,
        map: level.map.map(row => [...row].reverse().join('')),
        rules: {
          ...level.rules,
          roll: { left: 'right', right: 'left', none: 'none' }[roll],
          controls: controls.map(direction => (direction < 2 ? direction : 5 - direction)),
        },
      }
      const [one, other] = [start(level), start(mirroredLevel)]
      const random = stream('mirror', seed)
      for (let t = 0; t < 60 && !one.terminated; t++) {
        const action = random.int(ACTION_COUNT)
        expect(digger.step(other, action)).toBe(digger.step(one, action))
        const mirrored = shown(one)
          .split(' ')
          .map(row => [...row].reverse().join(''))
          .join(' ')
        expect(shown(other)).toBe(mirrored)
      }
    }
  })
})

describe('a boulder on the head', () => {
  test('breaks and costs 1 where it has just fallen; play goes on', () => {
    // From above, where the player walks into the shaft.
    const walked = play('o. .. .@ :a', 'ln')
    expect(walked).toEqual({ maps: ['.. .. @. :a', '.. .. @. :a'], rewards: [-1, 0], won: false })
    // From on top of the player, who steps down from under it.
    expect(play('o.: @.: ..: ::a', 'd')).toMatchObject({ maps: ['..: ..: @.: ::a'], rewards: [-1] })
  })

  test('is counted with the gem that was taken in the same step, but for the last one', () => {
    expect(play('o. .. a@ :a', 'l')).toMatchObject({ maps: ['.. .. @. :a'], rewards: [2] })
    // That ends the episode before anything falls.
    expect(play('o. .. a@ ::', 'l')).toEqual({ maps: ['o. .. @. ::'], rewards: [3], won: true })
  })

  test('does nothing where it rests or does not reach the player, and gems never do', () => {
    expect(play('o.: @.: ::a', 'nn').rewards).toEqual([0, 0])
    expect(play('o. .. .. .@ :a', 'l')).toMatchObject({ maps: ['.. o. .. @. :a'], rewards: [0] })
    expect(play('b. .. .@ :a', 'ln')).toMatchObject({ maps: ['.. b. @. :a', '.. b. @. :a'], rewards: [0, 0] })
  })
})

test('what is skipped while nothing moves would have changed nothing', () => {
  for (let seed = 0; seed < 150; seed++) {
    const lazy = start(draft(seed, 9))
    const thorough = digger.clone(lazy)
    const random = stream('quiet', seed)
    for (let t = 0; t < 60 && !lazy.terminated; t++) {
      const action = random.int(ACTION_COUNT)
      thorough.quiet = false
      expect(digger.step(lazy, action)).toBe(digger.step(thorough, action))
      expect(digger.key(lazy)).toBe(digger.key(thorough))
    }
  }
})

test('keys tell all maps apart that a few tiles make, and the place of the player', () => {
  const tiles = ['.', ':', 'o', 'a', 'b', 'c']
  const keys = new Set<number | string>()
  for (const one of tiles)
    for (const two of tiles)
      for (const rows of [`@${one}${two} ::: a::`, `:${one}${two} @:: a::`])
        keys.add(digger.key(start(read(walled(rows)))))
  expect(keys.size).toBe(2 * 36)
})

describe('levels', () => {
  test('a worth pattern pays one colour, or two where it is held out, and taking all pays little', () => {
    expect([0, 1, 2, 3, 4, 5].map(worthOf)).toEqual([
      [3, -2, -2],
      [-2, 3, -2],
      [-2, -2, 3],
      [-2, 1, 1],
      [1, -2, 1],
      [1, 1, -2],
    ])
  })

  test('begin at rest, whichever way things roll', () => {
    for (let seed = 0; seed < 60; seed++) {
      const level = draft(seed, 7 + 2 * (seed % 3))
      for (const roll of ['left', 'right', 'none']) {
        const state = start({ ...level, rules: { ...level.rules, roll } })
        const before = shown(state)
        expect(digger.step(state, 0)).toBe(0)
        expect(shown(state)).toBe(before)
      }
    }
  })

  test('without a gem that counts are refused', () => {
    expect(() => read(walled('@b'), { counts: 0 })).toThrow(UserError)
    expect(() => read(walled('@b'), { counts: 4 })).toThrow('no gem that counts (a or c); put at least one')
    expect(() => read(walled('@a'), { roll: 'up' })).toThrow('expected "left", "right" or "none"')
  })
})

/** What a player gets who always walks a shortest way to the nearest gem, around boulders, whatever its colour. */
function greedyReturn(level: Level): number {
  const state = start(level)
  const { width } = state
  const offsets = [-width, width, -1, 1]
  const isGem = (index: number) => state.worth[state.tiles[index]!] !== 0
  let total = 0
  for (let t = 0; t < digger.horizon(level) && !state.terminated; t++) {
    // The first step of the way to each tile that was reached, in the order of distance.
    const first = new Map<number, number>([[state.player, 0]])
    let action = 0
    for (const [from, begun] of first) {
      if (isGem(from)) {
        action = begun
        break
      }
      offsets.forEach((offset, direction) => {
        const { solid } = TILES[state.tiles[from + offset]!]!
        if (!solid && !first.has(from + offset)) first.set(from + offset, begun || direction + 1)
      })
    }
    total += digger.step(state, action)
  }
  return total
}

describe('the solver', () => {
  /** Best return of all plays, with neither pruning nor bounds. */
  function bestOfAll(level: Level, horizon: number): number {
    const known = new Map<string, number>()
    const best = (state: GameState, left: number): number => {
      if (left === 0 || state.terminated) return 0
      const name = `${left} ${(digger as Game).key(state)}`
      const before = known.get(name)
      if (before !== undefined) return before
      let value = 0
      for (let action = 0; action < ACTION_COUNT; action++) {
        const next = (digger as Game).clone(state)
        value = Math.max(value, (digger as Game).step(next, action) + best(next, left - 1))
      }
      known.set(name, value)
      return value
    }
    return best(start(level), horizon)
  }

  test('finds the best play of tiny maps, and says so', () => {
    let lossy = 0
    for (let seed = 0; seed < 60; seed++) {
      const random = stream('tiny', seed)
      const tiles = random.shuffled([...'@ooaabc::::.'])
      const rows = [0, 4, 8].map(from => tiles.slice(from, from + 4).join('')).join(' ')
      const level = read(walled(rows), {
        roll: random.pick(['left', 'right', 'none']),
        counts: random.int(6),
      })
      const solution = solve(digger, level, { horizon: 14 })
      expect(solution).toMatchObject({ optimal: true, bestReturn: bestOfAll(level, 14) })
      if (solution.bestReturn < digger.bound(start(level))) lossy++
    }
    // Both of its searches had their say.
    expect(lossy).toBeGreaterThan(5)
    expect(lossy).toBeLessThan(55)
  })

  test('keeps to its budget, and then promises nothing', () => {
    const level = read(walled('@o::o: :o:o:: ::o::o :oaoa: :::o::'))
    const stopped = solve(digger, level, { budget: 8 })
    expect(stopped.optimal).toBe(false)
    expect(stopped.expanded).toBeLessThanOrEqual(8)
  })

  test('proves generated levels on a small part of the budget, mostly without a loss', () => {
    const drawn = Array.from({ length: 40 }, (_, i) => drawLevel({ game: 'digger' }, 'train', `digger/${i}`))
    for (const { solution } of drawn) expect(solution.expanded).toBeLessThan(SEARCH_BUDGET / 50)
    expect(drawn.filter(({ solution }) => solution.optimal).length).toBeGreaterThan(35)
  })

  test('a random player, and one who takes the nearest gem whatever its colour, get little of what there is', () => {
    const drawn = Array.from({ length: 60 }, (_, i) => drawLevel({ game: 'digger' }, 'train', `digger/${i}`))
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const random = drawn.map(({ level, solution, hash }) => {
      return randomReturn(digger, level, stream('digger', hash), 64) / solution.bestReturn
    })
    const greedy = drawn.map(({ level, solution }) => greedyReturn(level) / solution.bestReturn)
    console.info(
      `digger: random ${mean(random).toFixed(2)}, nearest gem ${mean(greedy).toFixed(2)} of the solver's`,
    )
    expect(Math.abs(mean(random))).toBeLessThan(0.25)
    expect(Math.abs(mean(greedy))).toBeLessThan(0.25)
  })

  test('a play for one side is worth less where things roll to the other, in heaps above all', () => {
    const share = (family: string) => {
      let kept = 0
      let worth = 0
      for (let i = 0; i < 100; i++) {
        const request = { game: 'digger', families: [family] }
        const { level, solution } = drawLevel(request, 'train', `digger/${i}`)
        const roll = level.rules['roll'] === 'left' ? 'right' : 'left'
        const state = start({ ...level, rules: { ...level.rules, roll } })
        for (const action of solution.actions) if (!state.terminated) kept += digger.step(state, action)
        worth += solution.bestReturn
      }
      return kept / worth
    }
    const [field, heaps] = [share('field'), share('heaps')]
    console.info(
      `digger: a play for the other side keeps ${field.toFixed(2)} in field, ${heaps.toFixed(2)} in heaps`,
    )
    expect(field).toBeLessThan(0.97)
    expect(heaps).toBeLessThan(0.8)
  })
})
