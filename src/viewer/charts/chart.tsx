/**
 * A chart with its legend, which is a table that reads out all values where the pointer is, or where the arrow keys have
 * put the cursor.
 */
import './chart.css'
import { type Signal, useSignal } from '@preact/signals'
import { Ellipsis } from 'lucide-preact'
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Menu } from '../ui/choices.tsx'
import { copyText, saveFile } from '../ui/hand-over.ts'
import { FailedPart } from '../ui/states.tsx'
import { isDark } from '../ui/theme.ts'
import { notify } from '../ui/toasts.tsx'
import { chartPicture, fileNameOf } from './export.ts'
import { lookOf, markerPath, readColours } from './looks.ts'
import type { Plot, PlotRequest } from './plot.ts'
import { type Aligned, alignSeries, type ChartSeries, formatValue, type Reference, toCsv } from './series.ts'

export interface ChartProps {
  /** What is shown: title, and name for screen readers. */
  readonly label: string
  readonly xLabel: string
  /** Unit of y, where the label does not say it. */
  readonly yLabel?: string
  readonly series: readonly ChartSeries[]
  readonly references?: readonly Reference[]
  /** Height of the plot in CSS pixels. */
  readonly height?: number
}

interface Shape {
  readonly intervals: 'bands' | 'bars'
  readonly log: boolean
  readonly commands?: readonly { readonly label: string; readonly onPress: () => void }[]
}

const NO_REFERENCES: readonly Reference[] = []

export function Chart(props: ChartProps & Shape) {
  const { label, xLabel, yLabel, series, references = NO_REFERENCES, height = 220 } = props
  const titleId = useId()
  const [asTable, setAsTable] = useState(false)
  const cursor = useSignal<number | null>(null)
  const aligned = useMemo(() => alignSeries(series), [series])
  const canvas = useRef<HTMLCanvasElement>()
  const copy = (what: string, text: string) => copyText(text, `Copied ${label} as ${what}.`)
  const commands = [
    ...(props.commands ?? []),
    { label: asTable ? 'Hide table' : 'Show as table', onPress: () => setAsTable(!asTable) },
    { label: 'Copy as CSV', onPress: () => void copy('CSV', toCsv(xLabel, series)) },
    { label: 'Copy as JSON', onPress: () => void copy('JSON', JSON.stringify(series, null, 2)) },
    {
      label: 'Download PNG',
      onPress: () => {
        if (canvas.current)
          chartPicture(canvas.current, { label, series }).then(
            blob => saveFile(`${fileNameOf(label)}.png`, blob),
            (error: Error) => notify(error.message, 'bad'),
          )
      },
    },
  ]
  return (
    <figure class="chart" aria-labelledby={titleId}>
      <figcaption>
        <h3 id={titleId}>{label}</h3>
        {yLabel ? <small>{yLabel}</small> : null}
        <Menu label={`More: ${label}`} icon={<Ellipsis size={16} />} iconOnly items={commands} />
      </figcaption>
      <PlotArea
        {...{ label, xLabel, series, references, height, aligned, cursor }}
        intervals={props.intervals}
        log={props.log}
        onCanvas={element => {
          canvas.current = element
        }}
      />
      <Legend {...{ label, xLabel, series, aligned, cursor }} />
      {asTable ? <ValueTable {...{ label, xLabel, series, aligned }} /> : null}
    </figure>
  )
}

interface AreaProps extends Shape {
  readonly label: string
  readonly xLabel: string
  readonly series: readonly ChartSeries[]
  readonly references: readonly Reference[]
  readonly height: number
  readonly aligned: Aligned
  readonly cursor: Signal<number | null>
  readonly onCanvas: (canvas: HTMLCanvasElement) => void
}

