/** Short messages in the corner: what was done, or went wrong. */
import { signal } from '@preact/signals'
import { CircleAlert, CircleCheck, Info, X } from 'lucide-preact'
import { Button } from './controls.tsx'

export type ToastKind = 'info' | 'good' | 'bad'

interface Toast {
  readonly id: number
  readonly text: string
  readonly kind: ToastKind
}

const SHOWN_MS = 6000
/** Errors stay longer: they are read twice. */
const BAD_SHOWN_MS = 15_000
const MOST = 4

const ICONS = { info: Info, good: CircleCheck, bad: CircleAlert }

const toasts = signal<readonly Toast[]>([])
let count = 0

/** Shows a message for a few seconds. One sentence. */
export function notify(text: string, kind: ToastKind = 'info'): void {
  const id = count++
  toasts.value = [...toasts.value.filter(toast => toast.text !== text), { id, text, kind }].slice(-MOST)
  setTimeout(() => dismiss(id), kind === 'bad' ? BAD_SHOWN_MS : SHOWN_MS)
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter(toast => toast.id !== id)
}

/** Where the messages stand; once in the page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind }) => {
        const Icon = ICONS[kind]
        return (
          <div key={id} class={`toast ${kind}`}>
            <Icon size={18} aria-hidden="true" />
            <p>{text}</p>
            <Button
              label="Dismiss"
              icon={<X size={16} />}
              iconOnly
              kind="quiet"
              onPress={() => dismiss(id)}
            />
          </div>
        )
      })}
    </div>
  )
}
