/**
 * report.html: what an agent learned, as one page that stands alone. No script, no network, no other file: it can be
 * mailed, printed and opened in ten years.
 */

import { type ChartSeries, drawChart } from './chart.ts'
import type { Curve, EvaluationData, Probe, ReportData, ScoreCurve, ScorePoint } from './data.ts'
import { drawEpisodes } from './episodes.ts'
import { type Counter, createCounter, escapeText, formatNumber, formatScore, table } from './markup.ts'
import { styleSheet } from './style.ts'

/** Points of a curve beyond this are averaged in groups: no reader can tell more apart. */
const MAX_CURVE_POINTS = 120

const BASELINE_NAMES = { fineTuned: 'fine-tuned', randomHead: 'random head' } as const

/** The whole page. */
export function renderReport(data: ReportData): string {
  const counter = createCounter()
  const sections = [
    header(data),
    data.evaluation === undefined ? '' : adaptation(data.evaluation, counter),
    drawEpisodes(data.episodes ?? [], counter),
    learning(data, counter),
    training(data, counter),
    probes(data.probes ?? [], counter),
    figures(data, counter),
    provenance(data),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeText(data.title)} · Levelshift report</title>
<style>
${styleSheet()}
</style>
</head>
<body>
${sections.filter(section => section !== '').join('\n')}
</body>
</html>
`
}

function header({ title, evaluation }: ReportData): string {
  const summary =
    evaluation === undefined ? '<p>The agent has not been evaluated yet.</p>' : outcome(evaluation)
  return `<header>
<p class="kicker">Levelshift report</p>
<h1>${escapeText(title)}</h1>
${summary}
</header>
<main>`
}

/** The result in words, then in large figures. */
function outcome({ split, levels, steps, baselines }: EvaluationData): string {
  const first = steps[0]
  const last = steps[steps.length - 1]
  if (first === undefined || last === undefined) return ''
  const interval = `95% interval ${formatScore(last.low)} to ${formatScore(last.high)}`
  const heldOut = split === 'train' ? '' : ', none of which was used in training,'
  const fineTuned = baselines.fineTuned?.steps.findLast(({ k }) => k === last.k)
  const comparison =
    fineTuned === undefined
      ? ''
      : ' The same network, trained without meta-learning and fine-tuned with as many environment steps, ' +
        `reaches ${formatScore(fineTuned.iqm)}.`
  const words =
    `On ${formatNumber(levels)} levels of the ${escapeText(split)} split${heldOut} the agent scores ${formatScore(first.iqm)} ` +
    `before adaptation and ${formatScore(last.iqm)} after ${gradientSteps(last.k)} (${interval}).${comparison}`
  const shown = [first, ...steps.filter(({ k }) => k === 1 && last.k > 1), ...(last === first ? [] : [last])]
  const keys = shown.map(point => keyFigure(`score ${afterSteps(point.k)}`, point, ''))
  if (fineTuned !== undefined)
    keys.push(keyFigure(`fine-tuned baseline, ${afterSteps(last.k)}`, fineTuned, 'other'))
  return `<p>${words} Scores run from 0, a random player, to 1, the solver.</p>\n<dl class="keys">${keys.join('')}</dl>`
}

function keyFigure(label: string, { iqm, low, high }: ScorePoint, className: string): string {
  const interval = `${formatScore(low)} to ${formatScore(high)}`
  return `<div class="${className}"><dt>${escapeText(label)}</dt><dd>${formatScore(iqm)} <small>${interval}</small></dd></div>`
}

function curvesOf(evaluation: EvaluationData): [string, ScoreCurve][] {
  const curves: [string, ScoreCurve][] = [['meta-trained', evaluation]]
  for (const key of ['fineTuned', 'randomHead'] as const) {
    const curve = evaluation.baselines[key]
    if (curve !== undefined) curves.push([BASELINE_NAMES[key], curve])
  }
  return curves
}

/** The chart of score by gradient step, as SVG that wants the report's style sheet. */
export function adaptationChart(evaluation: EvaluationData): string {
  const curves = curvesOf(evaluation)
  return drawChart({
    description: `Score by gradient step. ${curves.map(([name, curve]) => inWords(name, curve)).join('; ')}.`,
    xLabel: 'gradient steps',
    yLabel: 'score (IQM)',
    intervals: 'bars',
    series: curves.map(([name, curve]) => scoreSeries(name, curve)),
    references: [
      { y: 0, name: 'random player' },
      { y: 1, name: 'solver' },
    ],
    xTicks: evaluation.steps.map(({ k, environmentSteps }) => ({
      x: k,
      note: formatNumber(environmentSteps, 0),
    })),
    noteLabel: 'environment steps on the level',
  })
}

function adaptation(evaluation: EvaluationData, counter: Counter): string {
  const curves = curvesOf(evaluation)
  const intervals = 'Bars are 95% stratified bootstrap intervals'
  const head = [
    'gradient steps <small>(environment steps)</small>',
    ...curves.map(([name]) => escapeText(name)),
  ]
  const rows = evaluation.steps.map(({ k, environmentSteps }) => [
    `${k} <small>(${formatNumber(environmentSteps, 0)})</small>`,
    ...curves.map(([, curve]) => scoreCell(curve.steps.find(step => step.k === k))),
  ])
  return `<section>
<h2>Adaptation to unseen levels</h2>
<figure>${adaptationChart(evaluation)}
<figcaption>${counter.figure()} Score after each gradient step on a level of the ${escapeText(evaluation.split)} split,
interquartile mean over ${formatNumber(evaluation.levels)} levels. ${intervals}. The baselines take the same number of
environment steps: the same network trained on all levels without meta-learning, then fine-tuned; and a head with random
initial weights on the same frozen encoder.</figcaption></figure>
${table(head, rows, `${counter.table()} The same scores, with 95% intervals.`)}
${byGame(evaluation, counter)}
</section>`
}

function byGame({ games = [] }: EvaluationData, counter: Counter): string {
  if (games.length < 2) return ''
  const charts = games.map(({ game, ...curve }) =>
    drawChart({
      description: inWords(game, curve),
      xLabel: 'gradient steps',
      yLabel: `${game}: score (IQM)`,
      intervals: 'bars',
      series: [scoreSeries(game, curve)],
      references: [
        { y: 0, name: 'random player' },
        { y: 1, name: 'solver' },
      ],
      xTicks: curve.steps.map(({ k }) => ({ x: k })),
      small: true,
    }),
  )
  return `<figure><div class="grid-2">${charts.join('\n')}</div>
<figcaption>${counter.figure()} The agent's score by game, with 95% intervals.</figcaption></figure>`
}

