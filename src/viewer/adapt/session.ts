/** One agent that adapts to one level, as the page sees it: what it has played so far, and what it is doing now. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Level } from '../../../levels/level.ts'
import { messageOf } from '../../core/errors.ts'
import type { Adaptation, AdaptationStep, AgentInfo, Learning } from '../learn/learning.ts'
import type { AgentChoice } from './agents.ts'

/** Gradient steps that the page lets an agent take: panels and patience end before that. */
export const MOST_STEPS = 20

export interface Session {
  readonly agent: AgentChoice
  /** null until its file has been read. */
  readonly info: ReadonlySignal<AgentInfo | null>
  /** Steps 0 to k; they only grow. */
  readonly steps: ReadonlySignal<readonly AdaptationStep[]>
  /** What is being done, in words; null while nothing is. */
  readonly doing: ReadonlySignal<string | null>
  /** Gradient steps that have been asked for. */
  readonly target: ReadonlySignal<number>
  readonly error: ReadonlySignal<string | null>
  /** Has the agent go on until it has taken so many gradient steps. After an error, tries again. */
  reach(k: number): void
  dispose(): void
}

export interface SessionRequest {
  readonly learning: Learning
  readonly agent: AgentChoice
  readonly level: Level
  readonly seed: string
}

/** Nothing is done before the first call of `reach`. */
export function openSession({ learning, agent, level, seed }: SessionRequest): Session {
  const info = signal<AgentInfo | null>(null)
  const steps = signal<readonly AdaptationStep[]>([])
  const doing = signal<string | null>(null)
  const target = signal(0)
  const error = signal<string | null>(null)
  let adaptation: Adaptation | undefined
  let isDisposed = false

  const begin = async (): Promise<Adaptation> => {
    doing.value = `Reading the agent ${agent.name}`
    info.value = await learning.load(agent.id, await agent.bytes(), agent.name)
    doing.value = 'Starting the tensor backend'
    return learning.adapt(agent.id, level, seed)
  }
  const work = async (): Promise<void> => {
    adaptation ??= await begin()
    while (!isDisposed && steps.value.length <= target.value) {
      const k = steps.value.length
      const episodes = info.value?.episodes
      doing.value =
        k === 0 ? `Playing ${episodes} episodes` : `Gradient step ${k}, then ${episodes} more episodes`
      const step = await adaptation.next()
      if (!isDisposed) steps.value = [...steps.value, step]
    }
    if (isDisposed) adaptation.dispose()
  }
  return {
    agent,
    info,
    steps,
    doing,
    target,
    error,
    reach(k) {
      target.value = Math.min(Math.max(target.value, k), MOST_STEPS)
      if (doing.value !== null || isDisposed || steps.value.length > target.value) return
      error.value = null
      work()
        .catch(reason => {
          if (!isDisposed) error.value = messageOf(reason)
          // What went wrong may have taken the worker with it: another try begins anew.
          adaptation?.dispose()
          adaptation = undefined
          steps.value = []
        })
        .finally(() => {
          doing.value = null
        })
    },
    dispose() {
      isDisposed = true
      if (doing.value === null) adaptation?.dispose()
    },
  }
}
