/** How a chart's series are drawn: lines, markers, intervals and names. */

import {
  area,
  line,
  type SymbolType,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolDiamond2,
  symbolSquare,
  symbolSquare2,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape'
import type { ChartPoint, ChartSeries, Frame } from './chart.ts'
import { escapeText, formatNumber, tag } from './markup.ts'

/** How series look. The colours' names stand in the page's style, once for light and once for dark. */
export const SERIES_LOOKS: readonly {
  readonly colour: string
  readonly dash: string | undefined
  readonly marker: SymbolType
}[] = [
  { colour: 'blue', dash: undefined, marker: symbolCircle },
  { colour: 'orange', dash: '7 4', marker: symbolSquare },
  { colour: 'grey', dash: '2 4', marker: symbolTriangle },
  { colour: 'green', dash: '10 3 2 3', marker: symbolDiamond },
  { colour: 'purple', dash: '14 4', marker: symbolStar },
  { colour: 'blue', dash: '4 3', marker: symbolCross },
  { colour: 'orange', dash: '12 3 2 3 2 3', marker: symbolWye },
  { colour: 'green', dash: '1 3', marker: symbolDiamond2 },
  { colour: 'purple', dash: '5 2 1 2', marker: symbolSquare2 },
]

/** Of bold text, in the widest of the fonts that the page may get. */
export const CHARACTER_WIDTH = 7.7
/** Height of a row of the legend. */
export const LEGEND_HEIGHT = 20
const LABEL_HEIGHT = 15
/** A line of more points than this is marked at a few of them only. */
const MAX_MARKED_POINTS = 24
const SPARSE_MARKERS = 6

/** A series' intervals: bars at each point, or a band around the line. */
export function seriesIntervals(frame: Frame, series: ChartSeries, index: number): string {
  const { chart, x, y } = frame
  const { colour } = lookOf(series, index)
  const points = series.points.filter(hasInterval)
  if (points.length === 0) return ''
  if (chart.intervals === 'bands') {
    const band = area<Required<ChartPoint>>(
      point => x(point.x),
      point => y(point.low),
      point => y(point.high),
    )
    return tag('path', { class: `band ${colour}`, d: band(points) ?? '' })
  }
  return points
    .map(point => {
      const at = x(point.x) + dodge(frame, index)
      const [low, high] = [y(point.low), y(point.high)]
      const caps = `M${round(at - 4)},${round(low)}h8M${round(at - 4)},${round(high)}h8M${round(at)},${round(low)}V${round(high)}`
      return tag('path', { class: `bar ${colour}`, d: caps })
    })
    .join('')
}

/** A series' line and markers. */
export function seriesLine(frame: Frame, series: ChartSeries, index: number): string {
  const { x, y } = frame
  const { colour, dash, marker } = lookOf(series, index)
  const shift = dodge(frame, index)
  const path = line<ChartPoint>(
    point => x(point.x) + shift,
    point => y(point.y),
  ).defined(point => Number.isFinite(point.y))
  const stroke = tag('path', {
    class: `line ${colour}`,
    'stroke-dasharray': dash,
    d: path(series.points) ?? '',
  })
  const shape = symbol(marker, 64)() ?? ''
  const markers = markedPoints(series, frame.chart.series.length === 1).map(point => {
    const interval = hasInterval(point)
      ? `, 95% interval ${formatNumber(point.low)} to ${formatNumber(point.high)}`
      : ''
    const hint = `${series.name}, ${formatNumber(point.x)}: ${formatNumber(point.y)}${interval}`
    const transform = `translate(${round(x(point.x) + shift)},${round(y(point.y))})`
    return tag(
      'path',
      { class: `marker ${colour}`, d: shape, transform },
      `<title>${escapeText(hint)}</title>`,
    )
  })
  return stroke + markers.join('')
}

/** All points of a short line; a few of a long one, to tell it from others without colour. */
function markedPoints({ points }: ChartSeries, isAlone: boolean): ChartPoint[] {
  const finite = points.filter(point => Number.isFinite(point.y))
  if (finite.length <= MAX_MARKED_POINTS) return finite
  if (isAlone) return []
  return Array.from(
    { length: SPARSE_MARKERS },
    (_, i) => finite[Math.round(((i + 0.5) / SPARSE_MARKERS) * (finite.length - 1))],
  )
}

/** The series' names: at the lines' ends, pushed apart where they would touch, or as a legend above the plot. */
export function names(frame: Frame): string {
  const { chart, plot, y, legendRows, namesAtEnds } = frame
  if (!namesAtEnds) return legend(legendRows)
  const ends = chart.series.map((series, index) => ({
    name: series.name,
    className: `name ${lookOf(series, index).colour}`,
    at: y(lastFinite(series)),
  }))
  for (const { name, y: value } of chart.references ?? [])
    ends.push({ name, className: 'faint', at: y(value) })
  ends.sort((a, b) => a.at - b.at)
  spread(ends, plot.top + 4, plot.bottom - 4)
  return ends
    .map(({ name, className, at }) =>
      tag('text', { class: className, x: plot.right + 8, y: at + 4 }, escapeText(name)),
    )
    .join('')
}

/** Moves labels, sorted from the top, so that none touches the next and all stay between two bounds. */
function spread(labels: { at: number }[], top: number, bottom: number): void {
  let floor = top
  for (const label of labels) {
    label.at = Math.max(label.at, floor)
    floor = label.at + LABEL_HEIGHT
  }
  let ceiling = bottom
  for (const label of labels.toReversed()) {
    label.at = Math.min(label.at, ceiling)
    ceiling = label.at - LABEL_HEIGHT
  }
}

/** Where a name stands in the legend. */
export interface LegendEntry {
  readonly series: ChartSeries
  readonly index: number
  readonly x: number
}

/** Breaks the legend into rows that fit. */
export function layOutLegend(series: readonly ChartSeries[], width: number): LegendEntry[][] {
  const rows: LegendEntry[][] = [[]]
  let x = 4
  for (const [index, one] of series.entries()) {
    const needed = 44 + one.name.length * CHARACTER_WIDTH
    if (x > 4 && x + needed > width) {
      rows.push([])
      x = 4
    }
    rows[rows.length - 1].push({ series: one, index, x })
    x += needed
  }
  return rows
}

function legend(rows: Frame['legendRows']): string {
  return rows
    .flatMap((row, rowIndex) =>
      row.map(({ series, index, x }) => {
        const { colour, dash, marker } = lookOf(series, index)
        const y = 32 + rowIndex * LEGEND_HEIGHT
        const sample = tag('path', {
          class: `line ${colour}`,
          'stroke-dasharray': dash,
          d: `M${round(x)},${y}h26`,
        })
        const shape = tag('path', {
          class: `marker ${colour}`,
          d: symbol(marker, 48)() ?? '',
          transform: `translate(${round(x + 13)},${y})`,
        })
        return (
          sample +
          shape +
          tag('text', { class: `name ${colour}`, x: x + 31, y: y + 4 }, escapeText(series.name))
        )
      }),
    )
    .join('')
}

/** Intervals at the same x stand side by side, so that none hides another. */
function dodge({ chart }: Frame, index: number): number {
  return chart.intervals === 'bars' ? (index - (chart.series.length - 1) / 2) * 7 : 0
}

function lookOf(series: ChartSeries, index: number) {
  return SERIES_LOOKS[(series.look ?? index) % SERIES_LOOKS.length]
}

function hasInterval(point: ChartPoint): point is Required<ChartPoint> {
  return point.low !== undefined && point.high !== undefined
}

function lastFinite({ points }: ChartSeries): number {
  return points.findLast(point => Number.isFinite(point.y))?.y ?? 0
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
