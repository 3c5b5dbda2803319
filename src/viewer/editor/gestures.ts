/**
 * What the tools do between pressing and letting go, by pointer and by keyboard alike: both say at which cell it begins,
 * where it goes on, and that it ends.
 */

import type { Document } from './document.ts'
import type { Editor, Tool } from './editor.ts'
import type { Cell, Rect, Rows } from './map-edits.ts'
import {
  cellsOfArea,
  cellsOfLine,
  cellsOfRect,
  clipped,
  contains,
  floorOf,
  movedPlayer,
  painted,
  pasted,
  piece,
  rectOf,
  tileAt,
} from './map-edits.ts'

export interface Gestures {
  /** Whether one has begun and not ended. */
  readonly active: boolean
  /** `erase`: floor instead of the chosen tile. */
  begin(cell: Cell, options?: { readonly erase?: boolean; readonly tool?: Tool }): void
  move(cell: Cell): void
  end(): void
  /** Takes back what has been drawn since it began. */
  cancel(): void
}

/** Tools that show what they will draw and draw it at the end. */
export const SHAPES: readonly Tool[] = ['line', 'rectangle', 'outline', 'select']

interface Gesture {
  readonly tool: Tool
  readonly tile: string
  readonly start: Cell
  readonly before: { readonly document: Document; readonly selection: Rect | undefined }
  /** Changes of one gesture are one step of undo. */
  readonly merge: string
  last: Cell
  /** What is being moved, and the map without it. */
  readonly lifted: { readonly rows: Rows; readonly from: Rect; readonly rest: Rows } | undefined
}

let gestures = 0

export function createGestures(editor: Editor): Gestures {
  let gesture: Gesture | undefined

  const map = () => editor.level.value.map
  const draw = (cells: readonly Cell[], { tile, merge }: Gesture) =>
    editor.change({ map: painted(map(), editor.kind.value, cells, tile) }, merge)

  const proceed = (now: Gesture, cell: Cell) => {
    const { tool, start, merge, lifted } = now
    const kind = editor.kind.value
    if (tool === 'brush') draw(cellsOfLine(now.last, cell), now)
    else if (tool === 'player') editor.change({ map: movedPlayer(map(), kind, cell) }, merge)
    else if (tool === 'fill') draw(cellsOfArea(map(), cell), now)
    else if (tool === 'pick') editor.tile.value = tileAt(map(), cell) ?? editor.tile.value
    else if (lifted) {
      const { rows, from, rest } = lifted
      const place = { ...from, x: from.x + cell[0] - start[0], y: from.y + cell[1] - start[1] }
      editor.change({ map: pasted(rest, kind, [place.x, place.y], rows) }, merge)
      editor.selection.value = clipped(map(), place)
    } else if (tool === 'select') editor.selection.value = clipped(map(), rectOf(start, cell))
    else editor.preview.value = shape(tool, start, cell)
    now.last = cell
  }

  /** Pressing inside the selection takes hold of what is in it. */
  const lift = (tool: Tool, cell: Cell): Gesture['lifted'] => {
    const from = editor.selection.value
    if (tool !== 'select' || !from || !contains(from, cell)) return undefined
    const kind = editor.kind.value
    return { rows: piece(map(), from), from, rest: painted(map(), kind, cellsOfRect(from), floorOf(kind)) }
  }

  return {
    get active() {
      return gesture !== undefined
    },
    begin(cell, { erase = false, tool = editor.tool.value } = {}) {
      editor.cursor.value = cell
      gesture = {
        tool,
        tile: erase ? floorOf(editor.kind.value) : editor.tile.value,
        start: cell,
        before: { document: editor.document.value, selection: editor.selection.value },
        merge: `gesture ${gestures++}`,
        last: cell,
        lifted: lift(tool, cell),
      }
      if (!gesture.lifted) proceed(gesture, cell)
    },
    move(cell) {
      if (!gesture || (cell[0] === gesture.last[0] && cell[1] === gesture.last[1])) return
      editor.cursor.value = cell
      proceed(gesture, cell)
    },
    end() {
      if (!gesture) return
      const { tool, start, last } = gesture
      if (tool === 'line' || tool === 'rectangle' || tool === 'outline')
        draw(shape(tool, start, last), gesture)
      if (tool === 'pick') editor.tool.value = 'brush'
      // A mere press beside what was selected lets go of it.
      const isPress = start[0] === last[0] && start[1] === last[1]
      if (tool === 'select' && isPress && !gesture.lifted && gesture.before.selection)
        editor.selection.value = undefined
      editor.preview.value = []
      gesture = undefined
      editor.endMerge()
    },
    cancel() {
      if (!gesture) return
      const { document, selection } = gesture.before
      gesture = undefined
      editor.preview.value = []
      editor.document.value = document
      editor.selection.value = selection
    },
  }
}

function shape(tool: Tool, from: Cell, to: Cell): Cell[] {
  return tool === 'line' ? cellsOfLine(from, to) : cellsOfRect(rectOf(from, to), tool === 'outline')
}