function PlotArea(props: AreaProps) {
  const { label, series, references, height, aligned, cursor, log, xLabel } = props
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot>()
  const [error, setError] = useState<Error>()
  const [width, setWidth] = useState(0)
  const dark = isDark.value
  // The colours are read anew when the theme changes.
  const colours = useMemo(
    () => (element.current ? readColours(element.current) : undefined),
    [dark, width > 0],
  )
  const request: PlotRequest | undefined =
    colours && width > 0
      ? {
          drawing: { series, references, intervals: props.intervals, colours },
          aligned,
          xLabel,
          log,
          width,
          height,
          onCursor: index => {
            cursor.value = index
          },
        }
      : undefined
  const latest = useRef(request)
  latest.current = request

  useLayoutEffect(() => {
    const place = element.current as HTMLElement
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(place)
    return () => observer.disconnect()
  }, [])
  const isReady = request !== undefined
  // Another number of series, or other axes, is another plot.
  useEffect(() => {
    if (!isReady) return
    let wanted = true
    import('./plot.ts').then(
      ({ createPlot }) => {
        if (!wanted || !latest.current || !element.current) return
        plot.current = createPlot(element.current, latest.current)
        props.onCanvas(plot.current.canvas)
      },
      () => wanted && setError(new Error('The charts could not be loaded: is the server still running?')),
    )
    return () => {
      wanted = false
      plot.current?.dispose()
      plot.current = undefined
      cursor.value = null
    }
  }, [isReady, series.length, log, xLabel])
  useEffect(() => {
    if (request) plot.current?.draw(request)
  })

  const last = aligned.xs.length - 1
  const at = cursor.value === null ? last : Math.min(cursor.value, last)
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key]
    if (to === undefined && event.key !== 'Escape') return
    event.preventDefault()
    plot.current?.point(to === undefined ? null : Math.min(Math.max(to, 0), last))
  }
  if (error) return <FailedPart error={error} />
  return (
    <div
      ref={element}
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${label}: cursor`}
      aria-orientation="horizontal"
      aria-valuemin={aligned.xs[0] ?? 0}
      aria-valuemax={aligned.xs[last] ?? 0}
      aria-valuenow={aligned.xs[at] ?? 0}
      aria-valuetext={inWords(xLabel, series, aligned, at)}
      onKeyDown={onKeyDown}
      // A plot is drawn a moment later; the page does not jump then.
      style={{ height: `${height}px` }}
    />
  )
}

interface TableProps {
  readonly label: string
  readonly xLabel: string
  readonly series: readonly ChartSeries[]
  readonly aligned: Aligned
}

/** Names, and the values at the cursor; without one each series' latest. */
function Legend({ label, xLabel, series, aligned, cursor }: TableProps & { cursor: Signal<number | null> }) {
  const at = cursor.value === null ? undefined : Math.min(cursor.value, aligned.xs.length - 1)
  const banded = series.some(({ points }) => points.some(({ low }) => low !== undefined))
  return (
    <table class="chart-legend" aria-label={`Values of ${label}`}>
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            {at === undefined
              ? series.some(({ raw }) => raw)
                ? 'latest, smoothed'
                : 'latest'
              : `${xLabel} ${formatValue(aligned.xs[at] ?? 0)}`}
          </th>
          <th scope="col" class="number">
            value
          </th>
          {banded ? (
            <th scope="col" class="number">
              95% interval
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {series.map((one, i) => {
          const point = at === undefined ? one.points.at(-1) : aligned.points[i]?.[at]
          return (
            <tr key={one.name}>
              <td>
                <Swatch look={one.look ?? i} />
              </td>
              <th scope="row">{one.name}</th>
              <td class="number">{point ? formatValue(point.y) : '–'}</td>
              {banded ? (
                <td class="number">
                  {point?.low === undefined || point.high === undefined
                    ? '–'
                    : `${formatValue(point.low)} to ${formatValue(point.high)}`}
                </td>
              ) : null}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** A piece of a series' line. */
function Swatch({ look }: { readonly look: number }) {
  const { colour, dash, marker } = lookOf(look)
  return (
    <svg class="swatch" width={30} height={12} aria-hidden="true">
      <title>line</title>
      <path d="M0,6H30" stroke={`var(${colour})`} stroke-width={2} stroke-dasharray={dash.join(' ')} />
      <path d={markerPath(marker, 15, 6, 4)} fill={`var(${colour})`} />
    </svg>
  )
}

/** All values. */
function ValueTable({ label, xLabel, series, aligned }: TableProps) {
  return (
    // Long tables scroll, by keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by Tab
    <section class="values" tabIndex={0} aria-label={`All values of ${label}`}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              {xLabel}
            </th>
            {series.map(({ name }) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {aligned.xs.map((x, row) => (
            <tr key={x}>
              <th scope="row" class="number">
                {formatValue(x)}
              </th>
              {series.map(({ name }, i) => {
                const point = aligned.points[i]?.[row]
                return (
                  <td key={name} class="number">
                    {point ? formatValue(point.y) : '–'}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function inWords(xLabel: string, series: readonly ChartSeries[], aligned: Aligned, at: number): string {
  const x = aligned.xs[at]
  if (x === undefined) return 'no values'
  const values = series.flatMap(({ name }, i) => {
    const point = aligned.points[i]?.[at]
    return point ? [`${name} ${formatValue(point.y)}`] : []
  })
  return `${xLabel} ${formatValue(x)}: ${values.join(', ')}`
}
