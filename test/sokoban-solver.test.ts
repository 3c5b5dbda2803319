import { describe, expect, test } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { readMap } from '../envs/map.ts'
import { replay } from '../envs/replay.ts'
import { sokoban, sokobanLurd } from '../envs/sokoban.ts'
import { Area, NEVER, readBoard } from '../envs/sokoban-board.ts'
import { assignmentEstimate, freezeTest, LOST, nearestEstimate } from '../envs/sokoban-pruning.ts'
import { solve } from '../envs/solver.ts'
import { drawControlsOf, isHeldOutControls, STRAIGHT_CONTROLS } from '../levels/controls.ts'
import { type Level, problemsOf } from '../levels/level.ts'
import { movesOfActions } from '../levels/moves.ts'
import { sokobanLevels } from '../levels/sokoban.ts'
import { stream } from '../src/core/random.ts'

function levelOf(map: readonly string[], controls: readonly number[] = STRAIGHT_CONTROLS): Level {
  return { game: 'sokoban', map, rules: { controls }, theme: 'ice', provenance: { source: 'hand' } }
}

/** A board as an exhaustive search has it: nothing but strings, and every single move. */
interface Position {
  readonly player: number
  readonly boxes: readonly number[]
}

/**
 * The fewest pushes that win from a position, or Infinity: all positions that can be reached, walks free and pushes one
 * each. Knows nothing of cells, areas or estimates.
 */
function fewestPushes(map: readonly string[], start: Position): number {
  const width = (map[0] as string).length
  const all = map.join('')
  const isGoal = (i: number) => '.*+'.includes(all[i] as string)
  const name = ({ player, boxes }: Position) => `${player} ${[...boxes].sort((a, b) => a - b)}`
  const seen = new Set([name(start)])
  let layer = [start]
  for (let pushes = 0; layer.length; pushes++) {
    const next: Position[] = []
    for (const position of layer) {
      if (position.boxes.every(isGoal)) return pushes
      for (const offset of [-width, width, -1, 1]) {
        const player = position.player + offset
        if (all[player] === '#') continue
        const isPush = position.boxes.includes(player)
        const behind = player + offset
        if (isPush && (all[behind] === '#' || position.boxes.includes(behind))) continue
        const boxes = position.boxes.map(box => (box === player ? behind : box))
        const moved = { player, boxes }
        if (seen.has(name(moved))) continue
        seen.add(name(moved))
        if (isPush) next.push(moved)
        else layer.push(moved)
      }
    }
    layer = next.filter((position, i) => i === next.findIndex(other => name(other) === name(position)))
  }
  return Number.POSITIVE_INFINITY
}

/** A walled board of random tiles with as many goals as boxes. */
function randomBoard(name: number): string[] {
  const random = stream('tiny boards', name)
  const [width, height, boxes] = [3 + random.int(3), 3 + random.int(2), 1 + random.int(3)]
  const inside: string[] = Array.from({ length: width * height }, () => (random.next() < 0.15 ? '#' : '-'))
  const places = random.shuffled([...inside.keys()]).slice(0, boxes + 1)
  for (const [i, place] of places.entries()) inside[place] = i === 0 ? '@' : '$'
  for (const place of random.shuffled([...inside.keys()]).slice(0, boxes))
    inside[place] = { '@': '+', $: '*' }[inside[place] as string] ?? '.'
  const rows = Array.from(
    { length: height },
    (_, y) => `#${inside.slice(y * width, (y + 1) * width).join('')}#`,
  )
  return ['#'.repeat(width + 2), ...rows, '#'.repeat(width + 2)]
}

function positionOf(map: readonly string[]): Position {
  const all = [...map.join('')]
  return {
    player: all.findIndex(tile => tile === '@' || tile === '+'),
    boxes: all.flatMap((tile, i) => (tile === '$' || tile === '*' ? [i] : [])),
  }
}

const boards = Array.from({ length: 300 }, (_, i) => randomBoard(i)).filter(
  map => problemsOf(levelOf(map), sokobanLevels).length === 0,
)

