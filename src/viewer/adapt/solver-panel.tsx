/** The solver's play, for reference: it knows the hidden rules. */
import type { Clock } from '../playback/clock.ts'
import { formatReturn, formatScore } from './format.ts'
import { PendingPanel, PlayPanel } from './play-panel.tsx'
import type { References, SolverPlay } from './references.ts'
import { Fact } from './step-panel.tsx'

interface SolverPanelProps {
  readonly references: References
  readonly clock: Clock
  readonly path: SolverPlay['path'] | null
}

export function SolverPanel({ references: { solver, why, random }, clock, path }: SolverPanelProps) {
  if (solver === 'searching') return <PendingPanel title="The solver" doing="Searching" />
  if (solver === null)
    return (
      <section class="play-panel" aria-label="The solver">
        <h2>The solver</h2>
        <p class="warn">There is no play to compare with, and so no score: {why}.</p>
      </section>
    )
  return (
    <PlayPanel title="The solver" recording={solver.recording} clock={clock} path={path}>
      <p class="muted">
        {random !== null && solver.return <= random ? 'No better than chance' : 'Knows all rules'}
      </p>
      <dl class="figures">
        <Fact name="Return" value={formatReturn(solver.return)} isMain />
        <Fact name="Score" value={formatScore(1)} isMain />
        <Fact name="Random player" value={random === null ? '…' : formatReturn(random)} />
        <Fact name="Moves" value={String(solver.recording.actions.length)} />
      </dl>
    </PlayPanel>
  )
}
