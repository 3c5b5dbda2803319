/**
 * The response surface as a picture: the posterior of the score after a full training, and the trials. One field: its
 * mean with a 95% band. Two: a heat map with contours. More: a panel for each field and each pair, the other fields
 * standing at the best trial's values.
 */
import { contours } from 'd3-contour'
import { scaleLinear, scaleLog } from 'd3-scale'
import { escapeText, formatScore, tag } from '../report/markup.ts'
import { PALETTES } from '../report/style.ts'
import type { Field } from './fields.ts'
import { fitSurface, type Observation, placesOf, type Search, type Surface } from './proposals.ts'

interface Drawing {
  readonly search: Pick<Search, 'fields' | 'rungs'>
  /** Meta-iterations of each rung. */
  readonly rungs: readonly number[]
  readonly observations: readonly Observation[]
  /** Place of the best trial. */
  readonly best: number
  /** The recipe's. */
  readonly name: string
}

/** Where a panel lies, in pixels; the second field, if any, runs upwards. */
interface Frame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const CELLS = 40
const LEVELS = 9
const COLOURS = PALETTES.light
const STYLE = `text { font: 12px Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif; fill: ${COLOURS.text} }
.title { font-weight: 600; font-size: 14px } .axis { font-weight: 600 } .faint { fill: ${COLOURS.faint} }
.middle { text-anchor: middle } .end { text-anchor: end } .rule { stroke: ${COLOURS.rule} } .grid { stroke: ${COLOURS.grid} }
.mean { fill: none; stroke: ${COLOURS.blue}; stroke-width: 2 } .band { fill: ${COLOURS.blue}; fill-opacity: .15 }
.contour { stroke: ${COLOURS.ground}; stroke-width: .75 }
.stopped { fill: ${COLOURS.ground}; stroke: ${COLOURS.text}; stroke-width: 1.25 }
.full { fill: ${COLOURS.text}; stroke: ${COLOURS.ground} }
.halo { fill: none; stroke: ${COLOURS.ground}; stroke-width: 5.5 }
.best { fill: none; stroke: ${COLOURS.orange}; stroke-width: 2.5 }`

/** The picture as SVG. */
export function drawSurface(drawing: Drawing): string {
  const { fields } = drawing.search
  const surface = fitSurface(drawing.search, drawing.observations)
  const panels = fields.length === 2 ? [[1, 0] as const] : cells(fields.length)
  const side = fields.length === 1 ? 400 : fields.length === 2 ? 420 : 220
  const gap = { left: 76, right: 20, top: 24, bottom: 56 }
  const step = { x: side + gap.left + gap.right, y: side + gap.top + gap.bottom }
  const count = fields.length <= 2 ? 1 : fields.length
  const size = { width: count * step.x + (fields.length === 1 ? 200 : 90), height: count * step.y + 72 }
  const slices = panels.map(panel => sliceOf(drawing, surface, panel))
  const heats = slices.flatMap((slice, i) => (panels[i][0] === panels[i][1] ? [] : slice.map(p => p.mean)))
  const shades = shadesOf(heats)
  const body = panels.map(([row, column], i) => {
    const at = fields.length <= 2 ? { row: 0, column: 0 } : { row, column }
    const frame: Frame = {
      left: gap.left + at.column * step.x,
      top: 56 + gap.top + at.row * step.y,
      width: side + (fields.length === 1 ? 200 : 0),
      height: side,
    }
    return row === column
      ? drawCurve(drawing, frame, column, slices[i])
      : drawHeat(drawing, frame, [column, row], slices[i], shades)
  })
  const title = `${drawing.name}: score on validation levels after ${drawing.rungs.at(-1)} meta-iterations`
  return tag(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      role: 'img',
      viewBox: `0 0 ${size.width} ${size.height}`,
      ...size,
    },
    [
      tag('title', {}, escapeText(title)),
      tag('style', {}, STYLE),
      tag('rect', { ...size, fill: COLOURS.ground }),
      tag('text', { class: 'title', x: 16, y: 24 }, escapeText(title)),
      tag('text', { class: 'faint', x: 16, y: 42 }, escapeText(legendOf(fields.length))),
      ...body,
      ...(fields.length === 1 ? [] : [colourKey(shades, size.width - 70, 80)]),
    ].join(''),
  )
}

function legendOf(fields: number): string {
  const shown = fields === 1 ? 'line and band: posterior mean and 95%' : 'colour: posterior mean'
  const slice = fields > 2 ? '; other fields at the best values' : ''
  return `${shown}${slice}; dots: trials, hollow where stopped early; ring: the best`
}

