/** What a run is doing, as an icon and a word. */
import { CircleCheck, CirclePause, LoaderCircle } from 'lucide-preact'
import type { RunSummary } from '../../app/watch/protocol.ts'

const ICONS = { training: LoaderCircle, stopped: CirclePause, finished: CircleCheck }

export function RunState({ state }: { readonly state: RunSummary['state'] }) {
  const Icon = ICONS[state]
  return (
    <span class={`run-state ${state}`}>
      <Icon size={16} aria-hidden="true" />
      {state}
    </span>
  )
}

/** '5 min ago'. */
export function timeAgo(milliseconds: number): string {
  const seconds = Math.max(0, (Date.now() - milliseconds) / 1000)
  return seconds < 10 ? 'just now' : `${duration(seconds)} ago`
}

/** '45 s', '12 min', '3.5 h', '4 days'. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`
  return `${Math.round(seconds / 86_400)} days`
}
