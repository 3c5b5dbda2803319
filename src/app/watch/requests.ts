/** The HTTP side of the server: files of the page, agents, and who may open a WebSocket. */
import { open } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Agents } from './agents.ts'
import type { Page } from './page.ts'
import { SUBPROTOCOL } from './protocol.ts'
import { type Gate, type Refusal, SECURITY_HEADERS } from './security.ts'

export interface Site {
  readonly page: Page
  readonly agents: Agents
  readonly gate: Gate
}

const AGENTS_PATH = '/agents/'
const SOCKET_PATH = '/ws'
const YEAR = 31_536_000

/** Answers a request with a file of the page or an agent. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  const stranger = site.gate.refuseStranger(request)
  if (stranger !== undefined) return refuse(response, stranger)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return refuse(response, { status: 405, sentence: 'this server only takes GET and HEAD' })
  }
  const { path } = targetOf(request)
  const file = site.page.get(path)
  if (file !== undefined) {
    const caching = file.immutable ? `public, max-age=${YEAR}, immutable` : 'no-store'
    response.writeHead(200, {
      'Content-Type': file.type,
      'Content-Length': file.bytes.length,
      'Cache-Control': caching,
    })
    // Node leaves the body out for HEAD.
    response.end(file.bytes)
    return
  }
  if (!path.startsWith(AGENTS_PATH))
    return refuse(response, { status: 404, sentence: 'there is no such page' })
  const unknown = site.gate.refuseUnknown(bearerOf(request))
  if (unknown !== undefined) return refuse(response, unknown)
  await sendAgent(response, site, decode(path.slice(AGENTS_PATH.length)))
}

/** Why a client may not open a WebSocket; undefined where it may. */
export function refuseUpgrade(request: IncomingMessage, gate: Gate): Refusal | undefined {
  const stranger = gate.refuseStranger(request)
  if (stranger !== undefined) return stranger
  const { path, query } = targetOf(request)
  if (path !== SOCKET_PATH) return { status: 404, sentence: `the WebSocket is at ${SOCKET_PATH}` }
  const unknown = gate.refuseUnknown(query.get('token') ?? undefined)
  if (unknown !== undefined) return unknown
  const offered = request.headers['sec-websocket-protocol']?.split(',').map(name => name.trim())
  if (offered?.includes(SUBPROTOCOL)) return undefined
  return { status: 400, sentence: `this server speaks the subprotocol ${SUBPROTOCOL}: reload the page` }
}

/** Answers a handshake that is refused. */
export function refuseSocket(socket: Duplex, { status, sentence }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(sentence) + 1}`,
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${sentence}\n`)
}

function refuse(response: ServerResponse, { status, sentence }: Refusal): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    // What else the request carries is not read.
    Connection: 'close',
  })
  response.end(`${sentence}\n`)
}

async function sendAgent(response: ServerResponse, { agents }: Site, id: string): Promise<void> {
  try {
    const found = await agents.find(id)
    if (found === undefined) return refuse(response, { status: 404, sentence: 'there is no such agent' })
    // Opened once: a trainer may put another file in its place meanwhile.
    const file = await open(found.path)
    const { size } = await file.stat()
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': size,
      'Cache-Control': 'no-store',
    })
    await pipeline(file.createReadStream(), response)
  } catch {
    // The file has gone, or the client has.
    if (response.headersSent) response.destroy()
    else refuse(response, { status: 404, sentence: 'there is no such agent' })
  }
}

function targetOf({ url = '' }: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const at = url.indexOf('?')
  return at === -1
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at)) }
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
