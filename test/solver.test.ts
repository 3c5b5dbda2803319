/** The solver against exhaustive search, and the random player against chance worked out by hand. */
import { describe, expect, test } from 'vitest'
import { ACTION_COUNT, ACTIONS, type Game, type GameState } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { episodeStream, randomReturn, solve } from '../envs/solver.ts'
import type { Level } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'

const read = (game: string, map: string, rules = '') =>
  parseLevel(`levelshift level 1\ngame: ${game}\n${rules}\n${map}`, 'a.txt')

/** Best return of all plays of at most `horizon` steps, with neither pruning nor bounds. */
function bestOfAll(game: Game, level: Level, horizon: number): number {
  const known = new Map<string, number>()
  const best = (state: GameState, left: number): number => {
    if (left === 0 || state.terminated) return 0
    const name = `${left} ${game.key(state)}`
    const before = known.get(name)
    if (before !== undefined) return before
    let value = 0
    for (let action = 0; action < ACTION_COUNT; action++) {
      const next = game.clone(state)
      value = Math.max(value, game.step(next, action) + best(next, left - 1))
    }
    known.set(name, value)
    return value
  }
  return best(game.start(level, episodeStream(level)), horizon)
}

describe.each(GAMES.map(game => ({ id: game.id, game })))('$id', ({ id, game }) => {
  test('returns what exhaustive search returns, for short and long time limits', { timeout: 60_000 }, () => {
    const kind = levelKind(id)
    for (let i = 0; i < 8; i++) {
      const family = kind.families[i % kind.families.length]!
      const draft = kind.generate(stream('exhaustive', i), {
        ...kind.defaults,
        size: [family.smallest, family.smallest],
        vary: Object.keys(kind.defaultRules),
        families: [family.name],
      })
      const level: Level = { game: id, ...draft, theme: 'ice', provenance: { source: 'hand' } }
      // A search of the game's own may miss what is best, but not claim more than there is.
      const horizons = game.solve ? [1, 4, 9] : [1, 4, 9, 16, 25]
      for (const horizon of horizons) {
        const solution = solve(game, level, { horizon })
        const best = bestOfAll(game, level, horizon)
        if (!game.solve) expect(solution.optimal).toBe(true)
        if (solution.optimal) expect(solution.bestReturn).toBe(best)
        else expect(solution.bestReturn).toBeLessThanOrEqual(best)
        expect(solution.actions.length).toBeLessThanOrEqual(horizon)
      }
    }
  })
})

describe('the solver', () => {
  const gems = GAMES.find(game => game.id === 'gems') as Game

  test('gives the actions of a level that can be read at a glance', () => {
    const { actions, ...rest } = solve(gems, read('gems', '#######\n#@..a.#\n#######'))
    expect(actions.map(action => ACTIONS[action])).toEqual(['right', 'right', 'right'])
    expect(rest).toMatchObject({ solved: true, bestReturn: 1, optimal: true })
  })

  test('pays a toll where it is worth it, and leaves alone what is not worth winning', () => {
    expect(solve(gems, read('gems', '#######\n#@b.aa#\n#######'))).toMatchObject({
      solved: true,
      bestReturn: 1,
    })
    expect(solve(gems, read('gems', '########\n#a@bb.a#\n########'))).toMatchObject({ solved: false, bestReturn: 1, optimal: true }) // biome-ignore format: one line a case
    expect(solve(gems, read('gems', '######\n#@b.a#\n######'))).toMatchObject({ solved: true, bestReturn: 0 })
  })

  test('says when it cannot be won: walled in, or too far for the time limit', () => {
    expect(solve(gems, read('gems', '#####\n#@#a#\n#####'))).toMatchObject({ solved: false, optimal: true })
    const far = read('gems', '#######\n#@...a#\n#######')
    expect(solve(gems, far, { horizon: 4 })).toMatchObject({ solved: true, bestReturn: 1 })
    expect(solve(gems, far, { horizon: 3 })).toMatchObject({ solved: false, bestReturn: 0, optimal: true })
  })

  test('stops at its budget and then promises nothing', () => {
    const level = read('gems', ['#########', '#@......#', '#.......#', '#......a#', '#########'].join('\n'))
    const stopped = solve(gems, level, { budget: 3 })
    expect(stopped).toMatchObject({ solved: false, optimal: false })
    expect(stopped.expanded).toBeLessThanOrEqual(4)
    expect(solve(gems, level)).toMatchObject({ solved: true, optimal: true })
  })
})

describe('the random player', () => {
  const maze = GAMES.find(game => game.id === 'maze') as Game

  test('returns what chance says', () => {
    // Between two exits a player who never waits for long takes either equally often: (2 - 1) / 2.
    const level = read('maze', '#######\n#a@b###\n#####c#\n#######', 'rules.real: 0\n')
    expect(randomReturn(maze, level, stream('chance'), 4000)).toBeCloseTo(0.5, 1)
    expect(randomReturn(maze, { ...level, rules: { ...level.rules, real: 2 } }, stream('chance'), 400)).toBe(
      -1,
    )
  })

  test('is the same for the same stream', () => {
    const level = read('maze', '#######\n#a@b###\n#####c#\n#######')
    expect(randomReturn(maze, level, stream('x'))).toBe(randomReturn(maze, level, stream('x')))
  })
})
