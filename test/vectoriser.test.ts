/** The vectoriser: lockstep, time limits, the two ways of ending an episode, and what is kept of it. */
import { describe, expect, test } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { episodeStream, solve } from '../envs/solver.ts'
import {
  type Autoreset,
  createVectoriser,
  type ObservationKind,
  type Vectoriser,
} from '../envs/vectoriser.ts'
import type { Level } from '../levels/level.ts'
import { parseLevel } from '../levels/text.ts'
import { stream } from '../src/core/random.ts'
import {
  atlasOf,
  createView,
  drawPixels,
  drawSymbolic,
  FRAME_BYTES,
  VIEW_CELLS,
} from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'
import { findTheme, type Theme } from '../src/core/themes.ts'

const LEVELS: readonly Level[] = Array.from(
  { length: 24 },
  (_, i) => drawLevel({ game: GAMES[i % GAMES.length]!.id }, 'train', `vectoriser/${i}`).level,
)
const levelFor = (slot: number, episode: number) => LEVELS[(slot * 5 + episode) % LEVELS.length] as Level
const gameOf = (level: Level) => GAMES.find(game => game.id === level.game)!
/** One step to the right takes the only gem and wins; every other way stays a while. */
const CORRIDOR = parseLevel('levelshift level 1\ngame: gems\n\n######\n#..@a#\n######', 'corridor.txt')
const RIGHT = 4
const LEFT = 3
const NOOP = 0

/** A picture of a state, made with nothing of the vectoriser's. */
function pictureOf(
  level: Level,
  state: Parameters<(typeof GAMES)[number]['paint']>[0],
  kind: ObservationKind,
): Uint8Array {
  const scene = createScene()
  gameOf(level).paint(state, scene)
  if (kind === 'symbolic') {
    const out = new Uint8Array(VIEW_CELLS)
    drawSymbolic(scene, out)
    return out
  }
  const view = createView(new Uint8Array(FRAME_BYTES))
  drawPixels(scene, atlasOf(findTheme(level.theme) as Theme), view)
  return view.pixels
}

const slice = (of: Vectoriser, array: Uint8Array, slot: number) =>
  array.subarray(slot * of.observationBytes, (slot + 1) * of.observationBytes)

describe.each<ObservationKind>(['pixels', 'symbolic'])('%s', observation => {
  test.each<Autoreset>(['same-step', 'disabled'])(
    '64 slots with autoreset %s equal games played one by one',
    autoreset => {
      const slots = 64
      const horizon = 20
      const games = createVectoriser({ slots, levelFor, observation, autoreset, horizon })
      const random = stream('lockstep', observation, autoreset)
      games.reset()
      // The same by hand: a state, a clock and an episode number for each slot.
      const single = Array.from({ length: slots }, (_, slot) => begin(slot, 0))
      function begin(slot: number, episode: number) {
        const level = levelFor(slot, episode)
        const state = gameOf(level).start(level, episodeStream(level, `${slot}/${episode}`))
        return { level, state, episode, time: 0, ended: false }
      }
      for (let t = 0; t < 70; t++) {
        const actions = Array.from({ length: slots }, () => random.int(ACTION_COUNT))
        games.step(actions)
        for (let slot = 0; slot < slots; slot++) {
          let mine = single[slot]!
          if (mine.ended) {
            expect([games.rewards[slot], games.terminated[slot], games.truncated[slot]]).toEqual([0, 0, 0])
          } else {
            const reward = gameOf(mine.level).step(mine.state, actions[slot]!)
            mine.time++
            const over = mine.state.terminated
            const late = !over && mine.time === horizon
            expect([games.rewards[slot], games.terminated[slot], games.truncated[slot]]).toEqual([
              reward,
              +over,
              +late,
            ])
            if (late) {
              const last = pictureOf(mine.level, mine.state, observation)
              expect(Buffer.compare(slice(games, games.finalObservation, slot), last)).toBe(0)
            }
            if (over || late) {
              if (autoreset === 'same-step') mine = single[slot] = begin(slot, mine.episode + 1)
              else mine.ended = true
            }
          }
          expect(games.ended[slot]).toBe(+mine.ended)
          expect(games.levels[slot]).toBe(mine.level)
          const picture = pictureOf(mine.level, mine.state, observation)
          expect(Buffer.compare(slice(games, games.observations, slot), picture)).toBe(0)
        }
        if (t % 25 === 24) {
          games.reset()
          for (let slot = 0; slot < slots; slot++) single[slot] = begin(slot, single[slot]!.episode + 1)
        }
      }
    },
  )

  test('an observation has its declared size, and all lie in one array that stays', () => {
    const games = createVectoriser({ slots: 3, levelFor, observation, autoreset: 'same-step' })
    const { observations, rewards } = games
    expect(games.observationBytes).toBe(observation === 'pixels' ? 64 * 64 * 3 : 16 * 16)
    expect(observations).toHaveLength(3 * games.observationBytes)
    games.reset()
    games.step([0, 1, 2])
    expect(games.observations).toBe(observations)
    expect(games.rewards).toBe(rewards)
  })
})

