/** How series are told apart: by colour, and without it by dash and marker. */

export type Marker = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'ring'

export interface Look {
  /** Name of the colour in theme.css. */
  readonly colour: string
  /** In CSS pixels. */
  readonly dash: readonly number[]
  readonly marker: Marker
}

const LOOKS: readonly Look[] = [
  { colour: '--series-1', dash: [], marker: 'circle' },
  { colour: '--series-2', dash: [8, 4], marker: 'square' },
  { colour: '--series-3', dash: [2, 3], marker: 'triangle' },
  { colour: '--series-4', dash: [10, 3, 2, 3], marker: 'diamond' },
  { colour: '--series-5', dash: [14, 4], marker: 'cross' },
  { colour: '--series-6', dash: [5, 2, 1, 2], marker: 'ring' },
  { colour: '--series-7', dash: [1, 4], marker: 'square' },
  { colour: '--series-8', dash: [6, 6], marker: 'triangle' },
]

export function lookOf(index: number): Look {
  return LOOKS[index % LOOKS.length] as Look
}

/** What a canvas needs of the theme, resolved for light or dark as it is now. */
export interface ChartColours {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly panel: string
  /** By look. */
  readonly looks: readonly string[]
  readonly font: string
}

export function readColours(element: HTMLElement): ChartColours {
  const probe = document.createElement('span')
  element.append(probe)
  const resolve = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const colours = {
    text: resolve('--text'),
    muted: resolve('--muted'),
    line: resolve('--line'),
    panel: resolve('--panel'),
    looks: LOOKS.map(({ colour }) => resolve(colour)),
    font: getComputedStyle(element).fontFamily,
  }
  probe.remove()
  return colours
}

/** The outline of a marker round a point, for a canvas or an SVG path. */
export function markerPath(marker: Marker, x: number, y: number, r: number): string {
  const circle = `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`
  switch (marker) {
    case 'circle':
      return circle
    case 'ring': {
      const inner = r * 0.5
      return `${circle}M${x - inner},${y}a${inner},${inner} 0 1,1 ${2 * inner},0a${inner},${inner} 0 1,1 ${-2 * inner},0z`
    }
    case 'square':
      return `M${x - r * 0.9},${y - r * 0.9}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`
    case 'triangle':
      return `M${x},${y - 1.15 * r}l${1.1 * r},${1.95 * r}h${-2.2 * r}z`
    case 'diamond':
      return `M${x},${y - 1.3 * r}l${1.2 * r},${1.3 * r}l${-1.2 * r},${1.3 * r}l${-1.2 * r},${-1.3 * r}z`
    case 'cross': {
      const [arm, long] = [r * 0.42, r * 1.2]
      const rest = long - arm
      return `M${x - arm},${y - long}h${2 * arm}v${rest}h${rest}v${2 * arm}h${-rest}v${rest}h${-2 * arm}v${-rest}h${-rest}v${-2 * arm}h${rest}z`
    }
    default:
      return marker satisfies never
  }
}
