/** The benchmark of watching, with everything small: it measures a real training through the real server. */
import { expect, it } from 'vitest'
import { benchWatch } from './bench/watch.ts'
import { levelshift, TINY } from './tiny-run.ts'

it('measures a training with and without viewers, the server, and what it sends', async () => {
  const recipe = {
    ...TINY,
    meta: { ...TINY.meta, iterations: 100_000 },
    validation: { every: 100_000, levels: 2 },
  }
  const result = await benchWatch({ seed: 1, minutes: 0.1, viewers: 3, windowSeconds: 2, recipe })
  expect(result).toMatchObject({ viewers: 3, windows: 1 })
  const { stepsPerSecond, ratio, serverRss, serverHeap } = result
  for (const rate of Object.values(stepsPerSecond)) expect(rate).toBeGreaterThan(10)
  expect(ratio.median).toBeGreaterThan(0)
  expect(ratio.low).toBeLessThanOrEqual(ratio.high)
  for (const megabytes of [serverRss, serverHeap].flatMap(Object.values)) expect(megabytes).toBeGreaterThan(5)
  // Nine games that move eight times a second, less the second of rest: some pictures of some hundred bytes.
  expect(result.picturesPerSecond).toBeGreaterThan(1)
  expect(result.bytesPerSecond).toBeGreaterThan(100)
  expect(result.cpu.server).toBeGreaterThan(0)
})

it('belongs to its own flags', async () => {
  const { code, stderr } = await levelshift('bench', 'envs', '--viewers', '3')
  expect({ code, stderr: stderr.trim() }).toEqual({
    code: 2,
    stderr: 'levelshift: --minutes and --viewers belong to the benchmark watch',
  })
})
