/** docs/protocol.md says what is so: its examples are messages, its client works, its numbers are those of the code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRun } from '../src/app/run-folder.ts'
import {
  askSchema,
  clientMessageSchema,
  ERROR_CODES,
  MAX_CLIENT_BYTES,
  orderSchema,
  serverMessageSchema,
} from '../src/app/watch/protocol.ts'
import { DEFAULT_LIMITS } from '../src/app/watch/server.ts'
import { connectTo, serverStarter, temporaryFolders } from './watch-clients.ts'

const folders = temporaryFolders()
const serve = serverStarter(folders)
const PAGE = readFileSync('docs/protocol.md', 'utf8')

/** The text from a heading to the next of the same rank. */
function section(title: string): string {
  const [, text] = PAGE.split(`\n## ${title}\n`)
  return text.split('\n## ')[0]
}

/** The messages of a section, one a line of its fences. */
function examples(title: string): unknown[] {
  const fences = [...section(title).matchAll(/^```json\n(.*?)^```$/gms)]
  return fences.flatMap(([, json]) => json.trim().split('\n')).map(line => JSON.parse(line))
}

const sent = examples('What clients send') as { readonly ask?: string; readonly do?: string }[]
const received = examples('What the server sends') as { readonly type?: string }[]

describe('the examples', () => {
  it('are messages, of every kind that there is', () => {
    for (const message of sent) expect(clientMessageSchema.parse(message)).toEqual(message)
    for (const message of received) expect(serverMessageSchema.parse(message)).toEqual(message)
    expect(new Set(sent.flatMap(message => message.ask ?? []))).toEqual(
      new Set(askSchema.options.map(({ shape }) => shape.ask.value)),
    )
    expect(new Set(sent.flatMap(message => message.do ?? []))).toEqual(
      new Set(orderSchema.options.map(({ shape }) => shape.do.value)),
    )
    const types = serverMessageSchema.options.flatMap(({ shape }) =>
      'type' in shape ? shape.type.value : [],
    )
    expect(new Set(received.flatMap(({ type }) => type ?? []))).toEqual(new Set(types))
  })

  it('are accepted by a server', async () => {
    const client = await connectTo(await serve())
    for (const message of sent) client.send(message)
    await client.ask({ ask: 'runs' })
    const refusals = client.messages.filter(message => 'code' in message && message.code === 'bad-request')
    expect(refusals).toEqual([])
    const { answer } = await client.message(
      (m): m is typeof m & { answer: unknown } => 'answer' in m && m.id === 4,
    )
    expect(answer).toEqual({ path: join(folders.levels, 'gems', 'two-corners.txt') })
  })

  it('name every code', () => {
    const table = section('What the server sends').matchAll(/^\| `([a-z-]+)` \|/gm)
    expect([...table].map(([, code]) => code)).toEqual([...ERROR_CODES])
  })
})

describe('the limits', () => {
  it('are those of the server', () => {
    const limits = section('Limits')
    const { messagesPerSecond, messageBurst, asks, backlog, requests, heartbeat, headers, idle, job } =
      DEFAULT_LIMITS
    for (const row of [
      `| bytes of a message, and pieces that it comes in | ${MAX_CLIENT_BYTES}, 256 |`,
      `| messages a second: in the long run, at once after silence | ${messagesPerSecond}, ${messageBurst} (`,
      `| requests answered at a time, for each client | ${asks}, one save among them |`,
      `| seconds for the proof of a level, or a report | ${job / 1000} |`,
      `| connections beside those | ${requests}; more are closed |`,
      `| seconds for the head of a request; without anything moving | ${headers / 1000}; ${idle / 1000} |`,
      `at ${backlog / 2 ** 20} MiB it is dropped |`,
    ])
      expect(limits).toContain(row)
    expect(section('Connecting')).toContain(`pings every ${heartbeat / 1000} seconds`)
  })
})

describe('the client', () => {
  it('works as it stands', async () => {
    const folder = join(folders.runs, 'first')
    const run = openRun({ folder, recipe: { name: 'x', levels: [{ game: 'gems' }] }, seed: 1, resume: false })
    run.log({ iteration: 1, returns: [0.25, 1] })
    run.log({ iteration: 2, returns: [0.5, 2] })
    run.close()
    const { url } = await serve()
    const [, code] = /^```js\n(.*?)^```$/ms.exec(PAGE) as RegExpExecArray
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code, url])
    let printed = ''
    while (printed.split('\n').length < 4) printed += String((await once(child.stdout, 'data'))[0])
    child.kill()
    expect(printed).toBe('runs first\n1 [ 0.25, 1 ]\n2 [ 0.5, 2 ]\n')
  })
})
