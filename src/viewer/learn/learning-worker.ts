/** The worker with tensors: agents, and the levels that they adapt to. open.ts talks to it. */
import { expose } from 'comlink'
import { z } from 'zod'
import type { Level } from '../../../levels/level.ts'
import { type Agent, decodeAgent } from '../../app/agent-file.ts'
import { ENCODER_SHAPES } from '../../learn/encoder.ts'
import { createFeatureCache } from '../../learn/features.ts'
import { createLevelAdaptation, type LevelAdaptation } from '../../learn/level-adaptation.ts'
import { type Parameters, toTensors } from '../../learn/parameters.ts'
import { decodeSafetensors } from '../../learn/safetensors.ts'
import { type BrowserBackend, startBackend } from './backend.ts'
import type { AdaptationStep, AgentInfo } from './learning.ts'

// The Content-Security-Policy forbids code made from text, which zod would use to be faster.
z.config({ jitless: true })

/** Episodes of each step that are kept to be watched. */
const RECORDINGS = 4

interface LoadedAgent {
  readonly agent: Agent
  /** Uploaded at the first adaptation. */
  encoder?: Parameters
}

const agents = new Map<string, LoadedAgent>()
const adaptations = new Map<number, LevelAdaptation>()
let adaptationsSoFar = 0
let started: Promise<BrowserBackend> | undefined

const api = {
  backend(): Promise<BrowserBackend> {
    started ??= startBackend()
    return started
  },

  load(id: string, bytes: Uint8Array, source: string): AgentInfo {
    const agent = decodeAgent(decodeSafetensors(bytes, source), source)
    if (!agents.has(id)) agents.set(id, { agent })
    const { recipe, provenance } = agent
    return {
      recipe: recipe.name,
      games: [...new Set(recipe.levels.map(({ game }) => game))],
      episodes: recipe.meta.episodes,
      steps: recipe.meta.steps,
      provenance,
    }
  },

  /** Begins an adaptation and returns its number. */
  async begin(id: string, level: Level, seed: string): Promise<number> {
    await api.backend()
    const loaded = agents.get(id)
    if (!loaded) throw new Error(`the agent ${id} has not been loaded; choose it again`)
    loaded.encoder ??= toTensors(loaded.agent.encoder, ENCODER_SHAPES)
    const number = adaptationsSoFar++
    const adaptation = createLevelAdaptation({
      learner: loaded.agent.learner,
      meta: loaded.agent.recipe.meta,
      features: createFeatureCache(loaded.encoder),
      level,
      seed,
      recordings: RECORDINGS,
    })
    adaptations.set(number, adaptation)
    return number
  },

  next(number: number): AdaptationStep {
    const adaptation = adaptations.get(number)
    if (!adaptation) throw new Error('this adaptation has ended; begin it again')
    const began = performance.now()
    return { ...adaptation.next(), seconds: (performance.now() - began) / 1000 }
  },

  end(number: number): void {
    adaptations.get(number)?.dispose()
    adaptations.delete(number)
  },
}

export type LearningApi = typeof api

expose(api)
