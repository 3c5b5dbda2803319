/** The encoder's free supervision: labels of drawn views, known by hand, and of random levels, by another search. */
import { beforeAll, describe, expect, it } from 'vitest'
import { sketchLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { episodeStream } from '../envs/solver.ts'
import { stream } from '../src/core/random.ts'
import { drawSymbolic, VIEW, VIEW_CELLS } from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'
import { TILES, tileCode } from '../src/core/tiles.ts'
import { createPictureSource, type PictureBatch } from '../src/learn/picture-source.ts'
import {
  createLabels,
  DIRECTIONS,
  kindsOf,
  type Labels,
  labelView,
  SIDES,
  wayToTarget,
} from '../src/learn/supervision.ts'

const KINDS = kindsOf(GAMES.map(({ id }) => id))
const CENTRE = (VIEW / 2) * VIEW + VIEW / 2

const LETTERS: Readonly<Record<string, string>> = {
  ' ': 'void', '.': 'floor', '#': 'wall', '@': 'player', k: 'player-key-b', a: 'gem-a', b: 'gem-b', D: 'door-a',
  E: 'door-b', c: 'chest', x: 'exit-a',
} // biome-ignore format: a table

/** A view from a drawing whose player stands in the middle; all around it is void. */
function viewOf(...drawing: string[]): Uint8Array {
  const row = drawing.findIndex(line => /[@k]/.test(line))
  const column = drawing[row]!.search(/[@k]/)
  const view = new Uint8Array(VIEW_CELLS)
  drawing.forEach((line, y) => {
    for (const [x, letter] of [...line].entries()) {
      const at = (VIEW / 2 + y - row) * VIEW + VIEW / 2 + x - column
      view[at] = tileCode(LETTERS[letter] as string)
    }
  })
  return view
}

interface Kind {
  readonly directions: number[]
  readonly nearness: number[]
  readonly present: number
}

/** What the labels say of one kind: shares of [none, up, down, left, right], nearness from [up, down, left, right]. */
function kindOf(labels: Labels, name: string): Kind {
  const kind = KINDS.asked.indexOf(tileCode(name))
  return {
    directions: [...labels.directions.subarray(kind * DIRECTIONS, (kind + 1) * DIRECTIONS)],
    nearness: [...labels.nearness.subarray(kind * SIDES, (kind + 1) * SIDES)],
    present: labels.present[kind]!,
  }
}

function labelsOf(view: Uint8Array): Labels {
  const labels = createLabels(KINDS)
  labelView(view, KINDS, labels)
  return labels
}

/** Steps from each side, null where there is no way, as nearness. */
function near(...steps: (number | null)[]): number[] {
  return steps.map(step => (step === null ? 0 : Math.fround(Math.exp(-step / 3))))
}

const NONE = [1, 0, 0, 0, 0]
const [UP, DOWN, LEFT, RIGHT] = [1, 2, 3, 4].map(at => [0, 1, 2, 3, 4].map(i => +(i === at)))
const ABSENT: Kind = { directions: NONE, nearness: [0, 0, 0, 0], present: 0 }

describe('labels of a drawing', () => {
  const cases: [string, string[], string, Kind][] = [
    ['a target beside the player', ['...', '.@a', '...'], 'gem-a', { directions: RIGHT!, nearness: near(2, 2, 2, 0), present: 1 }],
    ['a straight corridor', ['#####', '#@.a#', '#####'], 'gem-a', { directions: RIGHT!, nearness: near(null, null, null, 1), present: 1 }],
    ['two ways of equal length', ['@..', '...', '..a'], 'gem-a', { directions: [0, 0, 0.5, 0, 0.5], nearness: near(null, 3, null, 3), present: 1 }],
    ['two targets of a kind at equal distance', ['#a#', '.@.', '#a#'], 'gem-a', { directions: [0, 0.5, 0.5, 0, 0], nearness: near(0, 0, 2, 2), present: 1 }],
    ['four ways', ['.a.', 'a@a', '.a.'], 'gem-a', { directions: [0, 0.25, 0.25, 0.25, 0.25], nearness: near(0, 0, 0, 0), present: 1 }],
    ['a wall in the way', ['@#a', '...', '...'], 'gem-a', { directions: DOWN!, nearness: near(null, 3, null, null), present: 1 }],
    ['a way through the cell where the player stands', ['a@.'], 'gem-a', { directions: LEFT!, nearness: near(null, null, 0, 2), present: 1 }],
    ['a target walled in', ['@.#####', '..#.a.#', '..#####'], 'gem-a', { directions: NONE, nearness: near(null, null, null, null), present: 1 }],
    ['a player walled in', ['a###', '.#@#', '.###'], 'gem-a', { directions: NONE, nearness: near(null, null, null, null), present: 1 }],
    ['a target that is not there', ['...', '.@a', '...'], 'gem-b', ABSENT],
    ['the nearest of two', ['a..@.a'], 'gem-a', { directions: RIGHT!, nearness: near(null, null, 2, 1), present: 1 }],
    ['another kind of target is walked over', ['@ba'], 'gem-a', { directions: RIGHT!, nearness: near(null, null, null, 1), present: 1 }],
    ['a door is a target', ['@.D'], 'door-a', { directions: RIGHT!, nearness: near(null, null, null, 1), present: 1 }],
    ['a door beside the player', ['#D#', '#@#', '#.#'], 'door-a', { directions: UP!, nearness: near(0, 2, null, null), present: 1 }],
    ['what is behind a door cannot be reached', ['#####', '#@Dc#', '#####'], 'chest', { directions: NONE, nearness: near(null, null, null, null), present: 1 }],
    ['a door of another colour blocks the way to a door', ['@DE'], 'door-b', { directions: NONE, nearness: near(null, null, null, null), present: 1 }],
    ['the way leads around a door', ['@Dc', '...'], 'chest', { directions: DOWN!, nearness: near(null, 3, null, null), present: 1 }],
    ['void blocks', ['@ a'], 'gem-a', { directions: NONE, nearness: near(null, null, null, null), present: 1 }],
  ] // biome-ignore format: a table
  it.each(cases)('%s', (_, drawing, kind, expected) => {
    const { directions, nearness, present } = kindOf(labelsOf(viewOf(...drawing)), kind)
    expect(directions).toEqual(expected.directions)
    expect(present).toBe(expected.present)
    for (const [side, value] of expected.nearness.entries()) expect(nearness[side]).toBeCloseTo(value, 6)
  })

  it('every kind that is not there has direction none', () => {
    const labels = labelsOf(viewOf('.@.'))
    for (const code of KINDS.asked) expect(kindOf(labels, TILES[code]!.name)).toEqual(ABSENT)
  })

  it('a view does not go round its edge', () => {
    // The player in a corridor to the right edge; the target at the left edge, one row lower: near only in memory.
    const view = new Uint8Array(VIEW_CELLS)
    const floor = tileCode('floor')
    for (let x = VIEW / 2; x < VIEW; x++) view[(VIEW / 2) * VIEW + x] = floor
    view[CENTRE] = tileCode('player')
    view[(VIEW / 2 + 1) * VIEW] = tileCode('gem-a')
    expect(kindOf(labelsOf(view), 'gem-a').directions).toEqual(NONE)
    view[(VIEW / 2 + 1) * VIEW] = 0
    view[(VIEW / 2) * VIEW + VIEW - 1] = tileCode('gem-a')
    expect(kindOf(labelsOf(view), 'gem-a').directions).toEqual(RIGHT)
  })

  it('the longest way that a view holds still counts', () => {
    // A snake through the whole view: the player in it, the target at its end, over a hundred steps away.
    const view = new Uint8Array(VIEW_CELLS).fill(tileCode('wall'))
    const path: number[] = []
    for (let row = 0; row < VIEW; row += 2) {
      const columns = Array.from({ length: VIEW }, (_, x) => (row % 4 ? VIEW - 1 - x : x))
      for (const x of columns) path.push(row * VIEW + x)
      if (row + 1 < VIEW) path.push((row + 1) * VIEW + (row % 4 ? 0 : VIEW - 1))
    }
    for (const cell of path) view[cell] = tileCode('floor')
    view[path[0]!] = tileCode('gem-a')
    const place = path.indexOf(CENTRE)
    expect(place).toBeGreaterThan(60)
    view[CENTRE] = tileCode('player')
    const { directions, nearness } = kindOf(labelsOf(view), 'gem-a')
    // Eight rows lie above: this one is walked from left to right, so the way back is to the left.
    expect(directions).toEqual(LEFT)
    expect(nearness[2]).toBeCloseTo(Math.exp(-(place - 1) / 3), 12)
  })

  it('tells what the player carries', () => {
    const spriteOf = (view: Uint8Array) => TILES[KINDS.looks[labelsOf(view).sprite]!]!.name
    expect(spriteOf(viewOf('.@.'))).toBe('player')
    expect(spriteOf(viewOf('.k.'))).toBe('player-key-b')
  })

  it('nothing of the view before it stays', () => {
    const labels = createLabels(KINDS)
    labelView(viewOf('aaa', 'D@E', '.c.'), KINDS, labels)
    labelView(viewOf('...', '.@a', '...'), KINDS, labels)
    expect(labels).toEqual(labelsOf(viewOf('...', '.@a', '...')))
  })
})

/**
 * Distances by relaxation until nothing changes (Bellman-Ford), from the player's neighbours to the targets: the other
 * way round than the code under test, and without a queue.
 */
function stepsFrom(view: Uint8Array, from: number, target: number): number {
  const isOpen = (cell: number) => !TILES[view[cell]!]!.solid && !TILES[view[cell]!]!.hazard
  if (view[from] === target) return 0
  if (!isOpen(from)) return Number.POSITIVE_INFINITY
  const steps = new Array<number>(VIEW_CELLS).fill(Number.POSITIVE_INFINITY)
  steps[from] = 0
  const neighbours = (cell: number) => {
    const [y, x] = [Math.floor(cell / VIEW), cell % VIEW]
    return [[y - 1, x], [y + 1, x], [y, x - 1], [y, x + 1]]
      .filter(([row, column]) => row! >= 0 && row! < VIEW && column! >= 0 && column! < VIEW)
      .map(([row, column]) => row! * VIEW + column!)
  } // biome-ignore format: four neighbours
  for (let changed = true; changed; ) {
    changed = false
    for (let cell = 0; cell < VIEW_CELLS; cell++) {
      // A target is entered, but a solid one is not left again.
      if (!isOpen(cell) && view[cell] !== target) continue
      const best = Math.min(
        ...neighbours(cell)
          .filter(isOpen)
          .map(next => steps[next]! + 1),
      )
      if (best < steps[cell]!) {
        steps[cell] = best
        changed = true
      }
    }
  }
  return Math.min(...[...view.keys()].filter(cell => view[cell] === target).map(cell => steps[cell]!))
}

/** Views of all games in play. */
function views(perGame: number): Uint8Array[] {
  const scene = createScene()
  return GAMES.flatMap(game => {
    const random = stream('supervision', game.id)
    return Array.from({ length: perGame }, (_, i) => {
      const level = sketchLevel({ game: game.id }, 'train', `supervision/${i}`)
      const state = game.start(level, episodeStream(level, i))
      for (let t = random.int(30); t > 0 && !state.terminated; t--) game.step(state, random.int(ACTION_COUNT))
      const view = new Uint8Array(VIEW_CELLS)
      game.paint(state, scene)
      drawSymbolic(scene, view)
      return view
    })
  })
}

describe('the kinds of games', () => {
  const names = (codes: readonly number[]) => codes.map(code => TILES[code]!.name)

  it('are the targets, the hazards and the looks that can lie or stand on their maps, and no more', () => {
    const { asked, looks } = kindsOf(['keys', 'maze'])
    expect(names(asked)).toEqual(
      ['key-a', 'key-b', 'key-c', 'door-a', 'door-b', 'door-c', 'exit-a', 'exit-b', 'exit-c', 'chest'], // biome-ignore format: one line
    )
    expect(names(looks)).toEqual(['player', 'player-key-a', 'player-key-b', 'player-key-c'])
    expect(names(kindsOf(['gems', 'gems']).asked)).toEqual(['gem-a', 'gem-b', 'gem-c'])
  })
})

describe('labels of games in play', () => {
  const all = views(12)

  it('agree with a search the other way round', () => {
    let [reached, unreached] = [0, 0]
    for (const view of all) {
      const labels = labelsOf(view)
      KINDS.asked.forEach((code, kind) => {
        const { directions, nearness, present } = kindOf(labels, TILES[code]!.name)
        expect(present).toBe(+view.includes(code))
        const sides = [CENTRE - VIEW, CENTRE + VIEW, CENTRE - 1, CENTRE + 1]
        const steps = sides.map(side => stepsFrom(view, side, code))
        const best = Math.min(...steps)
        const ties = steps.filter(step => step === best).length
        const expected = steps.map(step => (step === best && Number.isFinite(best) ? 1 / ties : 0))
        expect(directions).toEqual([Number.isFinite(best) ? 0 : 1, ...expected].map(Math.fround))
        for (let side = 0; side < SIDES; side++)
          expect(nearness[side]).toBeCloseTo(Math.exp(-steps[side]! / 3), 6)
        expect(kind).toBe(KINDS.asked.indexOf(code))
        if (present && Number.isFinite(best)) reached++
        else if (present) unreached++
      })
    }
    // Both kinds were seen, or the test would be worth little.
    expect(reached).toBeGreaterThan(50)
    expect(unreached).toBeGreaterThan(5)
  })

  it('shares of directions add up to one', () => {
    for (const view of all) {
      const { directions } = labelsOf(view)
      for (let kind = 0; kind < KINDS.asked.length; kind++) {
        const own = directions.subarray(kind * DIRECTIONS, (kind + 1) * DIRECTIONS)
        expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
      }
    }
  })

  it('the way to a target is one of the directions of some kind in view', () => {
    const random = stream('way')
    for (const view of all) {
      const labels = labelsOf(view)
      const allowed = new Set<number>()
      KINDS.asked.forEach((code, kind) => {
        if (!view.includes(code) || !TILES[code]!.target) return
        for (let d = 0; d < DIRECTIONS; d++) if (labels.directions[kind * DIRECTIONS + d]! > 0) allowed.add(d)
      })
      if (allowed.size === 0) allowed.add(0)
      for (let i = 0; i < 5; i++) expect(allowed).toContain(wayToTarget(view, n => random.int(n)))
    }
  })
})

describe('the picture source', () => {
  const options = {
    // Games where nothing moves by itself: an action can be told by what it changes.
    requests: [{ game: 'gems' }, { game: 'keys' }, { game: 'maze' }],
    split: 'train',
    pairs: 6,
    seed: 'source',
  } as const
  const copy = (batch: PictureBatch) => structuredClone(batch)
  let first: PictureBatch[]
  beforeAll(() => {
    const next = createPictureSource(options)
    first = Array.from({ length: 6 }, () => copy(next()))
  })

  /** By bytes: vitest compares long arrays slowly. */
  const same = (a: PictureBatch, b: PictureBatch) =>
    (['pixels', 'directions', 'nearness', 'present', 'sprites', 'actions'] as const).every(
      key => Buffer.compare(Buffer.from(a[key].buffer), Buffer.from(b[key].buffer)) === 0,
    )

  it('gives the same batches for the same seed, and others for another', () => {
    const again = createPictureSource(options)
    for (const batch of first) expect(same(again(), batch)).toBe(true)
    expect(same(createPictureSource({ ...options, seed: 'other' })(), first[0]!)).toBe(false)
  })

  it('gives new pictures in every batch', () => {
    for (let i = 1; i < first.length; i++)
      expect(Buffer.compare(first[i]!.pixels, first[i - 1]!.pixels)).not.toBe(0)
  })

  it('says noop where nothing changed, and a step in a direction where the map moved', () => {
    let [still, moved] = [0, 0]
    for (const { pixels, actions, pairs } of first) {
      const bytes = pixels.length / (2 * pairs)
      for (let p = 0; p < pairs; p++) {
        const before = pixels.subarray(p * bytes, (p + 1) * bytes)
        const after = pixels.subarray((pairs + p) * bytes, (pairs + p + 1) * bytes)
        if (Buffer.compare(before, after) === 0) {
          still++
          expect(actions[p]).toBe(0)
        } else {
          moved++
          expect(actions[p]).toBeGreaterThan(0)
        }
      }
    }
    expect(still).toBeGreaterThan(0)
    expect(moved).toBeGreaterThan(10)
  })

  it('labels every row', () => {
    const { asked, looks } = kindsOf(['gems', 'keys', 'maze'])
    for (const { directions, present, sprites } of first) {
      for (let at = 0; at < present.length; at++) {
        const own = directions.subarray(at * DIRECTIONS, (at + 1) * DIRECTIONS)
        expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
        if (!present[at]) expect(own[0]).toBe(1)
      }
      expect(sprites.every(sprite => sprite >= 0 && sprite < looks.length)).toBe(true)
      expect(present.length).toBe(12 * asked.length)
    }
  })
})
