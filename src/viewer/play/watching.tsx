/** An episode played again, in place of the person's board. */
import { useEffect } from 'preact/hooks'
import type { Recording } from '../../learn/recording.ts'
import { ActionBars } from '../playback/agent-view.tsx'
import { type PlayedRecording, useRecording } from '../playback/recording-board.tsx'
import { Transport, useClock } from '../playback/transport.tsx'
import { GameBoard } from '../stage/components.tsx'
import { Button } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import { ratioOf } from './play-board.tsx'
import { numberText } from './words.ts'

/** An episode that is to be watched. */
export interface Watched {
  readonly name: string
  readonly recording: Recording
  /** A policy played it: it had its doubts. */
  readonly isPolicy: boolean
}

const BOARD = 'watched-board'

export function Watching({ watched, onBack }: { readonly watched: Watched; readonly onBack: () => void }) {
  const { name, recording, isPolicy } = watched
  const clock = useClock()
  const played = useRecording(recording, clock)
  useEffect(() => {
    clock.seek(0)
    clock.play()
    // In sight, and away from the button that was pressed: space is the clock's now.
    document.getElementById(BOARD)?.focus()
  }, [clock, recording])
  useKeys({ Escape: onBack })
  return (
    <>
      <GameBoard
        class="play-board"
        id={BOARD}
        tabIndex={-1}
        label={`Watching ${name}`}
        paint={played.paint}
        style={ratioOf(recording.level)}
      />
      <div class="row watching">
        <p role="status">Watching {name}.</p>
        <ReturnNow played={played} />
        <Button label="Back to your game" shortcut="Escape" kind="primary" onPress={onBack} />
      </div>
      <Transport clock={clock} />
      {isPolicy && <Doubts played={played} />}
    </>
  )
}

function ReturnNow({ played }: { readonly played: PlayedRecording }) {
  const { return: total, won } = played.moment.value
  return (
    <p class="muted">
      Return {numberText(total)}
      {won ? ', won' : ''}
    </p>
  )
}

function Doubts({ played }: { readonly played: PlayedRecording }) {
  const { probabilities, action } = played.moment.value
  return <ActionBars probabilities={probabilities} action={action} />
}
