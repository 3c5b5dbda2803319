/** The stage as parts of a page: an area that has a canvas, and boards in it. stage.ts shows how they are used. */
import './stage.css'
import { effect } from '@preact/signals'
import { type ComponentChildren, createContext, type JSX } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import { openStage } from './open-stage.ts'
import type { Board, Stage } from './stage.ts'

const StageContext = createContext<Stage | null>(null)

/** A part of the page with one canvas for all boards in it. It goes inside whatever scrolls. */
export function StageArea({ children, class: name = '' }: { children: ComponentChildren; class?: string }) {
  const container = useRef<HTMLDivElement>(null)
  const [stage, setStage] = useState<Stage | null>(null)
  const [fault, setFault] = useState('')
  useEffect(() => {
    let opened: Stage | undefined
    let gone = false
    openStage(container.current as HTMLDivElement).then(
      result => {
        if (gone) return result.dispose()
        opened = result
        setStage(result)
      },
      (reason: Error) => setFault(reason.message),
    )
    return () => {
      gone = true
      opened?.dispose()
    }
  }, [])
  const lost = stage?.painting.value === 'lost'
  return (
    <div ref={container} class={`stage-area ${name}`}>
      <StageContext.Provider value={stage}>
        {(fault || lost) && (
          <p class="stage-message" role="alert">
            {fault ||
              'The browser has taken the graphics card away from this page. Games are drawn again as soon as it gives it back; if that takes long, reload the page.'}
          </p>
        )}
        {children}
      </StageContext.Provider>
    </div>
  )
}

export interface GameBoardProps extends Omit<JSX.HTMLAttributes<HTMLDivElement>, 'children' | 'label'> {
  /** What is to be seen, for those who cannot. */
  readonly label: string
  /** Shows a scene on the board; called again whenever a signal that it reads changes, and whenever it is another function. */
  readonly paint?: (board: Board) => void
  /** Called with the board once it is there, for whoever shows scenes on it without `paint`. */
  readonly onReady?: (board: Board) => void
  /** What lies over the board; a function of the board where it needs to know where the tiles are. */
  readonly children?: ComponentChildren | ((board: Board) => ComponentChildren)
}

/** A board of the area around it, as large as the page's styles make it: a square as wide as there is room for otherwise. */
export function GameBoard({ label, paint, onReady, children, class: name, ...rest }: GameBoardProps) {
  const stage = useContext(StageContext)
  const element = useRef<HTMLDivElement>(null)
  const [board, setBoard] = useState<Board | null>(null)
  useEffect(() => {
    if (!stage) return
    const made = stage.board(element.current as HTMLDivElement)
    setBoard(made)
    onReady?.(made)
    return () => {
      setBoard(null)
      made.dispose()
    }
  }, [stage])
  useEffect(() => (board && paint ? effect(() => paint(board)) : undefined), [board, paint])
  const over = typeof children === 'function' ? board && children(board) : children
  return (
    <div ref={element} class={`game-board ${name ?? ''}`} {...rest}>
      <div class="picture" role="img" aria-label={label} />
      {over && <div class="over-board">{over}</div>}
    </div>
  )
}