describe('the solver against exhaustive search', () => {
  test('wins exactly the boards that can be won', { timeout: 30_000 }, () => {
    let won = 0
    for (const map of boards) {
      const level = levelOf(map)
      const { solved, actions, expanded } = solve(sokoban, level, { horizon: 1000 })
      const best = fewestPushes(map, positionOf(map))
      expect(solved, map.join('\n')).toBe(best < Number.POSITIVE_INFINITY)
      expect(expanded).toBeLessThan(20_000)
      if (!solved) continue
      won++
      const lurd = sokobanLurd(level, actions)
      expect(replay(level, lurd)).toMatchObject({ won: true, unplayed: 0 })
      expect(lurd.replace(/[a-z]/g, '').length).toBeGreaterThanOrEqual(best)
    }
    expect(won).toBeGreaterThan(30)
    expect(won).toBeLessThan(boards.length - 30)
  })

  test('what it prunes can never be won, and its estimates are never too high', { timeout: 30_000 }, () => {
    let [dead, frozen, unassigned] = [0, 0, 0]
    for (const map of boards) {
      const level = levelOf(map)
      const { width, tiles, player } = readMap(level, sokobanLevels)
      const board = readBoard(width, tiles, player)
      const start = positionOf(map)
      const best = fewestPushes(map, start)
      const cellOf = (index: number) => board.indices.indexOf(index)
      const cells = start.boxes.map(cellOf)
      if (cells.some(cell => cell < 0)) continue
      const occupied = new Uint8Array(board.cells)
      for (const cell of cells) occupied[cell] = 1
      const isLost = freezeTest(board, occupied)
      for (const cell of cells) {
        // One box on a dead cell, or held off its goal, is enough.
        if (board.nearest[cell] === NEVER) {
          dead++
          expect(best, map.join('\n')).toBe(Number.POSITIVE_INFINITY)
        }
        if (isLost(cell)) {
          frozen++
          expect(best, map.join('\n')).toBe(Number.POSITIVE_INFINITY)
        }
      }
      const sorted = Uint16Array.from(cells).sort()
      for (const estimate of [assignmentEstimate(board), nearestEstimate(board)]) {
        const value = estimate(sorted)
        if (value === LOST) {
          unassigned++
          expect(best, map.join('\n')).toBe(Number.POSITIVE_INFINITY)
        } else expect(value, map.join('\n')).toBeLessThanOrEqual(best)
      }
    }
    for (const count of [dead, frozen, unassigned]) expect(count).toBeGreaterThan(10)
  })
})

describe('the solver', () => {
  test('finds what can be read at a glance, in proper LURD', () => {
    const level = levelOf(
      ['########', '#--#####', '#-$----#', '#-@$-..#', '#---####', '########'],
      [2, 0, 3, 1],
    )
    const { solved, actions, bestReturn, optimal } = solve(sokoban, level)
    expect({ solved, bestReturn, optimal }).toEqual({ solved: true, bestReturn: 8, optimal: true })
    // The one in the way first, to the far goal; then the other down and after it.
    expect(sokobanLurd(level, actions).replace(/[a-z]/g, '')).toBe('RRRDRRR')
    expect(sokobanLurd(levelOf(['######', '#@-$.#', '######']), [4, 4, 0])).toBe('rRn')
  })

  test('assigns boxes to goals so that the sum is least, not each to its nearest', () => {
    // Both boxes are nearest to the goal in the middle: 1 + 1, but one must go to the end: 1 + 3.
    const level = levelOf(['#########', '#-------#', '#-$.$-.-#', '#@------#', '#########'])
    const { width, tiles, player } = readMap(level, sokobanLevels)
    const board = readBoard(width, tiles, player)
    expect(nearestEstimate(board)(board.boxes)).toBe(2)
    expect(assignmentEstimate(board)(board.boxes)).toBe(3)
  })

  test('names an area by its first cell, whichever way it is entered', () => {
    const level = levelOf(['#######', '#@-#--#', '#--$-.#', '#--#--#', '#######'])
    const { width, tiles, player } = readMap(level, sokobanLevels)
    const board = readBoard(width, tiles, player)
    const occupied = new Uint8Array(board.cells)
    occupied[board.boxes[0]!] = 1
    const area = new Area(board, occupied)
    const inside = board.indices.flatMap((index, cell) => (index % width < 3 ? [cell] : []))
    const outside = board.indices.flatMap((index, cell) => (index % width > 3 ? [cell] : []))
    expect(new Set(inside.map(cell => area.flood(cell))).size).toBe(1)
    expect(area.size).toBe(6)
    expect(new Set(outside.map(cell => area.flood(cell)))).toEqual(new Set([Math.min(...outside)]))
  })

  test('what it cannot finish in time or budget returns what its best beginning does', () => {
    const level = levelOf(['#########', '#@$----.#', '#-------#', '#-$----.#', '#########'])
    expect(solve(sokoban, level)).toMatchObject({ solved: true, bestReturn: 12 })
    const short = solve(sokoban, level, { horizon: 3 })
    expect(short).toMatchObject({ solved: false, optimal: false })
    expect(short.bestReturn).toBeGreaterThan(0)
    expect(short.actions.length).toBeLessThanOrEqual(3)
    expect(replay(level, sokobanLurd(level, short.actions)).return).toBe(short.bestReturn)
    expect(solve(sokoban, level, { budget: 1 })).toMatchObject({ solved: false, optimal: false, expanded: 1 })
  })

  test('a box off a goal that nobody reaches makes it hopeless, one on a goal does not', () => {
    expect(solve(sokoban, levelOf(['#########', '#@$.-#$.#', '#########']))).toMatchObject({
      solved: false,
      expanded: 0,
    })
    expect(solve(sokoban, levelOf(['#########', '#@$.-#*-#', '#########']))).toMatchObject({ solved: true })
  })

  test('the budget bounds the time on the largest boards too', () => {
    const row = `#${'-'.repeat(62)}#`
    const rows = ['#'.repeat(64), ...Array.from({ length: 62 }, () => row), '#'.repeat(64)]
    for (let y = 4; y < 60; y += 3) rows[y] = `#-${'$--'.repeat(20)}-#`
    for (let y = 5; y < 60; y += 3) rows[y] = `#-${'.--'.repeat(20)}-#`
    rows[1] = `#@${'-'.repeat(61)}#`
    const boxes = rows.join('').split('$').length - 1
    expect(rows.join('').split('.').length - 1).toBe(boxes)
    const begun = process.cpuUsage()
    const { expanded } = solve(sokoban, levelOf(rows), { budget: 2000 })
    expect(expanded).toBeGreaterThan(0)
    expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(5)
  })
})

