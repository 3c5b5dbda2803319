/** The server of `levelshift watch`: what it serves, and to whom. Real sockets, real files. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gatherReport } from '../src/app/report/gather.ts'
import { openRun } from '../src/app/run-folder.ts'
import { openPage } from '../src/app/watch/page.ts'
import { startServer } from '../src/app/watch/server.ts'
import {
  connectTo,
  exchange,
  get,
  handshakeStatus,
  isServing,
  serverStarter,
  temporaryFolders,
} from './watch-clients.ts'

const folders = temporaryFolders()
const serve = serverStarter(folders)
const SHIPPED = 'agents/trained'

describe('the page', () => {
  it('is told that it has a server, and is served with headers that keep it to itself', async () => {
    const { status, headers, body } = await get(await serve(), '/')
    expect([status, String(body)]).toEqual([200, '<meta name="levelshift" content="server">'])
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
        "connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'",
    )
  })

  it('may be kept where its name holds its hash', async () => {
    const { headers, body } = await get(await serve(), '/assets/index-abc.js')
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(String(body)).toBe('export {}')
  })

  it('is only read', async () => {
    const server = await serve()
    const head = await get(server, '/assets/index-abc.js', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '9', 0])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const { status, headers } = await get(server, '/', { method })
      expect([method, status, headers['allow']]).toEqual([method, 405, 'GET, HEAD'])
    }
  })

  it.each([
    '/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/../index.html/../../../package.json',
    '//etc/passwd',
    '/\\..\\package.json',
    '/agents/../../../package.json',
    '/agents/..%2f..%2fpackage.json',
    '/agents/%2e%2e%2ftrained%2fstarter',
    '/agents/starter.safetensors',
    '/agents/%',
    '/agents/%00',
    '/agents/',
    '/.built-from',
    '/%',
    'file:///etc/passwd',
    '*',
  ])('has nothing at %s', async path => {
    const server = await serve({ agents: SHIPPED })
    const answer = await exchange(
      server,
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /)
  })

  it('is built where it is missing, and again when its sources have changed', async () => {
    const built = join(folders.root, 'built', 'viewer')
    const said: string[] = []
    const open = () => openPage(line => said.push(line), built)
    const first = await open()
    expect([...first.keys()]).toContain('/')
    expect([...first.keys()].filter(name => /^\/assets\/index-[\w-]+\.js$/.test(name))).toHaveLength(1)
    expect(String(first.get('/')?.bytes)).toContain('<meta name="levelshift" content="server" />')
    await open()
    expect(said).toHaveLength(1)
    // As if it had been built from others.
    writeFileSync(join(built, '.built-from'), 'another hash')
    const again = await open()
    expect(said).toHaveLength(2)
    expect([...again.keys()].sort()).toEqual([...first.keys()].sort())
    expect(readdirSync(join(folders.root, 'built'))).toEqual(['viewer'])
  })
})

describe('agents', () => {
  it('are listed by what is in them, and sent byte for byte', async () => {
    const server = await serve({ agents: SHIPPED })
    const client = await connectTo(server)
    const { answer } = await client.ask({ ask: 'agents' })
    expect(answer).toContainEqual({
      id: 'starter',
      name: 'starter',
      recipe: 'starter',
      games: ['gems'],
      bytes: statSync(join(SHIPPED, 'starter.safetensors')).size,
    })
    const { headers, body } = await get(server, '/agents/starter')
    expect(body.equals(readFileSync(join(SHIPPED, 'starter.safetensors')))).toBe(true)
    expect(headers['content-type']).toBe('application/octet-stream')
    expect((await get(server, '/agents/nobody')).status).toBe(404)
  })

  it('leave out what is no agent', async () => {
    writeFileSync(join(folders.agents, 'torn.safetensors'), 'not a checkpoint')
    writeFileSync(join(folders.agents, 'notes.txt'), 'mine')
    const client = await connectTo(await serve())
    expect(await client.ask({ ask: 'agents' })).toEqual({ answer: [] })
  })
})

describe('a run', () => {
  it('is reported without the frames of its episodes, by a name that is listed only', async () => {
    const folder = join(folders.runs, 'first try')
    const run = openRun({
      folder,
      recipe: { name: 'tiny', levels: [{ game: 'gems' }] },
      seed: 7,
      resume: false,
    })
    run.log({ iteration: 1, returns: [0, 1], losses: { outer: 0.5 }, stepsPerSecond: 9 })
    run.close()
    // What is not listed is not there, wherever it lies.
    mkdirSync(join(folders.root, 'outside'))
    writeFileSync(join(folders.root, 'outside', 'recipe.json'), readFileSync(join(folder, 'recipe.json')))
    const client = await connectTo(await serve())
    const { answer } = await client.ask({ ask: 'run', run: 'first try' })
    expect(answer).toEqual(JSON.parse(JSON.stringify(gatherReport(folder))))
    for (const name of [
      '../outside',
      folder,
      '.',
      '..',
      'first try/',
      'first try/checkpoints',
      '__proto__',
      '\0',
    ]) {
      expect(await client.ask({ ask: 'run', run: name })).toMatchObject({ code: 'unknown' })
    }
    expect((await client.ask({ ask: 'runs' })).answer).toMatchObject([{ name: 'first try', seed: 7 }])
  })
})

describe('a message', () => {
  const faults: [string, string, object][] = [
    ['no JSON', '{', { type: 'error', error: 'a message must be JSON: see docs/protocol.md' }],
    ['no object', '[1]', { type: 'error' }],
    ['null', 'null', { type: 'error' }],
    ['no request that there is', '{"id":3,"ask":"secrets"}', { id: 3, code: 'bad-request' }],
    ['a request without an id', '{"ask":"runs"}', { type: 'error' }],
    ['a request with more than it has', '{"id":4,"ask":"runs","x":1}', { id: 4, code: 'bad-request' }],
    ['a request and an order at once', '{"id":5,"ask":"runs","do":"step"}', { id: 5, code: 'bad-request' }],
    ['an id that is no whole number', '{"id":1.5,"ask":"runs"}', { type: 'error' }],
    ['an order that there is not', '{"do":"dance"}', { type: 'error' }],
    ['an unknown run', '{"do":"follow","run":"nobody","from":0}', { type: 'error' }],
    ['a speed that is none', '{"do":"speed","stepsPerSecond":1e9}', { type: 'error' }],
    [
      'a name with a path',
      '{"id":6,"ask":"save","name":"../a","text":"","replace":true}',
      { id: 6, code: 'bad-request' },
    ],
  ]
  it.each(faults)('that is %s is refused in a sentence', async (_, text, expected) => {
    const client = await connectTo(await serve())
    client.socket.send(text)
    const refusal = await client.message((m): m is typeof m & { error: string } => 'error' in m)
    expect(refusal).toMatchObject(expected)
    expect(refusal.error).toMatch(/^[^\n]{10,400}$/)
    expect(await client.ask({ ask: 'runs' })).toHaveProperty('answer')
  })
})

describe('the address', () => {
  it('is 127.0.0.1 without a token, and any free port', async () => {
    const server = await serve()
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/`)
    expect(server.token).toBeUndefined()
  })

  it('of any other kind requires a token, of clients and for agents', async () => {
    const server = await serve({ host: '0.0.0.0', agents: SHIPPED })
    const { token = '' } = server
    expect(token).toMatch(/^[\w-]{32}$/)
    expect((await serve({ host: '0.0.0.0' })).token).not.toBe(token)
    expect(server.url).toBe(`http://localhost:${server.port}/?token=${token}`)
    expect((await get(server, `/?token=${token}`)).status).toBe(200)
    const paths = ['/ws', '/ws?token=', '/ws?token=x', `/ws?token=${token.slice(1)}`, `/ws?token=${token}x`]
    for (const path of paths) expect([path, await handshakeStatus(server, { path })]).toEqual([path, 401])
    expect(await handshakeStatus(server, { path: `/ws?token=${token}` })).toBe(101)
    for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${token}`, `Bearer ${token} x`, token])
      expect((await get(server, '/agents/starter', { headers: { authorization } })).status).toBe(401)
    // Not in the address, where it would end up in histories and logs.
    expect((await get(server, `/agents/starter?token=${token}`)).status).toBe(401)
    const headers = { authorization: `Bearer ${token}` }
    expect((await get(server, '/agents/starter', { headers })).status).toBe(200)
  })

  it('requires the token that was given', async () => {
    const server = await serve({ token: 'correct-horse-battery' })
    expect(await handshakeStatus(server)).toBe(401)
    expect(await handshakeStatus(server, { path: '/ws?token=correct-horse-battery' })).toBe(101)
  })

  it('that is taken or unknown is told in a sentence', async () => {
    const { port } = await serve()
    const { runs } = folders
    const page = new Map()
    await expect(startServer({ runs, page, port })).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`)
    await expect(startServer({ runs, page, host: 'nowhere.invalid' })).rejects.toThrow(
      "--host 'nowhere.invalid' is not known",
    )
    await expect(startServer({ runs, page, host: '192.0.2.1' })).rejects.toThrow(
      "--host '192.0.2.1' is no address of this machine",
    )
  })
})

describe('closing', () => {
  it('says goodbye to every client and frees the port', async () => {
    const server = await serve()
    const [one, other] = [await connectTo(server), await connectTo(server)]
    await server.close()
    expect(await one.closed).toEqual({ code: 1001, reason: 'the server stops' })
    expect((await other.closed).code).toBe(1001)
    const again = await serve({ port: server.port })
    expect(again.port).toBe(server.port)
    expect(await isServing(again)).toBe(true)
  })

  it('does not wait for a client that says nothing', async () => {
    const server = await serve()
    const client = await connectTo(server)
    client.socket.pause()
    const before = performance.now()
    await server.close()
    expect(performance.now() - before).toBeLessThan(3000)
  })
})
