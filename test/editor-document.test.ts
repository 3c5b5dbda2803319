/** The level being drawn: what changes do to a map, and that every one of them can be undone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sketchLevel } from '../envs/draw-level.ts'
import { hashLevel, type Level, type LevelKind, MAX_SIDE, problemsOf } from '../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../levels/registry.ts'
import { rowsOfText } from '../src/viewer/editor/clipboard.ts'
import {
  change,
  endMerge,
  MAX_HISTORY,
  mutatedLevel,
  openDocument,
  redo,
  undo,
} from '../src/viewer/editor/document.ts'
import { createEditor, type Editor, TOOLS } from '../src/viewer/editor/editor.ts'
import { createGestures } from '../src/viewer/editor/gestures.ts'
import {
  boundsOf,
  type Cell,
  cellsOfArea,
  cellsOfLine,
  cellsOfRect,
  cleared,
  flipped,
  isPlayer,
  movedPlayer,
  painted,
  pasted,
  type Rows,
  replaced,
  resized,
  rotated,
  squared,
  tileAt,
} from '../src/viewer/editor/map-edits.ts'

const gems = levelKind('gems')
const ROOM = ['#####', '#@.a#', '#..b#', '#####']

function playersOn(rows: Rows, kind: LevelKind): number {
  return rows.reduce((sum, row) => sum + [...row].filter(tile => isPlayer(kind, tile)).length, 0)
}

function levelOf(game: string, map?: Rows): Level {
  const level: Level = { ...sketchLevel({ game }, 'train', 'editor'), provenance: { source: 'hand' } }
  return map ? { ...level, map: [...map] } : level
}

describe('changes of a map', () => {
  it('paint cells, and leave out those beside the map', () => {
    expect(painted(ROOM, gems, [[2, 2], [9, 9], [-1, 0]], 'c')).toEqual(['#####', '#@.a#', '#.cb#', '#####']) // biome-ignore format: cells
  })

  it('move the player when a second one is painted, and leave what stood below', () => {
    expect(painted(ROOM, gems, [[2, 2]], '@')).toEqual(['#####', '#..a#', '#.@b#', '#####'])
    expect(painted(ROOM, gems, [[1, 2], [2, 2]], '@')[2]).toBe('#.@b#') // biome-ignore format: cells
    const sokoban = levelKind('sokoban')
    expect(movedPlayer(['#+-.$#'], sokoban, [3, 0])).toEqual(['#.-+$#'])
    expect(movedPlayer(['#+-.$#'], sokoban, [4, 0])).toEqual(['#.-.@#'])
  })

  it('draw straight lines, as the four directions and the diagonal show', () => {
    expect(cellsOfLine([1, 1], [4, 1])).toEqual([[1, 1], [2, 1], [3, 1], [4, 1]]) // biome-ignore format: cells
    expect(cellsOfLine([0, 3], [3, 0])).toEqual([[0, 3], [1, 2], [2, 1], [3, 0]]) // biome-ignore format: cells
    fc.assert(
      fc.property(cell, cell, (from, to) => {
        const line = cellsOfLine(from, to)
        expect(line[0]).toEqual(from)
        expect(line.at(-1)).toEqual(to)
        expect(line.length).toBe(1 + Math.max(Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])))
      }),
    )
  })

  it('find the area that hangs together side by side, not across corners', () => {
    const rows = ['..#', '.#.', '#..']
    expect(new Set(cellsOfArea(rows, [0, 0]).map(String))).toEqual(new Set(['0,0', '1,0', '0,1']))
    expect(cellsOfArea(rows, [5, 5])).toEqual([])
  })

  it('replace, flip, turn, resize, clear and square', () => {
    expect(replaced(ROOM, gems, '.', 'c')).toEqual(['#####', '#@ca#', '#ccb#', '#####'])
    expect(flipped(ROOM, 'horizontal')[1]).toBe('#a.@#')
    expect(flipped(ROOM, 'vertical')[1]).toBe('#..b#')
    expect(rotated(['ab', '.#', '@c'])).toEqual(['@.a', 'c#b'])
    expect(resized(ROOM, gems, 6, 5, [1, 1])).toEqual(['######', '######', '##@.a#', '##..b#', '######'])
    expect(resized(ROOM, gems, 3, 2, [0, 0])).toEqual(['###', '#@.'])
    expect(resized(ROOM, gems, 1000, 0, [0, 0])).toHaveLength(1)
    expect([...(resized(ROOM, gems, 1000, 0, [0, 0])[0] as string)]).toHaveLength(MAX_SIDE)
    expect(cleared(ROOM, gems)).toEqual(['#####', '#@..#', '#...#', '#####'])
    expect(squared(['###', '#'], gems)).toEqual(['###', '#..'])
  })

  it('paste pieces, cut off at the edge, and the text of a piece', () => {
    expect(pasted(ROOM, gems, [3, 2], ['cc', '@c'])).toEqual(['#####', '#..a#', '#..cc', '###@c'])
    expect(rowsOfText('ab\r\n#\r\n', gems)).toEqual(['ab', '#.'])
    for (const text of ['', 'hello', '#\n\n#', '#'.repeat(65), '\n'.repeat(3)])
      expect(rowsOfText(text, gems), JSON.stringify(text)).toBeUndefined()
  })

  it('turned four times or flipped twice are what they were', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LEVEL_KINDS), fc.nat(), ({ game }, seed) => {
        const { map } = sketchLevel({ game }, 'train', `turn/${seed}`)
        expect(rotated(rotated(rotated(rotated(map))))).toEqual(map)
        expect(flipped(flipped(map, 'vertical'), 'vertical')).toEqual(map)
        const transposed = rotated(flipped(map, 'vertical'))
        for (const [x, y] of cellsOfRect(boundsOf(map)))
          expect(tileAt(transposed, [y, x])).toBe(tileAt(map, [x, y]))
      }),
      { numRuns: 20 },
    )
  })
})

const cell = fc.tuple(fc.nat(20), fc.nat(20))
const point = (editor: Editor, [x, y]: Cell): Cell => {
  const { map } = editor.level.value
  return [x % [...(map[0] as string)].length, y % map.length]
}

/** Anything that can be done in the editor, with what it needs. */
const action = fc.oneof(
  fc
    .record({
      tool: fc.constantFrom(...TOOLS),
      tile: fc.nat(),
      cells: fc.array(cell, { minLength: 1, maxLength: 4 }),
    })
    .map(({ tool, tile, cells }) => (editor: Editor) => {
      const tiles = Object.keys(editor.kind.value.legend)
      editor.tool.value = tool
      editor.tile.value = tiles[tile % tiles.length] as string
      const gestures = createGestures(editor)
      gestures.begin(point(editor, cells[0] as Cell))
      for (const next of cells) gestures.move(point(editor, next))
      gestures.end()
    }),
  fc.constantFrom('horizontal', 'vertical', 'rotate').map(how => (editor: Editor) => editor.transform(how)),
  fc.constant((editor: Editor) => editor.paste(editor.copied())),
  fc.constant((editor: Editor) => editor.crop()),
  fc.constant((editor: Editor) => editor.fillSelection()),
  fc.constant((editor: Editor) => editor.change({ map: cleared(editor.level.value.map, editor.kind.value) })),
  fc
    .tuple(fc.nat(70), fc.nat(70), fc.constantFrom(0, 0.5, 1))
    .map(([width, height, anchor]) => (editor: Editor) => {
      const { map } = editor.level.value
      editor.change({ map: resized(map, editor.kind.value, width, height, [anchor, anchor]) })
    }),
  fc.string({ maxLength: 5 }).map(text => (editor: Editor) => {
    editor.change({ title: text.trim() || null }, 'title')
    editor.endMerge()
  }),
  fc.constantFrom('dungeon', 'sand').map(theme => (editor: Editor) => editor.change({ theme })),
  fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.boolean()).map(
    ([dx, dy, select]) =>
      (editor: Editor) =>
        editor.moveCursor(dx, dy, select),
  ),
  fc.nat(LEVEL_KINDS.length - 1).map(i => (editor: Editor) => editor.open(levelOf(LEVEL_KINDS[i]!.game))),
)

