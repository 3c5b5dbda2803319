/** Keyboard shortcuts: one list of keys for as long as a part of the page is shown. */
import { useEffect } from 'preact/hooks'

/** By KeyboardEvent.key, with 'Control+' or 'Shift+' before it: 'ArrowUp', 'Control+z', ' '. */
export type Keys = Readonly<Record<string, () => void>>

/** Binds keys; they are left alone while a text field, a list or a dialog has the focus. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || isTyping(event.target)) return
      const modifiers = `${event.ctrlKey || event.metaKey ? 'Control+' : ''}${event.shiftKey && event.key.length > 1 ? 'Shift+' : ''}`
      const act = keys[modifiers + event.key]
      if (!act) return
      // A focused button takes space and Enter itself.
      if (event.target instanceof HTMLButtonElement && (event.key === ' ' || event.key === 'Enter')) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type=checkbox], [type=range]), select, textarea, dialog') !== null
  )
}
