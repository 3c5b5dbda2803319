/** Keyboard shortcuts: one list of keys for as long as a part of the page is shown. */
import { useEffect, useLayoutEffect } from 'preact/hooks'

/** By KeyboardEvent.key, with 'Control+' or 'Shift+' before it: 'ArrowUp', 'Control+z', ' '. */
export type Keys = Readonly<Record<string, () => void>>

/** What keys do that no control on the page tells of: for the list of all keys ('?'). */
export type KeyHelp = Readonly<Record<string, string>>

const shown = new Set<KeyHelp>()

/**
 * Binds keys; they are left alone while a text field, a list or a dialog has the focus. `help` describes those that have
 * no control of their own. The shell keeps 'g' and '?' for itself.
 */
export function useKeys(keys: Keys, help?: KeyHelp): void {
  // Before the next key can come: one that is pressed at once finds what the last one has changed.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.defaultPrevented || isTyping(event.target)) return
      const act = keys[keyOf(event)]
      if (!act) return
      // A focused button takes space and Enter itself, a link Enter.
      if (event.target instanceof HTMLButtonElement && (event.key === ' ' || event.key === 'Enter')) return
      if (event.target instanceof HTMLAnchorElement && event.key === 'Enter') return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
  useEffect(() => {
    if (!help) return
    shown.add(help)
    return () => {
      shown.delete(help)
    }
  })
}

/** The name of what is pressed. With Control the case of a letter tells of Shift alone: neither of Caps Lock nor of the system. */
function keyOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const shift = shiftKey && key.length > 1 ? 'Shift+' : ''
  if (!ctrlKey && !metaKey) return shift + key
  return `Control+${shift}${key.length > 1 ? key : shiftKey ? key.toUpperCase() : key.toLowerCase()}`
}

/** All keys that the page takes now: those of its controls, in their order, and those without one. */
export function keysNow(): readonly { readonly key: string; readonly does: string }[] {
  const controls = [...document.querySelectorAll('[aria-keyshortcuts]')].map(element => ({
    key: element.getAttribute('aria-keyshortcuts') as string,
    does: nameOf(element),
  }))
  const others = [...shown].flatMap(help => Object.entries(help).map(([key, does]) => ({ key, does })))
  const seen = new Set<string>()
  return [...controls, ...others].filter(({ key, does }) => {
    const isNew = !seen.has(`${key} ${does}`)
    seen.add(`${key} ${does}`)
    return isNew && does !== ''
  })
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type=checkbox], [type=radio], [type=range]), select, textarea, dialog') !==
      null
  )
}

function nameOf(element: Element): string {
  const label = element.getAttribute('aria-label') ?? labelOf(element) ?? element.textContent ?? ''
  return label.trim()
}

function labelOf(element: Element): string | undefined {
  const isField = element instanceof HTMLInputElement || element instanceof HTMLSelectElement
  return isField ? element.labels?.[0]?.textContent?.trim() : undefined
}