describe('undo', () => {
  it('gives back the start after anything, and redo the end; maps keep their bounds and at most one player', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LEVEL_KINDS), fc.array(action, { maxLength: 25 }), (kind, actions) => {
        const first = levelOf(kind.game)
        const editor = createEditor(first)
        for (const act of actions) {
          act(editor)
          const { map } = editor.level.value
          expect(playersOn(map, editor.kind.value)).toBeLessThanOrEqual(1)
          expect(map.length).toBeGreaterThanOrEqual(1)
          expect(map.length).toBeLessThanOrEqual(MAX_SIDE)
          const widths = new Set(map.map(row => [...row].length))
          expect(widths.size).toBe(1)
          expect([...widths][0]).toBeGreaterThanOrEqual(1)
          expect([...widths][0]).toBeLessThanOrEqual(MAX_SIDE)
          expect(tileAt(map, editor.cursor.value), 'the cursor is on the map').toBeDefined()
          expect(() => problemsOf(editor.level.value, editor.kind.value)).not.toThrow()
        }
        const last = editor.level.value
        const steps = editor.document.value.past.length
        for (let i = 0; i < steps; i++) editor.undo()
        expect(editor.level.value).toEqual(first)
        for (let i = 0; i < steps; i++) editor.redo()
        expect(editor.level.value).toEqual(last)
      }),
      { numRuns: 60 },
    )
  })

  it('takes a stroke as one step, and typing as one', () => {
    const editor = createEditor(levelOf('gems', ROOM))
    editor.tile.value = 'c'
    const gestures = createGestures(editor)
    gestures.begin([2, 1])
    gestures.move([2, 2])
    gestures.move([1, 2])
    gestures.end()
    expect(editor.level.value.map).toEqual(['#####', '#@ca#', '#ccb#', '#####'])
    for (const title of ['C', 'Ca', 'Cat']) editor.change({ title }, 'title')
    expect(editor.document.value.past).toHaveLength(2)
    editor.undo()
    expect(editor.level.value.title).toBeUndefined()
    editor.undo()
    expect(editor.level.value.map).toEqual(ROOM)
  })

  it('leaves nothing behind of a gesture that is given up', () => {
    const editor = createEditor(levelOf('gems', ROOM))
    const before = editor.document.value
    const gestures = createGestures(editor)
    gestures.begin([2, 1])
    gestures.move([2, 2])
    expect(editor.level.value.map).not.toEqual(ROOM)
    gestures.cancel()
    expect(editor.document.value).toBe(before)
  })

  it('moves what is selected by its hold, leaving floor', () => {
    const editor = createEditor(levelOf('gems', ROOM))
    editor.tool.value = 'select'
    editor.selection.value = { x: 3, y: 1, width: 1, height: 2 }
    const gestures = createGestures(editor)
    gestures.begin([3, 1])
    gestures.move([4, 1])
    gestures.move([2, 1])
    gestures.end()
    expect(editor.level.value.map).toEqual(['#####', '#@a.#', '#.b.#', '#####'])
    expect(editor.document.value.past).toHaveLength(1)
  })

  it('is bounded', () => {
    let document = openDocument(levelOf('gems', ROOM))
    for (let i = 0; i < MAX_HISTORY + 10; i++) document = change(document, { title: `title ${i}` })
    expect(document.past).toHaveLength(MAX_HISTORY)
    expect(undo(redo(undo(document))).level.title).toBe(`title ${MAX_HISTORY + 8}`)
    expect(endMerge(document)).toBe(document)
  })
})

describe('a changed level', () => {
  it('is made by hand from then on and has no recorded solution; a theme or title change keeps both', () => {
    const level: Level = { ...sketchLevel({ game: 'gems' }, 'test', 'own'), solution: 'rr' }
    const document = openDocument(level)
    const titled = change(document, { title: 'Two', theme: 'ice' }).level
    expect(titled).toEqual({ ...level, title: 'Two', theme: 'ice' })
    const drawn = change(document, { rules: { ...level.rules, worth: [-1, -1, 2] } }).level
    expect(drawn.provenance).toEqual({ source: 'hand' })
    expect(drawn.solution).toBeUndefined()
    expect(undo(change(document, { map: ROOM })).level).toBe(level)
  })

  it('at random is another sound one of the same game', () => {
    for (const kind of LEVEL_KINDS) {
      const level = levelOf(kind.game)
      const mutated = mutatedLevel(level, kind, '1') as Level
      expect(problemsOf(mutated, kind)).toEqual([])
      expect(hashLevel(mutated)).not.toBe(hashLevel(level))
      expect(mutated.rules).toEqual(level.rules)
    }
  })
})
