/** What a trainer leaves for those who watch: true to what was played, and never in the way of training. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlayback } from '../envs/playback.ts'
import type { CommandContext } from '../src/app/context.ts'
import { dropLaterGames, readLiveGames, readStatus, type Status } from '../src/app/live-files.ts'
import { train } from '../src/app/train.ts'
import { createRunList } from '../src/app/watch/runs.ts'
import type { Recipe } from '../src/learn/recipe.ts'
import { checkpointOf, differences, linesOf, quietContext, TINY } from './tiny-run.ts'

/** One episode a task, so that live.json holds all that was played; two of the games have chance in them. */
const ALL_SHOWN: Recipe = {
  ...TINY,
  levels: [
    { game: 'gems', size: [7, 7] },
    { game: 'chaser', size: [9, 9] },
    { game: 'crossing', size: [9, 9] },
  ],
  meta: { ...TINY.meta, iterations: 3, tasks: 6, episodes: 1 },
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'levelshift-live-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A context that calls `look` at the begin of a job and at every step of it. */
function watching(look: (label: string) => void): CommandContext & { readonly said: string[] } {
  const quiet = quietContext()
  return {
    said: quiet.said,
    signal: new AbortController().signal,
    command: quiet.command,
    say: quiet.say,
    progress: ({ label }) => {
      look(label)
      return { update: () => look(label), stop() {} }
    },
  }
}

describe('a training', () => {
  it('leaves recordings that replay to the returns that it reports', async () => {
    const out = join(folder, 'shown')
    const seen: number[] = []
    const statuses = new Map<string, Status>()
    const context = watching(label => {
      const status = existsSync(join(out, 'status.json')) && readStatus(out)
      if (status) statuses.set(status.label, status)
      const record = JSON.parse(linesOf(out, 'metrics.jsonl').at(-1) ?? '{}')
      if (label !== 'meta-training' || record.iteration === undefined) return
      const live = readLiveGames(out)
      expect(live?.iteration).toBe(record.iteration)
      const { returns } = record as { returns: number[] }
      const replayed = returns.map(() => 0)
      for (const { recording } of live?.games ?? []) {
        const playback = createPlayback(recording.level, recording.actions, recording.episode)
        playback.seek(recording.actions.length)
        expect(playback.step).toBe(recording.actions.length)
        replayed[recording.steps] += playback.return / ALL_SHOWN.meta.tasks
      }
      expect(replayed.map(value => value.toFixed(4))).toEqual(returns.map(value => value.toFixed(4)))
      seen.push(record.iteration)
    })
    await train({ recipe: ALL_SHOWN, seed: 3, out, resume: false }, context)
    expect(seen).toEqual([1, 2, 3])
    expect(readLiveGames(out)?.games.map(({ task, recording }) => [task, recording.steps])).toEqual(
      Array.from({ length: 18 }, (_, i) => [Math.floor(i / 3), i % 3]),
    )
    expect([...statuses.keys()]).toEqual([
      'pretraining the encoder',
      'meta-training',
      'training the baseline',
      "choosing the baselines' rates",
    ])
    const last = readStatus(out)
    expect(last).toMatchObject({ done: last?.total, unit: 'rates', detail: expect.stringContaining('rate ') })
    expect(last?.perSecond).toBeGreaterThan(0)
  })

  it('goes on where they cannot be written, says so once, and ends with the same bits', async () => {
    const [free, blocked] = [join(folder, 'free'), join(folder, 'blocked')]
    const recipe = { ...ALL_SHOWN, meta: { ...ALL_SHOWN.meta, iterations: 2 } }
    await train({ recipe, seed: 1, out: free, resume: false }, quietContext())
    const context = watching(() => {
      for (const name of ['live.json', 'status.json'])
        mkdirSync(join(blocked, name, 'in the way'), { recursive: true })
    })
    await train({ recipe, seed: 1, out: blocked, resume: false }, context)
    expect(context.said).toEqual([
      expect.stringMatching(/^cannot write .*status\.json: it is a folder.*goes on/),
    ])
    expect(differences(free, blocked)).toEqual([])
  })

  it('is listed with its score once it is finished', async () => {
    const list = createRunList(folder)
    expect(await list.refresh(true)).toBe(true)
    const metadata = checkpointOf(join(folder, 'shown'), 'best').metadata
    expect(list.runs.find(({ name }) => name === 'shown')).toMatchObject({
      recipe: 'tiny',
      games: ['gems', 'chaser', 'crossing'],
      seed: 3,
      state: 'finished',
      iteration: 3,
      iterations: 3,
      best: Number(metadata['validation']),
      hasAgent: true,
      hasEvaluation: false,
    })
    expect(await list.refresh(true)).toBe(false)
    const one = createRunList(join(folder, 'shown'))
    await one.refresh(true)
    expect(one.runs.map(({ name }) => [name, one.folderOf(name)])).toEqual([['shown', join(folder, 'shown')]])
  })

  it('drops the games of iterations that a resumed run repeats', () => {
    const path = join(folder, 'shown', 'live.json')
    const text = readFileSync(path, 'utf8')
    dropLaterGames(join(folder, 'shown'), 3)
    expect(existsSync(path)).toBe(true)
    dropLaterGames(join(folder, 'shown'), 2)
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, text.slice(0, 1000))
    dropLaterGames(join(folder, 'shown'), 3)
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, text)
  })
})

describe('a damaged live.json is refused in a sentence', () => {
  const damages: [string, (text: string) => string, RegExp][] = [
    ['cut short', text => text.slice(0, -20), /expected JSON/],
    ['of another version', text => text.replace('"version":1', '"version":2'), /live\.json: version: /],
    ['with an unknown game', text => text.replaceAll('"gems"', '"chess"'), /unknown game 'chess'/],
    ['with a level that cannot be played', text => text.replaceAll(/@(?!\d)/g, '.'), /no player/],
    ['with half a recording', text => text.replace(/"actions":"[^"]{4}/, '"actions":"'), /do not fit/],
  ]
  it.each(damages)('%s', (_, damage, expected) => {
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged, { recursive: true })
    writeFileSync(
      join(damaged, 'live.json'),
      damage(readFileSync(join(folder, 'shown', 'live.json'), 'utf8')),
    )
    expect(() => readLiveGames(damaged)).toThrow(expected)
  })
})
