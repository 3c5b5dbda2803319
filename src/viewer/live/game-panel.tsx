/** One game of the wall, large: with what the agent sees, what it means to do, and what it has got so far. */
import { useComputed } from '@preact/signals'
import { Gamepad2, PencilRuler, Sparkles, X } from 'lucide-preact'
import { useCallback, useMemo } from 'preact/hooks'
import { ACTIONS } from '../../../envs/game.ts'
import type { RunSummary } from '../../app/watch/protocol.ts'
import { HiddenRules } from '../levels/level-facts.tsx'
import { encodeLevel } from '../levels/link.ts'
import { pickedLevelOf } from '../levels/picked-level.ts'
import { ActionBars, AgentView } from '../playback/agent-view.tsx'
import { linkTo } from '../router.ts'
import type { FollowedRun, WallGame } from '../source/live.ts'
import { GameBoard } from '../stage/components.tsx'
import { Button, Panel } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import { Figure } from '../ui/states.tsx'
import type { Pace } from './pace.ts'
import { afterSteps, formatReturn, usePaint } from './wall-grid.tsx'

interface GamePanelProps {
  readonly run: RunSummary
  readonly followed: FollowedRun
  readonly game: WallGame
  readonly slot: number
  readonly pace: Pace
  readonly onClose: () => void
}

export function GamePanel({ run, followed, game, slot, pace, onClose }: GamePanelProps) {
  const { level } = game
  const picked = useMemo(() => pickedLevelOf(level), [level])
  const link = useMemo(() => encodeLevel(level), [level])
  const paint = usePaint(followed, game, slot, pace)
  const scene = useCallback(() => {
    followed.tick.value
    return followed.moment(slot)?.scene
  }, [followed, slot])
  useKeys({ Escape: onClose })
  const rows = level.map.length
  const columns = level.map[0]?.length ?? 1
  const agent = run.hasAgent ? { agent: `run.${run.name}` } : {}
  return (
    <Panel
      title={`Task ${game.task + 1} ${afterSteps(game.steps)}`}
      actions={
        <Button
          label="Close the game"
          shortcut="Escape"
          icon={<X size={18} aria-hidden="true" />}
          iconOnly
          kind="quiet"
          onPress={onClose}
        />
      }
    >
      <div class="game-panel">
        <GameBoard
          label={`${level.game}, task ${game.task + 1} ${afterSteps(game.steps)}`}
          paint={paint}
          class="game-large"
          style={{ aspectRatio: `${Math.max(columns, 8)} / ${Math.max(rows, 8)}` }}
        />
        <Thoughts followed={followed} slot={slot} length={game.length} />
        <Figure caption="what the agent sees">
          <AgentView scene={scene} theme={level.theme} />
        </Figure>
        <Chances followed={followed} slot={slot} />
        <dl class="facts">
          <dt>Game</dt>
          <dd>
            {level.game}, {columns} by {rows}
          </dd>
          <dt>Level</dt>
          <dd>
            <code title={game.hash}>{game.hash.slice(0, 12)}</code>
          </dd>
          <dt>Origin</dt>
          <dd>{picked.origin}</dd>
        </dl>
        <HiddenRules picked={picked} />
        <p class="row">
          <a class="button" href={linkTo('adapt', undefined, { level: link, ...agent })}>
            <Sparkles size={16} aria-hidden="true" />
            Adapt an agent to this level
          </a>
          <a class="button" href={linkTo('play', undefined, { level: link })}>
            <Gamepad2 size={16} aria-hidden="true" />
            Play it
          </a>
          <a class="button" href={linkTo('edit', undefined, { level: link })}>
            <PencilRuler size={16} aria-hidden="true" />
            Edit it
          </a>
        </p>
      </div>
    </Panel>
  )
}

interface SlotProps {
  readonly followed: FollowedRun
  readonly slot: number
}

function Thoughts({ followed, slot, length }: SlotProps & { readonly length: number }) {
  followed.tick.value
  const moment = followed.moment(slot)
  const end = moment?.won ? 'won' : moment?.terminated ? 'over' : undefined
  const facts = [
    ['step', moment ? `${moment.step} of ${length}` : '–'],
    ['return so far', moment ? formatReturn(moment.return) : '–'],
    [
      'expected from here',
      moment && moment.action !== null ? moment.value.toFixed(2).replace('-', '−') : '–',
    ],
    ['next action', end ?? (moment?.action == null ? 'end of the episode' : (ACTIONS[moment.action] ?? '–'))],
  ]
  return (
    <dl class="thoughts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Chances({ followed, slot }: SlotProps) {
  const moment = useComputed(() => {
    followed.tick.value
    const now = followed.moment(slot)
    return { probabilities: now?.probabilities ?? [], action: now?.action ?? null }
  })
  return <ActionBars {...moment.value} />
}