/** Rows and columns of the lower triangle, the diagonal among them. */
function cells(fields: number): (readonly [number, number])[] {
  return Array.from({ length: fields }, (_, row) =>
    Array.from({ length: row + 1 }, (_, column) => [row, column] as const),
  ).flat()
}

/** The posterior over one field, [CELLS], or two, [CELLS * CELLS] with the second one rising row by row. */
function sliceOf(
  { search, observations, best }: Drawing,
  surface: Surface,
  [second, first]: readonly [number, number],
) {
  const values = (observations.find(({ trial }) => trial === best) as Observation).values
  const centre = placesOf(search.fields, values)
  if (first === second)
    return Array.from({ length: CELLS + 1 }, (_, i) => surface(centre.with(first, i / CELLS)))
  return Array.from({ length: CELLS * CELLS }, (_, cell) =>
    surface(
      centre
        .with(first, ((cell % CELLS) + 0.5) / CELLS)
        .with(second, (Math.floor(cell / CELLS) + 0.5) / CELLS),
    ),
  )
}

function drawCurve(
  { search, observations, best }: Drawing,
  frame: Frame,
  index: number,
  slice: ReturnType<typeof sliceOf>,
): string {
  const field = search.fields[index]
  const band = slice.map(({ mean, deviation }) => [mean - 1.96 * deviation, mean + 1.96 * deviation] as const)
  const last = lastOf(observations).filter(({ score }) => Number.isFinite(score))
  const scores = [...band.flat(), ...last.map(({ score }) => score)]
  const bottom = frame.top + frame.height
  const y = scaleLinear([Math.min(...scores), Math.max(...scores)], [bottom, frame.top]).nice(5)
  const x = (place: number) => frame.left + place * frame.width
  const point = (i: number, score: number) => `${x(i / CELLS).toFixed(1)} ${y(score).toFixed(1)}`
  const upper = band.map(([, high], i) => point(i, high))
  const lower = band.map(([low], i) => point(i, low)).reverse()
  const grid = y.ticks(5).map(
    tick =>
      tag('line', {
        class: 'grid',
        x1: frame.left,
        x2: frame.left + frame.width,
        y1: y(tick),
        y2: y(tick),
      }) + tag('text', { class: 'end', x: frame.left - 8, y: y(tick) + 4 }, formatScore(tick)),
  )
  return [
    ...grid,
    tag('path', { class: 'band', d: `M${[...upper, ...lower].join('L')}Z` }),
    tag('path', { class: 'mean', d: `M${slice.map(({ mean }, i) => point(i, mean)).join('L')}` }),
    axis(frame, field, 'x'),
    tag('text', { class: 'axis', x: frame.left - 60, y: frame.top - 10 }, 'score'),
    ...last.map(record =>
      marker(
        record,
        search,
        x(placesOf(search.fields, record.values)[index]),
        y(record.score),
        record.trial === best,
      ),
    ),
  ].join('')
}

function drawHeat(
  { search, observations, best }: Drawing,
  frame: Frame,
  [first, second]: readonly [number, number],
  slice: ReturnType<typeof sliceOf>,
  shades: Shades,
): string {
  const bottom = frame.top + frame.height
  const at = ([x, y]: readonly number[]) =>
    `${(frame.left + (x / CELLS) * frame.width).toFixed(1)} ${(bottom - (y / CELLS) * frame.height).toFixed(1)}`
  const bands = contours()
    .size([CELLS, CELLS])
    .thresholds([...shades.levels])(slice.map(({ mean }) => mean))
  const shapes = bands.map(({ value, coordinates }) =>
    tag('path', {
      class: 'contour',
      fill: shades.colour(value),
      'fill-rule': 'evenodd',
      d: coordinates.flatMap(rings => rings.map(ring => `M${ring.map(at).join('L')}Z`)).join(''),
    }),
  )
  const ground = tag('rect', {
    x: frame.left,
    y: frame.top,
    width: frame.width,
    height: frame.height,
    fill: shades.colour(Number.NEGATIVE_INFINITY),
  })
  const dots = lastOf(observations).map(record => {
    const places = placesOf(search.fields, record.values)
    const x = frame.left + places[first] * frame.width
    return marker(record, search, x, bottom - places[second] * frame.height, record.trial === best)
  })
  return [
    ground,
    ...shapes,
    axis(frame, search.fields[first], 'x'),
    axis(frame, search.fields[second], 'y'),
    ...dots,
  ].join('')
}

