/** What lies over the map's picture: grid, cursor, selection, the shape being drawn, faults, and the way to win. */
import type { Board } from '../stage/stage.ts'
import type { Editor } from './editor.ts'
import { type Cell, type Rect, widthOf } from './map-edits.ts'

interface MapMarksProps {
  readonly editor: Editor
  readonly board: Board
  readonly walk: readonly Cell[]
  readonly grid: boolean
  readonly focused: boolean
}

export function MapMarks({ editor, board, walk, grid, focused }: MapMarksProps) {
  const { tile, left, top } = board.layout.value
  const { map } = editor.level.value
  const width = widthOf(map)
  const height = map.length
  if (tile === 0) return null
  const [x, y] = editor.cursor.value
  return (
    <svg
      class="map-marks"
      aria-hidden="true"
      viewBox={`0 0 ${width} ${height}`}
      style={{ left, top, width: width * tile, height: height * tile }}
    >
      {grid && tile >= 8 ? <path class="mark-grid" d={gridPath(width, height)} /> : null}
      <Unknown editor={editor} />
      {editor.preview.value.map(([column, row]) => (
        <rect key={`${column} ${row}`} class="mark-preview" x={column} y={row} width={1} height={1} />
      ))}
      {walk.length > 0 ? <Walk cells={walk} /> : null}
      {editor.selection.value ? <Frame class="mark-selection" rect={editor.selection.value} /> : null}
      <Frame class={`mark-cursor ${focused ? 'focused' : ''}`} rect={{ x, y, width: 1, height: 1 }} />
      <Faults editor={editor} />
    </svg>
  )
}

function Frame({ rect, class: name }: { readonly rect: Rect; readonly class: string }) {
  // A light line on a dark one: seen on every tile.
  return (
    <g class={name}>
      <rect class="under" {...rect} />
      <rect class="over" {...rect} />
    </g>
  )
}

/** Characters that are no tile of the game. */
function Unknown({ editor }: { readonly editor: Editor }) {
  const { legend } = editor.kind.value
  return (
    <>
      {editor.level.value.map.flatMap((row, y) =>
        [...row].map((tile, x) =>
          Object.hasOwn(legend, tile) ? null : (
            <text key={`${x} ${y}`} class="mark-unknown" x={x + 0.5} y={y + 0.72}>
              {tile}
            </text>
          ),
        ),
      )}
    </>
  )
}

function Walk({ cells }: { readonly cells: readonly Cell[] }) {
  const points = cells.map(([x, y]) => `${x + 0.5},${y + 0.5}`).join(' ')
  const [endX, endY] = cells.at(-1) as Cell
  return (
    <g class="mark-walk">
      <polyline class="under" points={points} />
      <polyline class="over" points={points} />
      <circle cx={endX + 0.5} cy={endY + 0.5} r={0.22} />
    </g>
  )
}

function Faults({ editor }: { readonly editor: Editor }) {
  return (
    <>
      {editor.problems.value.map(({ row, column, message }) =>
        row === undefined || column === undefined ? null : (
          <g key={`${row} ${column} ${message}`} class="mark-fault" transform={`translate(${column} ${row})`}>
            <title>{message}</title>
            <rect x={0.04} y={0.04} width={0.92} height={0.92} />
            <circle cx={0.78} cy={0.22} r={0.22} />
            <text x={0.78} y={0.34}>
              !
            </text>
          </g>
        ),
      )}
    </>
  )
}

function gridPath(width: number, height: number): string {
  const down = Array.from({ length: width - 1 }, (_, i) => `M${i + 1} 0V${height}`)
  const across = Array.from({ length: height - 1 }, (_, i) => `M0 ${i + 1}H${width}`)
  return [...down, ...across].join('')
}
