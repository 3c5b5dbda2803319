/** uPlot as a chart's ground: scales, axes, the cursor. What is drawn on it is draw.ts. Fetched when first needed. */
import 'uplot/dist/uPlot.min.css'
import uPlot from 'uplot'
import { type Drawing, drawChart } from './draw.ts'
import { type Aligned, extentOf, formatTick } from './series.ts'

export interface PlotRequest {
  readonly drawing: Drawing
  /** The drawing's series over the same x. */
  readonly aligned: Aligned
  readonly xLabel: string
  readonly log: boolean
  readonly width: number
  readonly height: number
  /** Index into the values' common x, or null when the pointer left. */
  readonly onCursor: (index: number | null) => void
}

export interface Plot {
  draw(request: PlotRequest): void
  /** Puts the cursor on one of the x; null takes it away. */
  point(index: number | null): void
  readonly canvas: HTMLCanvasElement
  dispose(): void
}

/** Steps between two ticks of x: whole numbers. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap(step => Array.from({ length: 10 }, (_, i) => step * 10 ** i))
  .sort((a, b) => a - b)

/** `first` decides what the axes are; later requests may change anything else. */
export function createPlot(element: HTMLElement, first: PlotRequest): Plot {
  let request = first
  const axis: uPlot.Axis = {
    stroke: () => request.drawing.colours.muted,
    grid: { stroke: () => request.drawing.colours.line, width: 1 },
    ticks: { show: false },
    font: `12px ${request.drawing.colours.font}`,
    labelFont: `12px ${request.drawing.colours.font}`,
    values: (_, splits) => splits.map(value => (value === null ? '' : formatTick(value))),
  }
  const plot = new uPlot(
    {
      width: first.width,
      height: first.height,
      legend: { show: false },
      padding: [12, 14, 0, 0],
      cursor: {
        drag: { x: false, y: false },
        y: false,
        points: {
          size: 9,
          stroke: () => request.drawing.colours.panel,
          fill: (_, i) => {
            const { series, colours } = request.drawing
            return colours.looks[(series[i - 1]?.look ?? i - 1) % colours.looks.length] as string
          },
          width: 2,
        },
      },
      scales: {
        x: { time: false, range: () => xRange(request) },
        y: first.log
          ? { distr: 3, range: (_, low, high) => logRange(request, low, high) }
          : { range: () => yRange(request) },
      },
      axes: [
        { ...axis, label: first.xLabel, labelSize: 20, labelGap: -2, size: 32, incrs: WHOLE_STEPS },
        { ...axis, size: (_, values) => 16 + 7 * Math.max(2, ...(values ?? []).map(value => value.length)) },
      ],
      // Lines and points are drawn by draw.ts.
      series: [
        {},
        ...first.drawing.series.map(() => ({ spanGaps: true, paths: () => null, points: { show: false } })),
      ],
      hooks: {
        draw: [self => drawChart(self, request.drawing)],
        setCursor: [self => request.onCursor(self.cursor.idx ?? null)],
      },
    },
    dataOf(first),
    element,
  )
  // The slider around it and the legend read out what it shows.
  plot.ctx.canvas.ariaHidden = 'true'
  return {
    draw(next) {
      const resized = next.width !== request.width || next.height !== request.height
      const before = request.drawing
      const after = next.drawing
      request = next
      if (resized) plot.setSize({ width: next.width, height: next.height })
      if (after.series !== before.series) plot.setData(dataOf(next))
      else if (after.references !== before.references || after.colours !== before.colours) plot.redraw(true)
    },
    point(index) {
      const x = index === null ? undefined : plot.data[0][index]
      plot.setCursor({ left: x === undefined ? -10 : plot.valToPos(x, 'x'), top: x === undefined ? -10 : 0 })
    },
    canvas: plot.ctx.canvas,
    dispose: () => plot.destroy(),
  }
}

function dataOf({ aligned: { xs, points } }: PlotRequest): uPlot.AlignedData {
  return [[...xs], ...points.map(column => column.map(point => point?.y ?? null))]
}

function xRange({ drawing }: PlotRequest): [number, number] {
  const xs = drawing.series.flatMap(({ points }) => [points[0]?.x ?? 0, points.at(-1)?.x ?? 0])
  const [low, high] = [Math.min(...xs), Math.max(...xs)]
  // Bars and markers at both ends need room.
  if (drawing.intervals === 'bars') return [low - 0.3, Math.max(high, low + 1) + 0.3]
  return high > low ? [low, high] : [low - 1, high + 1]
}

function yRange({ drawing }: PlotRequest): [number, number] {
  const [low, high] = extentOf(drawing.series, drawing.references) ?? [0, 1]
  // References are named above or below their lines.
  const share = drawing.references.length > 0 ? 0.12 : 0.06
  const room = (high - low) * share || Math.abs(high) * 0.1 || 1
  return [low - room, high + room]
}

/** Whole powers of ten; all values are positive (line-chart.tsx). */
function logRange(request: PlotRequest, low: number, high: number): [number, number] {
  const [least, most] = extentOf(request.drawing.series, request.drawing.references) ?? [low, high]
  return [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most) + 1e-9)]
}
