/** The board that a person plays on, with swipes, and what is said over it when the episode has ended. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { createScene } from '../../core/scene.ts'
import { GameBoard } from '../stage/components.tsx'
import type { Board } from '../stage/stage.ts'
import { Button } from '../ui/controls.tsx'
import { actionOfSwipe, type PlayController } from './controller.ts'
import type { Bounds } from './use-bounds.ts'
import { END_WORDS, numberText, scoreOf } from './words.ts'

const BOARD = 'play-board'

export interface PlayBoardProps {
  readonly title: string
  readonly controller: PlayController
  readonly bounds: Bounds
  readonly onNext: () => void
}

export function PlayBoard({ title, controller, bounds, onNext }: PlayBoardProps) {
  const { person, tick, glide } = controller
  const from = useRef<{ readonly x: number; readonly y: number } | null>(null)
  const paint = useMemo(() => {
    const scene = createScene()
    return (board: Board) => {
      void tick.value
      person.paint(scene)
      board.show(scene, { theme: person.level.theme, glide: glide() })
    }
  }, [person, tick, glide])
  // Keys play at once.
  useEffect(focusBoard, [])
  const swipe = (x: number, y: number) => {
    const action = from.current && actionOfSwipe(x - from.current.x, y - from.current.y)
    from.current = null
    if (action === undefined || action === null) return
    controller.press(action)
    controller.release(action)
  }
  return (
    <GameBoard
      class="play-board"
      label={`The board of ${title}`}
      id={BOARD}
      tabIndex={0}
      role="application"
      aria-label={`${title}: arrow keys or W A S D move`}
      paint={paint}
      style={ratioOf(person.level)}
      onPointerDown={event => {
        event.currentTarget.focus({ preventScroll: true })
        if (event.pointerType !== 'mouse') from.current = { x: event.clientX, y: event.clientY }
      }}
      onPointerUp={event => swipe(event.clientX, event.clientY)}
      onPointerCancel={() => {
        from.current = null
      }}
    >
      <EndCard controller={controller} bounds={bounds} onNext={onNext} />
    </GameBoard>
  )
}

export function focusBoard(): void {
  document.getElementById(BOARD)?.focus({ preventScroll: true })
}

/** A board as wide and high as a level's map, for the page's styles. */
export function ratioOf({ map }: Level): { readonly '--ratio': number } {
  return { '--ratio': (map[0] as string).length / map.length }
}

function EndCard({ controller, bounds, onNext }: Omit<PlayBoardProps, 'title'>) {
  void controller.tick.value
  const { outcome, total, steps } = controller.person.standing()
  if (outcome === 'playing') return null
  const { random, solver } = bounds
  const score = random === undefined || solver === undefined ? undefined : scoreOf(total, { random, solver })
  return (
    <div class="end-card">
      <h2>{END_WORDS[outcome]}</h2>
      <p>
        Return {numberText(total)}
        {solver === undefined ? '' : ` of the solver\u2019s ${numberText(solver)}`} in {steps} steps
        {score === undefined ? '.' : `: score ${numberText(score)}.`}
      </p>
      <div class="row">
        <Button label="Play it again" kind="primary" shortcut="r" onPress={controller.restart} />
        <Button label="Next level" shortcut="n" onPress={onNext} />
      </div>
    </div>
  )
}
