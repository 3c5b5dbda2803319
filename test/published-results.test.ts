/**
 * Short runs of the two published experiments, long enough to see them learn. The full tables take minutes:
 * `levelshift bench sinusoid`, `levelshift bench navigation2d`.
 */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { selectBackend } from '../src/learn/backend.ts'
import { benchNavigation2d } from '../src/learn/navigation2d.ts'
import { benchSinusoid } from '../src/learn/sinusoid.ts'

beforeAll(async () => {
  await selectBackend()
})

describe('sinusoid regression', () => {
  it('learns to adapt in one step', () => {
    const losses: number[] = []
    const { mse, secondsPerIteration } = benchSinusoid({
      iterations: 600,
      seed: 1,
      shots: 10,
      evaluationTasks: 200,
      reportEvery: 200,
      onProgress: ({ loss }) => losses.push(loss),
    })
    expect(mse[1]).toBeLessThan(0.75 * mse[0])
    expect(losses).toHaveLength(3)
    expect(losses[2]).toBeLessThan(losses[0])
    expect(secondsPerIteration).toBeGreaterThan(0)
  })

  it('is a function of the seed, and leaves no tensor behind', () => {
    const run = (seed: number) => benchSinusoid({ iterations: 5, seed, shots: 5, evaluationTasks: 20 }).mse
    const first = run(1)
    const before = tf.memory().numTensors
    expect(run(1)).toEqual(first)
    expect(run(2)).not.toEqual(first)
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('2D navigation', () => {
  it('learns to adapt in one step, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors
    const { history, best, secondsPerIteration } = benchNavigation2d({
      seed: 1,
      seconds: Number.POSITIVE_INFINITY,
      maxIterations: 10,
      evaluateEvery: 10,
      recipe: { tasks: 10, episodes: 10, hidden: 32 },
    })
    expect(history.map(({ iteration }) => iteration)).toEqual([0, 10])
    expect(best.iteration).toBe(10)
    expect(history[1].returnAfterOneStep).toBeGreaterThan(history[1].returnBefore)
    expect(history[1].returnAfterOneStep).toBeGreaterThan(history[0].returnAfterOneStep + 10)
    expect(secondsPerIteration).toBeGreaterThan(0)
    expect(tf.memory().numTensors).toBe(before)
  })
})
