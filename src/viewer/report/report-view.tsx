/** One report. Whatever was not measured is left out. */
import './report.css'
import { ArrowLeft, ClipboardCopy, Download, Radio } from 'lucide-preact'
import { Fragment } from 'preact'
import { useMemo } from 'preact/hooks'
import type { EvaluationData, Probe, ReportData, ScorePoint } from '../../app/report/data.ts'
import { formatNumber, formatScore } from '../../app/report/markup.ts'
import { SCORE_REFERENCES, scoreSeries, toSeries } from '../charts/curve-series.ts'
import { fileNameOf } from '../charts/export.ts'
import { LineChart } from '../charts/line-chart.tsx'
import { StepChart } from '../charts/step-chart.tsx'
import { useSource } from '../context.ts'
import { linkTo } from '../router.ts'
import { Button, Panel } from '../ui/controls.tsx'
import { copyText, saveFile } from '../ui/hand-over.ts'
import { KeyFigure } from '../ui/states.tsx'
import type { NamedReport } from './reports.ts'
import { ScoreChart } from './score-chart.tsx'
import { scoreCurves, scoresCsv } from './scores-csv.ts'

export function ReportView({ report }: { readonly report: NamedReport }) {
  const { name, data, fromFile } = report
  const { evaluation } = data
  const source = useSource()
  const json = () => JSON.stringify(data, null, 2)
  return (
    <div class="stack">
      <Panel
        title={name}
        actions={
          <>
            <Button
              label="Copy as JSON"
              icon={<ClipboardCopy size={16} aria-hidden="true" />}
              onPress={() => void copyText(json(), 'The report is copied as JSON.')}
            />
            <Button
              label="Download"
              icon={<Download size={16} aria-hidden="true" />}
              onPress={() =>
                saveFile(`${fileNameOf(name)}-report.json`, new Blob([json()], { type: 'application/json' }))
              }
            />
            {source.live && !fromFile ? (
              <a class="button" href={linkTo('live', name)}>
                <Radio size={16} aria-hidden="true" />
                Live
              </a>
            ) : null}
            <a class="button quiet" href={linkTo('report')}>
              <ArrowLeft size={16} aria-hidden="true" />
              All reports
            </a>
          </>
        }
      >
        {evaluation ? (
          <Outcome evaluation={evaluation} />
        ) : (
          <p class="muted">
            Not evaluated yet: <code>npx levelshift evaluate runs/{name}</code> scores its agent on levels
            that it has never seen.
          </p>
        )}
      </Panel>
      {evaluation ? <Adaptation evaluation={evaluation} /> : null}
      <Training data={data} />
      <div class="report-tables">
        <Probes probes={data.probes ?? []} />
        <Figures data={data} />
        <Provenance data={data} />
      </div>
    </div>
  )
}

/** The result in words and large figures. */
function Outcome({ evaluation }: { readonly evaluation: EvaluationData }) {
  const { split, levels, steps, baselines } = evaluation
  const first = steps[0]
  const last = steps.at(-1)
  if (!first || !last) return null
  const shown = [first, ...steps.filter(({ k }) => k === 1 && last.k > 1), ...(last === first ? [] : [last])]
  const fineTuned = baselines.fineTuned?.steps.find(({ k }) => k === last.k)
  return (
    <>
      <p class="outcome">
        On {formatNumber(levels)} levels of the {split} split
        {split === 'train' ? '' : ', none of which was used in training,'} the agent scores{' '}
        <strong>{formatScore(first.iqm)}</strong> before adaptation and{' '}
        <strong>{formatScore(last.iqm)}</strong> after {last.k} gradient {last.k === 1 ? 'step' : 'steps'}. 0
        is a random player, 1 the solver.
      </p>
      <dl class="key-figures">
        {shown.map(point => (
          <ScoreFigure key={point.k} label={stepName(point.k)} point={point} />
        ))}
        {fineTuned ? (
          <ScoreFigure label={`fine-tuned baseline, ${stepName(last.k)}`} point={fineTuned} />
        ) : null}
      </dl>
    </>
  )
}

function ScoreFigure({ label, point }: { readonly label: string; readonly point: ScorePoint }) {
  return (
    <KeyFigure
      label={label}
      value={formatScore(point.iqm)}
      note={`${formatScore(point.low)} to ${formatScore(point.high)}`}
    />
  )
}

