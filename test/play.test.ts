/** Playing by hand: the session's undo and hints, and the terminal, whose keyboard and screen are ours here. */
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ACTIONS, type Action } from '../envs/game.ts'
import { findGame } from '../envs/registry.ts'
import { solve } from '../envs/solver.ts'
import { parseLevel } from '../levels/text.ts'
import { openGameSession } from '../src/app/play/game-session.ts'
import { fitted, toHalfBlocks } from '../src/app/play/half-blocks.ts'
import { playOnTerminal } from '../src/app/play/terminal.ts'

const LEVEL = parseLevel(
  `levelshift level 1
game: gems
title: Two corners
rules.worth: [1, -1, 1]

#######
#@..a.#
#.b...#
#######
`,
  'a.txt',
)
const [UP, DOWN, RIGHT] = (['up', 'down', 'right'] as const).map(name => ACTIONS.indexOf(name)) as [
  number,
  number,
  number,
]

describe('a session', () => {
  it('counts rewards and steps, takes them back, and begins again', () => {
    const session = openGameSession(LEVEL, { hintBudget: 1000 })
    session.act(DOWN)
    session.act(RIGHT)
    expect(session.standing()).toEqual({
      outcome: 'playing',
      total: -1,
      reward: -1,
      steps: 2,
      horizon: 24,
      moves: 'dr',
    })
    expect(session.undo()).toBe(true)
    expect(session.standing()).toMatchObject({ total: 0, reward: 0, steps: 1, moves: 'd' })
    session.act(UP)
    for (let i = 0; i < 3; i++) session.act(RIGHT)
    expect(session.standing()).toMatchObject({ outcome: 'won', total: 1, steps: 5 })
    // The play has ended: more keys do nothing, but it can be taken back.
    session.act(RIGHT)
    expect(session.standing().steps).toBe(5)
    session.undo()
    expect(session.standing()).toMatchObject({ outcome: 'playing', total: 0, steps: 4 })
    session.restart()
    expect(session.standing()).toMatchObject({ steps: 0, moves: '' })
    expect(session.undo()).toBe(false)
  })

  it('ends at the time limit', () => {
    const session = openGameSession(LEVEL, { hintBudget: 1000 })
    for (let i = 0; i < 30; i++) session.act(UP)
    expect(session.standing()).toMatchObject({ outcome: 'out of time', steps: 24 })
    expect(session.hint()).toBeUndefined()
  })

  it('hints lead to a win from anywhere, along the known play and beside it', () => {
    const { actions } = solve(findGame('gems'), LEVEL)
    const session = openGameSession(LEVEL, { hintBudget: 1000, solution: actions })
    expect(session.hint()).toBe(RIGHT)
    session.act(DOWN)
    while (session.standing().outcome === 'playing') session.act(session.hint() as number)
    expect(session.standing()).toMatchObject({ outcome: 'won', total: 1, steps: 5 })
  })
})

/** A keyboard and a screen that remember. */
function terminal() {
  const keyboard = Object.assign(new EventEmitter(), {
    raw: [] as boolean[],
    setRawMode: (raw: boolean) => keyboard.raw.push(raw),
    resume() {},
    pause() {},
  })
  const screen = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    text: '',
    write: (text: string) => {
      screen.text += text
    },
  })
  return { keyboard, screen }
}

