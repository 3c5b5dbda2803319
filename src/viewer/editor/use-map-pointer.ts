/** Drawing with mouse, pen and finger. A second finger stops drawing and moves the map instead. */
import { useEffect } from 'preact/hooks'
import type { Board } from '../stage/stage.ts'
import type { Editor } from './editor.ts'
import { type Gestures, SHAPES } from './gestures.ts'
import { boundsOf, type Cell, contains, nearestOn } from './map-edits.ts'

/** The right button draws floor. */
const RIGHT = 2

export function useMapPointer(
  element: { readonly current: HTMLElement | null },
  editor: Editor,
  gestures: Gestures,
  board: Board,
): void {
  useEffect(() => {
    const surface = element.current as HTMLElement
    const scroller = surface.closest('.map-scroll')
    /** Where each finger is. */
    const fingers = new Map<number, PointerEvent>()

    const cellOf = (event: PointerEvent): Cell => {
      const box = surface.getBoundingClientRect()
      const { tile, left, top } = board.layout.value
      return [
        Math.floor((event.clientX - box.left - left) / tile),
        Math.floor((event.clientY - box.top - top) / tile),
      ]
    }
    const inside = (cell: Cell) => contains(boundsOf(editor.level.value.map), cell)

    const onDown = (event: PointerEvent) => {
      const cell = cellOf(event)
      if (event.pointerType === 'touch') fingers.set(event.pointerId, event)
      if (fingers.size > 1) return gestures.cancel()
      if (gestures.active || !inside(cell) || (event.button !== 0 && event.button !== RIGHT)) return
      surface.focus({ preventScroll: true })
      surface.setPointerCapture(event.pointerId)
      event.preventDefault()
      if (event.altKey) gestures.begin(cell, { tool: 'pick' })
      else gestures.begin(cell, { erase: event.button === RIGHT })
    }
    const onMove = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId)
      if (before) fingers.set(event.pointerId, event)
      if (before && fingers.size > 1) {
        scroller?.scrollBy(
          (before.clientX - event.clientX) / fingers.size,
          (before.clientY - event.clientY) / fingers.size,
        )
        return
      }
      const cell = cellOf(event)
      if (gestures.active) {
        if (SHAPES.includes(editor.tool.value)) gestures.move(nearestOn(editor.level.value.map, cell))
        else if (inside(cell)) gestures.move(cell)
      } else if (inside(cell) && String(cell) !== String(editor.cursor.value)) editor.cursor.value = cell
    }
    const onUp = (event: PointerEvent) => {
      fingers.delete(event.pointerId)
      gestures.end()
    }
    const onCancel = (event: PointerEvent) => {
      fingers.delete(event.pointerId)
      gestures.cancel()
    }
    const onMenu = (event: Event) => event.preventDefault()
    const listening = new AbortController()
    surface.addEventListener('pointerdown', onDown, listening)
    surface.addEventListener('pointermove', onMove, listening)
    surface.addEventListener('pointerup', onUp, listening)
    surface.addEventListener('pointercancel', onCancel, listening)
    surface.addEventListener('contextmenu', onMenu, listening)
    return () => listening.abort()
  }, [editor, gestures, board])
}
