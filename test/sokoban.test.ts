/** sokoban against the classic rules, worked by hand. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { replay } from '../envs/replay.ts'
import { sokoban, sokobanLurd } from '../envs/sokoban.ts'
import { episodeStream } from '../envs/solver.ts'
import { STRAIGHT_CONTROLS } from '../levels/controls.ts'
import { type Level, problemsOf } from '../levels/level.ts'
import { actionsOfMoves } from '../levels/moves.ts'
import { sokobanLevels } from '../levels/sokoban.ts'
import { createScene } from '../src/core/scene.ts'
import { TILES } from '../src/core/tiles.ts'

const SIGNS: Readonly<Record<string, string>> = {
  void: ' ',
  floor: '-',
  wall: '#',
  goal: '.',
  box: '$',
  'box-on-goal': '*',
}

function levelOf(map: readonly string[], controls: readonly number[] = STRAIGHT_CONTROLS): Level {
  return { game: 'sokoban', map, rules: { controls }, theme: 'ice', provenance: { source: 'hand' } }
}

/** What a state looks like, as text: void is blank, the ring around an open map left out. */
function picture(state: ReturnType<typeof sokoban.start>): string[] {
  const scene = createScene()
  sokoban.paint(state, scene)
  const rows = Array.from({ length: scene.height }, (_, y) =>
    Array.from({ length: scene.width }, (_, x) => {
      const sign = SIGNS[TILES[scene.tiles[y * scene.width + x]!]!.name]!
      if (x !== scene.cameraX || y !== scene.cameraY) return sign
      return sign === '.' ? '+' : '@'
    }).join(''),
  )
  return rows.map(row => row.trimEnd()).filter(row => row !== '')
}

/** Plays moves; the rewards and what is seen at the end. */
function play(level: Level, moves: string) {
  const state = sokoban.start(level, episodeStream(level))
  const rewards = actionsOfMoves(moves, level).map(action => sokoban.step(state, action))
  return { rewards, rows: picture(state), won: state.won, terminated: state.terminated }
}