/** The screen's last picture without colours, as lines. */
function lines(text: string): string[] {
  const frames = text.split('\x1b[H')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is sent
  return (frames[frames.length - 1] as string).replace(/\x1b\[[?0-9;]*[A-Za-z]/g, '').split('\r\n')
}

describe('the terminal', () => {
  function playing() {
    const { keyboard, screen } = terminal()
    const session = openGameSession(LEVEL, { hintBudget: 1000 })
    const controller = new AbortController()
    const ended = playOnTerminal({
      session,
      keyboard,
      screen,
      signal: controller.signal,
      solver: 'the solver gets 1 in 3',
    })
    const press = (keys: string) => keyboard.emit('data', Buffer.from(keys))
    return { keyboard, screen, session, controller, ended, press }
  }

  it('obeys arrows, letters and several keys at once, and shows return, steps left and the end', async () => {
    const { screen, session, ended, press } = playing()
    expect(lines(screen.text)[0]).toBe('gems: Two corners')
    press('\x1b[B')
    press('\x1bOA')
    expect(session.standing().moves).toBe('du')
    press('D.')
    expect(session.standing().moves).toBe('durn')
    expect(lines(screen.text)).toContain('return 0 \u00b7 20 of 24 steps left')
    press('h')
    expect(lines(screen.text)).toContain('hint: right')
    press('u\x1b[C\x1b[C')
    expect(lines(screen.text)).toEqual(
      expect.arrayContaining([
        'won: return 1 in 5 steps; the solver gets 1 in 3',
        'the hidden rules were worth [1,-1,1], controls [0,1,2,3]',
      ]),
    )
    press('r')
    expect(session.standing().steps).toBe(0)
    press('q')
    await ended
  })

  it('never tells the hidden rules before the end', async () => {
    const { screen, ended, press } = playing()
    press('dh')
    expect(screen.text).not.toContain('worth')
    press('q')
    await ended
  })

  const endings: [string, (play: ReturnType<typeof playing>) => void][] = [
    ['q', ({ press }) => press('q')],
    ['Ctrl-C', ({ press }) => press('\x03')],
    ['the end of the keyboard', ({ keyboard }) => keyboard.emit('end')],
    ['a signal', ({ controller }) => controller.abort()],
    ['a terminal that hangs up', () => process.emit('SIGHUP', 'SIGHUP')],
  ]
  it.each(endings)('is left as it was after %s', async (_, end) => {
    const before = process.listenerCount('exit') + process.listenerCount('SIGHUP')
    const play = playing()
    end(play)
    await play.ended
    expect(play.keyboard.raw).toEqual([true, false])
    expect(play.screen.text.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true)
    expect(play.screen.text.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true)
    expect(play.keyboard.eventNames()).toEqual([])
    expect(play.screen.eventNames()).toEqual([])
    expect(process.listenerCount('exit') + process.listenerCount('SIGHUP')).toBe(before)
  })

  it('is left as it was after a fault', async () => {
    const play = playing()
    Object.assign(play.session, {
      act: () => {
        throw new Error('broken rules')
      },
    })
    play.press('d')
    await expect(play.ended).rejects.toThrow('broken rules')
    expect(play.keyboard.raw).toEqual([true, false])
    expect(play.screen.text.endsWith('\x1b[?1049l')).toBe(true)
  })

  it.each(ACTIONS.map(name => [name]))('has a key for %s', async (name: Action) => {
    const keys = { noop: '.', up: 'w', down: 's', left: 'a', right: 'd', use: ' ' }
    const { session, ended, press } = playing()
    press(keys[name])
    expect(session.standing().steps).toBe(1)
    press('q')
    await ended
  })
})

describe('half blocks', () => {
  const picture = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => i % 251),
  })

  it('say two pixels with each character, in their colours', () => {
    const data = Uint8Array.of(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6)
    expect(toHalfBlocks({ width: 2, height: 2, data }, 24)).toEqual([
      '\x1b[38;2;1;2;3;48;2;4;5;6m\u2580\u2580\x1b[0m',
    ])
    const grey = Uint8Array.of(255, 255, 255, 0, 0, 0)
    // White and black of the 6x6x6 cube of 256 colours.
    expect(toHalfBlocks({ width: 1, height: 2, data: grey }, 8)).toEqual([
      '\x1b[38;5;231;48;5;16m\u2580\x1b[0m',
    ])
  })

  it('fit the window: the whole map at full or half size, otherwise the part around the player', () => {
    const window = { columns: 40, rows: 10 }
    expect(fitted(picture(40, 16), 0, 0, window)).toMatchObject({ width: 40, height: 16 })
    expect(fitted(picture(72, 40), 0, 0, window)).toMatchObject({ width: 36, height: 20 })
    const large = picture(8 * 64, 8 * 64)
    const corner = fitted(large, 63, 63, window)
    expect(corner).toMatchObject({ width: 40, height: 20 })
    // The last pixel is the mean of the map's last four.
    const last = (x: number, y: number) => large.data[(y * large.width + x) * 3] as number
    expect(corner.data[(20 * 40 - 1) * 3]).toBe(
      (last(510, 510) + last(511, 510) + last(510, 511) + last(511, 511)) >> 2,
    )
  })
})
