/** Drawing with the keyboard: arrow keys move the cursor; Space, held down, draws as a pressed button does. */
import { useEffect } from 'preact/hooks'
import { useKeys } from '../ui/keys.ts'
import type { Editor } from './editor.ts'
import { type Gestures, SHAPES } from './gestures.ts'
import { boundsOf } from './map-edits.ts'

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}
/** Tiles that an arrow key goes with Control. */
const LEAP = 5

/** The handler of a key that goes down while the map has the focus. */
export function useMapKeys(
  element: { readonly current: HTMLElement | null },
  editor: Editor,
  gestures: Gestures,
): (event: KeyboardEvent) => void {
  useKeys(
    {},
    {
      'Arrow keys': 'Move the cursor on the map (with Control by 5 tiles)',
      'Space, Enter': 'Draw at the cursor; hold Space and move to draw on. With a shape: begin, then end',
      'Shift+Arrow keys': 'Select',
      'Control+a': 'Select all',
      Delete: 'Turn the selection into floor',
      Escape: 'Give up the shape, or let go of the selection',
    },
  )
  useEffect(() => {
    const surface = element.current
    const onUp = (event: KeyboardEvent) => {
      if (event.key === ' ' && !SHAPES.includes(editor.tool.value)) gestures.end()
    }
    surface?.addEventListener('keyup', onUp)
    return () => surface?.removeEventListener('keyup', onUp)
  }, [editor, gestures])

  return event => {
    const act = actionOf(event, editor, gestures)
    if (!act) return
    event.preventDefault()
    act()
  }
}

function actionOf(event: KeyboardEvent, editor: Editor, gestures: Gestures): (() => void) | undefined {
  const { key, shiftKey, altKey, repeat } = event
  const control = event.ctrlKey || event.metaKey
  const arrow = ARROWS[key]
  if (altKey) return undefined
  if (arrow) {
    const leap = control ? LEAP : 1
    return () => {
      editor.moveCursor(arrow[0] * leap, arrow[1] * leap, shiftKey)
      gestures.move(editor.cursor.value)
    }
  }
  if (control && key === 'a') {
    return () => {
      editor.selection.value = boundsOf(editor.level.value.map)
    }
  }
  if (control) return undefined
  if (key === ' ' || key === 'Enter') return repeat ? () => {} : () => press(key, editor, gestures)
  if (key === 'Delete' || key === 'Backspace') return () => editor.fillSelection()
  if (key === 'Escape' && gestures.active) return () => gestures.cancel()
  if (key === 'Escape' && editor.selection.value) {
    return () => {
      editor.selection.value = undefined
    }
  }
  return undefined
}

/** A shape begins at the first press and ends at the second one; all else is done at once, or until Space is let go. */
function press(key: string, editor: Editor, gestures: Gestures): void {
  const isShape = SHAPES.includes(editor.tool.value)
  if (gestures.active) gestures.end()
  else if (key === 'Enter' && editor.selection.value && !isShape) editor.fillSelection(editor.tile.value)
  else {
    gestures.begin(editor.cursor.value)
    if (key === 'Enter' && !isShape) gestures.end()
  }
}
