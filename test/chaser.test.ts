/** chaser against examples worked by hand, and its search against exhaustive search. */
import { describe, expect, test } from 'vitest'
import { chaser } from '../envs/chaser.ts'
import { ACTIONS } from '../envs/game.ts'
import { episodeStream, searchBreadthFirst, solve } from '../envs/solver.ts'
import { chaserLevels } from '../levels/chaser.ts'
import { type Level, problemsOf } from '../levels/level.ts'
import { parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'
import { createScene } from '../src/core/scene.ts'

function read(rows: readonly string[], nature = [3, -3, 3]): Level {
  const rule = `rules.nature: ${JSON.stringify(nature)}`
  return parseLevel(`levelshift level 1\ngame: chaser\n${rule}\n\n${rows.join('\n')}`, 'a.txt')
}

/** What is painted: the player, then each creature, as [column, row] in quarter tiles. */
function painted(state: ReturnType<typeof chaser.start>): [number, number][] {
  const scene = createScene()
  chaser.paint(state, scene)
  return Array.from({ length: scene.sprites }, (_, i) => [scene.spriteX[i]!, scene.spriteY[i]!])
}

/** Rewards of actions, each by its first letter, and the state after them. */
function play(level: Level, names: string) {
  const state = chaser.start(level, episodeStream(level))
  const rewards = [...names].map(name =>
    chaser.step(
      state,
      ACTIONS.findIndex(action => action.startsWith(name)),
    ),
  )
  return { state, rewards }
}

describe('creatures', () => {
  /** Tiles of the first creature over time, and which way it leans: a quarter tile to the side that it goes to next. */
  function track(rows: readonly string[], steps: number): string[] {
    const { state } = play(read(rows), '')
    return Array.from({ length: steps + 1 }, (_, t) => {
      if (t > 0) chaser.step(state, 0)
      const [x, y] = painted(state)[1]!
      const [column, row] = [Math.round(x / 4), Math.round(y / 4)]
      const lean = ['<', '.', '>'][x - 4 * column + 1]! + ['^', '.', 'v'][y - 4 * row + 1]!
      return `${column},${row}${lean}`
    })
  }

  test('walk along the row from the start to the right, turn round at walls, and lean to where they go', () => {
    expect(track(['######', '#.a..#', '#@.*.#', '######'], 7)).toEqual(
      ['2,1>.', '3,1>.', '4,1<.', '3,1<.', '2,1<.', '1,1>.', '2,1>.', '3,1>.'], // biome-ignore format: a walk
    )
    expect(track(['######', '#..a##', '#@*..#', '######'], 3)).toEqual(['3,1<.', '2,1<.', '1,1>.', '2,1>.'])
  })

  test('walk along the column where it is longer, and the row where both are equal', () => {
    const tall = ['#####', '#@#.#', '#*..#', '#.#a#', '#.#.#', '#####']
    expect(track(tall, 6)).toEqual(
      ['3,3.v', '3,4.^', '3,3.^', '3,2.^', '3,1.v', '3,2.v', '3,3.v'], // biome-ignore format: a walk
    )
    expect(track(['#####', '#@.*#', '#..a#', '#...#', '#####'], 3)).toEqual([
      '3,2<.',
      '2,2<.',
      '1,2>.',
      '2,2>.',
    ])
    expect(track(['#####', '#@*##', '###a#', '#####'], 2)).toEqual(['3,2..', '3,2..', '3,2..'])
  })

  test('are touched by who moves to them, and by whom they move to', () => {
    // The creature stands one tile away and comes nearer: walking into it, or waiting, takes it.
    const beside = read(['#####', '#@a##', '#.#*#', '#####'])
    for (const names of ['r', 'n', 'l']) {
      const { state, rewards } = play(beside, names)
      expect(rewards).toEqual([3])
      expect(state).toMatchObject({ count: 0, terminated: false })
    }
    // It goes away, and the player after it: it turns at the wall and runs into him.
    const chase = read(['#######', '#@.a..#', '#*#####', '#######'], [-3, 3, 3])
    expect(play(chase, 'rrr').rewards).toEqual([0, 0, -3])
    // Nobody swaps places: side by side and walking into each other is a touch.
    expect(play(read(['######', '#@..a#', '#*####', '######']), 'rr').rewards).toEqual([0, 3])
    // Who steps aside in time is passed.
    const aside = read(['#####', '#*.##', '#@.a#', '#..*#', '#####'], [-3, 3, 3])
    expect(play(aside, 'un').rewards).toEqual([1, 0])
  })

  test('that come to the player together are touched together', () => {
    const { state, rewards } = play(read(['#######', '#a.@.b#', '###*###', '#######'], [3, 3, -3]), 'nn')
    expect(rewards).toEqual([0, 6])
    expect(state).toMatchObject({ count: 0, terminated: false })
  })
})

test('the last dot and the last creature that pays end the level, whichever comes first', () => {
  const rows = ['######', '#@*.a#', '######']
  const paying = play(read(rows), 'rn')
  expect(paying.rewards).toEqual([1, 3])
  expect(paying.state).toMatchObject({ terminated: true, won: true })
  expect(play(read(rows), 'r').state).toMatchObject({ terminated: false })
  expect(play(read(rows, [-3, 3, 3]), 'r').state).toMatchObject({ terminated: true, won: true })
})

test('two creatures of a kind that have changed places make the same state, two of different kinds do not', () => {
  const keys = (row: string) => {
    const { state } = play(read(['######', row, '#@#*.#', '######']), '')
    return Array.from({ length: 7 }, () => {
      const key = chaser.key(state)
      chaser.step(state, 0)
      return key
    })
  }
  // Four tiles: a walk to and fro takes six steps.
  const same = keys('#a..a#')
  const different = keys('#a..b#')
  expect(new Set(same.slice(0, 3)).size).toBe(3)
  expect(same.slice(3, 6)).toEqual(same.slice(0, 3))
  expect(new Set(different.slice(0, 6)).size).toBe(6)
  expect(different[6]).toBe(different[0])
})

describe('the search', () => {
  test('gets what exhaustive search gets over 16 steps, and seldom leaves open whether that is best', () => {
    let proved = 0
    for (let i = 0; i < 30; i++) {
      const draft = chaserLevels.generate(stream('chaser', i), {
        ...chaserLevels.defaults,
        size: [7, 7],
        families: [chaserLevels.families[i % 3]!.name],
        vary: ['nature', 'controls'],
        heldOutRules: i % 2 === 1,
        difficulty: i % 4 === 0 ? 2 : 1,
      })
      const level: Level = { game: 'chaser', ...draft, theme: 'ice', provenance: { source: 'hand' } }
      if (problemsOf(level, chaserLevels).length) continue
      const horizon = 16
      const best = searchBreadthFirst(chaser, level, { horizon, budget: 1e6 })
      expect(best.optimal).toBe(true)
      const found = solve(chaser, level, { horizon })
      expect(found.bestReturn).toBeLessThanOrEqual(best.bestReturn)
      if (found.optimal) {
        proved++
        expect(found).toMatchObject({ bestReturn: best.bestReturn, solved: best.solved })
      }
    }
    expect(proved).toBeGreaterThanOrEqual(25)
  })

  test('pays a toll where it is worth it, and not otherwise', () => {
    // The creature walks the three tiles of the only way: whoever follows it down meets it on its way back.
    const stairs = (dots: string) =>
      solve(chaser, read(['#########', '#@.######', '##b######', `##.${dots.padEnd(5, '.')}#`, '#########']))
    expect(stairs('*****')).toMatchObject({ solved: true, bestReturn: 2, optimal: true })
    expect(stairs('**')).toMatchObject({ solved: false, bestReturn: 0, optimal: true })
  })

  test('tells apart more things than a word has bits', () => {
    const dots = '*'.repeat(40)
    const level = read(['#'.repeat(46), `#@${dots}a.b#`, '#'.repeat(46)], [3, 3, -3])
    const { actions, ...rest } = solve(chaser, level)
    expect(rest).toMatchObject({ solved: true, bestReturn: 46, optimal: true })
    const state = chaser.start(level, episodeStream(level))
    expect(actions.reduce((sum, action) => sum + chaser.step(state, action), 0)).toBe(46)
    expect(state.won).toBe(true)
  })

  test('stops at its budget and then promises nothing', () => {
    const level = read(['#########', '#@......#', '#.......#', '#..a...*#', '#########'])
    const stopped = solve(chaser, level, { budget: 3 })
    expect(stopped).toMatchObject({ solved: false, optimal: false })
    expect(stopped.expanded).toBeLessThanOrEqual(3)
    expect(solve(chaser, level)).toMatchObject({ solved: true, bestReturn: 4, optimal: true })
  })
})

describe('levels', () => {
  const faults = (map: readonly string[]) =>
    problemsOf(
      { game: 'chaser', map, rules: chaserLevels.defaultRules, theme: 'ice', provenance: { source: 'hand' } },
      chaserLevels,
    ).map(problem => problem.message)

  test('want a dot, and no more creatures than can be painted', () => {
    expect(faults(['@a'])).toEqual(['no dot; put at least one'])
    expect(faults(['@*', 'aa'])).toEqual([])
    const crowd = (count: number) => [
      '@*'.padEnd(32, '.'),
      'a'.repeat(32),
      'b'.repeat(count - 32).padEnd(32, '.'),
    ]
    expect(faults(crowd(63))).toEqual([])
    expect(faults(crowd(64))).toEqual(['64 creatures; at most 63 are supported'])
    const { state } = play(
      {
        game: 'chaser',
        map: crowd(63),
        rules: chaserLevels.defaultRules,
        theme: 'ice',
        provenance: { source: 'hand' },
      },
      '',
    )
    expect(painted(state)).toHaveLength(64)
  })

  test('have as many creatures of each kind, all of which can be met, and none near the player', () => {
    for (let i = 0; i < 200; i++) {
      const { map } = chaserLevels.generate(stream('even', i), chaserLevels.defaults)
      const all = map.join('')
      const counts = ['a', 'b', 'c'].map(kind => all.split(kind).length - 1)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      const width = map[0]!.length
      const start = all.indexOf('@')
      const reached = new Set([start])
      for (const index of reached)
        for (const next of [index - width, index + width, index - 1, index + 1])
          if (all[next] !== '#') reached.add(next)
      for (const [index, tile] of [...all].entries()) {
        if ('abc*'.includes(tile)) expect(reached.has(index)).toBe(true)
        const apart =
          Math.abs((index % width) - (start % width)) +
          Math.abs(Math.floor(index / width) - Math.floor(start / width))
        if ('abc'.includes(tile)) expect(apart).toBeGreaterThanOrEqual(3)
      }
    }
  })
})
