/** A page with nothing but boards, for the stage's tests and its benchmark: they call what stands in `window.stagePage`. */
import '../../src/viewer/theme.css'
import '../../src/viewer/ui/controls.css'
import { signal } from '@preact/signals'
import { render } from 'preact'
import { createPlayback, type Playback } from '../../envs/playback.ts'
import type { Level } from '../../levels/level.ts'
import { createScene } from '../../src/core/scene.ts'
import { type Recording, readRecording, type StoredRecording } from '../../src/learn/recording.ts'
import { ActionBars, AgentView } from '../../src/viewer/playback/agent-view.tsx'
import { RecordingBoard, useRecording } from '../../src/viewer/playback/recording-board.tsx'
import { Transport, useClock } from '../../src/viewer/playback/transport.tsx'
import { GameBoard, StageArea } from '../../src/viewer/stage/components.tsx'
import type { Board, BoardLayout } from '../../src/viewer/stage/stage.ts'

export interface Shown {
  readonly level: Level
  /** Played one by one by `step`. */
  readonly actions: readonly number[]
}

export interface StagePage {
  /** Puts boards of a size (CSS pixels) on the page, and resolves when all are there. */
  show(games: readonly Shown[], size: { readonly width: number; readonly height: number }): Promise<void>
  /** One action of every game; those at their end start again. */
  step(glide: number): void
  /** Steps as often as told; 0 stops. */
  play(stepsPerSecond: number): void
  layouts(): BoardLayout[]
  /** Puts recordings with all that belongs to them on the page. */
  watch(recordings: readonly StoredRecording[]): void
  /** Takes everything off the page. */
  clear(): void
}

declare global {
  interface Window {
    stagePage: StagePage
  }
}

const root = document.getElementById('page') as HTMLElement
const tick = signal(0)
const scene = createScene()
let boards: Board[] = []
let playbacks: Playback[] = []
let glide = 0
let timer: ReturnType<typeof setInterval> | undefined

window.stagePage = {
  show(games, { width, height }) {
    playbacks = games.map(({ level, actions }) => createPlayback(level, actions))
    boards = []
    glide = 0
    return new Promise(resolve => {
      const onReady = (board: Board) => {
        if (boards.push(board) === games.length) resolve()
      }
      render(
        <StageArea>
          <div style={{ display: 'flex', flexWrap: 'wrap', gap: '8px', background: 'var(--panel)' }}>
            {games.map(({ level }, slot) => (
              <GameBoard
                key={slot}
                label={`board ${slot}`}
                onReady={onReady}
                style={{ width: `${width}px`, height: `${height}px` }}
                paint={board => {
                  tick.value
                  playbacks[slot]?.paint(scene)
                  board.show(scene, { theme: level.theme, glide })
                }}
              />
            ))}
          </div>
        </StageArea>,
        root,
      )
    })
  },
  step(milliseconds) {
    glide = milliseconds
    for (const playback of playbacks) if (!playback.advance()) playback.seek(0)
    tick.value++
  },
  play(stepsPerSecond) {
    clearInterval(timer)
    if (stepsPerSecond > 0)
      timer = setInterval(() => window.stagePage.step(1000 / stepsPerSecond), 1000 / stepsPerSecond)
  },
  layouts: () => boards.map(({ layout }) => layout.value),
  watch(recordings) {
    render(<Watched recordings={recordings.map(stored => readRecording(stored) as Recording)} />, root)
  },
  clear: () => render(null, root),
}

function Watched({ recordings }: { readonly recordings: readonly Recording[] }) {
  const clock = useClock()
  const [first] = recordings as [Recording]
  const { moment } = useRecording(first, clock)
  const { action, probabilities, value } = moment.value
  return (
    <StageArea>
      <Transport clock={clock} />
      <div style={{ display: 'flex', gap: '8px' }}>
        {recordings.map((recording, i) => (
          <RecordingBoard
            key={i}
            recording={recording}
            clock={clock}
            label={`recording ${i}`}
            style={{ width: '240px' }}
          />
        ))}
      </div>
      <AgentView scene={() => moment.value.scene} theme={first.level.theme} />
      <ActionBars action={action} probabilities={probabilities} />
      <p>
        Return <output aria-label="Return">{moment.value.return}</output>, expected{' '}
        <output aria-label="Value">{value.toFixed(2)}</output>
      </p>
    </StageArea>
  )
}
