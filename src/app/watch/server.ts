/**
 * The server of `levelshift watch`: the page, the agents and one WebSocket for each client. Nothing that comes in is
 * trusted: docs/protocol.md tells what is checked.
 */
import { lookup } from 'node:dns/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { quoted, UserError } from '../../core/errors.ts'
import { codeOf } from '../files.ts'
import { version } from '../version.ts'
import { openAgents } from './agents.ts'
import { createAnswer } from './asks.ts'
import { type Limits, serveConnection } from './connection.ts'
import { openLive } from './live.ts'
import { openPage, type Page } from './page.ts'
import { MAX_CLIENT_BYTES } from './protocol.ts'
import { answerRequest, refuseSocket, refuseUpgrade, type Site } from './requests.ts'
import { drawToken, Gate, hostsOf, inAddress, isAnyAddress, OWN_ADDRESS } from './security.ts'
import { openWorker } from './worker.ts'

export interface ServerOptions {
  /** Folder of run folders. */
  readonly runs: string
  /** Folder of agents (safetensors). */
  readonly agents?: string
  /** Folder that levels are saved in; none are saved without one. */
  readonly levels?: string
  /** Address to bind; 127.0.0.1 unless told otherwise. Any other one requires a token. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port?: number
  /** Required of every client where it is given. */
  readonly token?: string
  readonly maxClients?: number
  /** The built page; built first where it is left out and has changed. */
  readonly page?: Page
  readonly limits?: Partial<ServerLimits>
  /** Takes what a person should know. */
  readonly say?: (line: string) => void
}

/** All times in milliseconds. */
export interface ServerLimits extends Limits {
  /** Connections beside those of the clients. */
  readonly requests: number
  /** A client that has not answered a ping of this long ago is gone. */
  readonly heartbeat: number
  /** For the head of a request, and for a connection on which nothing moves. */
  readonly headers: number
  readonly idle: number
  /** For the proof of a level, and for a report. */
  readonly job: number
}

export interface ServerStats {
  /** Clients with an open WebSocket. */
  readonly clients: number
  /** Open connections, those of the clients included. */
  readonly connections: number
  /** Requests and handshakes that were refused since the start. */
  readonly refused: number
}

export interface WatchServer {
  /** Where the page is, the token included. */
  readonly url: string
  readonly port: number
  readonly token: string | undefined
  stats(): Promise<ServerStats>
  /** Closes all connections. */
  close(): Promise<void>
}

