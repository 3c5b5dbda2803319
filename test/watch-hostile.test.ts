/**
 * Clients that mean harm: sites that attack through a browser, floods, frames and heads that never end. After each of
 * them the server still answers a good client.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openRun } from '../src/app/run-folder.ts'
import { MAX_CLIENT_BYTES } from '../src/app/watch/protocol.ts'
import { DEFAULT_LIMITS, type ServerLimits } from '../src/app/watch/server.ts'
import {
  closeOf,
  connectTo,
  exchange,
  get,
  handshake,
  handshakeStatus,
  isServing,
  openSocket,
  SOUND,
  serverStarter,
  temporaryFolders,
} from './watch-clients.ts'

const folders = temporaryFolders()
const serve = serverStarter(folders)
const UNLIMITED: Partial<ServerLimits> = { messagesPerSecond: 1e9, messageBurst: 1e9 }

/** Waits until something holds; fails where it does not within the seconds. */
async function until(holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const end = performance.now() + 1000 * seconds
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`does not hold after ${seconds} seconds: ${holds}`)
    await wait(10)
  }
}

describe('another site, through a browser', () => {
  it('reaches nothing by a name of its own (DNS rebinding)', async () => {
    const server = await serve()
    const { port } = server
    const bad = [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `localhost:${port}.evil.example`,
    ]
    const worse = [
      `127.0.0.1:${port}@evil.example`,
      `evil.example/127.0.0.1:${port}`,
      `127.0.0.2:${port}`,
      `[::2]:${port}`,
      ' ',
      '*',
    ]
    for (const host of [...bad, ...worse]) {
      expect([host, (await get(server, '/', { headers: { host } })).status]).toEqual([host, 421])
      expect([host, await handshakeStatus(server, { headers: { host } })]).toEqual([host, 421])
    }
    const none = await exchange(server, 'GET / HTTP/1.0\r\n\r\n')
    expect(none).toMatch(/^HTTP\/1\.1 421 /)
    expect(await exchange(server, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`, `127.0.0.1:${port}`]) {
      expect((await get(server, '/', { headers: { host } })).status).toBe(200)
      expect(await handshakeStatus(server, { headers: { host } })).toBe(101)
    }
  })

  it('opens no WebSocket from its own pages', async () => {
    const server = await serve()
    const { port } = server
    const strangers = [
      'http://evil.example',
      `http://evil.example:${port}`,
      'http://127.0.0.1',
      `http://127.0.0.1:${port + 1}`,
      `https://127.0.0.1:${port}`,
      // The page of this server by another of its names: not the one that was asked.
      `http://localhost:${port}`,
      `http://127.0.0.1:${port}.evil.example`,
      'file://',
      'null',
      '',
    ]
    for (const origin of strangers)
      expect([origin, await handshakeStatus(server, { headers: { origin } })]).toEqual([origin, 403])
    expect((await get(server, '/agents/starter', { headers: { origin: strangers[0] } })).status).toBe(403)
    expect(await handshakeStatus(server, { headers: { origin: `http://127.0.0.1:${port}` } })).toBe(101)
  })

  it('is told nothing that its script may read', async () => {
    const { headers } = await get(await serve(), '/')
    expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([])
  })
})

describe('a handshake', () => {
  it('is refused where it is none of ours', async () => {
    const server = await serve()
    const sound = handshake(server)
    const cases: [string, number][] = [
      [sound.replace('levelshift.1', 'levelshift.2'), 400],
      [sound.replace(/Sec-WebSocket-Protocol.*\r\n/, ''), 400],
      [sound.replace('GET /ws', 'GET /other'), 404],
      [sound.replace('GET /ws', 'GET /ws/'), 404],
      [sound.replace('GET /ws', 'POST /ws'), 405],
      [sound.replace('Version: 13', 'Version: 7'), 400],
      [sound.replace(/Key: .*\r\n/, 'Key: short\r\n'), 400],
      [sound.replace('Upgrade: websocket', 'Upgrade: h2c'), 400],
    ]
    for (const [bytes, status] of cases)
      expect((await exchange(server, bytes)).split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(await isServing(server)).toBe(true)
  })

  it('gets no compression, whose memory a client could use up', async () => {
    const client = await connectTo(await serve(), { perMessageDeflate: true })
    expect(client.socket.extensions).toBe('')
  })

  it('is refused while as many clients are there as the server takes', async () => {
    const server = await serve({ maxClients: 2 })
    const [one] = [await connectTo(server), await connectTo(server)]
    expect(await handshakeStatus(server)).toBe(503)
    expect((await get(server, '/')).status).toBe(200)
    await one.close()
    expect(await isServing(server)).toBe(true)
  })
})

describe('a client', () => {
  it('that sends too many messages is closed, and only that one', async () => {
    const server = await serve()
    const [noisy, quiet] = [await connectTo(server), await connectTo(server)]
    const before = performance.now()
    for (let i = 0; i < 1000; i++) noisy.send({ id: i, ask: 'runs' })
    expect(await noisy.closed).toEqual({ code: 1008, reason: 'too many messages' })
    const answered = noisy.messages.filter(message => 'id' in message).length
    const { messageBurst, messagesPerSecond } = DEFAULT_LIMITS
    expect(answered).toBeLessThanOrEqual(
      messageBurst + (messagesPerSecond * (performance.now() - before)) / 1000,
    )
    expect(await quiet.ask({ ask: 'runs' })).toHaveProperty('answer')
  })

  it('may send as many in the long run as it is told', async () => {
    const server = await serve({ limits: { messagesPerSecond: 200, messageBurst: 5 } })
    const client = await connectTo(server)
    for (let i = 0; i < 100; i++) {
      await client.ask({ ask: 'runs' })
      await wait(8)
    }
    expect(client.socket.readyState).toBe(client.socket.OPEN)
  })

  it('that floods with pings or pongs is closed too', async () => {
    const server = await serve()
    for (const flood of ['ping', 'pong'] as const) {
      const client = await connectTo(server)
      for (let i = 0; i < 1000; i++) client.socket[flood]()
      // ws itself cuts off a client that does not take its pongs.
      expect([1006, 1008]).toContain((await client.closed).code)
    }
  })

  it('that asks more at once than is answered at a time is told so', async () => {
    const server = await serve()
    const client = await connectTo(server)
    const saves = Array.from({ length: 3 }, (_, i) =>
      client.ask({ ask: 'save', name: `at-once-${i}`, text: SOUND, replace: false }),
    )
    const codes = (await Promise.all(saves)).map(({ code }) => code)
    expect(codes).toEqual([undefined, 'busy', 'busy'])
  })

  it('that asks, leaves and comes back cannot make a queue without end', async () => {
    const server = await serve({ maxClients: 100 })
    const clients = await Promise.all(Array.from({ length: 80 }, () => connectTo(server)))
    const saves = clients.map((client, i) =>
      client.ask({ ask: 'save', name: `queue-${i}`, text: SOUND, replace: false }),
    )
    const codes = (await Promise.all(saves)).map(({ code }) => code)
    expect(codes.filter(code => code === undefined)).toHaveLength(65)
    expect(codes.filter(code => code === 'busy')).toHaveLength(15)
  })

  it('that sends what is no text is closed', async () => {
    const server = await serve()
    const client = await connectTo(server)
    client.socket.send(Buffer.from([1, 2, 3]))
    expect((await client.closed).code).toBe(1003)
  })

  it('that sends a message of more bytes than there may be is closed before they are kept', async () => {
    const server = await serve()
    const longest = await connectTo(server)
    longest.socket.send(`{"id":1,"ask":"runs"${' '.repeat(MAX_CLIENT_BYTES - 21)}}`)
    expect(await longest.message(m => 'id' in m)).toHaveProperty('answer')
    const longer = await connectTo(server)
    longer.socket.send(' '.repeat(MAX_CLIENT_BYTES + 1))
    expect((await longer.closed).code).toBe(1009)
    const inPieces = await connectTo(server)
    for (let i = 0; i < 9; i++) inPieces.socket.send(' '.repeat(MAX_CLIENT_BYTES / 8), { fin: false })
    expect((await inPieces.closed).code).toBe(1009)
    const inCrumbs = await connectTo(server)
    for (let i = 0; i < 2000; i++) inCrumbs.socket.send('', { fin: false })
    expect((await inCrumbs.closed).code).toBe(1008)
    expect(await isServing(server)).toBe(true)
  })

  const frames: [string, number[], number][] = [
    ['of 2^63 bytes', [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], 1009],
    ['of 2^53 bytes', [0x81, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], 1009],
    ['without a mask', [0x81, 0x02, 0x7b, 0x7d], 1002],
    ['of no kind that there is', [0x83, 0x80, 0, 0, 0, 0], 1002],
    ['that claims compression', [0xc1, 0x80, 0, 0, 0, 0], 1002],
    ['that goes on with nothing', [0x80, 0x80, 0, 0, 0, 0], 1002],
    ['of control that is cut', [0x09, 0x80, 0, 0, 0, 0], 1002],
    ['of control that is long', [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002],
    ['that is no UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007],
    ['that says goodbye with a code that there is not', [0x88, 0x82, 0, 0, 0, 0, 0, 5], 1002],
  ]
  it.each(frames)('that sends a frame %s is closed', async (_, frame, code) => {
    const server = await serve()
    const answer = await exchange(server, Buffer.concat([Buffer.from(handshake(server)), Buffer.from(frame)]))
    const goodbye = Buffer.from(answer, 'latin1').subarray(-4)
    expect([goodbye[0], goodbye.readUInt16BE(2)]).toEqual([0x88, code])
    expect(await isServing(server)).toBe(true)
  })

  it('that no longer answers is dropped, and one that does is not', async () => {
    expect(2 * DEFAULT_LIMITS.heartbeat).toBeLessThanOrEqual(60_000)
    const server = await serve({ limits: { heartbeat: 150 } })
    const good = await connectTo(server)
    const silent = await connectTo(server, { autoPong: false })
    const halfOpen = await openSocket(server)
    halfOpen.write(handshake(server))
    await until(async () => (await server.stats()).clients === 3)
    expect((await silent.closed).code).toBe(1006)
    await until(async () => (await server.stats()).clients === 1)
    await wait(450)
    expect(await good.ask({ ask: 'runs' })).toHaveProperty('answer')
  })

  it('that does not read is dropped before much has piled up', async () => {
    const folder = join(folders.runs, 'long')
    const run = openRun({
      folder,
      recipe: { name: 'long', levels: [{ game: 'gems' }] },
      seed: 1,
      resume: false,
    })
    run.close()
    const record = { returns: [0, 1, 2, 3], losses: { outer: 0.123456789 }, stepsPerSecond: 12345 }
    const lines = Array.from({ length: 5000 }, (_, i) => JSON.stringify({ iteration: i + 1, ...record }))
    writeFileSync(join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`)
    const server = await serve({ limits: UNLIMITED })
    const client = await connectTo(server)
    const { answer } = await client.ask({ ask: 'run', run: 'long' })
    const bytes = JSON.stringify(answer).length
    expect(bytes).toBeGreaterThan(500_000)
    client.socket.pause()
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    let sent = 0
    // What it does not read first fills the system's own buffers.
    for (; (await server.stats()).clients > 0 && sent < 400; sent++) {
      client.send({ id: 100 + sent, ask: 'run', run: 'long' })
      await wait(20)
    }
    expect((await server.stats()).clients).toBe(0)
    const grown =
      process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - arrayBuffers - heapUsed
    expect(grown).toBeLessThan(100 * 2 ** 20)
    expect(await isServing(server)).toBe(true)
  })
})

describe('a connection', () => {
  it.each([
    ['says nothing', ''],
    ['never ends its head', 'GET / HTTP/1.1\r\nHost: '],
    ['never ends its body', 'GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n'],
  ])('that %s is cut off, however slowly it goes on', async (_, beginning) => {
    const server = await serve({ limits: { headers: 300, idle: 300 } })
    const slow = await Promise.all(Array.from({ length: 20 }, () => openSocket(server)))
    const closed = Promise.all(slow.map(closeOf))
    for (const socket of slow) socket.write(beginning)
    const drip = setInterval(() => {
      for (const socket of slow) if (beginning !== '') socket.write('x')
    }, 50)
    expect(await isServing(server)).toBe(true)
    await closed
    clearInterval(drip)
    expect((await server.stats()).connections).toBe(0)
  })

  it('that does not read its page is cut off', async () => {
    const page = new Map([['/', { bytes: Buffer.alloc(20 * 2 ** 20), type: 'text/html', immutable: false }]])
    const server = await serve({ page, limits: { idle: 300 } })
    const socket = await openSocket(server)
    socket.pause()
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`)
    await until(async () => (await server.stats()).connections === 0)
  })

  it.each([
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['a head without end', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(20_000)}\r\n`],
    ['one line that is too long', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /',
    ],
    ['a tunnel', 'CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example\r\n\r\n'],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n'],
    ['an older protocol', 'GET /\r\n\r\n'],
    ['a newer one', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('that sends %s is answered with an error or not at all', async (_, bytes) => {
    const server = await serve({ limits: { headers: 500, idle: 500 } })
    expect(await exchange(server, bytes)).toMatch(/^$|^HTTP\/1\.1 4\d\d /)
    expect(await isServing(server)).toBe(true)
  })

  it('cannot ask for a part of a file that there is not', async () => {
    const server = await serve({ agents: 'agents/trained' })
    for (const range of ['bytes=5-2', 'bytes=-1', 'bytes=99999999999-', 'bytes=0-0,1-1', 'bytes=a-b']) {
      expect((await get(server, '/', { headers: { range } })).status).toBe(200)
      expect((await get(server, '/agents/starter', { headers: { range } })).status).toBe(200)
    }
  })
})

describe('a flood', () => {
  it('of a thousand connections takes no more than there may be, and passes', async () => {
    const server = await serve({ limits: { headers: 2000 } })
    const good = await connectTo(server)
    const flood = await Promise.all(Array.from({ length: 1000 }, () => openSocket(server)))
    expect((await server.stats()).connections).toBeLessThanOrEqual(32 + DEFAULT_LIMITS.requests)
    expect(await good.ask({ ask: 'runs' })).toHaveProperty('answer')
    await until(() => flood.every(socket => socket.destroyed))
    expect(await isServing(server)).toBe(true)
    for (const socket of flood) socket.destroy()
  })

  it('of a thousand handshakes lets in as many clients as there may be', async () => {
    const server = await serve()
    const flood = await Promise.all(Array.from({ length: 1000 }, () => openSocket(server)))
    for (const socket of flood) socket.write(handshake(server))
    await until(() => flood.filter(socket => !socket.destroyed).length <= 32)
    expect((await server.stats()).clients).toBeLessThanOrEqual(32)
    for (const socket of flood) socket.destroy()
    await until(async () => (await server.stats()).clients === 0)
    expect(await isServing(server)).toBe(true)
  })

  it('of a thousand halves of a handshake passes', async () => {
    const server = await serve({ limits: { headers: 500 } })
    const half = handshake(server).slice(0, 80)
    const flood = await Promise.all(Array.from({ length: 1000 }, () => openSocket(server)))
    for (const socket of flood) socket.write(half)
    await until(() => flood.every(socket => socket.destroyed))
    expect(await isServing(server)).toBe(true)
  })
})
