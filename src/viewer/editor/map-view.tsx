/** The map on the stage, and on it what is being done to it. It takes mouse, touch and pen, and the keyboard as well. */
import { type Signal, useComputed, useSignal } from '@preact/signals'
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks'
import { createScene } from '../../core/scene.ts'
import { ART_SIDE } from '../stage/art.ts'
import { GameBoard, StageArea } from '../stage/components.tsx'
import type { Board } from '../stage/stage.ts'
import { paintDraft } from './draft-scene.ts'
import { describeCell, type Editor } from './editor.ts'
import { createGestures, type Gestures } from './gestures.ts'
import { type Cell, widthOf } from './map-edits.ts'
import { MapMarks } from './map-marks.tsx'
import { useMapKeys } from './use-map-keys.ts'
import { useMapPointer } from './use-map-pointer.ts'

export interface MapViewProps {
  readonly editor: Editor
  /** How the level is won, where that is to be seen. */
  readonly walk: readonly Cell[]
  readonly grid: boolean
  /** Device pixels a pixel of art, at least; 1: as large as fits. */
  readonly zoom: Signal<number>
  /** Told what it is. */
  readonly scale: Signal<number>
}

export function MapView({ editor, walk, grid, zoom, scale }: MapViewProps) {
  const scene = useMemo(createScene, [])
  const gestures = useMemo(() => createGestures(editor), [editor])
  const paint = useCallback(
    (board: Board) => {
      const level = editor.level.value
      paintDraft(level, editor.kind.value, editor.problems.value.length === 0, scene)
      board.show(scene, { theme: level.theme, glide: 0 })
      scale.value = Math.round((board.layout.value.tile * devicePixelRatio) / ART_SIDE)
    },
    [editor, scale],
  )
  const { map } = editor.level.value
  /** What the map needs at least; the board makes the most of what it gets. */
  const room = (tiles: number) =>
    `max(100%, ${Math.ceil((tiles * ART_SIDE * zoom.value) / devicePixelRatio)}px)`
  return (
    <div class="map-scroll">
      <div class="map-room" style={{ width: room(widthOf(map)), height: room(map.length) }}>
        <StageArea class="map-area">
          <GameBoard label="The map" paint={paint} class="map-board">
            {board => <MapSurface {...{ editor, walk, grid, board, gestures }} />}
          </GameBoard>
        </StageArea>
      </div>
    </div>
  )
}

interface MapSurfaceProps extends Omit<MapViewProps, 'zoom' | 'scale'> {
  readonly board: Board
  readonly gestures: Gestures
}

function MapSurface({ editor, walk, grid, board, gestures }: MapSurfaceProps) {
  const element = useRef<HTMLDivElement>(null)
  /** Whether the cursor is to be seen: while the map has the focus or the pointer is over it. */
  const focused = useSignal(false)
  const { map, title, game } = editor.level.value
  useMapPointer(element, editor, gestures, board)
  const onKeyDown = useMapKeys(element, editor, gestures)
  useCursorInSight(element, editor, board)
  const spoken = useComputed(() =>
    describeCell(editor.level.value.map, editor.kind.value, editor.cursor.value),
  )
  const size = `${widthOf(map)} by ${map.length} tiles`
  return (
    <div
      ref={element}
      class="map-surface"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a drawing surface takes the keyboard
      tabIndex={0}
      aria-label={`Map of ${title ?? `a level of ${game}`}, ${size}. Arrow keys move the cursor, Space draws.`}
      aria-describedby="map-status"
      onKeyDown={onKeyDown}
      onFocus={() => {
        focused.value = true
      }}
      onBlur={() => {
        focused.value = false
      }}
    >
      <MapMarks {...{ editor, walk, grid, board }} focused={focused.value} />
      <p id="map-status" class="visually-hidden" aria-live="polite">
        {focused.value ? spoken.value : ''}
      </p>
    </div>
  )
}

/** Scrolls so that the keyboard's cursor can be seen. */
function useCursorInSight(
  element: { readonly current: HTMLElement | null },
  editor: Editor,
  board: Board,
): void {
  const [x, y] = editor.cursor.value
  useEffect(() => {
    const scroller = element.current?.closest('.map-scroll')
    if (!scroller || document.activeElement !== element.current) return
    const { tile, left, top } = board.layout.value
    const shift = (at: number, from: number, room: number) =>
      at < from ? at - from : at + tile > from + room ? at + tile - from - room : 0
    scroller.scrollLeft += shift(left + x * tile, scroller.scrollLeft, scroller.clientWidth)
    scroller.scrollTop += shift(top + y * tile, scroller.scrollTop, scroller.clientHeight)
  }, [x, y])
}
