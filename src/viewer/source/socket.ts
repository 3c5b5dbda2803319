/** The line to the server: one WebSocket, opened anew whenever it is lost; requests and their answers. */
import { type Signal, signal } from '@preact/signals'
import {
  type Ask,
  type ClientMessage,
  type Order,
  type ServerMessage,
  SUBPROTOCOL,
  serverMessageSchema,
} from '../../app/watch/protocol.ts'
import { SourceError } from './source.ts'

/** Milliseconds that a request may take. */
const ANSWER_MS = 20_000
/** Milliseconds before the line is tried again: the first time, and at most. */
const RETRY_MS = { first: 400, most: 8000 }

type Listener<Value> = (value: Value) => void

/** What is asked, without the id, which the socket gives. */
export type Question = Ask extends infer One ? (One extends Ask ? Omit<One, 'id'> : never) : never

export interface ServerSocket {
  /** 'open' once the server has said welcome. */
  readonly state: Signal<'connecting' | 'open' | 'lost'>
  /** Sends an order; dropped while the line is not open. */
  send(order: Order): void
  /** Resolves to the answer. Waits for the line where it is not open; rejects with a SourceError. */
  ask(question: Question): Promise<unknown>
  onMessage(take: Listener<ServerMessage>): () => void
  onPicture(take: Listener<Uint8Array>): () => void
  /** Called at every connection, and at once where there is one. */
  onOpen(take: () => void): () => void
}

interface Waiting {
  readonly message: Ask
  sent: boolean
  settle(answer: { readonly value: unknown } | { readonly error: SourceError }): void
}

/** `say` gets what went wrong outside of any request, one sentence each. */
export function openSocket(url: string, say: (fault: string) => void): ServerSocket {
  const state = signal<'connecting' | 'open' | 'lost'>('connecting')
  const messages = new Set<Listener<ServerMessage>>()
  const pictures = new Set<Listener<Uint8Array>>()
  const openings = new Set<() => void>()
  const waiting = new Map<number, Waiting>()
  let socket: WebSocket
  let retry: ReturnType<typeof setTimeout> | undefined
  let wait = RETRY_MS.first
  let lastId = 0

  const transmit = (message: ClientMessage) => socket.send(JSON.stringify(message))

  const onOpened = () => {
    state.value = 'open'
    wait = RETRY_MS.first
    for (const request of waiting.values()) {
      if (!request.sent) transmit(request.message)
      request.sent = true
    }
    for (const take of openings) take()
  }

  const onText = (text: string) => {
    const parsed = serverMessageSchema.safeParse(parseJson(text))
    if (!parsed.success) {
      say('The server sent a message that this page cannot read: reload the page.')
      return
    }
    const message = parsed.data
    if ('id' in message) {
      waiting
        .get(message.id)
        ?.settle(
          'error' in message
            ? { error: new SourceError(message.code, message.error) }
            : { value: message.answer },
        )
      return
    }
    if (message.type === 'welcome') onOpened()
    if (message.type === 'error') say(message.error)
    for (const take of messages) take(message)
  }

  const onLost = () => {
    state.value = 'lost'
    for (const request of [...waiting.values()]) {
      if (request.sent)
        request.settle({
          error: new SourceError('lost', 'The connection was lost before the server answered: try again.'),
        })
    }
    // Not all pages at once when a server comes back.
    retry = setTimeout(connect, wait * (0.75 + Math.random() / 2))
    wait = Math.min(wait * 1.7, RETRY_MS.most)
  }

  function connect() {
    retry = undefined
    socket = new WebSocket(url, SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') onText(data)
      else for (const take of pictures) take(new Uint8Array(data))
    }
    socket.onclose = onLost
  }
  connect()
  // Somebody looks at the page again: no reason to wait any longer.
  const hurry = () => {
    if (retry === undefined || document.hidden) return
    clearTimeout(retry)
    wait = RETRY_MS.first
    connect()
  }
  addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)

  return {
    state,
    send(order) {
      if (state.peek() === 'open') transmit(order)
    },
    ask(question) {
      const message = { ...question, id: ++lastId } as Ask
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          const text = `The server did not answer within ${ANSWER_MS / 1000} seconds: is it still running?`
          request.settle({ error: new SourceError('late', text) })
        }, ANSWER_MS)
        const request: Waiting = {
          message,
          sent: state.peek() === 'open',
          settle(answer) {
            clearTimeout(late)
            waiting.delete(message.id)
            if ('error' in answer) reject(answer.error)
            else resolve(answer.value)
          },
        }
        waiting.set(message.id, request)
        if (request.sent) transmit(message)
      })
    },
    onMessage: take => listen(messages, take),
    onPicture: take => listen(pictures, take),
    onOpen(take) {
      if (state.peek() === 'open') take()
      return listen(openings, take)
    },
  }
}

function listen<Taker>(takers: Set<Taker>, take: Taker): () => void {
  takers.add(take)
  return () => {
    takers.delete(take)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
