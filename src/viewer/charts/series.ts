/** What a chart shows, as plain data, and its values side by side for hovering, tables and files. */

export interface ChartPoint {
  readonly x: number
  readonly y: number
  /** 95% interval. */
  readonly low?: number
  readonly high?: number
  /** Single values behind the mean, such as the return of each episode. */
  readonly values?: readonly number[]
}

export interface ChartSeries {
  readonly name: string
  /** In the order of x. */
  readonly points: readonly ChartPoint[]
  /** Number of its look (looks.ts), where it is not its place: the same thing looks alike in all charts. */
  readonly look?: number
  /** What `points` were smoothed from: drawn faintly behind them. */
  readonly raw?: readonly ChartPoint[]
}

/** A level that is no curve, such as what the solver reaches. */
export interface Reference {
  readonly name: string
  readonly y: number
}

/** All series over the same x. */
export interface Aligned {
  readonly xs: readonly number[]
  /** By series: its point at each x, or null. */
  readonly points: readonly (readonly (ChartPoint | null)[])[]
}

export function alignSeries(series: readonly ChartSeries[]): Aligned {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b)
  const points = series.map(one => {
    const byX = new Map(one.points.map(point => [point.x, point]))
    return xs.map(x => byX.get(x) ?? null)
  })
  return { xs, points }
}

/** Each value as the mean of its neighbourhood; intervals and single values are left out. `width` is in points. */
export function smoothSeries(series: ChartSeries, width: number): ChartSeries {
  const half = Math.floor(width / 2)
  const points = series.points.map(({ x }, i) => {
    // As wide on both sides, so that the ends do not lean inwards.
    const reach = Math.min(half, i, series.points.length - 1 - i)
    const near = series.points.slice(i - reach, i + reach + 1)
    return { x, y: near.reduce((sum, { y }) => sum + y, 0) / near.length }
  })
  return { ...series, points, raw: series.points }
}

/** Least and greatest value that a chart must show; undefined for an empty one. */
export function extentOf(
  series: readonly ChartSeries[],
  references: readonly Reference[],
): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const include = (value: number) => {
    if (value < low) low = value
    if (value > high) high = value
  }
  for (const { points, raw = [] } of series) {
    for (const { y } of raw) include(y)
    for (const point of points) {
      include(point.y)
      if (point.low !== undefined) include(point.low)
      if (point.high !== undefined) include(point.high)
      for (const value of point.values ?? []) include(value)
    }
  }
  for (const { y } of references) include(y)
  return low <= high ? [low, high] : undefined
}

/** A table of all values, with a line of names. */
export function toCsv(xLabel: string, series: readonly ChartSeries[]): string {
  const { xs, points } = alignSeries(series)
  const banded = series.map(({ points }) => points.some(({ low }) => low !== undefined))
  const head = series.flatMap(({ name }, i) =>
    banded[i] ? [name, `${name} (low)`, `${name} (high)`] : [name],
  )
  const rows = xs.map((x, row) => [
    x,
    ...series.flatMap((_, i) => {
      const point = points[i]?.[row]
      return banded[i] ? [point?.y, point?.low, point?.high] : [point?.y]
    }),
  ])
  return toCsvRows([[xLabel, ...head], ...rows])
}

/** Lines of cells as CSV (RFC 4180). */
export function toCsvRows(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map(cells => cells.map(csvCell).join(',')).join('\r\n')
}

/** A value for people: four digits that count. */
export function formatValue(value: number): string {
  const isTiny = value !== 0 && Math.abs(value) < 1e-4
  return (isTiny ? value.toExponential(2) : format.format(value)).replaceAll('-', '−')
}

const format = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** A value beside an axis: short. */
export function formatTick(value: number): string {
  const text = Math.abs(value) >= 10_000 ? short.format(value) : plain.format(value)
  return text.replace('-', '−')
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4, useGrouping: false })

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
