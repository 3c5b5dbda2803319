/** A window over the page, which keeps the focus until it is closed. */
import { X } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from './controls.tsx'

export interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  /** Escape, the cross and a click beside the window. */
  readonly onClose: () => void
  /** Buttons at the foot. */
  readonly actions?: ComponentChildren
  readonly wide?: boolean
}

/** What the focus goes to first: the content's first control. The browser alone would take the cross above it. */
const FIRST = '.dialog-body > :not(header) :is(input, select, textarea, button):enabled'

/** Open for as long as it is rendered. */
export function Dialog({ title, children, onClose, actions, wide }: DialogProps) {
  const id = useId()
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    const before = document.activeElement
    dialog?.showModal()
    const first = dialog?.querySelector<HTMLElement>(FIRST)
    first?.focus()
    // As when Tab comes to it.
    if (first instanceof HTMLInputElement) first.select()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    // A click beside the window is a second way to close it; Escape is the first.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog itself takes Escape
    <dialog
      ref={element}
      class={wide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
      onClick={event => {
        if (event.target === element.current) onClose()
      }}
    >
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <Button label="Close" icon={<X size={18} />} iconOnly kind="quiet" onPress={onClose} />
        </header>
        {children}
        {actions ? <footer>{actions}</footer> : null}
      </div>
    </dialog>
  )
}