function learning({ learning, validation = [] }: ReportData, counter: Counter): string {
  const parts: string[] = []
  // The same adaptation step looks the same in both charts.
  const looks = [...new Set([...learning, ...validation].map(({ name }) => name))]
  if (hasPoints(learning)) {
    parts.push(
      curveFigure(
        learning,
        'mean return',
        `${counter.figure()} Mean return on training levels during meta-training, before and after each adaptation step.`,
        looks,
      ),
    )
  }
  if (hasPoints(validation)) {
    parts.push(
      curveFigure(
        validation,
        'score on validation levels',
        `${counter.figure()} Score on validation levels; the best one picks the checkpoint.`,
        looks,
      ),
    )
  }
  return parts.length === 0 ? '' : `<section>\n<h2>Meta-training</h2>\n${parts.join('\n')}\n</section>`
}

function curveFigure(
  curves: readonly Curve[],
  yLabel: string,
  caption: string,
  looks: readonly string[],
): string {
  const drawn = curves.filter(({ points }) => points.length > 0)
  const chart = drawChart({
    description: `${yLabel} by meta-iteration. ${drawn.map(curve => curveInWords(curve)).join('; ')}.`,
    xLabel: 'meta-iteration',
    yLabel,
    intervals: 'bands',
    series: drawn.map(curve => ({ ...curveSeries(curve), look: looks.indexOf(curve.name) })),
  })
  const group = Math.max(...drawn.map(({ points }) => groupSize(points.length)))
  const averaged = group > 1 ? ` Each point is the mean of up to ${group} iterations.` : ''
  const banded = drawn.some(({ points }) => points.some(point => point.low !== undefined))
  const bands = banded ? ' Bands are 95% intervals.' : ''
  return `<figure>${chart}<figcaption>${caption}${bands}${averaged}</figcaption></figure>`
}

