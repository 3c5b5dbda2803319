/**
 * How far a long job is: a bar with rate and time left on a terminal, a plain line every few seconds anywhere else, so
 * that a log file stays readable. Always on stderr, because stdout belongs to the result.
 */

import cliProgress from 'cli-progress'

/** A job that is under way. */
export interface Progress {
  /** `done` of the total are behind us; `detail` is a few words shown beside it, for example the last score. */
  update(done: number, detail?: string): void
  /** Ends the display. Call it whether the job succeeded or not. */
  stop(): void
}

/** What startProgress needs to know. */
export interface ProgressOptions {
  /** What is being done, for example `meta-training`. */
  readonly label: string
  readonly total: number
  /** What is counted, for example `iterations`. */
  readonly unit: string
  /** Already done when the display starts, of a resumed job; does not count towards the rate. */
  readonly start?: number
  readonly stream?: NodeJS.WriteStream
}

/** Seconds between two lines where there is no terminal. */
const SECONDS_BETWEEN_LINES = 5

/** Begins to show a job's progress. */
export function startProgress(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr
  return stream.isTTY ? showBar(options, stream) : printLines(options, stream)
}

/** Seconds as a person says them: 42 s, 3 min 5 s, 2 h 10 min. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** A rate with three significant digits: 1,230, 4.56 or 0.0123. */
export function formatRate(perSecond: number): string {
  return perSecond.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function showBar(options: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const bar = new cliProgress.SingleBar(
    {
      format: `${options.label} {bar} {value}/{total} {pace}{detail}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      stream,
      hideCursor: true,
      // Ctrl-C belongs to the command line, which stops cleanly.
      gracefulExit: false,
      fps: 10,
    },
    cliProgress.Presets.shades_classic,
  )
  const pace = paceOf(options)
  bar.start(options.total, options.start ?? 0, { pace: '', detail: '' })
  return {
    update: (done, detail) => bar.update(done, { pace: pace(done), detail: detail ? ` · ${detail}` : '' }),
    stop: () => bar.stop(),
  }
}

function printLines(options: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const pace = paceOf(options)
  let nextLine = Date.now() + 1000 * SECONDS_BETWEEN_LINES
  let shown = -1
  return {
    update(done, detail) {
      const isLast = done >= options.total
      if (done === shown || (!isLast && Date.now() < nextLine)) return
      nextLine = Date.now() + 1000 * SECONDS_BETWEEN_LINES
      shown = done
      const parts = [`${options.label}: ${done}/${options.total} ${options.unit}`, pace(done), detail]
      stream.write(`${parts.filter(Boolean).join(', ')}\n`)
    },
    stop() {},
  }
}

/** Rate and time left, as words, from what was done since the start. */
function paceOf({ total, start = 0 }: ProgressOptions): (done: number) => string {
  const began = Date.now()
  return done => {
    const seconds = (Date.now() - began) / 1000
    const rate = (done - start) / seconds
    if (!(rate > 0) || !Number.isFinite(rate)) return ''
    const left =
      done >= total ? `in ${formatDuration(seconds)}` : `${formatDuration((total - done) / rate)} left`
    return `${formatRate(rate)}/s, ${left}`
  }
}
