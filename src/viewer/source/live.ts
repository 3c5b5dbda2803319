/** A run as it goes on: its curves, and the wall of games that its agent played last. */
import type { Signal } from '@preact/signals'
import type { Level } from '../../../levels/level.ts'
import type { MetricsRecord } from '../../app/run-contents.ts'
import type { Progress } from '../../app/watch/protocol.ts'
import type { GameMoment } from '../../app/watch/scene-codec.ts'

export type { GameMoment }

/** One game of a wall. */
export interface WallGame {
  readonly task: number
  /** Gradient steps that the policy had taken. */
  readonly steps: number
  readonly level: Level
  readonly hash: string
  /** Steps that the episode has. */
  readonly length: number
}

export interface Wall {
  readonly iteration: number
  readonly games: readonly WallGame[]
}

export interface FollowedRun {
  readonly records: Signal<readonly MetricsRecord[]>
  readonly progress: Signal<Progress | null>
  /** null until the run has played something. */
  readonly wall: Signal<Wall | null>
  /** Counts up with every picture; read the moments after that. */
  readonly tick: Signal<number>
  moment(slot: number): GameMoment | undefined
  setSpeed(stepsPerSecond: number): void
  /** One step of every game, while the speed is 0. */
  step(): void
  /** Whether pictures are wanted: not while the tab is hidden. */
  setVisible(visible: boolean): void
  close(): void
}

export interface LiveSource {
  follow(run: string): FollowedRun
}
