/** Paints a chart's series on uPlot's canvas: bands or whiskers, lines, markers, single values, reference lines. */
import type uPlot from 'uplot'
import { type ChartColours, lookOf, markerPath } from './looks.ts'
import type { ChartPoint, ChartSeries, Reference } from './series.ts'

export interface Drawing {
  readonly series: readonly ChartSeries[]
  readonly references: readonly Reference[]
  /** Intervals as a band round the line, or as a bar at each point. */
  readonly intervals: 'bands' | 'bars'
  readonly colours: ChartColours
}

/** CSS pixels between the bars of two series at the same x. */
const DODGE = 7
/** A line of more points than this is marked at a few of them only. */
const MOST_MARKED = 24
const SPARSE_MARKERS = 7
/** In a line of more points than this dashes would be lost in the noise: its markers tell it apart. */
const MOST_DASHED = 60

export function drawChart(plot: uPlot, drawing: Drawing): void {
  const { ctx } = plot
  const { left, top, width, height } = plot.bbox
  ctx.save()
  ctx.beginPath()
  // Markers at the edge are not cut.
  ctx.rect(left - 8, top - 8, width + 16, height + 16)
  ctx.clip()
  drawReferences(plot, drawing)
  const { series } = drawing
  const places = series.map((_, i) => placer(plot, drawing, i))
  for (const [i, one] of series.entries()) drawIntervals(plot, drawing, i, one, places[i] as Place)
  for (const [i, one] of series.entries()) drawLine(plot, drawing, i, one, places[i] as Place)
  ctx.restore()
}

type Place = (x: number, y: number) => readonly [number, number]

/** From values to canvas pixels. */
function placer(plot: uPlot, { intervals, series }: Drawing, index: number): Place {
  const dodge = intervals === 'bars' ? (index - (series.length - 1) / 2) * DODGE * ratioOf(plot) : 0
  return (x, y) => [plot.valToPos(x, 'x', true) + dodge, plot.valToPos(y, 'y', true)]
}

function drawReferences(plot: uPlot, { references, colours }: Drawing): void {
  const { ctx } = plot
  const { left, width } = plot.bbox
  const ratio = ratioOf(plot)
  ctx.font = `${11 * ratio}px ${colours.font}`
  ctx.textAlign = 'right'
  for (const { name, y } of references) {
    const at = Math.round(plot.valToPos(y, 'y', true)) + 0.5
    ctx.strokeStyle = colours.muted
    ctx.lineWidth = ratio
    ctx.setLineDash([ratio * 2, ratio * 3])
    ctx.beginPath()
    ctx.moveTo(left, at)
    ctx.lineTo(left + width, at)
    ctx.stroke()
    ctx.fillStyle = colours.muted
    // On the side where there is less to be in the way of.
    const above = at < plot.bbox.top + plot.bbox.height / 2
    ctx.textBaseline = above ? 'bottom' : 'top'
    ctx.fillText(name, left + width - 2 * ratio, above ? at - 2 * ratio : at + 2 * ratio)
  }
  ctx.setLineDash([])
}

function drawIntervals(plot: uPlot, drawing: Drawing, index: number, one: ChartSeries, place: Place): void {
  const { ctx } = plot
  const ratio = ratioOf(plot)
  const colour = colourOf(drawing, one, index)
  const points = one.points.filter(hasInterval)
  if (drawing.intervals === 'bands') {
    if (points.length < 2) return
    ctx.beginPath()
    for (const { x, high } of points) ctx.lineTo(...place(x, high))
    for (const { x, low } of points.toReversed()) ctx.lineTo(...place(x, low))
    ctx.closePath()
    ctx.globalAlpha = 0.16
    ctx.fillStyle = colour
    ctx.fill()
    ctx.globalAlpha = 1
    return
  }
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.5 * ratio
  ctx.beginPath()
  for (const { x, low, high } of points) {
    const [at, from] = place(x, low)
    const [, to] = place(x, high)
    const cap = 3.5 * ratio
    ctx.moveTo(at - cap, from)
    ctx.lineTo(at + cap, from)
    ctx.moveTo(at - cap, to)
    ctx.lineTo(at + cap, to)
    ctx.moveTo(at, from)
    ctx.lineTo(at, to)
  }
  ctx.stroke()
}

function drawLine(plot: uPlot, drawing: Drawing, index: number, one: ChartSeries, place: Place): void {
  const { ctx } = plot
  const ratio = ratioOf(plot)
  const look = lookOf(one.look ?? index)
  const colour = colourOf(drawing, one, index)
  const { points } = one
  ctx.strokeStyle = colour
  ctx.fillStyle = colour
  ctx.globalAlpha = 0.35
  for (const { x, values = [] } of points) {
    for (const value of values) {
      const [left, top] = place(x, value)
      ctx.fillRect(left - 1.5 * ratio, top - 1.5 * ratio, 3 * ratio, 3 * ratio)
    }
  }
  if (one.raw) {
    ctx.lineWidth = ratio
    ctx.beginPath()
    for (const { x, y } of one.raw) ctx.lineTo(...place(x, y))
    ctx.stroke()
  }
  ctx.globalAlpha = 1
  const isDense = points.length > MOST_DASHED
  ctx.lineWidth = (isDense ? 1.5 : 2) * ratio
  ctx.lineJoin = 'round'
  ctx.setLineDash(isDense ? [] : look.dash.map(length => length * ratio))
  ctx.beginPath()
  for (const { x, y } of points) ctx.lineTo(...place(x, y))
  ctx.stroke()
  ctx.setLineDash([])
  const gap = points.length > MOST_MARKED ? Math.ceil(points.length / SPARSE_MARKERS) : 1
  for (const [i, { x, y }] of points.entries()) {
    // Counted from the end: the last point is the one that is looked at.
    if ((points.length - 1 - i) % gap !== 0) continue
    const [left, top] = place(x, y)
    ctx.fill(new Path2D(markerPath(look.marker, left, top, 4 * ratio)))
  }
}

function colourOf({ colours }: Drawing, one: ChartSeries, index: number): string {
  return colours.looks[(one.look ?? index) % colours.looks.length] as string
}

function hasInterval(
  point: ChartPoint,
): point is ChartPoint & { readonly low: number; readonly high: number } {
  return point.low !== undefined && point.high !== undefined
}

function ratioOf(plot: uPlot): number {
  return plot.ctx.canvas.width / plot.width
}
