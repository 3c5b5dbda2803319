/** The worker with tensors: agents, and the levels that they adapt to. open.ts talks to it. */
import { expose } from 'comlink'
import crc32 from 'crc-32'
import { z } from 'zod'
import type { Level } from '../../../levels/level.ts'
import { type Agent, decodeAgent } from '../../app/agent-file.ts'
import { ENCODER_SHAPES } from '../../learn/encoder.ts'
import { createFeatureCache } from '../../learn/features.ts'
import { createLevelAdaptation, type LevelAdaptation } from '../../learn/level-adaptation.ts'
import { disposeParameters, type Parameters, toTensors } from '../../learn/parameters.ts'
import { decodeSafetensors } from '../../learn/safetensors.ts'
import { type BrowserBackend, startBackend } from './backend.ts'
import type { AdaptationStep, AgentInfo } from './learning.ts'

// The Content-Security-Policy forbids code made from text, which zod would use to be faster.
z.config({ jitless: true })

/** Episodes of each step that are kept to be watched. */
const RECORDINGS = 4

interface LoadedAgent {
  readonly agent: Agent
  /** What tells its file from another one of the same name: a run goes on, and so does its agent. */
  readonly checksum: number
  /** Uploaded at the first adaptation. */
  encoder?: Parameters
  /** Adaptations that use the encoder. */
  users: number
}

interface RunningAdaptation {
  readonly loaded: LoadedAgent
  readonly adaptation: LevelAdaptation
}

const agents = new Map<string, LoadedAgent>()
const adaptations = new Map<number, RunningAdaptation>()
let adaptationsSoFar = 0
let started: Promise<BrowserBackend> | undefined

const api = {
  backend(): Promise<BrowserBackend> {
    started ??= startBackend()
    return started
  },

  load(id: string, bytes: Uint8Array, source: string): AgentInfo {
    const agent = decodeAgent(decodeSafetensors(bytes, source), source)
    const checksum = crc32.buf(bytes)
    const before = agents.get(id)
    if (before?.checksum !== checksum) {
      agents.set(id, { agent, checksum, users: 0 })
      if (before) freeUnused(before)
    }
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
    adaptations.set(number, { loaded, adaptation })
    loaded.users++
    return number
  },

  next(number: number): AdaptationStep {
    const running = adaptations.get(number)
    if (!running) throw new Error('this adaptation has ended; begin it again')
    const began = performance.now()
    return { ...running.adaptation.next(), seconds: (performance.now() - began) / 1000 }
  },

  end(number: number): void {
    const running = adaptations.get(number)
    if (!running) return
    adaptations.delete(number)
    running.adaptation.dispose()
    running.loaded.users--
    freeUnused(running.loaded)
  },
}

/** Frees the encoder of an agent that nothing uses and that another one has replaced. */
function freeUnused(loaded: LoadedAgent): void {
  if (loaded.users > 0 || [...agents.values()].includes(loaded) || !loaded.encoder) return
  disposeParameters(loaded.encoder)
  delete loaded.encoder
}

export type LearningApi = typeof api

expose(api)
