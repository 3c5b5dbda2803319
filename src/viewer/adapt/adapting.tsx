/** The adaptation itself: its commands, the games side by side, and what is known of them. */
import { ChevronsRight, Gamepad2, PencilRuler, Plus } from 'lucide-preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import type { Recording } from '../../learn/recording.ts'
import type { AdaptationStep } from '../learn/learning.ts'
import { LevelFacts } from '../levels/level-facts.tsx'
import { encodeLevel } from '../levels/link.ts'
import type { PickedLevel } from '../levels/picked-level.ts'
import type { Clock } from '../playback/clock.ts'
import { Transport, useClock } from '../playback/transport.tsx'
import { linkTo } from '../router.ts'
import { StageArea } from '../stage/components.tsx'
import { Toggle } from '../ui/choices.tsx'
import { Button, Panel } from '../ui/controls.tsx'
import { type Keys, useKeys } from '../ui/keys.ts'
import { CloserLook } from './closer-look.tsx'
import { titleOfStep } from './format.ts'
import { PendingPanel } from './play-panel.tsx'
import type { References } from './references.ts'
import { ReturnChart } from './return-chart.tsx'
import { MOST_STEPS, type Session } from './session.ts'
import { ShownSteps, useShownSteps } from './shown-steps.tsx'
import { SolverPanel } from './solver-panel.tsx'
import { StepPanel } from './step-panel.tsx'

/** Steps that the second command takes. */
const SEVERAL = 3

interface AdaptingProps {
  readonly session: Session
  readonly picked: PickedLevel
  readonly references: References
  /** Told how many gradient steps were asked for, when somebody asks. */
  readonly onTarget: (k: number) => void
}

export function Adapting({ session, picked, references, onTarget }: AdaptingProps) {
  const steps = session.steps.value
  const doing = session.doing.value
  const clock = useClock()
  const [hasPath, setPath] = useState(false)
  const [hasSolver, setSolver] = useState(true)
  const [chosen, setChosen] = useState<number | null>(null)
  const [episodes, setEpisodes] = useState<Readonly<Record<number, number>>>({})
  const last = steps.length - 1
  const shown = useShownSteps(last)
  const selected = Math.min(chosen ?? last, last)
  const closer = steps[selected]
  const episodeOf = (k: number) => episodes[k] ?? 0
  const take = (more: number) => {
    // What is under way counts: whoever presses three times wants three steps.
    const asked = Math.max(session.target.value, last) + more
    session.reach(asked)
    onTarget(session.target.value)
    setChosen(null)
  }
  const select = (k: number) => {
    const within = Math.min(Math.max(0, k), last)
    setChosen(within)
    shown.set(within, true)
  }
  useEffect(() => playFromStart(clock, steps.length), [clock, steps.length])
  useKeys(
    {
      n: () => take(1),
      m: () => take(SEVERAL),
      p: () => setPath(!hasPath),
      v: () => setSolver(!hasSolver),
      e: () => {
        const of = closer?.recordings.length ?? 1
        setEpisodes({ ...episodes, [selected]: (episodeOf(selected) + 1) % of })
      },
      '[': () => select(selected - 1),
      ']': () => select(selected + 1),
      ...shown.keys,
    } satisfies Keys,
    { '[': 'Look closer at one gradient step less', ']': 'Look closer at one gradient step more' },
  )
  const { solver } = references
  const play = solver === 'searching' ? null : solver
  const path = hasPath && play ? play.path : null
  const isFull = session.target.value >= MOST_STEPS
  return (
    <div class="adapting">
      <div class="adapt-commands">
        <Button
          label="One more step"
          shortcut="n"
          kind="primary"
          icon={<Plus size={16} aria-hidden="true" />}
          disabled={isFull}
          onPress={() => take(1)}
        />
        <Button
          label={`Adapt ${SEVERAL} steps`}
          shortcut="m"
          icon={<ChevronsRight size={16} aria-hidden="true" />}
          disabled={isFull}
          onPress={() => take(SEVERAL)}
        />
        <Toggle label="Solver" shortcut="v" checked={hasSolver} onChange={setSolver} />
        <Toggle
          label="Solver's path"
          shortcut="p"
          checked={hasPath}
          disabled={play === null}
          onChange={setPath}
        />
        <ShownSteps last={last} shown={shown} />
        <Failure session={session} />
      </div>
      <StageArea>
        <div class="panels">
          {steps
            .filter(({ k }) => shown.has(k))
            .map(step => (
              <StepPanel
                key={step.k}
                step={step}
                references={references}
                clock={clock}
                path={path}
                episode={episodeOf(step.k)}
                onEpisode={episode => setEpisodes({ ...episodes, [step.k]: episode })}
                isSelected={step.k === selected}
                onSelect={() => select(step.k)}
              />
            ))}
          {doing !== null && <PendingPanel title={titleOfStep(steps.length)} doing={doing} />}
          {hasSolver && <SolverPanel references={references} clock={clock} path={path} />}
          {closer && (
            <>
              <div class="beside wide">
                <Panel title="How it learns">
                  <ReturnChart agent={session.agent.name} steps={steps} references={references} />
                  <Explanation steps={steps} />
                </Panel>
              </div>
              <div class="beside">
                <CloserLook
                  title={titleOfStep(closer.k)}
                  recording={closer.recordings[episodeOf(closer.k)] as Recording}
                  clock={clock}
                />
              </div>
            </>
          )}
          <div class="beside level">
            <Panel title="The level" actions={<Elsewhere level={picked.level} />}>
              <LevelFacts picked={picked} />
            </Panel>
          </div>
        </div>
      </StageArea>
      <div class="adapt-transport">
        <Transport clock={clock} />
      </div>
    </div>
  )
}

function Failure({ session }: { readonly session: Session }) {
  const error = session.error.value
  if (error === null) return null
  return (
    <div class="adapt-error" role="alert">
      <p class="bad">{error}</p>
      <Button label="Try again" onPress={() => session.reach(session.target.value)} />
    </div>
  )
}

/** The same level on other pages. */
function Elsewhere({ level }: { readonly level: Level }) {
  const link = useMemo(() => ({ level: encodeLevel(level) }), [level])
  return (
    <div class="row">
      <a class="button quiet" href={linkTo('play', undefined, link)}>
        <Gamepad2 size={16} aria-hidden="true" />
        Play it
      </a>
      <a class="button quiet" href={linkTo('edit', undefined, link)}>
        <PencilRuler size={16} aria-hidden="true" />
        Edit it
      </a>
    </div>
  )
}

function Explanation({ steps }: { readonly steps: readonly AdaptationStep[] }) {
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0)
  const last = steps.at(-1) as AdaptationStep
  const played = last.episodes + last.returns.length
  return (
    <p class="muted">
      {played} episodes on this level, {last.k} gradient {last.k === 1 ? 'step' : 'steps'}, computed in this
      browser in {seconds.toFixed(1)} s.
    </p>
  )
}

/** Whatever is new is watched together with the rest; those who asked for less motion start it themselves. */
function playFromStart(clock: Clock, panels: number): void {
  if (panels === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) return
  clock.seek(0)
  // Boards that have just been made cover their length in an effect of their own.
  requestAnimationFrame(clock.play)
}
