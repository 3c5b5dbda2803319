/** A run that the test itself trains: real files, levels and episodes, without tensors. And clients that follow it. */
import { setTimeout as wait } from 'node:timers/promises'
import WebSocket from 'ws'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { createPlayback } from '../envs/playback.ts'
import { findGame } from '../envs/registry.ts'
import { type LiveFiles, openLiveFiles } from '../src/app/live-files.ts'
import { openRun, type Run } from '../src/app/run-folder.ts'
import {
  type ClientMessage,
  type Order,
  type ServerMessage,
  SUBPROTOCOL,
  serverMessageSchema,
} from '../src/app/watch/protocol.ts'
import { stream } from '../src/core/random.ts'
import type { Recording } from '../src/learn/recording.ts'
import type { LiveSocket } from '../src/viewer/source/live-client.ts'
import { quietContext } from './tiny-run.ts'

const RECIPE = { name: 'hand', levels: [{ game: 'gems' }, { game: 'chaser' }], meta: { iterations: 40 } }

export interface HandRun {
  readonly run: Run
  readonly files: LiveFiles
  /** Logs records of these iterations. */
  log(from: number, to: number): void
  close(): void
}

/** Begins, or goes on with, a run as a trainer would. */
export function openHandRun(folder: string): HandRun {
  const run = openRun({ folder, recipe: RECIPE, seed: 1, resume: true })
  return {
    run,
    files: openLiveFiles(folder, quietContext()),
    log(from, to) {
      for (let iteration = from; iteration <= to; iteration++)
        run.log({ iteration, returns: [iteration, 2 * iteration], filler: 'x'.repeat(500) })
    },
    close: () => run.close(),
  }
}

/** A record that curves can be drawn from, as clients get it. */
export function slimRecord(iteration: number) {
  return { iteration, returns: [iteration, 2 * iteration] }
}

/** What a random player did on levels of games, [steps][tasks]; `side` of the maps where it is given. */
export function playAtRandom(
  games: readonly string[],
  seed: string,
  steps = 2,
  side?: number,
): readonly (readonly Recording[])[] {
  const levels = games.map((game, task) => {
    const size: [number, number] | undefined = side === undefined ? undefined : [side, side]
    return drawLevel({ game, ...(size ? { size } : {}) }, 'train', `live/${seed}/${task}`).level
  })
  return Array.from({ length: steps }, (_, step) =>
    levels.map((level, task): Recording => {
      const random = stream('live', seed, task, step)
      const episode: [number, number] = [task, step]
      const wanted = Array.from({ length: findGame(level.game).horizon(level) }, () =>
        random.int(ACTION_COUNT),
      )
      const playback = createPlayback(level, wanted, episode)
      while (playback.advance());
      const length = playback.step
      return {
        level,
        episode,
        steps: step,
        actions: Uint8Array.from(wanted.slice(0, length)),
        probabilities: Float32Array.from({ length: length * ACTION_COUNT }, () => random.int(256) / 255),
        values: Float32Array.from({ length }, () => random.next()),
      }
    }),
  )
}

/** A client's line to a server, made again when it is lost, as the page's. */
export interface TestSocket extends LiveSocket {
  readonly messages: ServerMessage[]
  /** Bytes of pictures and of texts so far. */
  readonly bytes: { pictures: number; texts: number }
  /** Stops reading; what comes stays in the network. */
  pause(): void
  resume(): void
  order(message: ClientMessage): void
  close(): void
}

export function connect(port: number): TestSocket {
  const takers = {
    message: new Set<(message: ServerMessage) => void>(),
    picture: new Set<(bytes: Uint8Array) => void>(),
    open: new Set<() => void>(),
  }
  const messages: ServerMessage[] = []
  const bytes = { pictures: 0, texts: 0 }
  let socket: WebSocket
  let isClosed = false
  const listen = <Taker>(set: Set<Taker>, take: Taker) => {
    set.add(take)
    return () => void set.delete(take)
  }
  const order = (message: ClientMessage) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }
  const open = () => {
    socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, SUBPROTOCOL)
    socket.on('message', (data: Buffer, isBinary) => {
      bytes[isBinary ? 'pictures' : 'texts'] += data.length
      if (isBinary) for (const take of takers.picture) take(new Uint8Array(data))
      else {
        const message = serverMessageSchema.parse(JSON.parse(String(data)))
        messages.push(message)
        for (const take of takers.message) take(message)
      }
    })
    socket.on('open', () => {
      for (const take of takers.open) take()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!isClosed) setTimeout(open, 50)
    })
  }
  open()
  return {
    messages,
    bytes,
    send: (message: Order) => order(message),
    order,
    onMessage: take => listen(takers.message, take),
    onPicture: take => listen(takers.picture, take),
    onOpen(take) {
      if (socket.readyState === WebSocket.OPEN) take()
      return listen(takers.open, take)
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close() {
      isClosed = true
      socket.close()
    },
  }
}

/** Waits until a condition holds; fails after some seconds, saying for what. */
export async function until(what: string, condition: () => boolean, seconds = 10): Promise<void> {
  const end = performance.now() + 1000 * seconds
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`)
    await wait(10)
  }
}
