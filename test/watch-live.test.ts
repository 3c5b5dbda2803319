/** Watching a training: by the real server, over real sockets, what a client gets is what the run has done. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPlayback } from '../envs/playback.ts'
import { GAMES } from '../envs/registry.ts'
import type { RunSummary } from '../src/app/watch/protocol.ts'
import { startServer, type WatchServer } from '../src/app/watch/server.ts'
import { createScene } from '../src/core/scene.ts'
import type { Recording } from '../src/learn/recording.ts'
import type { FollowedRun } from '../src/viewer/source/live.ts'
import { createLiveSource } from '../src/viewer/source/live-client.ts'
import {
  connect,
  type HandRun,
  openHandRun,
  playAtRandom,
  slimRecord,
  type TestSocket,
  until,
} from './live-run.ts'

const ALL_GAMES = GAMES.map(({ id }) => id)

let folder = ''
let server: WatchServer
let hand: HandRun
let closers: (() => unknown)[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'levelshift-watch-'))
  hand = openHandRun(join(folder, 'a'))
  server = await serve()
})
afterEach(async () => {
  for (const close of closers) close()
  closers = []
  hand.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

function serve(port = 0): Promise<WatchServer> {
  return startServer({ runs: folder, port, page: new Map() })
}

function client(): TestSocket {
  const socket = connect(server.port)
  closers.push(() => socket.close())
  return socket
}

function follow(socket = client(), run = 'a'): FollowedRun {
  return createLiveSource(socket).follow(run)
}

const iterations = (run: FollowedRun) => run.records.value.map(({ iteration }) => iteration)
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

/** Compares what a slot shows with the recording, played again apart. */
function compare(run: FollowedRun, slot: number, { level, actions, episode, ...rest }: Recording): void {
  const moment = run.moment(slot)
  if (moment === undefined) throw new Error(`slot ${slot} shows nothing`)
  const playback = createPlayback(level, actions, episode)
  playback.seek(moment.step)
  const scene = createScene()
  playback.paint(scene)
  const isEnd = moment.step === actions.length
  const read = ({
    width,
    height,
    tiles,
    sprites,
    spriteX,
    spriteY,
    spriteCode,
    cameraX,
    cameraY,
  }: typeof scene) => [
    [width, height, cameraX, cameraY, sprites],
    [tiles, ...[spriteX, spriteY, spriteCode].map(list => list.subarray(0, sprites))].map(list => [...list]),
  ]
  expect(read(moment.scene)).toEqual(read(scene))
  expect(moment).toMatchObject({
    step: playback.step,
    return: Math.fround(playback.return),
    terminated: playback.terminated,
    won: playback.won,
    action: isEnd ? null : actions[moment.step],
    value: isEnd ? 0 : rest.values[moment.step],
  })
  const chances = isEnd ? [] : [...rest.probabilities.slice(6 * moment.step, 6 * moment.step + 6)]
  expect(moment.probabilities.map(chance => chance.toFixed(5))).toEqual(
    chances.map(chance => chance.toFixed(5)),
  )
}

