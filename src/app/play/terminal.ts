/** Plays a game session on a terminal, with the keyboard, and leaves the terminal as it was, whatever happens. */
import { ACTIONS, type Action } from '../../../envs/game.ts'
import { createScene } from '../../core/scene.ts'
import { findTheme, type Theme } from '../../core/themes.ts'
import { pictureOfMap } from '../picture.ts'
import type { GameSession, Standing } from './game-session.ts'
import { fitted, toHalfBlocks } from './half-blocks.ts'

/** The keyboard: process.stdin, or something like it. */
export interface Keyboard {
  readonly isTTY?: boolean
  setRawMode(raw: boolean): unknown
  resume(): unknown
  pause(): unknown
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'end', listener: () => void): unknown
  off(event: 'data', listener: (chunk: Buffer) => void): unknown
  off(event: 'end', listener: () => void): unknown
}

/** The screen: process.stderr, since stdout belongs to the result. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  getColorDepth?(): number
  write(text: string): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

export interface TerminalPlay {
  readonly session: GameSession
  readonly keyboard: Keyboard
  readonly screen: Screen
  readonly signal: AbortSignal
  /** What the solver gets, or why that is not known. */
  readonly solver: string
}

/** Lines around the map: title, two of standing, message, keys. */
const OTHER_LINES = 5
const WINDOW = { columns: 80, rows: 24 }

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[0m\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

const ARROWS: Readonly<Record<string, Action>> = { A: 'up', B: 'down', C: 'right', D: 'left' }
const KEYS: Readonly<Record<string, Action>> = {
  w: 'up',
  a: 'left',
  s: 'down',
  d: 'right',
  ' ': 'use',
  '.': 'noop',
}
const CTRL_C = '\x03'
const CTRL_D = '\x04'
const HELP =
  'arrows or wasd move \u00b7 space use \u00b7 . wait \u00b7 u undo \u00b7 r restart \u00b7 h hint \u00b7 q quit'

/** Plays until the person quits, the keyboard ends or the signal comes. */
export async function playOnTerminal(play: TerminalPlay): Promise<void> {
  const { session, keyboard, screen, signal } = play
  let message = ''
  const draw = () => screen.write(frameOf(play, message))
  const restore = () => {
    keyboard.setRawMode(false)
    screen.write(LEAVE)
  }
  // A fault, or process.exit, ends the process without coming back here.
  process.once('exit', restore)
  try {
    keyboard.setRawMode(true)
    screen.write(ENTER)
    draw()
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer) => {
        try {
          for (const key of keysOf(chunk.toString('utf8'))) {
            if (key === 'q' || key === CTRL_C || key === CTRL_D) return finish()
            message = press(session, key)
          }
          draw()
        } catch (error) {
          reject(error)
          finish()
        }
      }
      const finish = () => {
        keyboard.off('data', onData)
        keyboard.off('end', finish)
        screen.off('resize', draw)
        signal.removeEventListener('abort', finish)
        process.off('SIGHUP', finish)
        keyboard.pause()
        resolve()
      }
      keyboard.on('data', onData)
      keyboard.on('end', finish)
      screen.on('resize', draw)
      signal.addEventListener('abort', finish)
      process.on('SIGHUP', finish)
      if (signal.aborted) finish()
      else keyboard.resume()
    })
  } finally {
    process.off('exit', restore)
    restore()
  }
}

/** The keys of a chunk of input: letters in lower case, and the names of the arrow keys' actions. */
function keysOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal sends keys as control sequences
  const found = text.matchAll(/\x1b[[O]([A-Z])|\x1b\[[0-9;]*[~A-Za-z]|\x1b|[\s\S]/g)
  return [...found].flatMap(([key, arrow]) => {
    if (arrow !== undefined) return Object.hasOwn(ARROWS, arrow) ? [ARROWS[arrow] as string] : []
    return key.startsWith('\x1b') ? [] : [key.toLowerCase()]
  })
}

/** Does what a key stands for and returns what to tell. */
function press(session: GameSession, key: string): string {
  const action = KEYS[key] ?? ACTIONS.find(name => name === key)
  if (action !== undefined) {
    session.act(ACTIONS.indexOf(action))
    return ''
  }
  if (key === 'u') return session.undo() ? 'one step back' : 'nothing to undo'
  if (key === 'r') {
    session.restart()
    return 'from the start'
  }
  if (key !== 'h') return ''
  if (session.standing().outcome !== 'playing') return 'the play has ended: u undoes, r restarts'
  const hint = session.hint()
  if (hint === undefined) return 'no hint: the solver finds no way to win from here'
  const name = ACTIONS[hint] as Action
  return `hint: ${name === 'noop' ? 'wait (.)' : name === 'use' ? 'use (space)' : name}`
}

/** The whole screen, from its first line on. */
function frameOf({ session, screen, solver }: TerminalPlay, message: string): string {
  const columns = screen.columns || WINDOW.columns
  const rows = Math.max(1, (screen.rows || WINDOW.rows) - OTHER_LINES)
  const { level } = session
  const scene = createScene()
  session.paint(scene)
  const whole = pictureOfMap(scene, findTheme(level.theme) as Theme)
  const picture = fitted(whole, scene.cameraX, scene.cameraY, { columns, rows })
  const lines = [
    `${level.game}: ${level.title ?? 'untitled'}`,
    ...toHalfBlocks(picture, (screen.getColorDepth?.() ?? 24) >= 24 ? 24 : 8),
    ...standingLines(session.standing(), solver, level.rules),
    message,
    HELP,
  ]
  const drawn = lines.map((line, i) => {
    const isPicture = i > 0 && i <= Math.ceil(picture.height / 2)
    return `${isPicture ? line : line.slice(0, columns)}${CLEAR_LINE}`
  })
  return HOME + drawn.join('\r\n') + CLEAR_BELOW
}

function standingLines(
  standing: Standing,
  solver: string,
  rules: Readonly<Record<string, unknown>>,
): string[] {
  const { outcome, total, reward, steps, horizon } = standing
  const last = reward === 0 ? '' : ` (${reward > 0 ? '+' : ''}${reward})`
  const count = `return ${total}${last} \u00b7 ${horizon - steps} of ${horizon} steps left`
  if (outcome === 'playing') return [count, '']
  const hidden = Object.entries(rules).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return [
    `${outcome}: return ${total} in ${steps} steps; ${solver}`,
    `the hidden rules were ${hidden.join(', ')}`,
  ]
}
