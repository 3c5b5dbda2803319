/** The solver's way, drawn over a board. */
import type { Board } from '../stage/stage.ts'
import type { SolverPlay } from './references.ts'

interface PathOverlayProps {
  readonly board: Board
  readonly path: SolverPlay['path']
}

export function PathOverlay({ board, path }: PathOverlayProps) {
  const { tile, left, top } = board.layout.value
  const places = path.map(([x, y]) => [left + (x + 0.5) * tile, top + (y + 0.5) * tile] as const)
  const end = places.at(-1)
  if (tile === 0 || !end) return null
  const points = places.map(place => place.join(',')).join(' ')
  return (
    <svg class="path-overlay" aria-hidden="true">
      <polyline class="casing" points={points} />
      <polyline class="line" points={points} />
      <circle cx={end[0]} cy={end[1]} r={Math.max(3, tile / 4)} />
    </svg>
  )
}
