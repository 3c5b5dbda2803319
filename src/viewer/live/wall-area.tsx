/** The games that the agent played last: all of them as a wall, one of them large. */
import { useSignal } from '@preact/signals'
import { Gamepad2 } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import type { RunSummary } from '../../app/watch/protocol.ts'
import type { FollowedRun, Wall } from '../source/live.ts'
import { StageArea } from '../stage/components.tsx'
import { Panel } from '../ui/controls.tsx'
import { Empty } from '../ui/states.tsx'
import { GamePanel } from './game-panel.tsx'
import { createPace } from './pace.ts'
import { PaceControls } from './pace-controls.tsx'
import { WallGrid, WallMeans } from './wall-grid.tsx'

export function WallArea({ run, followed }: { readonly run: RunSummary; readonly followed: FollowedRun }) {
  const wall = followed.wall.value
  if (!wall || wall.games.length === 0) return <NothingPlayed run={run} />
  return <Games run={run} followed={followed} wall={wall} />
}

interface GamesProps {
  readonly run: RunSummary
  readonly followed: FollowedRun
  readonly wall: Wall
}

function Games({ run, followed, wall }: GamesProps) {
  const [pace] = useState(() => createPace(followed))
  const enlarged = useSignal<number | null>(null)
  const slot = enlarged.value
  const game = slot === null ? undefined : wall.games[slot]
  useEffect(() => {
    // The next wall may have fewer games.
    if (enlarged.value !== null && enlarged.value >= wall.games.length) enlarged.value = null
  }, [wall])
  return (
    <StageArea>
      <div class={`live-games ${game ? 'with-game' : ''}`}>
        <Panel title={`Games of meta-iteration ${wall.iteration}`} actions={<PaceControls pace={pace} />}>
          <WallMeans followed={followed} games={wall.games} />
          <WallGrid
            followed={followed}
            games={wall.games}
            pace={pace}
            enlarged={slot}
            onEnlarge={chosen => {
              enlarged.value = chosen === enlarged.value ? null : chosen
            }}
          />
        </Panel>
        {game && slot !== null ? (
          <GamePanel
            run={run}
            followed={followed}
            game={game}
            slot={slot}
            pace={pace}
            onClose={() => {
              enlarged.value = null
            }}
          />
        ) : null}
      </div>
    </StageArea>
  )
}

function NothingPlayed({ run }: { readonly run: RunSummary }) {
  return (
    <Panel title="Games">
      <Empty
        title={run.state === 'training' ? 'No games yet' : 'No games were recorded'}
        icon={<Gamepad2 size={28} aria-hidden="true" />}
      >
        <p>
          {run.state === 'training'
            ? 'The agent plays from its first meta-iteration on; before that its encoder learns to see.'
            : 'The games of a run are kept while it trains. Go on with it, or adapt its agent, to see it play.'}
        </p>
      </Empty>
    </Panel>
  )
}
