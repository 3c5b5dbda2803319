/** What the editor holds: the level being drawn, the tool in hand, where the cursor is and what is selected. No DOM. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Level, type LevelKind, legendEntry, type Problem, problemsOf } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import {
  change,
  type Document,
  endMerge,
  type LevelChange,
  openDocument,
  redo,
  replaceLevel,
  undo,
} from './document.ts'
import {
  type Cell,
  cellsOfRect,
  clipped,
  flipped,
  floorOf,
  nearestOn,
  painted,
  pasted,
  piece,
  type Rect,
  type Rows,
  rectOf,
  rotated,
  squared,
  tileAt,
  widthOf,
} from './map-edits.ts'

export const TOOLS = ['brush', 'line', 'rectangle', 'outline', 'fill', 'pick', 'player', 'select'] as const
export type Tool = (typeof TOOLS)[number]

export interface Editor {
  readonly document: Signal<Document>
  readonly level: ReadonlySignal<Level>
  readonly kind: ReadonlySignal<LevelKind>
  readonly problems: ReadonlySignal<readonly Problem[]>
  readonly tool: Signal<Tool>
  /** The character that is drawn with. */
  readonly tile: Signal<string>
  readonly cursor: Signal<Cell>
  readonly selection: Signal<Rect | undefined>
  /** Cells that the shape being drawn will cover. */
  readonly preview: Signal<readonly Cell[]>
  change(wanted: LevelChange, merge?: string): void
  /** Another level in this one's place; undo brings the old one back. */
  open(level: Level): void
  endMerge(): void
  undo(): void
  redo(): void
  moveCursor(dx: number, dy: number, select: boolean): void
  /** What is selected, as rows; the tile at the cursor where nothing is. */
  copied(): Rows
  /** Turns what is selected, or the tile at the cursor, into floor; or into another tile. */
  fillSelection(tile?: string): void
  /** Puts a piece at the selection or the cursor, and selects it. */
  paste(rows: Rows): void
  /** Turns what is selected, or the whole map. */
  transform(how: 'horizontal' | 'vertical' | 'rotate'): void
  /** Makes the selection the whole map. */
  crop(): void
}

export function createEditor(first: Level): Editor {
  const document = signal(openDocument(usable(first)))
  const level = computed(() => document.value.level)
  const kind = computed(() => levelKind(level.value.game))
  const problems = computed(() => problemsOf(level.value, kind.value))
  const tool = signal<Tool>('brush')
  const tile = signal(firstTile(kind.value))
  const cursor = signal<Cell>([1, 1])
  const selection = signal<Rect | undefined>(undefined)
  const preview = signal<readonly Cell[]>([])
  /** Where a selection by keyboard began. */
  let anchor: Cell | undefined
  /** Where the keyboard left the cursor; a pointer puts it elsewhere. */
  let left: Cell | undefined

  /** Takes over a document; what points into the map stays inside of it. */
  const set = (next: Document) => {
    const gameBefore = level.value.game
    document.value = next
    const { map } = next.level
    const [x, y] = cursor.value
    const inside = nearestOn(map, cursor.value)
    if (inside[0] !== x || inside[1] !== y) cursor.value = inside
    if (selection.value) selection.value = clipped(map, selection.value)
    if (next.level.game !== gameBefore) tile.value = firstTile(kind.value)
  }
  const apply = (wanted: LevelChange, merge?: string) => set(change(document.value, wanted, merge))
  const map = () => level.value.map
  const target = (): Rect =>
    selection.value ?? { x: cursor.value[0], y: cursor.value[1], width: 1, height: 1 }

  return {
    document,
    level,
    kind,
    problems,
    tool,
    tile,
    cursor,
    selection,
    preview,
    change: apply,
    open(next) {
      selection.value = undefined
      set(replaceLevel(document.value, usable(next)))
    },
    endMerge: () => set(endMerge(document.value)),
    undo: () => set(undo(document.value)),
    redo: () => set(redo(document.value)),
    moveCursor(dx, dy, select) {
      const [x, y] = cursor.value
      const next = nearestOn(map(), [x + dx, y + dy])
      if (select) {
        if (cursor.value !== left) anchor = undefined
        anchor ??= cursor.value
        selection.value = clipped(map(), rectOf(anchor, next))
      } else anchor = undefined
      cursor.value = left = next
    },
    copied: () => piece(map(), target()),
    fillSelection(wanted = floorOf(kind.value)) {
      apply({ map: painted(map(), kind.value, cellsOfRect(target()), wanted) })
    },
    paste(rows) {
      const { x, y } = target()
      apply({ map: pasted(map(), kind.value, [x, y], rows) })
      selection.value = clipped(map(), { x, y, width: widthOf(rows), height: rows.length })
    },
    transform(how) {
      const part = selection.value
      const turn = (rows: Rows) => (how === 'rotate' ? rotated(rows) : flipped(rows, how))
      if (!part) return apply({ map: turn(map()) })
      const turned = turn(piece(map(), part))
      const emptied = painted(map(), kind.value, cellsOfRect(part), floorOf(kind.value))
      apply({ map: pasted(emptied, kind.value, [part.x, part.y], turned) })
      selection.value = clipped(map(), { ...part, width: widthOf(turned), height: turned.length })
    },
    crop() {
      const part = selection.value
      if (!part) return
      selection.value = undefined
      apply({ map: piece(map(), part) })
    },
  }
}

/** The tile to begin with: the legend's first one. */
function firstTile(kind: LevelKind): string {
  return Object.keys(kind.legend)[0] as string
}

/** A map from a link may have rows of several lengths; a drawing has not. */
function usable(level: Level): Level {
  const map = [...squared(level.map, levelKind(level.game))]
  return map.every((row, y) => row === level.map[y]) ? level : { ...level, map }
}

/** The tile under the cursor in words. */
export function describeCell(rows: Rows, kind: LevelKind, cell: Cell): string {
  const tile = tileAt(rows, cell) ?? ''
  const means = legendEntry(kind, tile)?.means ?? `'${tile}', which is no tile`
  return `row ${cell[1] + 1}, column ${cell[0] + 1}: ${means}`
}