describe('the rules', () => {
  const hall = levelOf(['########', '#@-$---#', '#--$--.#', '#---.--#', '########'])

  test('one box is pushed, and only where there is room behind it', () => {
    expect(play(hall, 'rr').rows[1]).toBe('#--@$--#')
    // Into the wall it goes no further, and the player stands.
    expect(play(hall, 'rrrrrrr').rows[1]).toBe('#----@$#')
    // Two boxes in a row: from above, the lower one bars the way.
    expect(
      play(levelOf(['######', '#@---#', '#-$--#', '#-$..#', '#----#', '######']), 'rd').rows.slice(1, 4),
    ).toEqual(['#-@--#', '#-$--#', '#-$..#'])
  })

  test('boxes are never pulled, and waiting changes nothing', () => {
    expect(play(hall, 'rrl').rows[1]).toBe('#-@-$--#')
    expect(play(hall, 'nxn').rows).toEqual(play(hall, '').rows)
  })

  test('goals lie under boxes and players', () => {
    const level = levelOf(['#######', '#@$.-.#', '#--$--#', '#######'])
    expect(play(level, 'r').rows[1]).toBe('#-@*-.#')
    expect(play(level, 'rr').rows[1]).toBe('#--+$.#')
    expect(play(level, 'rrr').rows[1]).toBe('#--.@*#')
    expect(play(levelOf(['######', '#+$*-#', '#-$.-#', '######']), 'd').rows.slice(1, 3)).toEqual([
      '#.$*-#',
      '#@$.-#',
    ])
  })

  test('a push pays what it brings the box nearer to its nearest goal, and the last one 2 more', () => {
    // Distances along the row: 3 2 1 0 1; the wall on the right leaves no way back from the last cell.
    const lane = levelOf(['#######', '#@$-.-#', '#######'])
    expect(play(lane, 'rr')).toMatchObject({ rewards: [1, 3], won: true, terminated: true })
    // Off the goal again costs what it paid: the box must come back, if it can.
    const open = levelOf(['########', '#------#', '#-@$.--#', '#------#', '#--$.--#', '#------#', '########'])
    expect(play(open, 'rr').rewards).toEqual([1, -1])
    // To a wall without a goal, once and for all; along that wall it is all the same.
    const corner = levelOf(['######', '#----#', '#-$@-#', '#--.-#', '#----#', '######'])
    expect(play(corner, 'Luld').rewards).toEqual([-1, 0, 0, 0])
  })

  test('whichever way it is won, it returns the same', () => {
    const level = levelOf([
      '########',
      '#------#',
      '#------#',
      '#--.$@-#',
      '#--.$--#',
      '#------#',
      '#------#',
      '########',
    ])
    expect(replay(level, 'LrdL')).toMatchObject({ won: true, return: 4 })
    expect(play(level, 'dLUruulDrdL').rewards).toEqual([0, 1, -1, 0, 0, 0, 0, 1, 0, 0, 3])
  })

  test('controls are hidden and permuted', () => {
    const level = levelOf(['#######', '#@-$-.#', '#######'], [3, 2, 1, 0])
    const state = sokoban.start(level, episodeStream(level))
    // Action 1 (up) goes right here.
    expect([1, 1, 1].map(action => sokoban.step(state, action))).toEqual([0, 1, 3])
    expect(state.won).toBe(true)
  })

  test('what lies around the walls is void; floor inside is not, even where nobody gets', () => {
    const level = levelOf([
      '-####----',
      '-#--#####',
      '##-----$#',
      '#@$.-#-.#',
      '####-####',
      '---#-#---',
      '---###---',
    ])
    // The ring around an open map shifts everything by one.
    const seen = ['  ####', '  #--#####', ' ##-----$#', ' #@$.-#-.#', ' ####-####', '    #-#', '    ###']
    expect(picture(sokoban.start(level, episodeStream(level)))).toEqual(seen)
    const closed = levelOf(['########', '#@$.#--#', '########'])
    expect(picture(sokoban.start(closed, episodeStream(closed)))[1]).toBe('#@$.#--#')
  })

  test('the time limit grows with the board and its boxes', () => {
    const square = (side: number, row: string) =>
      levelOf(Array.from({ length: side }, (_, y) => (y === 1 ? row.padEnd(side, '-') : '-'.repeat(side))))
    expect(sokoban.horizon(square(7, '@$.'))).toBe(48)
    expect(sokoban.horizon(square(7, '@$.*'))).toBe(48)
    expect(sokoban.horizon(square(9, '@$.*'))).toBe(64)
    expect(sokoban.horizon(square(9, '@$.**'))).toBe(192)
  })

  test('the key tells boards apart, also where it is too large for a number', () => {
    const rows = ['#'.repeat(40), ...Array.from({ length: 12 }, () => `#${'-'.repeat(38)}#`), '#'.repeat(40)]
    rows[1] = `#@${'$-'.repeat(10)}${'-'.repeat(17)}#`
    rows[6] = `#${'.'.repeat(10)}${'-'.repeat(28)}#`
    const level = levelOf(rows)
    const keys = ['', 'd', 'dru', 'rd', 'drrrrrru'].map(moves => {
      const state = sokoban.start(level, episodeStream(level))
      for (const action of actionsOfMoves(moves, level)) sokoban.step(state, action)
      return sokoban.key(state)
    })
    expect(typeof keys[0]).toBe('string')
    expect(new Set(keys).size).toBe(keys.length)
    const there = sokoban.start(level, episodeStream(level))
    for (const action of actionsOfMoves('ddrluu', level)) sokoban.step(there, action)
    expect(sokoban.key(there)).toBe(keys[0])
  })

  test('faults of a map are named', () => {
    const why = (...map: string[]) => problemsOf(levelOf(map), sokobanLevels).map(problem => problem.message)
    expect(why('#@.#')[0]).toContain('no box')
    expect(why('#@$$.#')[0]).toContain('2 boxes and 1 goals')
    expect(why('#+*#')[0]).toContain('1 boxes and 2 goals')
    expect(why('#@*#')[0]).toContain('every box stands on a goal already')
    expect(why('#@$.#')).toEqual([])
  })
})

test('LURD of any play: the case tells pushes, and playing it again ends the same', () => {
  const level = levelOf(['#######', '#-----#', '#-$.$-#', '#--@.-#', '#-----#', '#######'])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), actions => {
      const lurd = sokobanLurd(level, actions)
      const state = sokoban.start(level, episodeStream(level))
      for (const action of actions) if (!state.terminated) sokoban.step(state, action)
      expect(lurd.replace(/[^UDLR]/g, '')).toHaveLength(state.pushes)
      expect(replay(level, lurd)).toMatchObject({ won: state.won })
    }),
  )
})
