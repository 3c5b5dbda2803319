/** The report's look: a page of a paper, in light and dark, on a desk, a phone and in print. */

/** Colours by name; text and series have a contrast of at least 4.5 to 1 on the page's ground (WCAG AA). */
export interface Palette {
  readonly ground: string
  readonly text: string
  readonly faint: string
  readonly rule: string
  readonly grid: string
  readonly raised: string
  readonly blue: string
  readonly orange: string
  readonly grey: string
  readonly green: string
  readonly purple: string
}

/** Both palettes; the reader's system chooses. */
export const PALETTES: { readonly light: Palette; readonly dark: Palette } = {
  light: {
    ground: '#fdfdfb',
    text: '#1c1e21',
    faint: '#5a5f66',
    rule: '#7d828a',
    grid: '#e4e5e1',
    raised: '#f4f4f0',
    blue: '#0b57b0',
    orange: '#a34406',
    grey: '#5f646c',
    green: '#0c6843',
    purple: '#75379a',
  },
  dark: {
    ground: '#141619',
    text: '#e7e8ea',
    faint: '#a6acb5',
    rule: '#7f8690',
    grid: '#2b2f35',
    raised: '#1c1f23',
    blue: '#82b8ff',
    orange: '#ffb27a',
    grey: '#b3b8c0',
    green: '#6fd3a3',
    purple: '#d5a6f3',
  },
}

/** The page's style sheet. */
export function styleSheet(): string {
  return `
:root { color-scheme: light dark; ${variables(PALETTES.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(PALETTES.dark)} } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0 auto; max-width: 46rem; padding: 2.5rem 1.25rem 4rem; background: var(--ground); color: var(--text);
  font: 1.0625rem/1.6 Charter, 'Bitstream Charter', 'Iowan Old Style', 'Source Serif 4', 'Palatino Linotype', Georgia, serif }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.5rem; margin-bottom: 2rem }
h1, h2, h3, table, figcaption, .kicker, .keys, svg text, details, .plays, dl, nav {
  font-family: Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif }
h1 { font-size: 2rem; line-height: 1.2; margin: .25rem 0 1rem; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 1.25rem; margin: 3rem 0 .75rem; line-height: 1.3 }
h3 { font-size: .95rem; margin: 1.75rem 0 .5rem; overflow-wrap: anywhere }
p { margin: 0 0 1rem }
.kicker { color: var(--faint); font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; margin: 0 }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1rem 1.5rem; margin: 1.5rem 0 0; padding: 0 }
.keys div { border-left: 3px solid var(--blue); padding-left: .75rem; display: flex; flex-direction: column-reverse; justify-content: flex-end }
.keys div.other { border-left-style: dashed; border-color: var(--orange) }
.keys dt { color: var(--faint); font-size: .8rem; line-height: 1.35 }
.keys dd { margin: 0; font-size: 1.75rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums }
.keys dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--faint) }
figure { margin: 1.5rem 0 2rem }
figcaption { font-size: .85rem; line-height: 1.5; color: var(--faint); margin-top: .6rem }
figcaption b, caption b { color: var(--text) }
svg { display: block; max-width: 100%; height: auto }
svg.narrow { display: none }
svg text { font-size: 12.5px; fill: var(--text) }
svg .axis { font-weight: 600 }
svg .tick { font-variant-numeric: tabular-nums }
svg .faint { fill: var(--faint); font-weight: 400 }
svg .end { text-anchor: end } svg .middle { text-anchor: middle }
svg .halo { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round }
svg .grid { stroke: var(--grid) } svg .rule { stroke: var(--rule) }
svg .reference { stroke: var(--rule); stroke-dasharray: 1 3 }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round }
svg .bar { fill: none; stroke-width: 1.5 }
svg .band { opacity: .16; stroke: none }
svg .marker { stroke: var(--ground); stroke-width: 1 }
svg .name { font-weight: 600 }
${seriesColours()}
.grid-2 { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem 1.25rem }
.grid-2 svg { width: 100% }
.scroll { overflow-x: auto; margin: 1.25rem 0 1.75rem }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.4; font-variant-numeric: tabular-nums }
caption { text-align: left; font-size: .85rem; line-height: 1.5; color: var(--faint); padding-bottom: .6rem }
thead { border-top: 2px solid var(--text); border-bottom: 1px solid var(--rule) }
tbody { border-bottom: 2px solid var(--text) }
th, td { padding: .35rem .9rem .35rem 0; text-align: right; vertical-align: baseline; font-weight: 400 }
th:first-child { text-align: left } th:last-child, td:last-child { padding-right: 0 }
thead th { font-weight: 600; vertical-align: bottom }
td small, th small { color: var(--faint); font-weight: 400 } td small { white-space: nowrap }
.level { border-top: 1px solid var(--grid); padding-top: .25rem; margin: 0 0 1.5rem }
.level h3 small { color: var(--faint); font-weight: 400 }
.plays { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem }
.play { width: 194px }
.play img { display: block; width: 100%; height: auto; image-rendering: pixelated; border: 1px solid var(--rule) }
.play p { margin: .4rem 0 0; font-size: .85rem; line-height: 1.4 }
.play p span { color: var(--faint) }
details { border: 1px solid var(--grid); border-radius: 4px; margin: .75rem 0; font-size: .875rem }
summary { padding: .55rem .8rem; cursor: pointer; font-weight: 600 }
details pre { margin: 0; padding: .8rem; background: var(--raised); overflow-x: auto; line-height: 1.45;
  font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace; font-size: .8rem }
dl.facts { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .3rem 1.25rem; font-size: .875rem; line-height: 1.45; margin: 1rem 0 }
dl.facts dt { color: var(--faint) } dl.facts dd { margin: 0; overflow-wrap: anywhere }
dl.facts code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace; font-size: .8rem }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px }
@media (max-width: 44rem) {
  body { padding: 1.5rem 1rem 3rem; font-size: 1rem }
  h1 { font-size: 1.6rem }
  svg.wide { display: none } svg.narrow { display: block; width: 100% }
  .plays { gap: 1rem } .play { width: calc(50% - .5rem); max-width: 194px }
  table { font-size: .8rem } th, td { padding-right: .5rem } thead th { font-size: .72rem } td small { display: block; font-size: .65rem }
}
@media print {
  body { max-width: none; padding: 0 } figure, .level, table, svg { break-inside: avoid } h2 { break-after: avoid }
}
`.trim()
}

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')
}

function seriesColours(): string {
  const names = ['blue', 'orange', 'grey', 'green', 'purple']
  return names
    .map(
      name =>
        `svg .line.${name}, svg .bar.${name} { stroke: var(--${name}) } ` +
        `svg .marker.${name}, svg .band.${name}, svg .name.${name} { fill: var(--${name}) }`,
    )
    .join('\n')
}