describe('the wall', () => {
  it('shows at every picture what a replay shows, to the end, and then the games that were played meanwhile', async () => {
    const played = [playAtRandom(ALL_GAMES, 'one'), playAtRandom(ALL_GAMES, 'two')]
    hand.files.show(1, played[0])
    const run = follow()
    run.setSpeed(128)
    const ended = new Set<string>()
    let compared = 0
    run.tick.subscribe(() => {
      const wall = run.wall.value
      wall?.games.forEach(({ task, steps, level, length }, slot) => {
        const recording = played[wall.iteration - 1][steps][task]
        expect({ level, length }).toEqual({ level: recording.level, length: recording.actions.length })
        compare(run, slot, recording)
        compared++
        if (run.moment(slot)?.step === length) ended.add(`${wall.iteration} ${slot}`)
      })
    })
    await until('pictures', () => run.tick.value > 2)
    hand.files.show(2, played[1])
    await until('the second wall, to its end', () => ended.size === 2 * 2 * ALL_GAMES.length, 20)
    expect(run.wall.value?.iteration).toBe(2)
    expect(run.wall.value?.games.map(({ task, steps }) => [task, steps])).toEqual(
      ALL_GAMES.flatMap((_, task) => [
        [task, 0],
        [task, 1],
      ]),
    )
    expect(compared).toBeGreaterThan(200)
  })

  it('stands still at speed 0, goes on step by step, begins anew after its end, and sends nothing while hidden', async () => {
    hand.files.show(1, playAtRandom(['maze'], 'still', 1))
    const socket = client()
    const run = follow(socket)
    run.setSpeed(0)
    await until('the first picture', () => run.tick.value === 1)
    await wait(300)
    expect([run.tick.value, run.moment(0)?.step]).toEqual([1, 0])
    const length = run.wall.value?.games[0].length ?? 0
    for (let step = 1; step <= length; step++) {
      run.step()
      await until(`step ${step}`, () => run.moment(0)?.step === step)
    }
    run.step()
    await until('the beginning', () => run.moment(0)?.step === 0)
    run.setVisible(false)
    run.setSpeed(100)
    await wait(100)
    const before = socket.bytes.pictures
    await wait(300)
    expect(socket.bytes.pictures).toBe(before)
    run.setVisible(true)
    await until('pictures again', () => (run.moment(0)?.step ?? 0) > 5)
  })

  it('survives a live.json that is damaged or half written', async () => {
    const path = join(folder, 'a', 'live.json')
    hand.files.show(1, playAtRandom(['keys'], 'one', 1))
    const run = follow()
    run.setSpeed(200)
    await until('the wall', () => run.tick.value > 0)
    const good = readFileSync(path, 'utf8')
    for (const damaged of [good.slice(0, 300), '{"version":1}', '\0\0', good.replace('@', '#')]) {
      writeFileSync(path, damaged)
      await wait(300)
    }
    const seen = run.tick.value
    await until('pictures of the last good one', () => run.tick.value > seen + 3)
    expect(run.wall.value?.iteration).toBe(1)
    hand.files.show(2, playAtRandom(['keys'], 'two', 1))
    await until('the next one', () => run.wall.value?.iteration === 2)
  })

  it('skips pictures for a client that does not read, which others do not notice', async () => {
    const played = playAtRandom(Array<string>(32).fill('maze'), 'slow', 2, 63)
    hand.files.show(1, played)
    const [slow, quick] = [client(), client()]
    const [slowRun, quickRun] = [follow(slow), follow(quick)]
    await until('both walls', () => slowRun.tick.value > 0 && quickRun.tick.value > 0)
    const wallBytes = slow.bytes.texts + slow.bytes.pictures
    slow.pause()
    // Each wall is half a MB: far more is asked for than the server may keep for one client.
    const walls = 90
    for (let i = 0; i < walls; i++) {
      slow.send({ do: 'wall', run: 'a' })
      await wait(25)
    }
    const before = quickRun.tick.value
    await until('pictures for the other', () => quickRun.tick.value > before + 3)
    expect((await server.stats()).clients).toBe(2)
    slow.resume()
    await wait(500)
    slowRun.setSpeed(64)
    const missed = slowRun.tick.value
    await until('pictures again', () => slowRun.tick.value > missed + 5)
    slowRun.wall.value?.games.forEach(({ task, steps }, slot) => {
      compare(slowRun, slot, played[steps][task])
    })
    expect(slow.bytes.texts + slow.bytes.pictures).toBeLessThan((walls * wallBytes) / 3)
  }, 30_000)
})