function training({ losses, speed }: ReportData, counter: Counter): string {
  const curves = [...losses, ...(speed === undefined ? [] : [speed])].filter(
    ({ points }) => points.length > 0,
  )
  if (curves.length === 0) return ''
  const charts = curves.map(curve =>
    drawChart({
      description: `${curveInWords(curve)}.`,
      xLabel: 'meta-iteration',
      yLabel: curve.name,
      intervals: 'bands',
      series: [curveSeries(curve)],
      small: true,
    }),
  )
  return `<section>
<h2>Losses and speed</h2>
<figure><div class="grid-2">${charts.join('\n')}</div>
<figcaption>${counter.figure()} What the optimiser saw, and how fast it went, by meta-iteration.</figcaption></figure>
</section>`
}

function probes(probes: readonly Probe[], counter: Counter): string {
  if (probes.length === 0) return ''
  const percent = (share: number | undefined) => (share === undefined ? '–' : `${(100 * share).toFixed(1)}%`)
  const rows = probes.map(probe => [
    escapeText(probe.name),
    percent(probe.chance),
    percent(probe.validation),
    percent(probe.newPalettes),
  ])
  const caption = `${counter.table()} How often the frozen encoder's features tell each thing correctly.`
  return `<section>
<h2>The vision encoder</h2>
${table(['probe', 'chance', 'validation levels', 'unseen palettes'], rows, caption)}
</section>`
}

function figures({ figures }: ReportData, counter: Counter): string {
  if (figures.length === 0) return ''
  const rows = figures.map(({ label, value, unit = '' }) => [
    escapeText(label),
    `${typeof value === 'number' ? formatNumber(value) : escapeText(value)} ${escapeText(unit)}`.trim(),
  ])
  return `<section>
<h2>Figures</h2>
${table(['', 'value'], rows, `${counter.table()} The run in numbers.`)}
</section>`
}

function provenance({ recipe, provenance }: ReportData): string {
  const facts = Object.entries(provenance).map(([name, value]) => {
    const shown = name === 'command' ? `<code>${escapeText(value)}</code>` : escapeText(value)
    return `<dt>${escapeText(name)}</dt><dd>${shown}</dd>`
  })
  return `<section>
<h2>Where this comes from</h2>
<dl class="facts">${facts.join('\n')}</dl>
<details><summary>Recipe</summary><pre tabindex="0">${escapeText(JSON.stringify(recipe, null, 2))}</pre></details>
</section>
</main>`
}

function scoreSeries(name: string, { steps }: ScoreCurve): ChartSeries {
  return { name, points: steps.map(({ k, iqm, low, high }) => ({ x: k, y: iqm, low, high })) }
}

function curveSeries({ name, points }: Curve): ChartSeries {
  return {
    name,
    points: thinned(points).map(({ iteration, value, ...interval }) => ({
      x: iteration,
      y: value,
      ...interval,
    })),
  }
}

/** Means of neighbouring points, so that at most MAX_CURVE_POINTS are left. */
function thinned(points: Curve['points']): Curve['points'] {
  const size = groupSize(points.length)
  if (size === 1) return points
  const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    points.slice(i * size, (i + 1) * size),
  )
  return groups.map(group => {
    const mean = (pick: (point: Curve['points'][number]) => number) =>
      group.reduce((sum, point) => sum + pick(point), 0) / group.length
    const centre = { iteration: mean(point => point.iteration), value: mean(point => point.value) }
    if (group.some(({ low, high }) => low === undefined || high === undefined)) return centre
    return { ...centre, low: mean(({ low = 0 }) => low), high: mean(({ high = 0 }) => high) }
  })
}

function groupSize(points: number): number {
  return Math.max(1, Math.ceil(points / MAX_CURVE_POINTS))
}

function scoreCell(point: ScorePoint | undefined): string {
  if (point === undefined) return '–'
  return `${formatScore(point.iqm)} <small>[${formatScore(point.low)}, ${formatScore(point.high)}]</small>`
}

function inWords(name: string, { steps }: ScoreCurve): string {
  return `${name}: ${steps.map(({ k, iqm }) => `${formatScore(iqm)} ${afterSteps(k)}`).join(', ')}`
}

function curveInWords({ name, points }: Curve): string {
  const [first, last] = [points[0], points[points.length - 1]]
  return `${name}: from ${formatNumber(first.value)} at iteration ${first.iteration} to ${formatNumber(last.value)} at ${last.iteration}`
}

function afterSteps(k: number): string {
  return k === 0 ? 'before adaptation' : `after ${gradientSteps(k)}`
}

function gradientSteps(k: number): string {
  return k === 1 ? '1 gradient step' : `${k} gradient steps`
}

function hasPoints(curves: readonly Curve[]): boolean {
  return curves.some(({ points }) => points.length > 0)
}
