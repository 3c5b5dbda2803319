/** A recorded episode on a board, in step with a clock. */
import { computed, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { createPlayback } from '../../../envs/playback.ts'
import { momentOf } from '../../app/watch/moment.ts'
import { createScene } from '../../core/scene.ts'
import type { Recording } from '../../learn/recording.ts'
import type { GameMoment } from '../source/live.ts'
import { GameBoard, type GameBoardProps } from '../stage/components.tsx'
import type { Board } from '../stage/stage.ts'
import type { Clock } from './clock.ts'

export interface PlayedRecording {
  /** What the recording shows at the clock's step; beyond its end, its last moment. The scene is overwritten by the next. */
  readonly moment: ReadonlySignal<GameMoment>
  /** For a GameBoard. */
  readonly paint: (board: Board) => void
}

/** Plays a recording anew, through the level's own rules. Signals, so that a page renders only what it shows of it. */
function playRecording(recording: Recording, clock: Clock): PlayedRecording {
  const { level, actions } = recording
  const playback = createPlayback(level, actions, recording.episode)
  const scene = createScene()
  const step = computed(() => Math.min(clock.step.value, playback.length))
  const moment = computed((): GameMoment => {
    playback.seek(step.value)
    return momentOf(recording, playback, scene)
  })
  let shown = -1
  return {
    moment,
    paint(board) {
      const { scene, step } = moment.value
      // Whoever jumps wants to be there.
      const glide = Math.abs(step - shown) === 1 ? clock.glide.peek() : 0
      shown = step
      board.show(scene, { theme: level.theme, glide })
    },
  }
}

/** playRecording for as long as a component is there; the clock runs to the recording's end. */
export function useRecording(recording: Recording, clock: Clock): PlayedRecording {
  const length = recording.actions.length
  useEffect(() => clock.cover(length), [clock, length])
  return useMemo(() => playRecording(recording, clock), [recording, clock])
}

interface RecordingBoardProps extends Omit<GameBoardProps, 'paint'> {
  readonly recording: Recording
  readonly clock: Clock
}

export function RecordingBoard({ recording, clock, ...rest }: RecordingBoardProps) {
  const { paint } = useRecording(recording, clock)
  return <GameBoard {...rest} paint={paint} />
}