describe('the records', () => {
  it('come as they are written, without what no curve needs, and with the progress', async () => {
    hand.log(1, 300)
    const run = follow()
    await until('the first 300', () => run.records.value.length === 300)
    expect(run.records.value).toEqual(upTo(300).map(slimRecord))
    const job = hand.files.context.progress({ label: 'meta-training', unit: 'iterations', total: 40 })
    hand.log(301, 302)
    await until('two more', () => run.records.value.length === 302)
    await until('progress', () => run.progress.value?.label === 'meta-training')
    job.update(7, 'return 1 → 2')
    job.stop()
    await until('more progress', () => run.progress.value?.done === 7)
    expect(run.progress.value).toMatchObject({ unit: 'iterations', total: 40, detail: 'return 1 → 2' })
    hand.close()
    await until('no progress: nobody is at work', () => run.progress.value === null)
  })

  it('are read on from where they ended, half a line included', async () => {
    const path = join(folder, 'a', 'metrics.jsonl')
    hand.log(1, 2)
    const run = follow()
    await until('two', () => run.records.value.length === 2)
    const line = `${JSON.stringify({ iteration: 3, returns: [0] })}\n`
    writeFileSync(path, line.slice(0, 10), { flag: 'a' })
    await wait(400)
    expect(iterations(run)).toEqual([1, 2])
    writeFileSync(path, line.slice(10), { flag: 'a' })
    await until('the third', () => run.records.value.length === 3)
    expect(iterations(run)).toEqual([1, 2, 3])
  })

  it('of a run that was killed and goes on from its checkpoint are cut back, whatever came since', async () => {
    hand.log(1, 10)
    hand.run.saveCheckpoint('latest', 10, { tensors: new Map(), metadata: {} })
    hand.log(11, 12)
    hand.files.show(12, playAtRandom(['gems'], 'one', 1))
    const run = follow()
    const lengths: number[] = []
    run.records.subscribe(records => lengths.push(records.length))
    await until('all twelve', () => run.records.value.length === 12)
    hand.close()
    hand = openHandRun(join(folder, 'a'))
    await until('ten', () => run.records.value.length === 10)
    hand.close()
    // Cut back and grown past the old length between two looks.
    hand.run.log({ iteration: 11, returns: [7, 7] })
    await until('eleven', () => run.records.value.length === 11)
    hand = openHandRun(join(folder, 'a'))
    hand.log(11, 15)
    await until('fifteen', () => run.records.value.length === 15)
    expect(run.records.value).toEqual(upTo(15).map(slimRecord))
    expect(lengths.slice(0, 3)).toEqual([0, 12, 10])
  })

  it('are caught up without a gap or a double after the server was away', async () => {
    hand.log(1, 5)
    hand.files.show(1, playAtRandom(['gems'], 'one', 1))
    const socket = client()
    const run = follow(socket)
    await until('five, and a wall', () => run.records.value.length === 5 && run.tick.value > 0)
    const { port } = server
    await server.close()
    hand.log(6, 250)
    server = await serve(port)
    const ticks = run.tick.value
    await until('all of them', () => run.records.value.length === 250)
    await until('pictures again', () => run.tick.value > ticks)
    expect(run.records.value).toEqual(upTo(250).map(slimRecord))
    const again = socket.messages.filter(message => 'type' in message && message.type === 'records').slice(-3)
    // From the last one that it had, which shows that the run is still the same.
    expect(again.map(message => 'from' in message && message.from)).toContain(4)

    await server.close()
    hand.close()
    rmSync(join(folder, 'a'), { recursive: true })
    hand = openHandRun(join(folder, 'a'))
    for (let iteration = 1; iteration <= 251; iteration++) hand.run.log({ iteration, returns: [0, 0] })
    server = await serve(port)
    await until('another run of the same name', () =>
      run.records.value.every(({ returns }) => String(returns) === '0,0'),
    )
    await until('all of it', () => run.records.value.length === 251)
    expect(iterations(run)).toEqual(upTo(251))
  })

  it('of a run that is not there are refused in a sentence', async () => {
    const socket = client()
    for (const run of ['b', '..', '../a', 'a/../a', '.hidden']) {
      await until('the line', () =>
        socket.messages.some(message => 'type' in message && message.type === 'welcome'),
      )
      socket.send({ do: 'follow', run, from: 0 })
      await until(run, () =>
        socket.messages.some(message => 'error' in message && message.error.includes(`'${run}'`)),
      )
    }
  })
})

describe('the list of runs', () => {
  const newest = (socket: TestSocket): readonly RunSummary[] =>
    socket.messages
      .flatMap(message => ('type' in message && message.type === 'runs' ? [message.runs] : []))
      .at(-1) ?? []

  it('tells of a new run, how far it is, and that its trainer was killed', async () => {
    const socket = client()
    await until('the line', () => socket.messages.length > 0)
    const command = ['--import', 'tsx', 'test/run-folder-child.ts', 'hold', join(folder, 'b')]
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const stateOf = (name: string) => newest(socket).find(run => run.name === name)?.state
    await until('training', () => stateOf('b') === 'training')
    hand.log(1, 9)
    await until('nine iterations', () => newest(socket).find(({ name }) => name === 'a')?.iteration === 9)
    child.kill('SIGKILL')
    await once(child, 'close')
    await until('stopped', () => stateOf('b') === 'stopped')
    expect(newest(socket)).toEqual([
      {
        name: 'a',
        recipe: 'hand',
        games: ['gems', 'chaser'],
        seed: 1,
        state: 'training',
        iteration: 9,
        iterations: 40,
        best: null,
        hasAgent: false,
        hasEvaluation: false,
        changed: expect.any(Number),
      },
      expect.objectContaining({ name: 'b', recipe: 'child' }),
    ])
  })

  it('is told twice a second at most, and passes over folders that are no runs', async () => {
    mkdirSync(join(folder, 'empty'))
    mkdirSync(join(folder, 'damaged'))
    writeFileSync(join(folder, 'damaged', 'recipe.json'), '{')
    const socket = client()
    await until('the line', () => socket.messages.length > 0)
    const began = performance.now()
    for (let iteration = 1; performance.now() - began < 2000; iteration++) {
      hand.log(iteration, iteration)
      await wait(10)
    }
    const told = socket.messages.filter(message => 'type' in message && message.type === 'runs')
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThanOrEqual(4)
    expect(newest(socket).map(({ name }) => name)).toEqual(['a'])
  })
})