function Adaptation({ evaluation }: { readonly evaluation: EvaluationData }) {
  const { games = [] } = evaluation
  const series = useMemo(
    () => scoreCurves(evaluation).map(curve => scoreSeries(curve.name, curve)),
    [evaluation],
  )
  const byGame = useMemo(
    () => games.map(game => ({ game: game.game, series: [scoreSeries(game.game, game)] })),
    [games],
  )
  return (
    <Panel
      title="Adaptation to unseen levels"
      actions={
        <Button
          label="Copy scores as CSV"
          icon={<ClipboardCopy size={16} aria-hidden="true" />}
          onPress={() => void copyText(scoresCsv(evaluation), 'The scores are copied as CSV.')}
        />
      }
    >
      <div class="adaptation">
        <ScoreChart series={series} />
        <ScoreTable evaluation={evaluation} />
      </div>
      {byGame.length > 1 ? (
        <>
          <h3 class="part">By game</h3>
          <div class="chart-grid games">
            {byGame.map(({ game, series }) => (
              <StepChart
                key={game}
                label={`Score in ${game}`}
                xLabel="gradient steps"
                series={series}
                references={SCORE_REFERENCES}
                height={180}
              />
            ))}
          </div>
        </>
      ) : null}
    </Panel>
  )
}

function ScoreTable({ evaluation }: { readonly evaluation: EvaluationData }) {
  const { steps } = evaluation
  const curves = scoreCurves(evaluation)
  return (
    <div class="scroll">
      <table>
        <caption>Scores with 95% intervals</caption>
        <thead>
          <tr>
            <th scope="col">steps</th>
            {curves.map(({ name }) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
            <th scope="col" class="number">
              environment steps
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map(({ k, environmentSteps }) => (
            <tr key={k}>
              <th scope="row">{k}</th>
              {curves.map(curve => {
                const point = curve.steps.find(step => step.k === k)
                return (
                  <td key={curve.name} class="number">
                    {point ? <ScoreCell point={point} /> : '–'}
                  </td>
                )
              })}
              <td class="number">{formatNumber(environmentSteps, 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ScoreCell({ point }: { readonly point: ScorePoint }) {
  return (
    <>
      {formatScore(point.iqm)}{' '}
      <small>
        {formatScore(point.low)} to {formatScore(point.high)}
      </small>
    </>
  )
}

function Training({ data }: { readonly data: ReportData }) {
  const charts = useMemo(
    () =>
      [
        {
          label: 'Mean return by adaptation step',
          yLabel: 'training levels',
          series: toSeries(data.learning),
        },
        {
          label: 'Score by adaptation step',
          yLabel: 'validation levels',
          series: toSeries(data.validation ?? []),
        },
        ...toSeries(data.losses).map(loss => ({
          label: `Loss: ${loss.name}`,
          series: [{ ...loss, look: 0 }],
        })),
        { label: 'Environment steps a second', series: toSeries(data.speed ? [data.speed] : []) },
      ].filter(({ series }) => series.length > 0),
    [data],
  )
  if (charts.length === 0) return null
  return (
    <Panel title="Training">
      <div class="chart-grid">
        {charts.map(chart => (
          <LineChart key={chart.label} xLabel="meta-iteration" {...chart} />
        ))}
      </div>
    </Panel>
  )
}

function Probes({ probes }: { readonly probes: readonly Probe[] }) {
  if (probes.length === 0) return null
  const percent = (share: number | undefined) => (share === undefined ? '–' : `${(100 * share).toFixed(1)}%`)
  return (
    <Panel title="The vision encoder">
      <div class="scroll">
        <table class="wide-table">
          <caption>How often the frozen features tell each thing correctly</caption>
          <thead>
            <tr>
              <th scope="col">probe</th>
              <th scope="col" class="number">
                chance
              </th>
              <th scope="col" class="number">
                validation
              </th>
              <th scope="col" class="number">
                unseen palettes
              </th>
            </tr>
          </thead>
          <tbody>
            {probes.map(probe => (
              <tr key={probe.name}>
                <th scope="row">{probe.name}</th>
                <td class="number">{percent(probe.chance)}</td>
                <td class="number">{percent(probe.validation)}</td>
                <td class="number">{percent(probe.newPalettes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function Figures({ data }: { readonly data: ReportData }) {
  if (data.figures.length === 0) return null
  return (
    <Panel title="Figures">
      <table class="wide-table">
        <tbody>
          {data.figures.map(({ label, value, unit = '' }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class="number">
                {typeof value === 'number' ? formatNumber(value) : value} {unit}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Provenance({ data }: { readonly data: ReportData }) {
  const facts = Object.entries(data.provenance)
  const hasRecipe = Object.keys(data.recipe).length > 0
  if (facts.length === 0 && !hasRecipe) return null
  return (
    <Panel title="Where this comes from">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{name === 'command' ? <code>{value}</code> : value}</dd>
          </Fragment>
        ))}
      </dl>
      {hasRecipe ? (
        <details class="recipe">
          <summary>Recipe</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by Tab */}
          <pre tabIndex={0}>{JSON.stringify(data.recipe, null, 2)}</pre>
        </details>
      ) : null}
    </Panel>
  )
}

function stepName(k: number): string {
  return k === 0 ? 'before adaptation' : `after ${k} ${k === 1 ? 'step' : 'steps'}`
}
