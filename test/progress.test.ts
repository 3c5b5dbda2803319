/** How far a job is: plain lines where there is no terminal, a bar where there is one. */

import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatDuration, formatRate, startProgress } from '../src/app/progress.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A stream that keeps what was written; with `columns` it is a terminal. */
function fakeStream(columns?: number): { stream: NodeJS.WriteStream; text: () => string } {
  let written = ''
  const stream = new PassThrough()
  stream.on('data', chunk => (written += chunk))
  const terminal = { isTTY: columns !== undefined, columns, cursorTo() {}, clearLine() {} }
  return { stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, text: () => written }
}

describe('without a terminal', () => {
  it('prints a line every few seconds, and one at the end', () => {
    const { stream, text } = fakeStream()
    const progress = startProgress({ label: 'work', total: 100, unit: 'iterations', stream })
    for (let done = 1; done <= 100; done++) {
      vi.advanceTimersByTime(200)
      progress.update(done, `return ${done}`)
    }
    progress.stop()
    expect(text().split('\n')).toEqual([
      'work: 25/100 iterations, 5/s, 15 s left, return 25',
      'work: 50/100 iterations, 5/s, 10 s left, return 50',
      'work: 75/100 iterations, 5/s, 5 s left, return 75',
      'work: 100/100 iterations, 5/s, in 20 s, return 100',
      '',
    ])
  })

  it('does not count what an earlier session did towards the rate', () => {
    const { stream, text } = fakeStream()
    const progress = startProgress({ label: 'work', total: 100, unit: 'iterations', start: 90, stream })
    vi.advanceTimersByTime(5000)
    progress.update(95)
    expect(text()).toBe('work: 95/100 iterations, 1/s, 5 s left\n')
  })
})

describe('on a terminal', () => {
  it('shows a bar with rate and time left', () => {
    const { stream, text } = fakeStream(100)
    const progress = startProgress({ label: 'work', total: 100, unit: 'iterations', stream })
    vi.advanceTimersByTime(10_000)
    progress.update(50, 'return 1.5')
    progress.stop()
    expect(text()).toMatch(/work █+░+ 50\/100 5\/s, 10 s left · return 1\.5/)
  })
})

it('durations and rates read as a person says them', () => {
  expect([0.4, 42, 185, 7860, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual([
    '0 s',
    '42 s',
    '3 min 5 s',
    '2 h 11 min',
    '?',
  ])
  expect([0.01234, 4.567, 123.4, 417_000].map(formatRate)).toEqual(['0.0123', '4.57', '123', '417,000'])
})
