/** Saving a level through the server of `levelshift watch`: where it goes, and when it is refused. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startServer } from '../src/app/watch/server.ts'
import {
  connectTo,
  filesBelow,
  isServing,
  SOUND,
  serverStarter,
  temporaryFolders,
  UNSOLVABLE,
} from './watch-clients.ts'

const folders = temporaryFolders()
const serve = serverStarter(folders)

describe('saving', () => {
  const path = (name: string) => join(folders.levels, 'gems', `${name}.txt`)

  async function saver(options: Parameters<typeof serve>[0] = {}) {
    const server = await serve(options)
    const client = await connectTo(server)
    const save = (name: string, text: string, replace = false) =>
      client.ask({ ask: 'save', name, text, replace })
    return { server, client, save }
  }

  it('writes a level that is proved, asks before it replaces one, and replaces it', async () => {
    const { client, save } = await saver()
    expect(client.messages[0]).toMatchObject({ type: 'welcome', saves: true })
    expect(await save('two-corners', SOUND)).toEqual({ answer: { path: path('two-corners') } })
    expect(readFileSync(path('two-corners'), 'utf8')).toBe(SOUND)
    const other = SOUND.replace('Two corners', 'Other corners')
    const refusal = await save('two-corners', other)
    expect(refusal).toEqual({
      code: 'exists',
      error: `${path('two-corners')} is there already: replace it, or choose another name`,
    })
    expect(readFileSync(path('two-corners'), 'utf8')).toBe(SOUND)
    expect(await save('two-corners', other, true)).toEqual({ answer: { path: path('two-corners') } })
    expect(readFileSync(path('two-corners'), 'utf8')).toBe(other)
    expect(readdirSync(join(folders.levels, 'gems'))).toEqual(['two-corners.txt'])
  })

  it('refuses what is no sound level, and what cannot be won', async () => {
    const { save } = await saver()
    const before = filesBelow(folders.root)
    expect(await save('bad', SOUND.replace('#@', '#x'))).toEqual({
      code: 'invalid',
      error: expect.stringMatching(/^level:10:2: 'x' is no tile of gems/),
    })
    expect(await save('bad', 'x')).toMatchObject({ code: 'invalid' })
    expect(await save('bad', UNSOLVABLE)).toMatchObject({
      code: 'invalid',
      error: expect.stringContaining('no way to win this level of gems'),
    })
    expect(filesBelow(folders.root)).toEqual(before)
  })

  it.each(['../a', 'a/b', 'a\\b', '/etc/x', 'A', '.a', 'a.txt', '', 'a\n', 'a\0', '-a', 'ä', 'x'.repeat(61)])(
    'takes no name like %j',
    async name => {
      const { save } = await saver()
      const before = filesBelow(folders.root)
      expect(await save(name, SOUND, true)).toMatchObject({ code: 'bad-request' })
      expect(filesBelow(folders.root)).toEqual(before)
    },
  )

  it('takes no name of a device', async () => {
    const { save } = await saver()
    expect(await save('con', SOUND)).toMatchObject({ code: 'invalid' })
  })

  it('follows no link, of a folder or a file, and replaces no folder', async () => {
    const levels = join(folders.root, 'linked')
    const outside = join(folders.root, 'elsewhere')
    mkdirSync(join(outside, 'gems'), { recursive: true })
    mkdirSync(levels)
    writeFileSync(join(outside, 'mine.txt'), 'mine')
    symlinkSync(join(outside, 'gems'), join(levels, 'gems'))
    mkdirSync(join(levels, 'keys', 'taken.txt'), { recursive: true })
    symlinkSync(join(outside, 'mine.txt'), join(levels, 'keys', 'linked.txt'))
    symlinkSync(join(outside, 'not-there.txt'), join(levels, 'keys', 'dangling.txt'))
    const keys = readFileSync('levels/packs/keys/antechamber.txt', 'utf8')
    const { save } = await saver({ levels })
    const before = filesBelow(folders.root)
    expect(await save('a', SOUND, true)).toEqual({
      code: 'invalid',
      error: `${join(levels, 'gems')} leads out of the level folder: expected a plain folder`,
    })
    for (const name of ['taken', 'linked', 'dangling'])
      expect(await save(name, keys, true)).toMatchObject({ code: 'invalid' })
    expect(filesBelow(folders.root)).toEqual(before)
    expect(existsSync(join(outside, 'not-there.txt'))).toBe(false)
    expect(await save('plain', keys)).toEqual({ answer: { path: join(levels, 'keys', 'plain.txt') } })
  })

  it('is off where it is not wanted', async () => {
    const server = await startServer({ runs: folders.runs, page: new Map() })
    try {
      const client = await connectTo(server)
      expect(client.messages[0]).toMatchObject({ type: 'welcome', saves: false })
      const answer = await client.ask({ ask: 'save', name: 'a', text: SOUND, replace: true })
      expect(answer).toMatchObject({ code: 'invalid', error: expect.stringContaining('saves no levels') })
    } finally {
      await server.close()
    }
  })

  it('gives up a proof that takes too long, while others are answered', async () => {
    const { server, save } = await saver({ limits: { job: 1 } })
    const slow = save('slow', SOUND)
    expect(await isServing(server)).toBe(true)
    expect(await slow).toMatchObject({ code: 'invalid', error: expect.stringContaining('longer than') })
  })
})