/** The furthest record of each trial. */
function lastOf(observations: readonly Observation[]): Observation[] {
  return [...new Map(observations.map(record => [record.trial, record])).values()]
}

function marker(
  { trial, rung, score, values }: Observation,
  { fields, rungs }: Drawing['search'],
  x: number,
  y: number,
  isBest: boolean,
): string {
  const told = fields.map(({ path }, i) => `${path} ${values[i]}`).join(', ')
  const title = tag(
    'title',
    {},
    escapeText(`trial ${trial + 1}: ${told}: ${Number.isFinite(score) ? formatScore(score) : 'failed'}`),
  )
  const isFull = rung === rungs - 1
  const dot = tag('circle', { class: isFull ? 'full' : 'stopped', cx: x, cy: y, r: 3.5 + rung }, title)
  const ring = (name: string) => tag('circle', { class: name, cx: x, cy: y, r: 9 })
  return isBest ? ring('halo') + ring('best') + dot : dot
}

/** Ticks and the field's name, under the panel or at its left. */
function axis({ left, top, width, height }: Frame, field: Field, side: 'x' | 'y'): string {
  const { low, high, log, path } = field
  const bottom = top + height
  const scale = (log ? scaleLog : scaleLinear)(
    [low, high],
    side === 'x' ? [left, left + width] : [bottom, top],
  )
  const format = scale.tickFormat(4, '~g')
  const isWritten = (tick: number) => format(tick) !== '' && (!field.whole || Number.isInteger(tick))
  // A number needs more room beside its neighbour than above it.
  const room = side === 'x' ? 44 : 14
  const ticks: number[] = []
  for (const tick of scale.ticks(4).filter(isWritten))
    if (ticks.length === 0 || Math.abs(scale(tick) - scale(ticks[ticks.length - 1])) >= room) ticks.push(tick)
  // A logarithmic range within one decade may have no round tick.
  const shown = ticks.length > 1 ? ticks : [low, high]
  const marks = shown.map(tick => {
    const at = scale(tick)
    const text = format(tick) === '' ? String(tick) : format(tick)
    return side === 'x'
      ? tag('line', { class: 'rule', x1: at, x2: at, y1: bottom, y2: bottom + 5 }) +
          tag('text', { class: 'middle', x: at, y: bottom + 18 }, text)
      : tag('line', { class: 'rule', x1: left - 5, x2: left, y1: at, y2: at }) +
          tag('text', { class: 'end', x: left - 8, y: at + 4 }, text)
  })
  const name =
    side === 'x'
      ? tag('text', { class: 'axis middle', x: left + width / 2, y: bottom + 38 }, escapeText(path))
      : tag('text', { class: 'axis', x: left - 60, y: top - 10 }, escapeText(path))
  return marks.join('') + name
}

/** Scores at which the colour changes, and the colour from there on. */
interface Shades {
  readonly levels: readonly number[]
  colour(score: number): string
}

function shadesOf(scores: readonly number[]): Shades {
  const [least, most] = scores.length === 0 ? [0, 1] : [Math.min(...scores), Math.max(...scores)]
  const levels = scaleLinear([least, most], [0, 1]).ticks(LEVELS)
  const share = (score: number) => levels.filter(level => level <= score).length / Math.max(1, levels.length)
  return { levels, colour: score => mix(COLOURS.raised, COLOURS.blue, 0.08 + 0.82 * share(score)) }
}

function colourKey({ levels, colour }: Shades, left: number, top: number): string {
  const rows = [Number.NEGATIVE_INFINITY, ...levels].reverse()
  const steps = rows.map((level, i) => {
    const y = top + i * 20
    const label = i < rows.length - 1 ? tag('text', { x: left + 22, y: y + 24 }, formatKey(level)) : ''
    return tag('rect', { x: left, y, width: 16, height: 20, fill: colour(level) }) + label
  })
  return steps.join('')
}

function formatKey(level: number): string {
  return String(Number(level.toPrecision(3))).replace('-', '\u2212')
}

/** A colour between two of the form #rrggbb. */
function mix(from: string, to: string, share: number): string {
  const channel = (colour: string, i: number) => Number.parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16)
  const mixed = [0, 1, 2].map(i => Math.round(channel(from, i) + share * (channel(to, i) - channel(from, i))))
  return `#${mixed.map(value => value.toString(16).padStart(2, '0')).join('')}`
}
