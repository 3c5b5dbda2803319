/**
 * Up to 64 games at a glance: a strip for each task, in it the same level before adaptation and after each gradient step,
 * from left to right.
 */
import { type ReadonlySignal, useComputed } from '@preact/signals'
import { Check, X } from 'lucide-preact'
import { useCallback, useMemo, useState } from 'preact/hooks'
import type { FollowedRun, WallGame } from '../source/live.ts'
import { GameBoard } from '../stage/components.tsx'
import type { Board } from '../stage/stage.ts'
import { useKeys } from '../ui/keys.ts'
import type { Pace } from './pace.ts'

/** CSS pixels of a tile of the art. */
const TILE = 8
/** Sides of boards: a larger map is followed by the camera. */
const SMALLEST = 76
const LARGEST = 172

interface GridProps {
  readonly followed: FollowedRun
  readonly games: readonly WallGame[]
  readonly pace: Pace
  readonly enlarged: number | null
  readonly onEnlarge: (slot: number) => void
}

interface Strip {
  readonly task: number
  readonly games: readonly { readonly game: WallGame; readonly slot: number }[]
}

export function WallGrid({ followed, games, pace, enlarged, onEnlarge }: GridProps) {
  const strips = useMemo(() => stripsOf(games), [games])
  const side = useMemo(() => boardSide(games), [games])
  /** The slot that Tab comes to; arrow keys move it. */
  const [current, setCurrent] = useState(0)
  useKeys(
    {},
    {
      'ArrowUp ArrowDown ArrowLeft ArrowRight': 'From game to game on the wall',
      Enter: 'Enlarge the game',
    },
  )
  const reachable = current < games.length ? current : 0
  const onKeyDown = (event: KeyboardEvent) => {
    if (!ARROWS.has(event.key) || !(event.target instanceof HTMLElement)) return
    event.preventDefault()
    nearest(event.target, event.key)?.focus()
  }
  return (
    <div class="wall" role="toolbar" aria-label="Games" onKeyDown={onKeyDown}>
      {strips.map(({ task, games }) => (
        <div key={task} class="strip">
          <p>
            task {task + 1} · {games[0]?.game.level.game}
          </p>
          <div class="strip-games">
            {games.map(({ game, slot }) => (
              <Cell
                key={slot}
                {...{ followed, game, slot, pace, side }}
                isCurrent={slot === reachable}
                isEnlarged={slot === enlarged}
                onFocus={() => setCurrent(slot)}
                onEnlarge={() => onEnlarge(slot)}
              />
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}

/** What the agent has got so far, over all tasks: the whole wall in one line. */
export function WallMeans({ followed, games }: Pick<GridProps, 'followed' | 'games'>) {
  const means = useComputed(() => {
    followed.tick.value
    const steps = [...new Set(games.map(game => game.steps))].sort((a, b) => a - b)
    return steps.map(step => {
      const returns = games.flatMap((game, slot) =>
        game.steps === step ? [followed.moment(slot)?.return ?? 0] : [],
      )
      return { step, mean: returns.reduce((sum, value) => sum + value, 0) / returns.length }
    })
  })
  return (
    <dl class="wall-means" aria-label="Mean return so far">
      <dt>Mean return so far</dt>
      {means.value.map(({ step, mean }) => (
        <dd key={step}>
          <small>{stepName(step)}</small> {mean.toFixed(2).replace('-', '−')}
        </dd>
      ))}
    </dl>
  )
}

function stepName(steps: number): string {
  return steps === 0 ? 'before' : `step ${steps}`
}

interface CellProps {
  readonly followed: FollowedRun
  readonly game: WallGame
  readonly slot: number
  readonly pace: Pace
  readonly side: number
  readonly isCurrent: boolean
  readonly isEnlarged: boolean
  readonly onFocus: () => void
  readonly onEnlarge: () => void
}

function Cell(props: CellProps) {
  const { followed, game, slot, side } = props
  const paint = usePaint(followed, game, slot, props.pace)
  const returned = useComputed(() => {
    followed.tick.value
    const moment = followed.moment(slot)
    return moment ? formatReturn(moment.return) : ''
  })
  const name = `Task ${game.task + 1} ${afterSteps(game.steps)}`
  return (
    <div class={`cell ${props.isEnlarged ? 'enlarged' : ''}`} style={{ width: `${side}px` }}>
      <GameBoard label={`${game.level.game}, ${name}`} paint={paint} style={{ height: `${side}px` }}>
        <button
          type="button"
          class="cell-button"
          tabIndex={props.isCurrent ? 0 : -1}
          aria-label={`Enlarge ${name}`}
          aria-pressed={props.isEnlarged}
          title={name}
          onFocus={props.onFocus}
          onClick={props.onEnlarge}
        />
      </GameBoard>
      <p class="cell-caption">
        <span title="gradient steps">{stepName(game.steps)}</span>
        <span class="cell-return">
          <End {...{ followed, slot }} />
          {returned}
        </span>
      </p>
    </div>
  )
}

/** How the episode ended; nothing while it goes on. */
function End({ followed, slot }: { readonly followed: FollowedRun; readonly slot: number }) {
  const end = useComputed(() => {
    followed.tick.value
    const moment = followed.moment(slot)
    return moment?.won ? 'won' : moment?.terminated ? 'lost' : ''
  })
  if (end.value === 'won') return <Check size={13} class="good" aria-label="won" />
  return end.value === 'lost' ? <X size={13} class="bad" aria-label="over" /> : null
}

/** Paints a slot's moments on a board. */
export function usePaint(
  followed: FollowedRun,
  game: WallGame,
  slot: number,
  pace: Pace,
): (board: Board) => void {
  return useCallback(
    (board: Board) => {
      followed.tick.value
      const moment = followed.moment(slot)
      if (moment)
        board.show(moment.scene, { theme: game.level.theme, glide: glideOf(moment.step, pace.glide) })
    },
    [followed, game, slot, pace],
  )
}

/** The first picture of an episode is no move from the last one of the one before. */
function glideOf(step: number, glide: ReadonlySignal<number>): number {
  return step === 0 ? 0 : glide.peek()
}

export function formatReturn(value: number): string {
  return (Object.is(value, -0) ? 0 : value).toFixed(1).replace('-', '−')
}

export function afterSteps(steps: number): string {
  return steps === 0 ? 'before adaptation' : `after ${steps} gradient ${steps === 1 ? 'step' : 'steps'}`
}

function stripsOf(games: readonly WallGame[]): Strip[] {
  const tasks = new Map<number, { readonly game: WallGame; readonly slot: number }[]>()
  for (const [slot, game] of games.entries())
    tasks.set(game.task, [...(tasks.get(game.task) ?? []), { game, slot }])
  return [...tasks].map(([task, games]) => ({
    task,
    games: games.toSorted((a, b) => a.game.steps - b.game.steps),
  }))
}

/** All boards are alike: as large as the largest map, twice that where there are few. */
function boardSide(games: readonly WallGame[]): number {
  const most = Math.max(...games.map(({ level: { map } }) => Math.max(map.length, map[0]?.length ?? 0)))
  const scale = games.length <= 16 && most * 2 * TILE <= LARGEST ? 2 : 1
  return Math.min(Math.max(most * TILE * scale + 2, SMALLEST), LARGEST)
}

const ARROWS = new Set(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'])

/** The nearest game in a direction, as they lie on the page. */
function nearest(from: HTMLElement, arrow: string): HTMLElement | undefined {
  const centre = (element: Element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return { x: left + width / 2, y: top + height / 2 }
  }
  const here = centre(from)
  const isAcross = arrow === 'ArrowLeft' || arrow === 'ArrowRight'
  const sign = arrow === 'ArrowRight' || arrow === 'ArrowDown' ? 1 : -1
  let best: { readonly element: HTMLElement; readonly far: number } | undefined
  for (const element of from.closest('.wall')?.querySelectorAll<HTMLElement>('.cell-button') ?? []) {
    const there = centre(element)
    const along = sign * (isAcross ? there.x - here.x : there.y - here.y)
    const aside = Math.abs(isAcross ? there.y - here.y : there.x - here.x)
    if (along < 4) continue
    const far = along + 3 * aside
    if (!best || far < best.far) best = { element, far }
  }
  return best?.element
}