describe('ends', () => {
  const corridor = (autoreset: Autoreset, horizon?: number) =>
    createVectoriser({
      slots: 2,
      levelFor: () => CORRIDOR,
      observation: 'symbolic',
      autoreset,
      ...(horizon === undefined ? {} : { horizon }),
    })

  test('a win in the last step of the time limit is terminated and not truncated', () => {
    const games = corridor('disabled', 2)
    games.reset()
    games.step([NOOP, NOOP])
    games.step([RIGHT, NOOP])
    expect([...games.terminated]).toEqual([1, 0])
    expect([...games.truncated]).toEqual([0, 1])
    expect([...games.rewards]).toEqual([1, 0])
    expect([...games.ended]).toEqual([1, 1])
  })

  test('autoreset disabled: the slot shows its last picture and takes no actions until reset', () => {
    const games = corridor('disabled')
    games.reset()
    games.step([RIGHT, NOOP])
    const last = slice(games, games.observations, 0).slice()
    games.step([LEFT, NOOP])
    expect([games.rewards[0], games.terminated[0], games.truncated[0], games.ended[0]]).toEqual([0, 0, 0, 1])
    expect(slice(games, games.observations, 0)).toEqual(last)
    games.reset()
    expect([...games.ended]).toEqual([0, 0])
    expect(slice(games, games.observations, 0)).not.toEqual(last)
  })

  test("autoreset same-step: the observation is the next episode's first", () => {
    const games = corridor('same-step')
    games.reset()
    const first = slice(games, games.observations, 0).slice()
    games.step([LEFT, LEFT])
    expect(slice(games, games.observations, 0)).not.toEqual(first)
    games.step([RIGHT, LEFT])
    games.step([RIGHT, LEFT])
    expect([...games.terminated]).toEqual([1, 0])
    expect(slice(games, games.observations, 0)).toEqual(first)
    expect([...games.ended]).toEqual([0, 0])
  })

  test("without a horizon each slot keeps its own level's time limit", () => {
    const games = createVectoriser({ slots: 12, levelFor, observation: 'symbolic', autoreset: 'same-step' })
    games.reset()
    const limits = [...games.levels].map(level => gameOf(level).horizon(level))
    expect(new Set(limits).size).toBeGreaterThan(1)
    for (let t = 1; t <= Math.max(...limits); t++) {
      const before = [...games.levels]
      games.step(new Uint8Array(12))
      for (let slot = 0; slot < 12; slot++) {
        if (t === limits[slot]) expect(games.truncated[slot]).toBe(1)
        else if (t < limits[slot]!) {
          expect(games.truncated[slot]).toBe(0)
          expect(games.levels[slot]).toBe(before[slot])
        }
      }
    }
  })

  test("the solver's way wins in lockstep too", () => {
    const games = createVectoriser({ slots: LEVELS.length, levelFor: slot => LEVELS[slot] as Level, observation: 'symbolic', autoreset: 'disabled' }) // biome-ignore format: one call
    const solutions = LEVELS.map(level => solve(gameOf(level), level))
    const returns = LEVELS.map(() => 0)
    games.reset()
    for (let t = 0; t < 100; t++) {
      games.step(solutions.map(({ actions }) => actions[t] ?? NOOP))
      for (const [slot] of LEVELS.entries()) returns[slot]! += games.rewards[slot]!
    }
    expect(returns).toEqual(solutions.map(solution => solution.bestReturn))
  })
})

describe('episodes', () => {
  test('reset does not reseed: it asks for the next level and the next episode, in every slot', () => {
    const asked: string[] = []
    const games = createVectoriser({
      slots: 2,
      levelFor: (slot, episode) => {
        asked.push(`${slot}/${episode}`)
        return levelFor(slot, episode)
      },
      observation: 'symbolic',
      autoreset: 'same-step',
      horizon: 3,
    })
    games.reset()
    games.reset()
    for (let t = 0; t < 3; t++) games.step([NOOP, NOOP])
    games.reset()
    expect(asked).toEqual(['0/0', '1/0', '0/1', '1/1', '0/2', '1/2', '0/3', '1/3'])
  })

  test('reset forgets rewards and ends', () => {
    const games = createVectoriser({
      slots: 1,
      levelFor: () => CORRIDOR,
      observation: 'symbolic',
      autoreset: 'same-step',
    })
    games.reset()
    games.step([RIGHT])
    expect([games.rewards[0], games.terminated[0]]).toEqual([1, 1])
    games.reset()
    expect([games.rewards[0], games.terminated[0], games.truncated[0]]).toEqual([0, 0, 0])
  })

  test('two vectorisers with the same levels and actions give the same bytes', () => {
    const make = () => createVectoriser({ slots: 8, levelFor, observation: 'pixels', autoreset: 'same-step' })
    const [one, two] = [make(), make()]
    const random = stream('twice')
    one.reset()
    two.reset()
    for (let t = 0; t < 200; t++) {
      const actions = Uint8Array.from({ length: 8 }, () => random.int(ACTION_COUNT))
      one.step(actions)
      two.step(actions)
      expect(Buffer.compare(one.observations, two.observations)).toBe(0)
      expect(one.rewards).toEqual(two.rewards)
    }
  })

  test('a level of an unknown game or theme is refused when its episode begins', () => {
    const play = (level: Level) =>
      createVectoriser({
        slots: 1,
        levelFor: () => level,
        observation: 'pixels',
        autoreset: 'disabled',
      }).reset()
    expect(() => play({ ...CORRIDOR, game: 'chess' })).toThrow("unknown game 'chess'")
    expect(() => play({ ...CORRIDOR, theme: 'moon' })).toThrow("unknown theme 'moon'")
  })
})
