/** All runs, those in training first. */
import './live.css'
import { Radio } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import type { RunSummary } from '../../app/watch/protocol.ts'
import { useSource } from '../context.ts'
import { gamesInShort } from '../learn/agent-choice.ts'
import { linkTo } from '../router.ts'
import { Panel, TextField } from '../ui/controls.tsx'
import { Empty, Spinner } from '../ui/states.tsx'
import { RunState, timeAgo } from './run-state.tsx'

const STATE_ORDER = { training: 0, stopped: 1, finished: 1 }

export function RunList() {
  const { runs, runsKnown, connection } = useSource()
  const [wanted, setWanted] = useState('')
  useEveryMinute()
  if (!runsKnown.value)
    return <Spinner label={connection.value === 'lost' ? 'Waiting for the server…' : 'Looking for runs…'} />
  if (runs.value.length === 0) return <NoRuns />
  const shown = runs.value.filter(run => matches(run, wanted)).sort(inOrder)
  const training = runs.value.filter(({ state }) => state === 'training').length
  return (
    <Panel
      title={`${runs.value.length} ${runs.value.length === 1 ? 'run' : 'runs'}${training ? `, ${training} training` : ''}`}
    >
      <div class="run-search">
        <TextField
          label="Search"
          value={wanted}
          onChange={setWanted}
          placeholder="name, recipe, game, state"
        />
      </div>
      <table class="runs">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">Recipe</th>
            <th scope="col" class="number">
              Seed
            </th>
            <th scope="col">Iteration</th>
            <th scope="col" class="number">
              Best score
            </th>
            <th scope="col">Changed</th>
            <th scope="col">
              <span class="visually-hidden">Report</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(run => (
            <Row key={run.name} run={run} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 ? <p class="muted">No run has “{wanted}” in it.</p> : null}
    </Panel>
  )
}

function Row({ run }: { readonly run: RunSummary }) {
  return (
    <tr>
      <th scope="row">
        <a href={linkTo('live', run.name)}>{run.name}</a>
      </th>
      <td>
        <RunState state={run.state} />
      </td>
      <td>
        {run.recipe} <small>{gamesInShort(run.games)}</small>
      </td>
      <td class="number" data-label="seed">
        {run.seed}
      </td>
      <td>
        <span class="iterations">
          <progress
            value={run.iteration}
            max={Math.max(1, run.iterations)}
            aria-label={`Meta-iterations of ${run.name}`}
          />
          {run.iteration} of {run.iterations}
        </span>
      </td>
      <td class="number" data-label="best">
        {run.best === null ? '–' : run.best.toFixed(2)}
      </td>
      <td>{timeAgo(run.changed)}</td>
      <td>
        <a href={linkTo('report', run.name)} aria-label={`Report of ${run.name}`}>
          report
        </a>
      </td>
    </tr>
  )
}

function NoRuns() {
  return (
    <Empty title="No runs yet" icon={<Radio size={32} aria-hidden="true" />}>
      <p>
        Start one in another terminal: <code>npx levelshift train starter --out runs/first</code>
      </p>
      <p>It appears here by itself, from its first minute on.</p>
    </Empty>
  )
}

function matches(run: RunSummary, wanted: string): boolean {
  const text = [run.name, run.recipe, run.state, `seed ${run.seed}`, ...run.games].join(' ').toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word))
}

function inOrder(a: RunSummary, b: RunSummary): number {
  return STATE_ORDER[a.state] - STATE_ORDER[b.state] || b.changed - a.changed
}

/** Renders again once a minute: 'just now' does not stay true. */
function useEveryMinute(): void {
  const [, setMinute] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setMinute(minute => minute + 1), 60_000)
    return () => clearInterval(timer)
  }, [])
}
