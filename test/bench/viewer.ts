/**
 * What games on the page cost the browser: the script part of a frame, from Chromium's own trace, with 16 and with 64
 * games that step 8 times a second and glide in between. `levelshift bench viewer --json` prints what this returns. Where
 * Chromium draws without a graphics card, fewer frames come about; the script part of one is the same.
 */
import type { Page } from 'playwright-core'
import { drawLevel } from '../../envs/draw-level.ts'
import { GAMES } from '../../envs/registry.ts'
import { quantile } from '../../src/learn/bootstrap.ts'
import { median } from '../../src/learn/statistics.ts'
import { closeAll, openBrowser, openPage, serveSite } from '../browser/harness.ts'
import { openSharedFolder, sharedOnce } from '../browser/shared-folder.ts'
import { buildStagePage, STAGE_PAGE } from '../browser/stage-build.ts'

/** CSS pixels. */
const WINDOW = { width: 1280, height: 720 }
const GAP = 8
const STEPS_PER_SECOND = 8
/** Before the first frame counts: code is compiled, and textures are there. */
const WARM_UP_SECONDS = 2

/** What runs scripts, or tidies up behind them, in a trace of the category devtools.timeline. */
const SCRIPT = new Set([
  'EvaluateScript',
  'EventDispatch',
  'FireAnimationFrame',
  'FunctionCall',
  'MajorGC',
  'MinorGC',
  'RunMicrotasks',
  'TimerFire',
])

export interface ViewerBenchResult {
  readonly games: number
  readonly frames: number
  readonly framesPerSecond: number
  /** Milliseconds of script in a frame: the page's own, Phaser's, and what tidies up behind them. */
  readonly scriptMedianMs: number
  readonly scriptP95Ms: number
  /** The same in processor time, which other work on the machine does not lengthen. */
  readonly cpuMedianMs: number
  readonly cpuP95Ms: number
}

export interface ViewerBenchOptions {
  /** Seconds traced for each number of games; 5 when not given. */
  readonly seconds?: number
}

/** Measures 16 and 64 games of all kinds, all in view. */
export async function benchViewer(
  options: ViewerBenchOptions = {},
): Promise<{ results: ViewerBenchResult[] }> {
  const closeFolder = openSharedFolder()
  try {
    const { url } = await serveSite(await sharedOnce('stage-page', buildStagePage))
    const results: ViewerBenchResult[] = []
    for (const games of [16, 64]) {
      const page = await openPage(await openBrowser(), url + STAGE_PAGE, WINDOW)
      results.push(await benchGames(page, games, options.seconds ?? 5))
      await page.close()
    }
    return { results }
  } finally {
    await closeAll()
    closeFolder()
  }
}

async function benchGames(page: Page, count: number, seconds: number): Promise<ViewerBenchResult> {
  const games = Array.from({ length: count }, (_, i) => {
    const { level, solution } = drawLevel({ game: GAMES[i % GAMES.length]!.id }, 'train', `bench/${i}`)
    return { level, actions: solution.actions }
  })
  // All in view: as many in a row as the window is wide, beside its height.
  const columns = Math.ceil(Math.sqrt((count * WINDOW.width) / WINDOW.height))
  const side = Math.floor(WINDOW.width / columns) - GAP
  await page.evaluate(([games, side]) => window.stagePage.show(games, { width: side, height: side }), [
    games,
    side,
  ] as const)
  await page.evaluate(rate => window.stagePage.play(rate), STEPS_PER_SECOND)
  await page.waitForTimeout(WARM_UP_SECONDS * 1000)
  const events = await trace(page, seconds)
  const script = scriptByFrame(events, ({ dur }) => dur)
  const cpu = scriptByFrame(events, ({ tdur }) => tdur)
  if (script.length === 0) throw new Error(`no frame was drawn in ${seconds} s with ${count} games`)
  const rounded = (value: number) => Math.round(value * 100) / 100
  const p95 = (values: readonly number[]) =>
    rounded(
      quantile(
        values.toSorted((a, b) => a - b),
        0.95,
      ),
    )
  return {
    games: count,
    frames: script.length,
    framesPerSecond: Math.round(script.length / seconds),
    scriptMedianMs: rounded(median(script)),
    scriptP95Ms: p95(script),
    cpuMedianMs: rounded(median(cpu)),
    cpuP95Ms: p95(cpu),
  }
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds: start, length, and processor time. */
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
}

async function trace(page: Page, seconds: number): Promise<TraceEvent[]> {
  const session = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]))
  })
  const includedCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline.frame']
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories },
  })
  await page.waitForTimeout(seconds * 1000)
  const complete = new Promise(resolve => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
  return events
}

/** Milliseconds of script in each frame of the page: from the main thread's frame to its next. */
function scriptByFrame(
  events: readonly TraceEvent[],
  cost: (event: TraceEvent) => number | undefined,
): number[] {
  const fired = events.find(({ name }) => name === 'FireAnimationFrame')
  const own = events
    .filter(({ pid, tid }) => pid === fired?.pid && tid === fired.tid)
    .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  const frames: number[] = []
  /** What lies within a script event belongs to it. */
  let end = 0
  for (const event of own) {
    const { name, ph, ts, dur = 0 } = event
    if (name === 'BeginMainThreadFrame') frames.push(0)
    if (ph !== 'X' || !SCRIPT.has(name) || ts < end || frames.length === 0) continue
    frames[frames.length - 1]! += (cost(event) ?? 0) / 1000
    end = ts + dur
  }
  // The last may not be whole.
  return frames.slice(0, -1)
}