export const DEFAULT_LIMITS: ServerLimits = {
  messagesPerSecond: 50,
  messageBurst: 100,
  asks: 8,
  backlog: 8 * 2 ** 20,
  requests: 64,
  heartbeat: 25_000,
  headers: 10_000,
  idle: 30_000,
  job: 30_000,
}
const DEFAULT_CLIENTS = 32
/** Milliseconds that a client has for its side of a goodbye. */
const GOODBYE = 1000
/** Pieces that a message may come in, and wait in. */
const MAX_PIECES = 256
const SOCKET_SETTINGS = {
  noServer: true,
  maxPayload: MAX_CLIENT_BYTES,
  maxFragments: MAX_PIECES,
  maxBufferedChunks: MAX_PIECES,
  // Each client's would take memory of its own.
  perMessageDeflate: false,
  closeTimeout: GOODBYE,
}
/** The server goes away (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001
const FULL = {
  status: 503,
  sentence: 'as many clients as this server takes are connected: close one, or start it with --max-clients',
}

/** Starts a server. */
export async function startServer(options: ServerOptions): Promise<WatchServer> {
  const { host = OWN_ADDRESS, port = 0, maxClients = DEFAULT_CLIENTS, say = () => {} } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const page = options.page ?? (await openPage(say))
  const address = await resolveHost(host)
  const token = options.token ?? (address === OWN_ADDRESS ? undefined : drawToken())
  const live = await openLive({ folder: options.runs })
  const prover = openWorker(limits.job)
  const reporter = openWorker(limits.job)
  const agents = openAgents(options.agents, live)
  const answer = createAnswer({ live, agents, levels: options.levels, prover, reporter })

  const gate = new Gate(token)
  const site: Site = { page, agents, gate }
  const server = createServer(
    {
      headersTimeout: limits.headers,
      requestTimeout: limits.headers,
      connectionsCheckingInterval: Math.min(1000, limits.headers),
      keepAliveTimeout: 5000,
    },
    (request, response) => answerRequest(request, response, site),
  )
  server.maxConnections = maxClients + limits.requests
  server.timeout = limits.idle
  const sockets = new WebSocketServer(SOCKET_SETTINGS)
  const connection = {
    live,
    answer,
    limits,
    say,
    welcome: { type: 'welcome', version, saves: options.levels !== undefined },
  } as const
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const refusal = refuseUpgrade(request, gate) ?? (sockets.clients.size < maxClients ? undefined : FULL)
    if (refusal !== undefined) return refuseSocket(socket, refusal)
    sockets.handleUpgrade(request, socket, head, client => {
      heart.listen(client)
      serveConnection(client, connection)
    })
  })
  const heart = startHeart(sockets, limits.heartbeat)
  const close = async () => {
    heart.stop()
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const client of sockets.clients) client.close(GOING_AWAY, 'the server stops')
    server.closeAllConnections()
    await Promise.all([live.close(), prover.close(), reporter.close(), allGone(sockets)])
    await closed
  }
  try {
    await listen(server, address, port, host)
  } catch (error) {
    await close()
    throw error
  }
  const bound = server.address() as AddressInfo
  gate.hosts = hostsOf(host, address, bound.port)
  return {
    url: addressOf(host, address, bound.port, token),
    port: bound.port,
    token,
    stats: async () => ({
      clients: sockets.clients.size,
      connections: await countConnections(server),
      refused: gate.refused,
    }),
    close,
  }
}

/** The numeric address of a host. */
async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (error) {
    throw new UserError(
      `--host ${quoted(host)} is not known: expected an address of this machine such as 127.0.0.1`,
      { cause: error },
    )
  }
}

function listen(server: Server, address: string, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(listenError(error, port, host)))
    server.listen({ host: address, port }, resolve)
  })
}

/** What kept the server from binding its address, and what to do. */
function listenError(error: Error, port: number, host: string): Error {
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is taken: choose another with --port, or 0 for any free one`,
    EADDRNOTAVAIL: `--host ${quoted(host)} is no address of this machine: expected one such as 127.0.0.1`,
    EACCES: `port ${port} needs the rights of an administrator: choose one from 1024 up with --port`,
  }
  const sentence = sentences[codeOf(error) ?? '']
  return sentence === undefined ? error : new UserError(sentence, { cause: error })
}

/** The page's address as a person opens it; a wildcard address cannot be opened, this machine can. */
function addressOf(host: string, address: string, port: number, token: string | undefined): string {
  const name = inAddress(isAnyAddress(address) ? 'localhost' : host)
  return `http://${name}:${port}/${token === undefined ? '' : `?token=${encodeURIComponent(token)}`}`
}

/** Drops clients that no longer answer: their machine sleeps, or the network is gone. */
function startHeart(sockets: WebSocketServer, interval: number) {
  const silent = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const client of sockets.clients) {
      if (silent.has(client)) client.terminate()
      silent.add(client)
      client.ping()
    }
  }, interval)
  return {
    listen: (client: WebSocket) => client.on('pong', () => silent.delete(client)),
    stop: () => clearInterval(timer),
  }
}

/** Waits until the clients have said goodbye; drops those that do not. */
async function allGone(sockets: WebSocketServer): Promise<void> {
  const gone = new Promise<void>(resolve => sockets.close(() => resolve()))
  const drop = setTimeout(() => {
    for (const client of sockets.clients) client.terminate()
  }, GOODBYE / 4)
  await gone
  clearTimeout(drop)
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  )
}
