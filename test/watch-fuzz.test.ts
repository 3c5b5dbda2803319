/**
 * Damaged messages, 100,000 of them: the server stays up and answers others meanwhile, and no file changes that should
 * not.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { parseLevel } from '../levels/text.ts'
import { proveLevel } from '../src/app/levels/prove.ts'
import { openRun } from '../src/app/run-folder.ts'
import type { ServerLimits, WatchServer } from '../src/app/watch/server.ts'
import { type Stream, stream } from '../src/core/random.ts'
import { EXTREMES, mutateBytes } from './fuzz/mutate-bytes.ts'
import { mutateJson } from './fuzz/mutate-json.ts'
import {
  type Client,
  connectTo,
  filesBelow,
  isServing,
  SOUND,
  serverStarter,
  temporaryFolders,
} from './watch-clients.ts'

const folders = temporaryFolders()
const serve = serverStarter(folders)
const UNLIMITED: Partial<ServerLimits> = { messagesPerSecond: 1e9, messageBurst: 1e9 }

/** Messages of every kind, as a good client sends them. */
const SOUND_MESSAGES = [
  { id: 1, ask: 'runs' },
  { id: 2, ask: 'run', run: 'tiny' },
  { id: 3, ask: 'agents' },
  { id: 4, ask: 'save', name: 'from-fuzzing', text: SOUND, replace: true },
  { do: 'follow', run: 'tiny', from: 0 },
  { do: 'unfollow' },
  { do: 'wall', run: 'tiny' },
  { do: 'no-wall' },
  { do: 'speed', stepsPerSecond: 8 },
  { do: 'step' },
].map(message => JSON.stringify(message))

/** Names for a level's file, most of which lead elsewhere. */
const NAMES = [
  '..',
  '../a',
  'gems/../../a',
  '/tmp/a',
  'C:\\a',
  'a\0b',
  'a'.repeat(300),
  'con',
  'fuzzed',
  'fuzzed-2',
  '',
]
const TOKENS = ['game: ../x', 'game: keys', 'source: hand', '#', '@', 'a', '"ask"', '../', '{', ']']

/** A message that is damaged, now and then one that is not. */
function hostileMessage(random: Stream): string | Buffer {
  const sound = random.pick(SOUND_MESSAGES)
  switch (random.int(40)) {
    case 0:
      // Not all of them are UTF-8.
      return Buffer.from(mutateBytes(Buffer.from(sound), random, Buffer.from(SOUND), TOKENS))
    case 1:
      return sound
    case 2:
      return JSON.stringify({ id: random.int(1000), ...hostileSave(random) })
    case 3:
      return mutateJson(sound, random, random.pick(SOUND_MESSAGES))
    default:
      return edited(sound, random)
  }
}

/** Text with a few pieces cut out, doubled, swapped or put in: quickly, for there are many messages. */
function edited(text: string, random: Stream): string {
  let out = text
  for (let edits = 1 + random.int(3); edits > 0; edits--) {
    const from = random.int(out.length + 1)
    const to = Math.min(out.length, from + random.int(6))
    const piece = random.pick([
      '',
      random.pick(TOKENS),
      random.pick(EXTREMES),
      out.slice(from, to).repeat(2),
      String.fromCodePoint(random.int(0x250)),
    ])
    out = out.slice(0, from) + piece + out.slice(to)
  }
  return out
}

function hostileSave(random: Stream) {
  const other = Buffer.from(random.pick(SOUND_MESSAGES))
  const damaged = Buffer.from(mutateBytes(Buffer.from(SOUND), random, other, TOKENS)).toString()
  const text = random.int(3) === 0 ? SOUND : damaged.slice(0, 20_000)
  return { ask: 'save', name: random.pick(NAMES), text, replace: random.int(2) === 1 }
}

/** Sends messages, and connects again whenever the server has closed. */
async function attack(server: WatchServer, random: Stream, count: number): Promise<void> {
  let client: Client | undefined
  for (let sent = 0; sent < count; sent++) {
    if (client?.socket.readyState !== 1) client = await connectTo(server)
    client.socket.send(hostileMessage(random), { binary: false })
    client.messages.length = 0
    if (sent % 50 === 0) await wait(0)
    while (client.socket.bufferedAmount > 2 ** 16) await wait(1)
  }
  client?.socket.terminate()
}

/** Fails unless every file that is new is a sound level that can be won, in the place of its game, and none is gone. */
function expectSoundLevels(before: Record<string, string>): void {
  const after = filesBelow(folders.root)
  for (const [path, content] of Object.entries(after)) {
    if (before[path] === content) continue
    const level = parseLevel(content, path)
    expect(dirname(path)).toBe(join(folders.levels, level.game))
    expect(path).toMatch(/\/[a-z0-9][a-z0-9-]*\.txt$/)
    expect(proveLevel(level).proof).not.toBe('unproved')
  }
  expect(Object.keys(before).filter(path => !(path in after))).toEqual([])
}

describe('100,000 messages that are damaged at random', () => {
  it('neither stop the server nor write what they should not', async () => {
    const folder = join(folders.runs, 'tiny')
    const run = openRun({ folder, recipe: { name: 'x', levels: [{ game: 'gems' }] }, seed: 1, resume: false })
    run.log({ iteration: 1, returns: [0, 1] })
    run.close()
    const said: string[] = []
    const server = await serve({ limits: UNLIMITED, say: line => said.push(line) })
    const before = filesBelow(folders.root)
    const good = await connectTo(server)
    const attackers = Array.from({ length: 8 }, (_, i) => attack(server, stream('hostile', i), 12_500))
    const attacked = Promise.all(attackers).then(() => true)
    let answers = 0
    for (; !(await Promise.race([attacked, wait(250, false)])); answers++)
      expect(await good.ask({ ask: 'agents' })).toEqual({ answer: [] })
    expect(answers).toBeGreaterThan(2)
    expect(said).toEqual([])
    expect(await isServing(server)).toBe(true)
    expectSoundLevels(before)
  }, 180_000)
})

describe('saving', () => {
  it('writes nothing outside the level folder, whatever is asked', async () => {
    const server = await serve({ limits: UNLIMITED })
    mkdirSync(join(folders.levels, 'gems'), { recursive: true })
    const mine = join(folders.levels, 'gems', 'fuzzed-2.txt')
    writeFileSync(mine, SOUND.replace('Two corners', 'Mine'))
    const before = filesBelow(folders.root)
    const client = await connectTo(server)
    const random = stream('saves')
    const codes = new Map<string, number>()
    for (let i = 0; i < 400; i++) {
      const save = hostileSave(random)
      const kept = readFileSync(mine, 'utf8')
      const { code = 'saved' } = await client.ask(save)
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (!save.replace || save.name !== 'fuzzed-2') expect(readFileSync(mine, 'utf8')).toBe(kept)
    }
    for (const code of ['saved', 'exists', 'invalid', 'bad-request'])
      expect(codes.get(code)).toBeGreaterThan(5)
    expect(codes.has('fault')).toBe(false)
    expectSoundLevels(before)
  })
})
