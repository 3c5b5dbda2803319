/** One run: how far it is, the games that its agent played last, its curves. */
import './live.css'
import { ArrowLeft, ChartLine, Radio, Sparkles } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import type { RunSummary } from '../../app/watch/protocol.ts'
import { useSource } from '../context.ts'
import { gamesInShort } from '../learn/agent-choice.ts'
import { linkTo } from '../router.ts'
import type { FollowedRun, LiveSource } from '../source/live.ts'
import { Panel } from '../ui/controls.tsx'
import { Empty, Spinner } from '../ui/states.tsx'
import { RunCurves } from './run-curves.tsx'
import { duration, RunState, timeAgo } from './run-state.tsx'
import { WallArea } from './wall-area.tsx'

export function RunView({ live, name }: { readonly live: LiveSource; readonly name: string }) {
  const { runs, runsKnown } = useSource()
  const followed = useFollowed(live, name)
  const run = runs.value.find(run => run.name === name)
  if (!run && runsKnown.value) return <NoSuchRun name={name} />
  if (!run || !followed) return <Spinner label="Waiting for the server…" />
  return (
    <div class="stack">
      <RunHead run={run} followed={followed} />
      <WallArea run={run} followed={followed} />
      <RunCurves records={followed.records.value} />
    </div>
  )
}

/** Follows a run for as long as it is shown; a hidden tab asks for no pictures. */
function useFollowed(live: LiveSource, name: string): FollowedRun | undefined {
  const [followed, setFollowed] = useState<FollowedRun>()
  useEffect(() => {
    const run = live.follow(name)
    const onVisibility = () => run.setVisible(!document.hidden)
    onVisibility()
    document.addEventListener('visibilitychange', onVisibility)
    setFollowed(run)
    return () => {
      document.removeEventListener('visibilitychange', onVisibility)
      run.close()
    }
  }, [live, name])
  return followed
}

function RunHead({ run, followed }: { readonly run: RunSummary; readonly followed: FollowedRun }) {
  return (
    <Panel
      title={run.name}
      actions={
        <>
          {run.hasAgent ? (
            <a class="button" href={linkTo('adapt', undefined, { agent: `run.${run.name}` })}>
              <Sparkles size={16} aria-hidden="true" />
              Adapt its agent
            </a>
          ) : null}
          <a class="button" href={linkTo('report', run.name)}>
            <ChartLine size={16} aria-hidden="true" />
            Report
          </a>
          <a class="button quiet" href={linkTo('live')}>
            <ArrowLeft size={16} aria-hidden="true" />
            All runs
          </a>
        </>
      }
    >
      <div class="run-head">
        <p class="run-facts">
          <RunState state={run.state} />
          <span>
            {run.recipe} <small>{gamesInShort(run.games)}</small>
          </span>
          <span>
            <small>seed</small> {run.seed}
          </span>
          <span>
            <small>meta-iteration</small> {run.iteration} <small>of {run.iterations}</small>
          </span>
          <span>
            <small>best score</small> {run.best === null ? '–' : run.best.toFixed(3)}
          </span>
          <small>changed {timeAgo(run.changed)}</small>
        </p>
        <JobProgress run={run} followed={followed} />
      </div>
    </Panel>
  )
}

/** The job that is in work now. */
function JobProgress({ run, followed }: { readonly run: RunSummary; readonly followed: FollowedRun }) {
  const job = followed.progress.value
  if (!job || run.state !== 'training') return null
  const left = job.perSecond > 0 ? (job.total - job.done) / job.perSecond : undefined
  return (
    <div class="job">
      <p>
        <strong>{job.label}</strong>
        <span>
          {job.done.toLocaleString('en')} of {job.total.toLocaleString('en')} {job.unit}
        </span>
        {job.perSecond > 0 ? <span>{rate(job.perSecond, job.unit)}</span> : null}
        {left === undefined ? null : <span>{duration(left)} left</span>}
        {job.detail ? <small>{job.detail}</small> : null}
      </p>
      <progress value={job.done} max={Math.max(1, job.total)} aria-label={job.label} />
    </div>
  )
}

/** Slow jobs by the minute: '0.05 a second' says little. */
function rate(perSecond: number, unit: string): string {
  return perSecond >= 0.5
    ? `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} ${unit} a second`
    : `${(perSecond * 60).toFixed(1)} ${unit} a minute`
}

function NoSuchRun({ name }: { readonly name: string }) {
  return (
    <Empty title={`There is no run ${name}`} icon={<Radio size={32} aria-hidden="true" />}>
      <p>It may have been moved or deleted.</p>
      <a class="button" href={linkTo('live')}>
        All runs
      </a>
    </Empty>
  )
}
