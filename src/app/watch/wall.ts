/** The wall of one client: the games that a run's agent played last, played again at the client's speed. */
import { createPlayback, type Playback } from '../../../envs/playback.ts'
import { createScene } from '../../core/scene.ts'
import type { Recording } from '../../learn/recording.ts'
import type { LiveClient } from './client.ts'
import { isOver, momentOf } from './moment.ts'
import type { WallSet } from './run-feed.ts'
import { createSceneEncoder, type SceneEncoder } from './scene-codec.ts'

export interface Wall {
  /** The newest games of the run. They come on the wall once those that are on it have ended. */
  offer(games: WallSet): void
  /** Steps a second; 0 stands still. */
  setSpeed(stepsPerSecond: number): void
  /** One step of every game, while the speed is 0. */
  step(): void
  close(): void
}

/** What a client has not yet taken, in bytes, above which it is sent nothing more. */
export const MAX_BACKLOG = 256 * 1024
/** Pictures a second, at most. */
const MAX_RATE = 30
/** Milliseconds that a game stands still once its episode has ended. */
const REST = 1000
/** After a standstill of the process the games go on; they do not catch up. */
const MAX_PAUSE = 1000

interface Slot {
  readonly recording: Recording
  readonly playback: Playback
  /** When its episode ended; undefined while it goes on. */
  ended: number | undefined
  /** Whether it has moved since it was last sent. */
  isNew: boolean
}

export function createWall(client: LiveClient, run: string): Wall {
  const scene = createScene()
  let shown: WallSet | undefined
  let newest: WallSet | undefined
  let slots: readonly Slot[] = []
  let encoder: SceneEncoder = createSceneEncoder()
  let speed = 0
  /** Steps that are due, a fraction of one; and when that was. */
  let [due, last] = [0, 0]
  let timer: NodeJS.Timeout | undefined

  const isReady = (): boolean => client.backlog <= MAX_BACKLOG
  const hang = (games: WallSet): void => {
    shown = games
    slots = games.games.map(({ recording }) => ({
      recording,
      playback: createPlayback(recording.level, recording.actions, recording.episode),
      ended: undefined,
      isNew: true,
    }))
    encoder = createSceneEncoder()
    client.send({
      type: 'wall',
      run,
      iteration: games.iteration,
      games: games.games.map(({ task, recording }, i) => ({
        task,
        steps: recording.steps,
        level: recording.level,
        hash: games.hashes[i],
        length: recording.actions.length,
      })),
    })
  }
  /** Plays `steps` of every game; one that has rested begins anew, or all of them with newer games. */
  const play = (steps: number, rest: number): void => {
    const now = performance.now()
    const hasRested = (slot: Slot) => slot.ended !== undefined && now - slot.ended >= rest
    if (newest !== shown && slots.every(hasRested)) {
      if (isReady()) hang(newest as WallSet)
      return
    }
    for (const slot of slots) {
      if (slot.ended !== undefined) {
        if (newest !== shown || !hasRested(slot)) continue
        slot.playback.seek(0)
        slot.ended = undefined
        slot.isNew = true
        continue
      }
      for (let i = 0; i < steps && slot.playback.advance(); i++) slot.isNew = true
      if (isOver(slot.playback)) slot.ended = now
    }
  }
  /** Sends what has changed, unless the client is behind: it then misses pictures, and nothing piles up. */
  const send = (): void => {
    if (!isReady()) return
    slots.forEach((slot, i) => {
      if (slot.isNew) encoder.put(i, momentOf(slot.recording, slot.playback, scene))
      slot.isNew = false
    })
    const picture = encoder.take()
    if (picture) client.sendPicture(picture)
  }
  const schedule = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (speed === 0 || slots.length === 0) return
    timer = setTimeout(tick, Math.max(1000 / MAX_RATE, ((1 - due) * 1000) / speed))
  }
  const tick = (): void => {
    const now = performance.now()
    due += (Math.min(now - last, MAX_PAUSE) * speed) / 1000
    last = now
    const steps = Math.floor(due)
    due -= steps
    if (steps > 0) play(steps, REST)
    send()
    schedule()
  }
  return {
    offer(games) {
      newest = games
      if (shown !== undefined || !isReady()) return
      hang(games)
      send()
      last = performance.now()
      schedule()
    },
    setSpeed(stepsPerSecond) {
      speed = stepsPerSecond
      due = 0
      last = performance.now()
      schedule()
    },
    step() {
      if (speed > 0 || shown === undefined) return
      play(1, 0)
      send()
    },
    close: () => clearTimeout(timer),
  }
}
