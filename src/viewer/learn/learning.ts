/**
 * What the page asks of its two workers: one that draws and proves levels, and one with tensors, in which an agent
 * adapts. Both compute in the background, so that the games on the page go on smoothly.
 */
import type { LevelRequest, ProvedLevel } from '../../../envs/draw-level.ts'
import type { Level, Split } from '../../../levels/level.ts'
import type { Proof } from '../../app/levels/prove.ts'
import type { LevelStep } from '../../learn/level-adaptation.ts'
import type { BrowserBackend } from './backend.ts'

export interface LevelWork {
  /** A level of a split, drawn and proved. */
  draw(request: LevelRequest, split: Split, seed: string): Promise<ProvedLevel>
  /**
   * Lets the solver prove a level, within so many states. A later call cancels the one before it, which rejects with
   * Superseded.
   */
  prove(level: Level, budget: number): Promise<Proof>
  /** Mean return of a random player, the 0 of a score; as `levelshift evaluate --level` has it for the same seed. */
  randomReturn(level: Level, seed?: string): Promise<number>
  /** The next action of the best play that a search over so many states finds after `actions`; undefined without a win. */
  hint(level: Level, actions: readonly number[], budget: number): Promise<number | undefined>
}

/** What the promise of a cancelled proof rejects with: nobody needs to be told. */
export class Superseded extends Error {
  override readonly name = 'Superseded'

  constructor() {
    super('another proof was asked for before this one was done')
  }
}

/** What is known of an agent before it plays. */
export interface AgentInfo {
  readonly recipe: string
  /** Games that it learned. */
  readonly games: readonly string[]
  /** Episodes that it plays at each gradient step. */
  readonly episodes: number
  /** Gradient steps that it was trained to take; more are possible. */
  readonly steps: number
  readonly provenance: Readonly<Record<string, string>>
}

/** An agent after k gradient steps on one level. */
export interface AdaptationStep extends LevelStep {
  /** Seconds that the gradient step and the episodes took. */
  readonly seconds: number
}

/** One agent on one level. Steps are taken one after the other and kept. */
export interface Adaptation {
  /** Plays (k = 0), or takes one real gradient step on the episodes played last and plays again. */
  next(): Promise<AdaptationStep>
  dispose(): void
}

export interface Learning {
  /** Which tensor backend runs, and why; starts it where it has not been needed yet. */
  backend(): Promise<BrowserBackend>
  /** Reads an agent (safetensors); the worker keeps it under its id. `source` names it in errors, else the id does. */
  load(id: string, bytes: Uint8Array, source?: string): Promise<AgentInfo>
  /** The same agent, level and seed play alike here and in `levelshift evaluate`, up to rounding. */
  adapt(agent: string, level: Level, seed: string): Promise<Adaptation>
}
