/** Moves as text: worked examples, what is refused and where, round trips, and playing them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { replay } from '../envs/replay.ts'
import {
  actionsOfMoves,
  formatMoves,
  MAX_MOVES,
  movesOfActions,
  parseMoves,
  parseSolutions,
} from '../levels/moves.ts'
import { parseLevel } from '../levels/text.ts'
import { UserError } from '../src/core/errors.ts'

const gems = (map: string, controls = '[0, 1, 2, 3]') =>
  parseLevel(`levelshift level 1\ngame: gems\nrules.controls: ${controls}\n\n${map}`, 'a.txt')

/** The error of something that must be refused. */
function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return (error as UserError).message
  }
  throw new Error('expected a refusal')
}

describe('reading moves', () => {
  test.each([
    ['', ''],
    ['udlr', 'udlr'],
    ['uLnxX', 'uLnxX'],
    ['3r', 'rrr'],
    ['12u3R', 'uuuuuuuuuuuuRRR'],
    ['2(uL)', 'uLuL'],
    ['2(uL3r)d', 'uLrrruLrrrd'],
    ['2(2(ul)D)', 'ululDululD'],
    ['(ul)', 'ul'],
    [' u\n2 r\r\n\t2 ( l d )', 'urrldld'],
  ])('%j is %j', (text, moves) => {
    expect(parseMoves(text, 'a.txt')).toBe(moves)
  })

  test.each([
    ['uuq', 1, 3, "'q' is no move"],
    ['uu\nrr\r\n  z', 3, 3, "'z' is no move"],
    ['3', 1, 1, 'a count with nothing after it'],
    ['u 2 3r', 1, 5, 'a second count'],
    ['0u', 1, 1, "a count of '0'"],
    ['u3)', 1, 2, 'a count before a closing bracket'],
    ['ur)', 1, 3, 'without an opening one'],
    ['u\n2(r', 2, 1, 'never closed'],
    ['2(u())', 1, 4, 'no moves in them'],
    ['99999999999999u', 1, 1, 'a count of'],
    ['u100000r', 1, 2, 'more than 100000 moves'],
  ])('%j is refused at line %i, column %i', (text, line, column, what) => {
    const message = refusal(() => parseMoves(text, 'a.txt'))
    expect(message.startsWith(`a.txt:${line}:${column}: `), message).toBe(true)
    expect(message).toContain(what)
  })

  test('a few characters cannot ask for endless work or memory', () => {
    expect(refusal(() => parseMoves('9999(9999(9999(9999(u))))', 'a'))).toContain('more than 100000 moves')
    expect(refusal(() => parseMoves('('.repeat(50_000), 'a'))).toContain('brackets inside each other')
    expect(parseMoves(`${MAX_MOVES}u`, 'a')).toHaveLength(MAX_MOVES)
    const begun = performance.now()
    expect(refusal(() => parseMoves('u'.repeat(300_000), 'a'))).toContain('a:1:100001: ')
    expect(performance.now() - begun).toBeLessThan(2000)
  })

  test('writing and reading again gives the same moves, never longer', () => {
    expect(formatMoves('uuuRR')).toBe('3uRR')
    expect(formatMoves('uuUU')).toBe('uuUU')
    expect(formatMoves('')).toBe('')
    const run = fc.tuple(fc.constantFrom(...'udlrUDLRnx'), fc.integer({ min: 1, max: 120 }))
    fc.assert(
      fc.property(fc.array(run), runs => {
        const moves = runs.map(([letter, times]) => letter.repeat(times)).join('')
        const text = formatMoves(moves)
        expect(parseMoves(text, 'a')).toBe(moves)
        expect(text.length).toBeLessThanOrEqual(moves.length)
      }),
    )
  })

  test('nested brackets are what they stand for, and anything else is a clear refusal', () => {
    type Node = { text: string; moves: string }
    const { node } = fc.letrec<{ node: Node }>(tie => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(...'udlrULDRnx').map(letter => ({ text: letter, moves: letter })),
        fc
          .tuple(fc.integer({ min: 1, max: 4 }), fc.array(tie('node'), { minLength: 1, maxLength: 3 }))
          .map(([times, parts]) => ({
            text: `${times}(${parts.map(part => part.text).join(' ')})`,
            moves: parts
              .map(part => part.moves)
              .join('')
              .repeat(times),
          })),
      ),
    }))
    fc.assert(
      fc.property(node, ({ text, moves }) => {
        expect(parseMoves(text, 'a')).toBe(moves)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'uR2(9) )q') }), text => {
        try {
          expect(parseMoves(text, 'a')).toMatch(/^[uR]*$/)
        } catch (error) {
          expect((error as Error).message).toMatch(/^a:1:\d+: /)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('moves and actions', () => {
  // Action 1 (up) goes right, 2 (down) goes up, 3 (left) goes down, 4 (right) goes left.
  const level = gems('#####\n#@.a#\n#####', '[3, 0, 1, 2]')

  test('moves are directions: permuted controls are undone', () => {
    expect(actionsOfMoves('udlrUDLR', level)).toEqual([2, 3, 4, 1, 2, 3, 4, 1])
    expect(actionsOfMoves('nxX', level)).toEqual([0, 5, 5])
    expect(movesOfActions([0, 1, 2, 3, 4, 5], level)).toBe('nrudlx')
  })

  test('there and back again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), actions => {
        expect(actionsOfMoves(movesOfActions(actions, level), level)).toEqual(actions)
      }),
    )
  })
})

