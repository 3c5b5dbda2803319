/** The page's side of live training: what is ordered of the server, and the signals that its answers become. */
import { batch, type Signal, signal } from '@preact/signals'
import { z } from 'zod'
import { type Level, levelSchema } from '../../../levels/level.ts'
import type { MetricsRecord } from '../../app/run-contents.ts'
import { DEFAULT_SPEED, type Order, type Progress, type ServerMessage } from '../../app/watch/protocol.ts'
import { createSceneDecoder, DamagedPicture, type SceneDecoder } from '../../app/watch/scene-codec.ts'
import type { FollowedRun, LiveSource, Wall } from './live.ts'

/** A connection that is made again when it is lost. Each `on` returns a function that ends it. */
export interface LiveSocket {
  /** Dropped while there is no connection: what still counts is ordered again when there is one. */
  send(order: Order): void
  /** Messages that have passed serverMessageSchema. */
  onMessage(take: (message: ServerMessage) => void): () => void
  onPicture(take: (bytes: Uint8Array) => void): () => void
  /** Called at every connection, and at once where there is one. */
  onOpen(take: () => void): () => void
}

type WallMessage = Extract<ServerMessage, { type: 'wall' }>
type RecordsMessage = Extract<ServerMessage, { type: 'records' }>

/** One run at a time is followed: following another one ends the one before. */
export function createLiveSource(socket: LiveSocket): LiveSource {
  let current: FollowedRun | undefined
  return {
    follow(run) {
      current?.close()
      current = followRun(socket, run)
      return current
    },
  }
}

function followRun(socket: LiveSocket, run: string): FollowedRun {
  const records: Signal<readonly MetricsRecord[]> = signal([])
  const progress: Signal<Progress | null> = signal(null)
  const wall: Signal<Wall | null> = signal(null)
  const tick = signal(0)
  let decoder: SceneDecoder = createSceneDecoder()
  let speed = DEFAULT_SPEED
  let isVisible = true
  let isClosed = false
  /** The last record that was there before the connection was lost: the run must still have it. */
  let overlap: MetricsRecord | undefined

  const orderWall = (): void => {
    socket.send({ do: 'speed', stepsPerSecond: speed })
    socket.send({ do: 'wall', run })
  }
  /** From the last record that is there, to see that it is still the same. */
  const orderRecords = (): void => {
    overlap = records.value.at(-1)
    socket.send({ do: 'follow', run, from: Math.max(0, records.value.length - 1) })
  }
  const takeRecords = (message: RecordsMessage): void => {
    const had = records.value
    // More is missing than was asked for: messages of another order, such as one before the connection was lost.
    if (message.from > had.length) return
    const isSame = !overlap || message.from !== had.length - 1 || isEqual(message.records[0], overlap)
    overlap = undefined
    if (!isSame) {
      records.value = []
      orderRecords()
      return
    }
    batch(() => {
      const isNews = message.records.length > 0 || message.from < had.length
      if (isNews) records.value = [...had.slice(0, message.from), ...message.records]
      if (!isEqual(progress.value, message.progress)) progress.value = message.progress
    })
  }
  const takeWall = (message: WallMessage): void => {
    const levels = z.array(levelSchema).safeParse(message.games.map(({ level }) => level))
    decoder = createSceneDecoder()
    if (!levels.success) {
      wall.value = null
      return
    }
    const games = message.games.map((game, i) => ({ ...game, level: levels.data[i] as Level }))
    wall.value = { iteration: message.iteration, games }
  }
  const takePicture = (bytes: Uint8Array): void => {
    if (!isVisible || wall.value === null) return
    try {
      decoder.decode(bytes)
      tick.value++
    } catch (error) {
      if (!(error instanceof DamagedPicture)) throw error
      // A new wall begins with whole pictures.
      orderWall()
    }
  }
  const ends = [
    socket.onMessage(message => {
      if (!('type' in message) || !('run' in message) || message.run !== run) return
      if (message.type === 'records') takeRecords(message)
      else takeWall(message)
    }),
    socket.onPicture(takePicture),
    socket.onOpen(() => {
      orderRecords()
      if (isVisible) orderWall()
    }),
  ]
  return {
    records,
    progress,
    wall,
    tick,
    moment: slot => decoder.moment(slot),
    setSpeed(stepsPerSecond) {
      speed = stepsPerSecond
      if (isVisible) socket.send({ do: 'speed', stepsPerSecond })
    },
    step: () => socket.send({ do: 'step' }),
    setVisible(wanted) {
      if (wanted === isVisible || isClosed) return
      isVisible = wanted
      if (wanted) orderWall()
      else socket.send({ do: 'no-wall' })
    },
    close() {
      if (isClosed) return
      isClosed = true
      for (const end of ends) end()
      socket.send({ do: 'unfollow' })
      socket.send({ do: 'no-wall' })
    },
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
