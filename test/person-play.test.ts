/** A person's play on the page, as far as no browser is needed: episodes, keys, real time, hints, the next level. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTIONS, type Action } from '../envs/game.ts'
import { createPlayback } from '../envs/playback.ts'
import { findGame } from '../envs/registry.ts'
import { replay } from '../envs/replay.ts'
import { solve } from '../envs/solver.ts'
import { hashLevel, type Level } from '../levels/level.ts'
import { parseLevel } from '../levels/text.ts'
import { openGameSession } from '../src/app/play/game-session.ts'
import { agentFor } from '../src/viewer/learn/agent-choice.ts'
import type { LevelWork } from '../src/viewer/learn/learning.ts'
import { drawSettings, TRAINING_LAYOUTS } from '../src/viewer/levels/draw-settings.ts'
import { handMadeLevels } from '../src/viewer/levels/hand-made.ts'
import { pickedLevelOf } from '../src/viewer/levels/picked-level.ts'
import { actionOfSwipe, openController } from '../src/viewer/play/controller.ts'
import { nextLevel } from '../src/viewer/play/next-level.ts'
import { openPersonPlay } from '../src/viewer/play/person-play.ts'
import { announcementOf, numberText, scoreOf } from '../src/viewer/play/words.ts'
import { recordingOf } from '../src/viewer/playback/recorded.ts'

const packed = (game: string, name: string): Level =>
  parseLevel(readFileSync(join(import.meta.dirname, '../levels/packs', game, `${name}.txt`), 'utf8'), name)

const index = (name: Action) => ACTIONS.indexOf(name)
const level = packed('gems', 'two-wings')
const { actions: solution, bestReturn } = solve(findGame('gems'), level)

describe('episodes', () => {
  it('are kept with what replaying their moves gives', () => {
    const play = openPersonPlay(level)
    expect(play.episodes()).toEqual([])
    for (const action of solution) play.act(action)
    play.act(index('up'))
    play.restart()
    for (const action of [index('left'), index('left'), index('up')]) play.act(action)
    play.restart()
    play.act(index('right'))
    const episodes = play.episodes()
    expect(episodes.map(({ number, outcome, steps }) => [number, outcome, steps])).toEqual([
      [1, 'won', solution.length],
      [2, 'left', 3],
      [3, 'playing', 1],
    ])
    for (const episode of episodes) expect(replay(level, episode.moves).return).toBe(episode.return)
    expect(episodes[0]?.return).toBe(bestReturn)
  })

  it('end with the time limit, and a restart without a step begins none', () => {
    const play = openPersonPlay(level)
    play.restart()
    for (let i = 0; i < 100; i++) play.act(index('noop'))
    expect(play.episodes()).toMatchObject([{ number: 1, outcome: 'out of time', steps: 48, return: 0 }])
  })

  it('are marked where steps were taken back or hints were asked for, until the next one', () => {
    const play = openPersonPlay(level)
    play.act(index('left'))
    expect(play.undo()).toBe(true)
    expect(play.undo()).toBe(false)
    play.act(index('left'))
    play.restart()
    play.act(index('left'))
    play.restart()
    play.act(index('left'))
    play.markHelped()
    expect(play.episodes().map(({ isHelped }) => isHelped)).toEqual([true, false, true])
  })

  it('can be taken back from their end, and count once', () => {
    const play = openPersonPlay(level)
    for (const action of solution) play.act(action)
    play.undo()
    expect(play.standing().outcome).toBe('playing')
    play.act(solution.at(-1) as number)
    expect(play.episodes()).toMatchObject([{ outcome: 'won', return: bestReturn, isHelped: true }])
  })

  it('are recordings that play again as they were', () => {
    const play = openPersonPlay(level)
    for (const action of solution) play.act(action)
    const { actions, probabilities, values, episode } = recordingOf(level, play.actions)
    const playback = createPlayback(level, actions, episode)
    playback.seek(actions.length)
    expect([playback.return, playback.won]).toEqual([bestReturn, true])
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBe(actions.length)
    expect(values).toHaveLength(actions.length)
  })
})

describe('the controller', () => {
  const noHint = async () => undefined

  it('counts every change, and says rewards and the end', () => {
    const controller = openController(openPersonPlay(level), noHint)
    const said = new Set<string>()
    for (const action of solution) {
      controller.press(action)
      said.add(controller.said.value)
    }
    expect(controller.tick.value).toBe(solution.length)
    const playback = createPlayback(level, solution)
    while (playback.reward === 0) playback.advance()
    expect(said).toContain(`Plus 1 point. Return 1, ${48 - playback.step} steps left.`)
    expect(controller.said.value).toBe(
      `Plus 1 point. You won. Return ${bestReturn}, ${48 - solution.length} steps left.`,
    )
  })

  it('hints at what the solver does next, and not at what is no longer asked', async () => {
    const person = openPersonPlay(level)
    const session = openGameSession(level, { hintBudget: 200_000 })
    const controller = openController(person, async () => session.hint())
    controller.hint()
    await vi.waitFor(() => expect(controller.message.value).toMatch(/^Hint: (up|down|left|right)$/))
    controller.hint()
    controller.press(index('left'))
    await Promise.resolve()
    expect(controller.message.value).toBe('')
    const lost = openController(openPersonPlay(level), noHint)
    lost.hint()
    await vi.waitFor(() => expect(lost.message.value).toMatch(/finds no way to win from here/))
    expect(person.episodes()[0]?.isHelped).toBe(true)
  })

  it('knows a swipe from a tap', () => {
    expect([
      actionOfSwipe(60, 10),
      actionOfSwipe(-60, 10),
      actionOfSwipe(3, -40),
      actionOfSwipe(-3, 40),
    ]).toEqual([index('right'), index('left'), index('up'), index('down')])
    expect(actionOfSwipe(10, -20)).toBeUndefined()
  })

  describe('in real time', () => {
    beforeEach(() => {
      vi.useFakeTimers()
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    const moves = (controller: { person: { standing(): { moves: string } } }) =>
      controller.person.standing().moves

    it('waits for the first press, does what is held, and else waits a turn', () => {
      const controller = openController(openPersonPlay(level), noHint)
      controller.setPace(4)
      vi.advanceTimersByTime(1000)
      expect(moves(controller)).toBe('')
      controller.press(index('left'))
      vi.advanceTimersByTime(500)
      controller.release(index('left'))
      vi.advanceTimersByTime(250)
      // Shorter than a step, and done all the same.
      controller.press(index('up'))
      controller.release(index('up'))
      vi.advanceTimersByTime(500)
      expect(moves(controller)).toBe('llnun')
    })

    it('stops when told to, and at the end', () => {
      const controller = openController(openPersonPlay(level), noHint)
      controller.setPace(8)
      controller.press(index('noop'))
      vi.advanceTimersByTime(250)
      controller.pause()
      vi.advanceTimersByTime(1000)
      expect([moves(controller), controller.isRunning.value]).toEqual(['nn', false])
      controller.press(index('noop'))
      vi.advanceTimersByTime(20_000)
      expect(controller.person.standing().outcome).toBe('out of time')
      expect(controller.isRunning.value).toBe(false)
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})

describe('words', () => {
  it('scores between chance and the solver', () => {
    expect(scoreOf(6, { random: 2, solver: 6 })).toBe(1)
    expect(scoreOf(3, { random: 2, solver: 6 })).toBe(0.25)
    expect(scoreOf(3, { random: 6, solver: 6 })).toBeUndefined()
    expect(scoreOf(3, undefined)).toBeUndefined()
    expect([numberText(-0.714), numberText(5.9375), numberText(2)]).toEqual(['\u22120.71', '5.94', '2'])
  })

  it('says nothing of a step on which nothing happened', () => {
    const standing = {
      outcome: 'playing',
      total: 3,
      reward: 0,
      steps: 4,
      horizon: 32,
      moves: 'uuuu',
    } as const
    expect(announcementOf(standing)).toBe('')
    expect(announcementOf({ ...standing, reward: -3 })).toBe('Minus 3 points. Return 3, 28 steps left.')
  })
})

describe('the agent that plays', () => {
  const entry = (id: string, games: string[]) => ({ id, name: id, recipe: id, games, bytes: 1 })
  const all = entry('all', ['gems', 'keys', 'maze'])
  const two = entry('two', ['gems', 'keys'])

  it('is the one that learned the game and little else, or the one that learned most', () => {
    for (const agents of [
      [all, two],
      [two, all],
    ]) {
      expect(agentFor(agents, 'keys')).toBe(two)
      expect(agentFor(agents, 'maze')).toBe(all)
      expect(agentFor(agents, 'lander')).toBe(all)
    }
    expect(agentFor([], 'gems')).toBeUndefined()
  })
})

describe('the next level', () => {
  const work = {
    draw: async (...request: Parameters<typeof drawLevel>) => drawLevel(...request),
  } as LevelWork

  it('is the next of the pack, and after the last the first', async () => {
    const pack = handMadeLevels('gems')
    for (const [i, one] of pack.entries()) {
      const next = await nextLevel(pickedLevelOf(one), work)
      expect(hashLevel(next)).toBe(hashLevel(pack[(i + 1) % pack.length] as Level))
    }
  })

  it('is the next seed of the same split, drawn as this one was', async () => {
    drawSettings.value = null
    const heldOut = { game: 'keys', families: ['three-doors'], size: [9, 11], heldOutRules: true } as const
    const drawn = drawLevel(heldOut, 'test', 'play/7').level
    const next = await nextLevel(pickedLevelOf(drawn), work)
    expect(hashLevel(next)).toBe(drawLevel(heldOut, 'test', 'play/8').hash)
    drawSettings.value = {
      game: 'keys',
      split: 'test',
      layout: TRAINING_LAYOUTS,
      difficulty: 3,
      heldOutRules: false,
    }
    const hard = await nextLevel(pickedLevelOf(drawn), work)
    expect(hashLevel(hard)).toBe(drawLevel({ game: 'keys', difficulty: 3 }, 'test', 'play/8').hash)
  })

  it('is one of the same game and split for a level from elsewhere', async () => {
    drawSettings.value = null
    const own: Level = { ...packed('maze', 'crossroads'), rules: { real: 1, controls: [0, 1, 2, 3] } }
    const picked = pickedLevelOf(own)
    const next = pickedLevelOf(await nextLevel(picked, work))
    expect([next.level.game, next.split]).toEqual(['maze', picked.split])
    expect(next.hash).not.toBe(picked.hash)
  })
})
