/** A person's returns on a level beside the agent's, the solver's and chance; any of the episodes can be watched again. */
import { Play, Sparkles } from 'lucide-preact'
import { useMemo } from 'preact/hooks'
import type { Recording } from '../../learn/recording.ts'
import { StepChart } from '../charts/step-chart.tsx'
import { recordingOf } from '../playback/recorded.ts'
import { Button, Select } from '../ui/controls.tsx'
import { Spinner } from '../ui/states.tsx'
import type { PlayController } from './controller.ts'
import type { AgentPlay } from './use-agent-play.ts'
import type { Bounds } from './use-bounds.ts'
import type { Watched } from './watching.tsx'
import { numberText, OUTCOME_WORDS, scoreOf } from './words.ts'

export interface VersusProps {
  readonly controller: PlayController
  readonly bounds: Bounds
  readonly agentPlay: AgentPlay
  readonly onWatch: (watched: Watched) => void
}

export function Versus({ controller, bounds, agentPlay, onWatch }: VersusProps) {
  void controller.tick.value
  const { level } = controller.person
  const { random, solver, actions } = bounds
  const score = (value: number) => {
    const found =
      random === undefined || solver === undefined ? undefined : scoreOf(value, { random, solver })
    return found === undefined ? '\u2013' : numberText(found)
  }
  return (
    <div class="versus">
      <table>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Return</th>
            <th scope="col">Score</th>
            <th scope="col">
              <span class="visually-hidden">Watch</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {controller.person.episodes().map(episode => (
            <tr key={`you ${episode.number}`} data-who="you">
              <th scope="row">
                You, episode {episode.number}
                <small>
                  {OUTCOME_WORDS[episode.outcome]}, {episode.steps} steps{episode.isHelped ? ', helped' : ''}
                </small>
              </th>
              <td>{numberText(episode.return)}</td>
              <td>{score(episode.return)}</td>
              <td>
                <Watch
                  name={`your episode ${episode.number}`}
                  record={() => recordingOf(level, episode.actions)}
                  onWatch={onWatch}
                />
              </td>
            </tr>
          ))}
          {agentPlay.steps.map(step => (
            <tr key={`agent ${step.k}`} data-who="agent">
              <th scope="row">
                Agent, {step.k} {step.k === 1 ? 'step' : 'steps'}
                <small>
                  mean of {step.returns.length} episodes, {step.seconds.toFixed(1)} s
                </small>
              </th>
              <td>{numberText(step.meanReturn)}</td>
              <td>{score(step.meanReturn)}</td>
              <td>
                {step.recordings[0] && (
                  <Watch
                    isPolicy
                    name={`the agent after ${step.k} gradient ${step.k === 1 ? 'step' : 'steps'}`}
                    record={() => step.recordings[0] as Recording}
                    onWatch={onWatch}
                  />
                )}
              </td>
            </tr>
          ))}
          <tr data-who="solver">
            <th scope="row">
              Solver
              <small>{bounds.why ?? (actions ? `${actions.length} steps` : 'searching\u2026')}</small>
            </th>
            <td>{solver === undefined ? '\u2013' : numberText(solver)}</td>
            <td>{solver === undefined ? '\u2013' : score(solver)}</td>
            <td>
              {actions && (
                <Watch name="the solver" record={() => recordingOf(level, actions)} onWatch={onWatch} />
              )}
            </td>
          </tr>
          <tr data-who="random">
            <th scope="row">
              Random player<small>mean of 256 episodes</small>
            </th>
            <td>{random === undefined ? '\u2013' : numberText(random)}</td>
            <td>{random === undefined ? '\u2013' : score(random)}</td>
            <td />
          </tr>
        </tbody>
      </table>
      <Opponent agentPlay={agentPlay} game={level.game} />
      <Learning controller={controller} bounds={bounds} agentPlay={agentPlay} />
    </div>
  )
}

function Watch({
  name,
  isPolicy = false,
  record,
  onWatch,
}: {
  readonly name: string
  readonly isPolicy?: boolean
  readonly record: () => Recording
  readonly onWatch: (watched: Watched) => void
}) {
  return (
    <Button
      label={`Watch ${name}`}
      icon={<Play size={16} aria-hidden="true" />}
      iconOnly
      kind="quiet"
      onPress={() => onWatch({ name, recording: record(), isPolicy })}
    />
  )
}

/** Which agent plays, and the button that lets it. */
function Opponent({ agentPlay, game }: { readonly agentPlay: AgentPlay; readonly game: string }) {
  const { agents, agent, isRunning, error, steps } = agentPlay
  if (agents !== null && agents.length === 0)
    return <p class="muted">There is no agent here: train one by levelshift train.</p>
  return (
    <div class="opponent">
      <div class="row">
        {agents && agents.length > 1 && (
          <Select
            label="Agent"
            value={agent?.id ?? ''}
            options={agents.map(({ id, name }) => ({ value: id, label: name }))}
            disabled={isRunning}
            onChange={agentPlay.choose}
          />
        )}
        <Button
          label={steps.length > 0 ? 'Let the agent start again' : 'Let the agent play it too'}
          shortcut="v"
          icon={<Sparkles size={16} aria-hidden="true" />}
          disabled={isRunning}
          onPress={agentPlay.start}
        />
      </div>
      {agent && !agent.games.includes(game) && (
        <p class="muted">This agent has never learned {game}: expect little of it.</p>
      )}
      {isRunning && <Spinner label="The agent plays, and takes gradient steps on what happened…" />}
      {error !== null && (
        <p role="alert" class="bad">
          {error}
        </p>
      )}
    </div>
  )
}

/** Who learns faster: returns by episode for the person, by gradient step for the agent. */
function Learning({ controller, bounds, agentPlay }: Omit<VersusProps, 'onWatch'>) {
  const ended = controller.person.episodes().filter(({ outcome }) => outcome !== 'playing')
  const { steps } = agentPlay
  const { random, solver } = bounds
  // The same values keep the same chart while the person moves on.
  const key = JSON.stringify(ended.map(episode => episode.return))
  const series = useMemo(
    () =>
      [
        {
          name: 'You, by episodes before',
          points: ended.map((episode, i) => ({ x: i, y: episode.return })),
        },
        {
          name: 'Agent, by gradient steps',
          points: steps.map(({ k, meanReturn, returns }) => ({ x: k, y: meanReturn, values: returns })),
        },
      ].filter(({ points }) => points.length > 0),
    [key, steps],
  )
  const references = useMemo(
    () => [
      ...(solver === undefined ? [] : [{ name: 'Solver', y: solver }]),
      ...(random === undefined ? [] : [{ name: 'Random player', y: random }]),
    ],
    [solver, random],
  )
  if (ended.length === 0 && steps.length === 0) return null
  return (
    <StepChart
      label="Learning this level"
      xLabel="episodes or gradient steps before"
      yLabel="return"
      series={series}
      references={references}
      height={180}
    />
  )
}
