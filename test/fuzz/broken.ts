/** Readers that do what must not happen, for the test of the fuzzer. */
import { decode, encode, type FuzzFormat, type Reading } from './case.ts'

const sound: Reading = { levels: [], rejected: [], other: true }

const SEED = 'a sound file'

/** A reader that reads its seed well and breaks at anything else. */
function broken(name: string, breakDown: () => Reading): FuzzFormat {
  return {
    name,
    structure: 'text',
    tokens: ['a', ' '],
    seeds: () => [[{ name: 'a.txt', bytes: encode(SEED) }]],
    read: ([{ bytes }]) => (decode(bytes) === SEED ? sound : breakDown()),
  }
}

const kept: unknown[] = []

export const FORMATS: readonly FuzzFormat[] = [
  broken('crashing', () => {
    throw new TypeError('x is not a function')
  }),
  broken('hanging', () => {
    for (;;);
  }),
  broken('greedy', () => {
    for (;;) kept.push(Array(10_000).fill(kept.length))
  }),
  broken('buffering', () => {
    kept.push(new Uint8Array(300 << 20).fill(1))
    return sound
  }),
  broken('sluggish', () => {
    const start = process.cpuUsage()
    for (let used = 0; used < 2_200_000; ) {
      for (let i = 0; i < 1e6; i++) Math.imul(i, i)
      const { user, system } = process.cpuUsage(start)
      used = user + system
    }
    return sound
  }),
  broken('talkative', () => ({ levels: [], rejected: [{ title: 'a', why: 'two\nlines' }] })),
]