describe('the generator', () => {
  test('leaves no box on a goal, and its own backward play is a proof: every draft can be won', () => {
    for (const { name } of sokobanLevels.families) {
      for (const difficulty of [1, 2, 3] as const) {
        for (let i = 0; i < 10; i++) {
          const options = { ...sokobanLevels.defaults, families: [name], difficulty }
          const draft = sokobanLevels.generate(stream('drafts', name, difficulty, i), options)
          const tiles = draft.map.join('')
          expect(tiles).not.toContain('*')
          expect(tiles.split('$').length - 1).toBe(difficulty)
          expect(solve(sokoban, levelOf(draft.map), { horizon: 1000 }).solved).toBe(true)
        }
      }
    }
  })

  test('is harder where it is asked to be', () => {
    const steps = ([1, 2, 3] as const).map(difficulty => {
      const drawn = Array.from({ length: 20 }, (_, i) =>
        drawLevel({ game: 'sokoban', difficulty }, 'train', `steps/${i}`),
      )
      return drawn.reduce((sum, { solution }) => sum + solution.actions.length, 0) / drawn.length
    })
    expect(steps[1]).toBeGreaterThan(1.5 * (steps[0] as number))
    expect(steps[2]).toBeGreaterThan(1.3 * (steps[1] as number))
  })

  test('whoever takes the controls to be straight earns next to nothing, and wins only where they are', () => {
    let total = 0
    for (let i = 0; i < 100; i++) {
      const { level } = drawLevel({ game: 'sokoban' }, 'test', `ignored/${i}`)
      const plan = solve(sokoban, { ...level, rules: { controls: STRAIGHT_CONTROLS } }).actions
      const played = replay(level, movesOfActions(plan, level))
      const isStraight = String(level.rules.controls) === String(STRAIGHT_CONTROLS)
      if (isStraight) expect(played.won).toBe(true)
      total += isStraight ? 0 : played.return
    }
    expect(total / 100).toBeLessThan(0.5)
  })

  test('held-out controls: 8 of 24, and in both parts every action performs every direction equally often', () => {
    const all = permutations([0, 1, 2, 3])
    expect(isHeldOutControls(STRAIGHT_CONTROLS)).toBe(false)
    for (const [heldOut, count] of [
      [true, 8],
      [false, 16],
    ] as const) {
      const part = all.filter(controls => isHeldOutControls(controls) === heldOut)
      expect(part).toHaveLength(count)
      for (let action = 0; action < 4; action++)
        for (let direction = 0; direction < 4; direction++)
          expect(part.filter(controls => controls[action] === direction)).toHaveLength(count / 4)
      const random = stream('controls')
      const drawn = Array.from({ length: 400 }, () => drawControlsOf(random, ['controls'], heldOut).join())
      expect(new Set(drawn)).toEqual(new Set(part.map(controls => controls.join())))
    }
    // As its words say: up and down perform up and right, or left and down, in either order.
    for (const [up, down] of [[0, 3], [3, 0], [2, 1], [1, 2]] as const) // biome-ignore format: a table
      expect(isHeldOutControls([up, down, ...[0, 1, 2, 3].filter(d => d !== up && d !== down)])).toBe(true)
  })
})

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap(item =>
    permutations(items.filter(other => other !== item)).map(rest => [item, ...rest]),
  )
}
