/**
 * Line charts as SVG text. Colour is never the only signal: every series has its own marker and dash pattern and is named
 * at its end. A chart is drawn twice, for wide and for narrow pages, so that its text stays readable on a phone.
 */

import { scaleLinear } from 'd3-scale'
import {
  CHARACTER_WIDTH,
  LEGEND_HEIGHT,
  type LegendEntry,
  layOutLegend,
  names,
  seriesIntervals,
  seriesLine,
} from './chart-series.ts'
import { escapeText, formatNumber, tag } from './markup.ts'

/** One value, with the interval around it where there is one. */
export interface ChartPoint {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

/** A named line. */
export interface ChartSeries {
  readonly name: string
  readonly points: readonly ChartPoint[]
  /** Which of the looks in SERIES_LOOKS; by default the series' place. */
  readonly look?: number
}

/** A horizontal line that gives the scale a meaning. */
export interface Reference {
  readonly y: number
  readonly name: string
}

/** A whole chart. */
export interface Chart {
  /** What the chart shows, for readers who do not see it. */
  readonly description: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly ChartSeries[]
  /** How intervals are drawn: at each point, or as a band around the line. */
  readonly intervals: 'bars' | 'bands'
  readonly references?: readonly Reference[]
  /** x values that get a tick, and a second line under it. By default round numbers. */
  readonly xTicks?: readonly { readonly x: number; readonly note?: string }[]
  /** Names the notes under the ticks. */
  readonly noteLabel?: string
  /** Smaller than a full-width chart: one of several side by side. */
  readonly small?: boolean
}

interface Size {
  readonly width: number
  readonly height: number
}

const WIDE: Size = { width: 700, height: 380 }
const NARROW: Size = { width: 340, height: 300 }
const SMALL: Size = { width: 340, height: 210 }
/** The chart as markup: one drawing, or a wide and a narrow one of which the page shows one. */
export function drawChart(chart: Chart): string {
  if (chart.small) return draw(chart, SMALL, 'chart')
  return draw(chart, WIDE, 'chart wide') + draw(chart, NARROW, 'chart narrow')
}

function draw(chart: Chart, size: Size, className: string): string {
  const frame = layOut(chart, size)
  const body = [
    yAxis(frame),
    xAxis(frame),
    references(frame),
    ...chart.series.map((series, index) => seriesIntervals(frame, series, index)),
    ...chart.series.map((series, index) => seriesLine(frame, series, index)),
    names(frame),
  ]
  const label = `<title>${escapeText(chart.description)}</title>`
  return tag(
    'svg',
    {
      class: className,
      role: 'img',
      viewBox: `0 0 ${size.width} ${size.height}`,
      width: size.width,
      height: size.height,
    },
    label + body.join(''),
  )
}

/** Margins and scales. */
function layOut(chart: Chart, size: Size): Frame {
  const isWide = size.width >= 500
  // Names stand at the lines' ends where there is room, above the chart otherwise.
  const namesAtEnds = isWide && chart.series.length > 1
  const legendRows = isWide || chart.series.length === 1 ? [] : layOutLegend(chart.series, size.width)
  const noteLines = chart.noteLabel === undefined ? 0 : isWide ? 1 : 2
  const top = 26 + legendRows.length * LEGEND_HEIGHT
  const bottom = size.height - 42 - noteLines * 17
  const y = scaleLinear(yDomain(chart), [bottom, top]).nice(5)
  const yTicks = y.ticks(size.height < 250 ? 4 : 6)
  const left = 12 + CHARACTER_WIDTH * Math.max(4, ...yTicks.map(value => tickText(value, yTicks).length))
  const longest = Math.max(...[...chart.series, ...(chart.references ?? [])].map(({ name }) => name.length))
  const right = size.width - (namesAtEnds ? longest * CHARACTER_WIDTH + 12 : 14)
  const inset = chart.intervals === 'bars' ? 18 : 0
  const x = scaleLinear(xDomain(chart), [left + inset, right - inset])
  return { chart, size, plot: { left, right, top, bottom }, x, y, yTicks, legendRows, isWide, namesAtEnds }
}

/** A chart laid out: where everything goes. */
export interface Frame {
  readonly chart: Chart
  readonly size: Size
  readonly plot: {
    readonly left: number
    readonly right: number
    readonly top: number
    readonly bottom: number
  }
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  readonly yTicks: readonly number[]
  readonly legendRows: readonly (readonly LegendEntry[])[]
  readonly isWide: boolean
  readonly namesAtEnds: boolean
}

function xDomain({ series, xTicks = [] }: Chart): [number, number] {
  const xs = [...series.flatMap(({ points }) => points.map(point => point.x)), ...xTicks.map(tick => tick.x)]
  const [least, most] = [Math.min(...xs), Math.max(...xs)]
  return least < most ? [least, most] : [least - 1, most + 1]
}

function yDomain({ series, references = [] }: Chart): [number, number] {
  const points = series.flatMap(({ points }) => points)
  const ys = [...points.flatMap(({ y, low = y, high = y }) => [low, high]), ...references.map(({ y }) => y)]
  const finite = ys.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const [least, most] = [Math.min(...finite), Math.max(...finite)]
  const room = (most - least || Math.abs(most) || 1) * 0.04
  return [least - room, most + room]
}

function yAxis({ chart, plot, y, yTicks }: Frame): string {
  const ticks = yTicks.map(value => {
    const at = y(value)
    const grid = tag('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: at, y2: at })
    const label = tag('text', { class: 'tick end', x: plot.left - 8, y: at + 4 }, tickText(value, yTicks))
    return grid + label
  })
  // Above the axis rather than beside it: no head has to be turned.
  return ticks.join('') + tag('text', { class: 'axis', x: 4, y: 14 }, escapeText(chart.yLabel))
}

function xAxis({ chart, plot, x, size, isWide }: Frame): string {
  const count = isWide ? 8 : 4
  const round = scaleLinear(xDomain(chart), [0, 1]).ticks(count)
  const ticks = chart.xTicks ?? round.map(value => ({ x: value, note: undefined }))
  const marks = ticks.map(({ x: value, note }) => {
    const at = x(value)
    const mark = tag('line', { class: 'rule', x1: at, x2: at, y1: plot.bottom, y2: plot.bottom + 5 })
    const label = tag('text', { class: 'tick middle', x: at, y: plot.bottom + 18 }, formatNumber(value))
    const under =
      note === undefined
        ? ''
        : tag('text', { class: 'tick middle faint', x: at, y: plot.bottom + 33 }, escapeText(note))
    return mark + label + under
  })
  const baseline = tag('line', {
    class: 'rule',
    x1: plot.left,
    x2: plot.right,
    y1: plot.bottom,
    y2: plot.bottom,
  })
  const middle = (plot.left + plot.right) / 2
  const text = (y: number, content: string) => tag('text', { class: 'axis middle', x: middle, y }, content)
  const note = chart.noteLabel && `<tspan class="faint">(below: ${escapeText(chart.noteLabel)})</tspan>`
  const label = escapeText(chart.xLabel)
  if (note === undefined || isWide) {
    return baseline + marks.join('') + text(size.height - 6, [label, note].filter(Boolean).join(' '))
  }
  return baseline + marks.join('') + text(size.height - 23, label) + text(size.height - 7, note)
}

/** Named at the right, where lines have left the references; above the upper ones and below the lowest. */
function references({ chart, plot, y, namesAtEnds }: Frame): string {
  const all = chart.references ?? []
  const lowest = Math.min(...all.map(reference => reference.y))
  return all
    .map(({ y: value, name }) => {
      const at = y(value)
      const rule = tag('line', { class: 'reference', x1: plot.left, x2: plot.right, y1: at, y2: at })
      if (namesAtEnds) return rule
      const below = value === lowest && all.length > 1
      const where = { class: 'tick faint halo end', x: plot.right - 4, y: below ? at + 14 : at - 5 }
      return rule + tag('text', where, escapeText(name))
    })
    .join('')
}

/** All labels of an axis have the same number of digits after the point. */
function tickText(value: number, ticks: readonly number[]): string {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0))
  const digits = step >= 1 ? 0 : Math.min(4, Math.ceil(-Math.log10(step) - 1e-9))
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return text.replace('-', '\u2212')
}
