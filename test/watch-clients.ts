/** Servers and clients for the tests of `levelshift watch`: good ones, and ones that mean harm. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { readPage } from '../src/app/watch/page.ts'
import { type ServerMessage, SUBPROTOCOL, serverMessageSchema } from '../src/app/watch/protocol.ts'
import { type ServerOptions, startServer, type WatchServer } from '../src/app/watch/server.ts'

/** A level that is sound and can be won. */
export const SOUND = `levelshift level 1
game: gems
title: Two corners
theme: dungeon
rules.worth: [1,-1,1]
rules.controls: [0,1,2,3]
source: hand

#######
#@..a.#
#.b...#
#######
`
/** Sound, and nobody can reach its gem. */
export const UNSOLVABLE = SOUND.replace('#@..a.#', '#@..#a#').replace('#.b...#', '#.b..##')

/** Folders for a server, one of each for every test file. */
export function temporaryFolders() {
  const root = mkdtempSync(join(tmpdir(), 'levelshift-watch-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const folder = (name: string) => {
    const path = join(root, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  writeFileSync(join(folder('page'), 'index.html'), '<meta name="levelshift" content="site">')
  mkdirSync(join(root, 'page', 'assets'))
  writeFileSync(join(root, 'page', 'assets', 'index-abc.js'), 'export {}')
  return {
    root,
    runs: folder('runs'),
    levels: folder('levels'),
    agents: folder('agents'),
    page: folder('page'),
  }
}

/** Starts servers that stop after each test. */
export function serverStarter(folders: ReturnType<typeof temporaryFolders>) {
  const started: WatchServer[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map(server => server.close()))
  })
  return async (options: Partial<ServerOptions> = {}): Promise<WatchServer> => {
    const { runs, levels, agents } = folders
    const server = await startServer({ runs, levels, agents, page: readPage(folders.page), ...options })
    started.push(server)
    return server
  }
}

/** What came back from a handshake that was refused. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number) {
    super(`refused with ${status}`)
    this.status = status
  }
}

type Answer = Extract<ServerMessage, { readonly id: number }>

/** A client that knows the protocol. */
export class Client {
  readonly socket: WebSocket
  /** All messages so far; each is as the protocol says. */
  readonly messages: ServerMessage[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #id = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.messages.push(serverMessageSchema.parse(JSON.parse(String(data))))
    })
    this.closed = new Promise(resolve =>
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
    )
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message))
  }

  /** The first message, past or future, that fits. */
  async message<Found extends ServerMessage>(
    fits: (message: ServerMessage) => message is Found,
  ): Promise<Found> {
    for (;;) {
      const found = this.messages.find(fits)
      if (found !== undefined) return found
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error('closed before the message came')
      await Promise.race([once(this.socket, 'message'), this.closed])
    }
  }

  /** The answer to a request: {answer} or {error, code}. */
  async ask(request: object): Promise<{ answer?: unknown; error?: string; code?: string }> {
    const id = ++this.#id
    this.send({ id, ...request })
    const { id: _, ...answer } = await this.message(
      (message): message is Answer => 'id' in message && message.id === id,
    )
    return answer
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}

export interface ConnectOptions extends ClientOptions {
  readonly path?: string
  readonly protocols?: readonly string[]
}

/** Connects and waits for the handshake; throws Refused where the server does not want it. */
export async function connectTo(server: WatchServer, options: ConnectOptions = {}): Promise<Client> {
  const { path = '/ws', protocols = [SUBPROTOCOL], ...rest } = options
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, [...protocols], rest)
  // Before the handshake ends: the first messages come with it.
  const client = new Client(socket)
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
    socket.on('unexpected-response', (_, response) => {
      reject(new Refused(response.statusCode ?? 0))
      response.destroy()
    })
  })
  return client
}

/** The status with which a handshake is refused; 101 where it is not. */
export async function handshakeStatus(server: WatchServer, options: ConnectOptions = {}): Promise<number> {
  try {
    await (await connectTo(server, options)).close()
    return 101
  } catch (error) {
    if (error instanceof Refused) return error.status
    throw error
  }
}

/** A server that works: a page, and a client that is answered. */
export async function isServing(server: WatchServer): Promise<boolean> {
  const page = await get(server, '/')
  const client = await connectTo(server)
  const { answer } = await client.ask({ ask: 'runs' })
  await client.close()
  return page.status === 200 && Array.isArray(answer)
}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** A request with any headers, which fetch would not send. */
export function get(
  server: WatchServer,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, headers, agent: false },
      async response => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** A bare connection, or one that was cut off at once. It may be cut off at any time: that is no error. */
export async function openSocket(server: WatchServer): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  // Without a reader the end of the stream would never be seen.
  socket.resume()
  await new Promise<void>(resolve => {
    socket.on('connect', resolve)
    socket.on('close', () => resolve())
  })
  return socket
}

/** Waits until a connection is closed, by an error too. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    if (socket.destroyed) resolve()
    else socket.on('close', () => resolve())
  })
}

/** What the server answers to bytes as they are, up to the end of the connection. */
export async function exchange(server: WatchServer, bytes: string | Buffer): Promise<string> {
  const socket = await openSocket(server)
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.write(bytes)
  await closeOf(socket)
  return Buffer.concat(chunks).toString('latin1')
}

/** A handshake by hand. */
export function handshake(server: WatchServer, lines: readonly string[] = []): string {
  return `${[
    'GET /ws HTTP/1.1',
    `Host: 127.0.0.1:${server.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    ...lines,
  ].join('\r\n')}\r\n\r\n`
}

/** Every file below a folder with its content, links as what they are. */
export function filesBelow(folder: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files[path] = readFileSync(path, 'latin1')
    else if (entry.isSymbolicLink()) files[path] = 'a link'
  }
  return files
}
