/** One agent on one level, step by step, and the gradient check that its backend passes first. */
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createPlayback } from '../envs/playback.ts'
import { decodeAgent } from '../src/app/agent-file.ts'
import { BACKEND_NAMES, selectBackend } from '../src/learn/backend.ts'
import { ENCODER_SHAPES } from '../src/learn/encoder.ts'
import { drawLevels, ownLevelsSeed, scoreLearner } from '../src/learn/evaluate.ts'
import { createFeatureCache } from '../src/learn/features.ts'
import { GRADIENT_TOLERANCE, policyGradientError } from '../src/learn/gradient-check.ts'
import { createLevelAdaptation } from '../src/learn/level-adaptation.ts'
import { toTensors } from '../src/learn/parameters.ts'
import { decodeSafetensors } from '../src/learn/safetensors.ts'
import { normalisedScore } from '../src/learn/statistics.ts'

const AGENT = 'agents/trained/starter.safetensors'

describe('an adaptation step by step', () => {
  const { encoder, learner, recipe } = decodeAgent(decodeSafetensors(readFileSync(AGENT), AGENT), AGENT)
  const [scored] = drawLevels([{ game: 'gems' }], 'test', 1, 'one level')
  const { level } = scored!
  let features: ReturnType<typeof createFeatureCache>

  beforeAll(async () => {
    await selectBackend()
    features = createFeatureCache(toTensors(encoder, ENCODER_SHAPES))
  })

  const begin = () =>
    createLevelAdaptation({ learner, meta: recipe.meta, features, level, seed: 3, recordings: 2 })

  it('is what evaluate does at once', async () => {
    const { scores, environmentSteps } = await scoreLearner({
      learner,
      levels: [scored!],
      steps: 4,
      meta: recipe.meta,
      features,
      seed: ownLevelsSeed(3),
    })
    const adaptation = begin()
    const steps = Array.from({ length: 5 }, () => adaptation.next())
    adaptation.dispose()
    const { randomReturn, solution } = scored!
    const own = steps.map(step => normalisedScore(step.meanReturn, randomReturn, solution.bestReturn))
    expect(own).toEqual(scores.map(all => all[0]))
    expect(steps.map(step => step.environmentSteps)).toEqual(environmentSteps.map(all => all[0]))
    expect(steps.map(step => step.episodes)).toEqual([0, 16, 32, 48, 64])
  })

  it('records episodes that the rules play again to the same return', () => {
    const adaptation = begin()
    for (let k = 0; k < 2; k++) {
      const { recordings, returns } = adaptation.next()
      expect(recordings).toHaveLength(2)
      recordings.forEach((recording, i) => {
        expect(recording.steps).toBe(k)
        const playback = createPlayback(level, recording.actions, recording.episode)
        playback.seek(recording.actions.length)
        expect(playback.return).toBe(returns[i])
      })
    }
    adaptation.dispose()
  })

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors
    const adaptation = begin()
    adaptation.next()
    const afterFirst = tf.memory().numTensors
    adaptation.next()
    adaptation.next()
    expect(tf.memory().numTensors).toBe(afterFirst)
    adaptation.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('the gradient check', () => {
  it.for(BACKEND_NAMES)('passes on %s, with room to spare', async (name, { skip }) => {
    if (name === 'native') await selectBackend(name).catch((error: Error) => skip(error.message))
    else await selectBackend(name)
    expect(policyGradientError()).toBeLessThan(GRADIENT_TOLERANCE / 10)
  })

  it('notices a gradient that is wrong', () => {
    const right = tf.getGradient(tf.Exp)!
    tf.unregisterGradient(tf.Exp)
    tf.registerGradient({
      ...right,
      gradFunc: (dy, saved) => ({ x: () => tf.mul(dy as tf.Tensor, tf.mul(saved[1]!, 1.05)) }),
    })
    try {
      expect(policyGradientError()).toBeGreaterThan(GRADIENT_TOLERANCE)
    } finally {
      tf.unregisterGradient(tf.Exp)
      tf.registerGradient(right)
    }
  })
})
