/** One game in play with its figures: the agent after k gradient steps, or the solver. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Recording } from '../../learn/recording.ts'
import type { Clock } from '../playback/clock.ts'
import { type PlayedRecording, useRecording } from '../playback/recording-board.tsx'
import { GameBoard } from '../stage/components.tsx'
import { Spinner } from '../ui/states.tsx'
import { formatReturn } from './format.ts'
import { PathOverlay } from './path-overlay.tsx'
import type { SolverPlay } from './references.ts'

interface PlayPanelProps {
  readonly title: string
  readonly recording: Recording
  readonly clock: Clock
  /** Drawn over the board where there is one. */
  readonly path: SolverPlay['path'] | null
  readonly isSelected?: boolean
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function PlayPanel(props: PlayPanelProps) {
  const { title, recording, clock, path, isSelected = false, actions, children } = props
  const id = useId()
  const played = useRecording(recording, clock)
  const { map } = recording.level
  return (
    <section class={`play-panel ${isSelected ? 'selected' : ''}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      <GameBoard
        label={`${title}: a game of ${recording.level.game}`}
        paint={played.paint}
        style={{ aspectRatio: String(boardRatio(map[0]?.length ?? 1, map.length)) }}
      >
        {board => path && <PathOverlay board={board} path={path} />}
      </GameBoard>
      <Moment played={played} />
      {children}
    </section>
  )
}

/** Stands where a panel will be. */
export function PendingPanel({ title, doing }: { readonly title: string; readonly doing: string }) {
  return (
    <section class="play-panel" aria-label={title} aria-busy="true">
      <header>
        <h2>{title}</h2>
      </header>
      <Spinner label={`${doing}…`} />
    </section>
  )
}

/** Apart from the panel, as it changes with every step. */
function Moment({ played }: { readonly played: PlayedRecording }) {
  const { step, return: total, won, action } = played.moment.value
  const end = action !== null ? '' : won ? 'won' : 'over'
  return (
    <p class="moment">
      <span>Step {step}</span>
      <span>return {formatReturn(total)}</span>
      <span class={won ? 'good' : 'muted'}>{end}</span>
    </p>
  )
}

/** The map's, but never so slim that a board becomes a strip. */
function boardRatio(width: number, height: number): number {
  return Math.min(Math.max(width / height, 0.75), 1.8)
}