describe('files of solutions', () => {
  test('a line each; the last colon splits; comments and empty lines are skipped', () => {
    const text = '\uFEFF; a comment\n\nFirst steps: 2(uR)\r\n// another\nPart 2: the hall:rr\n'
    expect(parseSolutions(text, 'a.txt')).toEqual([
      { title: 'First steps', moves: 'uRuR', line: 3 },
      { title: 'Part 2: the hall', moves: 'rr', line: 5 },
    ])
  })

  test.each([
    ['just text', 1, 1, "expected 'title: moves'"],
    ['a: u\n: u', 2, 1, 'no title'],
    ['a: u\nb:', 2, 3, 'no moves'],
    ['a: u\n\na: r', 3, 1, 'first on line 1'],
    ['a: u\nb: uu?', 2, 6, "'?' is no move"],
  ])('%j is refused at line %i, column %i', (text, line, column, what) => {
    const message = refusal(() => parseSolutions(text, 'a.txt'))
    expect(message.startsWith(`a.txt:${line}:${column}: `), message).toBe(true)
    expect(message).toContain(what)
  })
})

describe('replay', () => {
  const level = gems('#####\n#@.a#\n#####', '[3, 0, 1, 2]')

  test('wins, with moves left over and moves into walls', () => {
    expect(replay(level, 'rr')).toEqual({ won: true, return: 1, steps: 2, unplayed: 0, withinHorizon: true })
    expect(replay(level, 'uRnlrrdd')).toMatchObject({ won: true, steps: 6, unplayed: 2 })
  })

  test('says what went wrong', () => {
    expect(replay(level, '')).toMatchObject({ won: false, why: 'there are no moves' })
    expect(replay(level, 'rl')).toMatchObject({
      won: false,
      why: 'the level is not won after move 2 of 2, the last',
    })
    const maze = parseLevel('levelshift level 1\ngame: maze\n\n#######\n#a@b###\n#####c#\n#######', 'a.txt')
    expect(replay(maze, 'rll')).toMatchObject({
      won: false,
      steps: 1,
      return: -1,
      why: 'the game is over and lost after move 1 of 3',
    })
  })

  test('the time limit is told, and does not decide', () => {
    expect(replay(level, `${'n'.repeat(500)}rr`)).toMatchObject({
      won: true,
      steps: 502,
      withinHorizon: false,
    })
  })
})
