/** One client's WebSocket: what it may send, and how much may pile up on its behalf. */
import { type RawData, WebSocket } from 'ws'
import { z } from 'zod'
import { messageOf, UserError } from '../../core/errors.ts'
import { AskError } from './ask-error.ts'
import type { Answer } from './asks.ts'
import type { Live, LiveClient } from './client.ts'
import { type Ask, askSchema, type Order, orderSchema, type ServerMessage } from './protocol.ts'
import { Allowance } from './security.ts'

export interface Limits {
  /** Messages a second that a client may send in the long run, and at once after a while of silence. */
  readonly messagesPerSecond: number
  readonly messageBurst: number
  /** Requests of one client that are being answered at a time; only one of them may save. */
  readonly asks: number
  /** Bytes that may wait for a client before it is dropped. */
  readonly backlog: number
}

export interface ConnectionOptions {
  readonly live: Live
  readonly answer: Answer
  readonly limits: Limits
  readonly welcome: ServerMessage
  /** Takes faults of the server's own. */
  readonly say: (line: string) => void
}

/** Codes of the WebSocket protocol (RFC 6455, 7.4.1). */
const UNSUPPORTED_DATA = 1003
const POLICY_VIOLATION = 1008
/** A sentence about a message may quote some of it. */
const MAX_SENTENCE = 300

const idSchema = z.object({ id: askSchema.options[0].shape.id })

type Read =
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'bad'; readonly id: number | undefined; readonly sentence: string }

/** Serves a client until its socket closes. */
export function serveConnection(socket: WebSocket, options: ConnectionOptions): void {
  const { live, answer, limits, say } = options
  const allowance = new Allowance(limits.messagesPerSecond, limits.messageBurst)
  const asking = new Set<Ask>()

  function sendText(text: string): void {
    if (socket.readyState !== WebSocket.OPEN) return
    if (socket.bufferedAmount > limits.backlog) socket.terminate()
    else socket.send(text)
  }
  const client: LiveClient = {
    send: message => sendText(JSON.stringify(message)),
    sendPicture(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes)
    },
    get backlog() {
      return socket.bufferedAmount
    },
  }
  client.send(options.welcome)
  const session = live.connect(client)

  async function handleAsk(ask: Ask): Promise<void> {
    const { id } = ask
    // A save is proved first, which may take long, and all clients share one prover.
    if (asking.size >= limits.asks || (ask.ask === 'save' && [...asking].some(other => other.ask === 'save')))
      return client.send({ id, error: 'too many requests at once: wait for the answers', code: 'busy' })
    asking.add(ask)
    try {
      const json = await answer(ask)
      sendText(`{"id":${id},"answer":${json}}`)
    } catch (error) {
      if (error instanceof AskError) client.send({ id, error: error.message, code: error.code })
      else if (error instanceof UserError) client.send({ id, error: error.message, code: 'invalid' })
      else client.send({ id, error: faultOf(error, say), code: 'fault' })
    } finally {
      asking.delete(ask)
    }
  }

  function handleOrder(order: Order): void {
    try {
      session.handle(order)
    } catch (error) {
      client.send({ type: 'error', error: error instanceof UserError ? error.message : faultOf(error, say) })
    }
  }

  /** Counts what came; closes the socket of a client that sends too much. */
  function isAllowed(): boolean {
    if (socket.readyState !== WebSocket.OPEN) return false
    if (allowance.take()) return true
    socket.close(POLICY_VIOLATION, 'too many messages')
    return false
  }

  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isAllowed()) return
    if (isBinary) return socket.close(UNSUPPORTED_DATA, 'expected text')
    const read = readMessage(String(data))
    if (read.kind === 'ask') void handleAsk(read.ask)
    else if (read.kind === 'order') handleOrder(read.order)
    else if (read.id === undefined) client.send({ type: 'error', error: read.sentence })
    else client.send({ id: read.id, error: read.sentence, code: 'bad-request' })
  })
  socket.on('ping', isAllowed)
  socket.on('pong', isAllowed)
  // A message that is too long or no WebSocket frame; ws closes the socket by itself.
  socket.on('error', () => {})
  socket.on('close', () => session.close())
}

/** A message, checked; nothing of it is trusted before. */
function readMessage(text: string): Read {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'bad', id: undefined, sentence: 'a message must be JSON: see docs/protocol.md' }
  }
  const isAsk = typeof value === 'object' && value !== null && 'ask' in value
  const parsed = isAsk ? askSchema.safeParse(value) : orderSchema.safeParse(value)
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues
    const where = path.length === 0 ? '' : `${path.join('.')}: `
    const sentence = `${where}${message}`.slice(0, MAX_SENTENCE)
    return {
      kind: 'bad',
      id: idSchema.safeParse(value).data?.id,
      sentence: `${sentence}: see docs/protocol.md`,
    }
  }
  return 'ask' in parsed.data ? { kind: 'ask', ask: parsed.data } : { kind: 'order', order: parsed.data }
}

function faultOf(error: unknown, say: (line: string) => void): string {
  say(`a fault of Levelshift itself: ${messageOf(error)}; please report it`)
  return 'a fault of the server, which has told of it where it runs'
}
