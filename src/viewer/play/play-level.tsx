/** One level as a person plays it: the board, how it stands, and all that stands beside it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ACTIONS } from '../../../envs/game.ts'
import { SEARCH_BUDGET } from '../../../envs/solver.ts'
import { messageOf } from '../../core/errors.ts'
import { useLevelWork } from '../context.ts'
import { LevelFacts } from '../levels/level-facts.tsx'
import { LevelPicker } from '../levels/level-picker.tsx'
import { type PickedLevel, pickedLevelOf, titleOf } from '../levels/picked-level.ts'
import { Panel } from '../ui/controls.tsx'
import { type Keys, useKeys } from '../ui/keys.ts'
import { notify } from '../ui/toasts.tsx'
import { openController, type PlayController } from './controller.ts'
import { nextLevel } from './next-level.ts'
import { openPersonPlay } from './person-play.ts'
import './play.css'
import { focusBoard, PlayBoard } from './play-board.tsx'
import { copyMoves, PlayButtons, Standing, TouchPad } from './play-controls.tsx'
import { useAgentPlay } from './use-agent-play.ts'
import { type Bounds, useBounds } from './use-bounds.ts'
import { Versus } from './versus.tsx'
import { type Watched, Watching } from './watching.tsx'

const MOVES: Readonly<Record<string, (typeof ACTIONS)[number]>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  w: 'up',
  s: 'down',
  a: 'left',
  d: 'right',
  ' ': 'use',
  x: 'use',
  '.': 'noop',
}

const MOVE_HELP = {
  'Arrow keys': 'Move, in play',
  'W A S D': 'Move, in play',
  'Space or X': 'Use, in play',
  '.': 'Wait, in play',
  P: 'Pause real time, in play',
}

export interface PlayLevelProps {
  readonly picked: PickedLevel
  readonly onPick: (picked: PickedLevel) => void
}

export function PlayLevel({ picked, onPick }: PlayLevelProps) {
  const { level } = picked
  const work = useLevelWork()
  const bounds = useBounds(level)
  const controller = useController(picked, bounds)
  const agentPlay = useAgentPlay(level)
  const [watched, setWatched] = useState<Watched | null>(null)
  const choose = (next: PickedLevel) => {
    onPick(next)
    focusBoard()
  }
  const goOn = () => {
    nextLevel(picked, work).then(
      next => choose(pickedLevelOf(next)),
      error => notify(messageOf(error), 'bad'),
    )
  }
  const watch = (next: Watched) => {
    controller.pause()
    setWatched(next)
  }
  return (
    <div class="play-page">
      <section class="play-main" aria-label="Game">
        {watched ? (
          <Watching watched={watched} onBack={() => setWatched(null)} />
        ) : (
          <>
            <PlayKeys controller={controller} onNext={goOn} onAgent={agentPlay.start} />
            <PlayBoard title={titleOf(picked)} controller={controller} bounds={bounds} onNext={goOn} />
            <Standing controller={controller} />
            <TouchPad controller={controller} />
            <PlayButtons controller={controller} onNext={goOn} />
          </>
        )}
      </section>
      <div class="play-side">
        <LevelPicker value={picked} onPick={choose} />
        <Panel title="You and the agent">
          <Versus controller={controller} bounds={bounds} agentPlay={agentPlay} onWatch={watch} />
        </Panel>
        <Panel title="This level">
          <LevelFacts picked={picked} />
        </Panel>
      </div>
    </div>
  )
}

/** A play of this level, and hints: the solver's play as long as it is followed, else a search from where the person is. */
function useController(picked: PickedLevel, bounds: Bounds): PlayController {
  const work = useLevelWork()
  const known = useRef(bounds.actions)
  known.current = bounds.actions
  const controller = useMemo(() => {
    const person = openPersonPlay(picked.level)
    return openController(
      person,
      async actions => person.followed(known.current) ?? work.hint(picked.level, actions, SEARCH_BUDGET),
    )
  }, [])
  useEffect(() => {
    const pauseHidden = () => document.hidden && controller.pause()
    document.addEventListener('visibilitychange', pauseHidden)
    return () => {
      document.removeEventListener('visibilitychange', pauseHidden)
      controller.pause()
    }
  }, [controller])
  return controller
}

/** The keyboard, while the person plays. */
function PlayKeys({
  controller,
  onNext,
  onAgent,
}: {
  readonly controller: PlayController
  readonly onNext: () => void
  readonly onAgent: () => void
}) {
  const moves: Keys = Object.fromEntries(
    Object.entries(MOVES).map(([key, action]) => [key, () => controller.press(ACTIONS.indexOf(action))]),
  )
  useKeys(
    {
      ...moves,
      u: controller.undo,
      r: controller.restart,
      h: controller.hint,
      n: onNext,
      c: () => copyMoves(controller),
      v: onAgent,
      p: controller.pause,
    },
    MOVE_HELP,
  )
  useEffect(() => {
    const onUp = (event: KeyboardEvent) => {
      const action = MOVES[event.key]
      if (action !== undefined) controller.release(ACTIONS.indexOf(action))
    }
    addEventListener('keyup', onUp)
    addEventListener('blur', controller.pause)
    return () => {
      removeEventListener('keyup', onUp)
      removeEventListener('blur', controller.pause)
    }
  }, [controller])
  return null
}
