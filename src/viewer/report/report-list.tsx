/** All runs whose report can be read, to choose one or several of, and a place for files. */
import './report.css'
import { ChartLine, GitCompareArrows } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { useSource } from '../context.ts'
import { gamesInShort } from '../learn/agent-choice.ts'
import { linkTo } from '../router.ts'
import { Toggle } from '../ui/choices.tsx'
import { Button, Panel } from '../ui/controls.tsx'
import { Empty, Spinner } from '../ui/states.tsx'
import { FileDrop } from './file-drop.tsx'
import { opened } from './reports.ts'

interface Entry {
  readonly name: string
  readonly recipe: string
  readonly note: string
  readonly best: number | null
}

export function ReportList() {
  const { runs, runsKnown } = useSource()
  const [chosen, setChosen] = useState<readonly string[]>([])
  if (!runsKnown.value) return <Spinner label="Looking for runs…" />
  const entries: Entry[] = [
    ...opened.value.map(({ name }) => ({ name, recipe: 'opened from a file', note: '', best: null })),
    ...runs.value
      .toSorted((a, b) => Number(b.hasEvaluation) - Number(a.hasEvaluation) || b.changed - a.changed)
      .map(run => ({
        name: run.name,
        recipe: `${run.recipe} · ${gamesInShort(run.games)}`,
        note: run.hasEvaluation ? 'evaluated' : run.state,
        best: run.best,
      })),
  ]
  const compare = () => {
    const [first, ...others] = chosen
    if (first !== undefined) location.hash = linkTo('report', first, { with: others.join('/') })
  }
  return (
    <div class="stack">
      {entries.length === 0 ? (
        <Empty title="No reports yet" icon={<ChartLine size={32} aria-hidden="true" />}>
          <p>A run has a report from its first iteration on, and an evaluation opens from a file.</p>
        </Empty>
      ) : (
        <Panel
          title="Reports"
          actions={
            <Button
              label={chosen.length < 2 ? 'Compare (choose two or more)' : `Compare ${chosen.length}`}
              icon={<GitCompareArrows size={16} aria-hidden="true" />}
              disabled={chosen.length < 2}
              onPress={compare}
            />
          }
        >
          <ul class="reports">
            {entries.map(({ name, recipe, note, best }) => (
              <li key={name}>
                <Toggle
                  label={`Compare ${name}`}
                  checked={chosen.includes(name)}
                  onChange={checked =>
                    setChosen(checked ? [...chosen, name] : chosen.filter(other => other !== name))
                  }
                />
                <a href={linkTo('report', name)}>{name}</a>
                <span class="muted">{recipe}</span>
                <span class="muted">{note}</span>
                <span class="number">
                  {best === null ? '' : best.toFixed(2)}{' '}
                  <small>{best === null ? '' : 'best validation'}</small>
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <FileDrop />
    </div>
  )
}
