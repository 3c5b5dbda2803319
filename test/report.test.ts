/** The report: that it stands alone, shows what was measured, and can be read by everyone. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode as decodePng } from 'fast-png'
import { afterAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { createVectoriser } from '../envs/vectoriser.ts'
import { SERIES_LOOKS } from '../src/app/report/chart-series.ts'
import type { EpisodeSeries, ReportData, ScorePoint } from '../src/app/report/data.ts'
import { decodeEpisode, encodeEpisode } from '../src/app/report/episode-image.ts'
import { renderReport } from '../src/app/report/report.ts'
import { loadEpisodes, saveEpisodes } from '../src/app/report/saved-episodes.ts'
import { PALETTES } from '../src/app/report/style.ts'
import { stream } from '../src/core/random.ts'

const temporary = mkdtempSync(join(tmpdir(), 'levelshift-report-'))
afterAll(() => rmSync(temporary, { recursive: true }))

const SIDE = 64

/** A frame of tiles in a few colours, as a game draws them, with a player at one tile. */
function frame(player: number, colours = 8): Uint8Array {
  const random = stream('report', 'frame')
  const palette = Array.from({ length: colours }, () => [random.int(256), random.int(256), random.int(256)])
  const tiles = Array.from({ length: 256 }, () => random.int(colours))
  const pixels = new Uint8Array(SIDE * SIDE * 3)
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const tile = (y >> 2) * 16 + (x >> 2)
      const colour = tile === player ? [255, 255, 255] : palette[(tiles[tile] + ((x ^ y) & 1)) % colours]
      pixels.set(colour, 3 * (y * SIDE + x))
    }
  }
  return pixels
}

/** Millions of bytes, faster than toEqual can. */
function expectSame(decoded: readonly Uint8Array[], frames: readonly Uint8Array[]): void {
  expect(decoded).toHaveLength(frames.length)
  expect(Buffer.concat(decoded).equals(Buffer.concat(frames))).toBe(true)
}

function scores(values: readonly number[]): ScorePoint[] {
  return values.map((iqm, k) => ({ k, iqm, low: iqm - 0.05, high: iqm + 0.03, environmentSteps: k * 512 }))
}

const EPISODES: readonly EpisodeSeries[] = [
  {
    game: 'gems',
    hash: 'abcdef0123456789',
    solverReturn: 3,
    rules: 'red +1, blue \u22121',
    plays: [
      { steps: 0, return: -1, frames: [frame(3), frame(4), frame(5)] },
      { steps: 3, return: 3, frames: [frame(3), frame(19)] },
    ],
  },
]

const FULL: ReportData = {
  title: 'starter <script>alert("x")</script>',
  evaluation: {
    split: 'test',
    levels: 100,
    steps: scores([0.04, 0.5, 0.75, 0.88]),
    baselines: {
      fineTuned: { steps: scores([0.1, 0.15, 0.2, 0.23]) },
      randomHead: { steps: scores([0, 0.01, 0.02, 0.03]) },
    },
    games: [
      { game: 'gems', steps: scores([0, 0.5, 0.7, 0.9]) },
      { game: 'keys', steps: scores([0, 0.2, 0.4, 0.6]) },
    ],
  },
  learning: [0, 1, 2, 3].map(k => ({
    name: `after ${k}`,
    points: Array.from({ length: 300 }, (_, i) => ({
      iteration: i + 1,
      value: k,
      low: k - 0.1,
      high: k + 0.1,
    })),
  })),
  validation: [
    {
      name: 'after 3',
      points: [
        { iteration: 10, value: 0.5 },
        { iteration: 20, value: Number.NaN },
      ],
    },
  ],
  losses: [{ name: 'outer loss', points: [{ iteration: 1, value: 2 }] }],
  speed: {
    name: 'environment steps a second',
    points: [
      { iteration: 1, value: 25000 },
      { iteration: 2, value: 26000 },
    ],
  },
  probes: [{ name: 'direction to the nearest gem', chance: 0.2, validation: 0.943, newPalettes: 0.931 }],
  episodes: EPISODES,
  figures: [{ label: 'environment steps', value: 98304000 }],
  recipe: { name: 'starter', note: '</pre><b>' },
  provenance: { version: '0.1.0', backend: 'cpu', seed: '1', command: "npx levelshift train 'a b'" },
}

const EMPTY: ReportData = {
  title: 'smoke',
  learning: [],
  losses: [{ name: 'outer loss', points: [] }],
  figures: [],
  recipe: {},
  provenance: {},
}

