/** `levelshift watch` as a person starts and stops it: the real program. */
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { WatchServer } from '../src/app/watch/server.ts'
import { levelshift, start } from './tiny-run.ts'
import { connectTo, temporaryFolders } from './watch-clients.ts'

const folders = temporaryFolders()

describe('the command', () => {
  /** The real program, and the first line that it prints. */
  async function run(...args: string[]) {
    const started = start([
      'watch',
      '--port',
      '0',
      '--runs',
      folders.runs,
      '--levels',
      folders.levels,
      ...args,
    ])
    let line = ''
    while (!line.includes('\n') || (args.includes('--json') && !line.includes('\n}'))) {
      const [chunk] = await once(started.child.stdout, 'data')
      line += String(chunk)
    }
    return { ...started, printed: line.trim() }
  }

  it('prints the address and ends at Ctrl-C, whoever is connected', async () => {
    const { child, outcome, printed } = await run()
    expect(printed).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    const client = await connectTo({ port: Number(new URL(printed).port) } as WatchServer)
    child.kill('SIGINT')
    expect((await client.closed).code).toBe(1001)
    const { code, stdout, stderr } = await outcome
    expect([code, stdout]).toEqual([130, `${printed}\n`])
    expect(stderr).toMatch(/levelshift: stopped\n$/)
  })

  it('prints JSON, with the token where there is one', async () => {
    const { child, outcome, printed } = await run('--host', '0.0.0.0', '--json')
    const { url, port, token } = JSON.parse(printed)
    expect(url).toBe(`http://localhost:${port}/?token=${token}`)
    child.kill('SIGTERM')
    expect((await outcome).code).toBe(143)
  })

  it.each([
    [['--runs', 'no/such'], 1, '--runs no/such: no such folder: check the path'],
    [['--levels', 'README.md'], 1, '--levels README.md: no such folder: check the path'],
    [['--port', '99999'], 2, "--port must be a whole number from 0 to 65535, got '99999'"],
    [['--token', 'short'], 2, '--token must be 16 to 200 letters, digits and any of - _ . ~'],
    [
      ['--host', 'nowhere.invalid'],
      1,
      "--host 'nowhere.invalid' is not known: expected an address of this machine such as 127.0.0.1",
    ],
  ])('refuses %j in a sentence', async (args, code, sentence) => {
    const outcome = await levelshift('watch', ...args)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr.split('\n').at(-2)).toBe(`levelshift: ${sentence}`)
  })
})