/** Whether every tag is closed in order; void tags need no end. */
function unbalanced(html: string): string | undefined {
  const stack: string[] = []
  for (const [, slash, name] of html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .matchAll(/<(\/?)([a-zA-Z][\w-]*)[^>]*>/g)) {
    if (['meta', 'img', 'br', 'source'].includes(name)) continue
    if (slash === '') stack.push(name)
    else if (stack.pop() !== name) return `</${name}>`
  }
  return stack.at(-1)
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  const [r, g, b] = channels.map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [bright, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (bright + 0.05) / (dark + 0.05)
}

describe('the page', () => {
  it('stands alone: no script, no network, no other file', () => {
    const html = renderReport(FULL)
    expect(html).not.toMatch(/<script|<link|<iframe|@import|url\(|https?:/i)
    for (const [, source] of html.matchAll(/ (?:src|srcset|href)="([^"]*)"/g))
      expect(source).toMatch(/^data:image\//)
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`)
  })

  it('is well-formed, full and empty, and shows nothing that is no number', () => {
    for (const data of [FULL, EMPTY]) {
      const html = renderReport(data)
      expect(unbalanced(html)).toBeUndefined()
      expect(html.replace(/data:image[^"]*/g, '')).not.toMatch(/NaN|undefined|Infinity|\[object/)
    }
  })

  it('shows text as text', () => {
    const html = renderReport(FULL)
    expect(html).toContain('<h1>starter &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</h1>')
    expect(html).toContain('&lt;/pre&gt;&lt;b&gt;')
  })

  it('says the result in words, with its interval and the baseline', () => {
    const html = renderReport(FULL).replaceAll('\n', ' ')
    expect(html).toContain(
      'On 100 levels of the test split, none of which was used in training, the agent scores 0.04 before adaptation ' +
        'and 0.88 after 3 gradient steps (95% interval 0.83 to 0.91).',
    )
    expect(html).toContain('fine-tuned with as many environment steps, reaches 0.23.')
  })

  it('does not call levels unseen that were trained on', () => {
    const evaluation = { ...FULL.evaluation!, split: 'train' }
    expect(renderReport({ ...FULL, evaluation })).not.toContain('none of which was used in training')
  })

  it('has every score and environment step in a table too', () => {
    const html = renderReport(FULL)
    expect(html).toContain(
      '<tr><th scope="row">3 <small>(1,536)</small></th><td>0.88 <small>[0.83, 0.91]</small></td>' +
        '<td>0.23 <small>[0.18, 0.26]</small></td><td>0.03 <small>[\u22120.02, 0.06]</small></td></tr>',
    )
    expect(html).toContain('<td>20.0%</td><td>94.3%</td><td>93.1%</td>')
    expect(html).toContain('<td>98,304,000</td>')
  })

  it('leaves out what was not measured', () => {
    const html = renderReport(EMPTY)
    expect(html).toContain('The agent has not been evaluated yet.')
    expect(html).not.toMatch(/<svg|<figure|<table|<img/)
  })
})

describe('charts', () => {
  it('put values where the axis says', () => {
    const html = renderReport(FULL)
    const chart = /<svg class="chart wide"[\s\S]*?<\/svg>/.exec(html)?.[0] ?? ''
    const tickAt = (label: string) => {
      const [, y] =
        new RegExp(`<text class="tick end" x="[\\d.]+" y="([\\d.]+)">${label}</text>`).exec(chart) ?? []
      return Number(y) - 4
    }
    const markers = [...chart.matchAll(/class="marker blue"[^>]*translate\(([\d.]+),([\d.]+)\)/g)]
    const ys = markers.map(([, , y]) => Number(y))
    const [zero, one] = [tickAt('0.0'), tickAt('1.0')]
    const expected = [0.04, 0.5, 0.75, 0.88].map(value => zero + value * (one - zero))
    expect(ys).toHaveLength(4)
    for (const [i, y] of ys.entries()) expect(y).toBeCloseTo(expected[i], 1)
    const xs = markers.map(([, x]) => Number(x))
    expect(xs[1] - xs[0]).toBeCloseTo(xs[3] - xs[2], 1)
  })

  it('are told in words, and named without colour', () => {
    const html = renderReport(FULL)
    const charts = [...html.matchAll(/<svg [^>]*role="img"[^>]*><title>([^<]+)<\/title>/g)]
    expect(charts.length).toBe(html.match(/<svg/g)?.length)
    expect(charts[0][1]).toContain('meta-trained: 0.04 before adaptation, 0.50 after 1 gradient step')
    for (const name of ['meta-trained', 'fine-tuned', 'random head', 'solver', 'random player']) {
      expect(html).toMatch(new RegExp(`<text class="(name|faint|tick)[^>]*>${name}</text>`))
    }
    const looks = SERIES_LOOKS.map(({ dash }) => dash)
    expect(new Set(looks).size).toBe(SERIES_LOOKS.length)
    expect(new Set(SERIES_LOOKS.map(({ marker }) => marker)).size).toBe(SERIES_LOOKS.length)
  })

  it('are drawn once for wide and once for narrow pages', () => {
    const html = renderReport(FULL)
    expect(html.match(/class="chart wide"/g)).toHaveLength(3)
    expect(html.match(/class="chart narrow"/g)).toHaveLength(3)
  })

  it('average long curves, and say so', () => {
    const html = renderReport(FULL)
    expect(html).toContain('Each point is the mean of up to 3 iterations.')
  })

  it.each(['light', 'dark'] as const)('have the contrast of WCAG AA: %s', name => {
    const { ground, raised, text, faint, rule, grid: _, ...series } = PALETTES[name]
    for (const colour of [text, faint, ...Object.values(series)]) {
      expect(contrast(colour, ground)).toBeGreaterThanOrEqual(4.5)
    }
    expect(contrast(text, raised)).toBeGreaterThanOrEqual(4.5)
    // Lines and frames that carry meaning.
    expect(contrast(rule, ground)).toBeGreaterThanOrEqual(3)
  })
})

describe('episodes', () => {
  it.each(GAMES.map(({ id }) => id))('of %s are lossless, frame by frame', game => {
    const levels = ['a', 'b', 'c'].map(seed => drawLevel({ game }, 'test', seed).level)
    const games = createVectoriser({
      slots: 3,
      levelFor: slot => levels[slot],
      observation: 'pixels',
      autoreset: 'disabled',
    })
    const random = stream('report', 'play')
    const frames: Uint8Array[][] = [[], [], []]
    games.reset()
    for (let step = 0; step < 12; step++) {
      for (const [slot, own] of frames.entries()) {
        own.push(games.observations.slice(slot * games.observationBytes, (slot + 1) * games.observationBytes))
      }
      games.step(frames.map(() => random.int(ACTION_COUNT)))
    }
    for (const own of frames) expectSame(decodeEpisode(encodeEpisode(own)), own)
  })

  it('are lossless up to the most colours of a GIF, and lose the lowest bits beyond', () => {
    for (const colours of [1, 2, 3, 40, 250]) {
      const frames = [3, 4, 4, 20, 36].map(player => frame(player, colours))
      expectSame(decodeEpisode(encodeEpisode(frames)), frames)
    }
    const many = [frame(3, 256), frame(255, 256)].map((pixels, i) => pixels.map(value => value ^ i))
    for (const [i, decoded] of decodeEpisode(encodeEpisode(many)).entries()) {
      expect(decoded.every((value, at) => many[i][at] - value >= 0 && many[i][at] - value < 16)).toBe(true)
    }
  })

  it('of one frame are possible, of none left out', () => {
    expect(decodeEpisode(encodeEpisode([frame(1)]))).toEqual([frame(1)])
    const [level] = EPISODES
    const episodes = [{ ...level, plays: [{ steps: 0, return: 0, frames: [] }] }]
    expect(renderReport({ ...EMPTY, episodes })).not.toContain('<img')
  })

  it('begin together again and again: all GIFs of a level last equally long', () => {
    const html = renderReport(FULL)
    const gifs = [...html.matchAll(/data:image\/gif;base64,([^"]+)/g)].map(([, text]) =>
      Buffer.from(text, 'base64'),
    )
    expect(gifs).toHaveLength(2)
    // A frame's delay stands in its graphic control extension, in hundredths of a second.
    const lengths = gifs.map(gif => {
      let total = 0
      for (let at = gif.indexOf('21f904', 0, 'hex'); at >= 0; at = gif.indexOf('21f904', at + 8, 'hex')) {
        total += gif.readUInt16LE(at + 4)
      }
      return total
    })
    expect(lengths[0]).toBe(lengths[1])
    expect(lengths[0]).toBe(18 + 18 + 150)
  })

  it('stand still for those who asked for less motion, and have words', () => {
    const html = renderReport(FULL)
    const stills = [
      ...html.matchAll(
        /<source media="\(prefers-reduced-motion: reduce\)" srcset="data:image\/png;base64,([^"]+)">/g,
      ),
    ]
    expect(stills).toHaveLength(2)
    const still = decodePng(Buffer.from(stills[1][1], 'base64'))
    expect([still.width, still.height]).toEqual([SIDE, SIDE])
    expect(new Uint8Array(still.data)).toEqual(frame(19))
    expect(html).toContain('alt="An episode of gems before adaptation: return \u22121 in 2 steps."')
  })

  it('come back from a run folder', () => {
    saveEpisodes(temporary, EPISODES)
    expect(loadEpisodes(temporary)).toEqual(EPISODES)
    const [gif] = readdirSync(join(temporary, 'episodes')).filter(name => name.endsWith('.gif'))
    writeFileSync(join(temporary, 'episodes', gif), 'no GIF')
    expect(() => loadEpisodes(temporary)).toThrow(/the episode is damaged, expected a GIF: evaluate anew/)
  })
})
