/** What keys, buttons and swipes do to a person's play, turn by turn or in real time. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { ACTIONS } from '../../../envs/game.ts'
import { messageOf } from '../../core/errors.ts'
import type { PersonPlay } from './person-play.ts'
import { announcementOf, hintWords } from './words.ts'

/** Steps a second in real time; 0: the game waits for the person. */
export const PACES = [0, 4, 8] as const
export type Pace = (typeof PACES)[number]

export interface PlayController {
  readonly person: PersonPlay
  /** Counts up with every change of the play. */
  readonly tick: ReadonlySignal<number>
  /** Milliseconds that the next change may glide. */
  readonly glide: () => number
  readonly pace: ReadonlySignal<Pace>
  /** In real time: steps are being taken. */
  readonly isRunning: ReadonlySignal<boolean>
  /** A line for the person: a hint, or what a key did. */
  readonly message: ReadonlySignal<string>
  /** What happened, to be read out. */
  readonly said: ReadonlySignal<string>
  /** A key or button of an action goes down: a step, or in real time what is done from now on. */
  press(action: number): void
  /** It goes up. */
  release(action: number): void
  undo(): void
  restart(): void
  hint(): void
  setPace(pace: Pace): void
  /** Stops real time until the next press. */
  pause(): void
}

/** Finds the next action of a play that wins, from where the person is. */
export type AskHint = (actions: readonly number[]) => Promise<number | undefined>

const TURN_GLIDE = 110
/** A shorter way of the finger is a tap, in CSS pixels. */
const SWIPE = 24
const NOOP = ACTIONS.indexOf('noop')

export function openController(person: PersonPlay, askHint: AskHint): PlayController {
  const tick = signal(0)
  const pace: Signal<Pace> = signal(0)
  const isRunning = signal(false)
  const message = signal('')
  const said = signal('')
  let timer: ReturnType<typeof setInterval> | undefined
  /** In real time: the action whose key is down, and one that was pressed since the last step. */
  let held: number | undefined
  let queued: number | undefined
  let glides = true

  const changed = (text = '', doesGlide = true) => {
    message.value = text
    glides = doesGlide
    tick.value++
  }
  const act = (action: number) => {
    if (person.standing().outcome !== 'playing') return
    person.act(action)
    changed()
    const standing = person.standing()
    said.value = announcementOf(standing)
    if (standing.outcome !== 'playing') pause()
  }
  const pause = () => {
    clearInterval(timer)
    isRunning.value = false
    held = queued = undefined
  }
  const run = () => {
    if (isRunning.value) return
    isRunning.value = true
    timer = setInterval(() => {
      act(queued ?? held ?? NOOP)
      queued = undefined
    }, 1000 / pace.value)
  }
  return {
    person,
    tick,
    glide: () => (glides ? (pace.value === 0 ? TURN_GLIDE : 1000 / pace.value) : 0),
    pace,
    isRunning,
    message,
    said,
    press(action) {
      if (pace.value === 0) return act(action)
      if (person.standing().outcome !== 'playing') return
      held = queued = action
      run()
    },
    release(action) {
      if (held === action) held = undefined
    },
    undo() {
      pause()
      const isDone = person.undo()
      changed(isDone ? '' : 'There is nothing to undo.')
      said.value = isDone ? 'One step back.' : 'There is nothing to undo.'
    },
    restart() {
      pause()
      person.restart()
      changed('', false)
      said.value = `Episode ${person.episodes().length + 1} begins.`
    },
    hint() {
      if (person.standing().outcome !== 'playing') return
      pause()
      person.markHelped()
      const asked = tick.value
      message.value = 'The solver is thinking\u2026'
      askHint(person.actions).then(
        action => {
          // Who has moved on does not want to hear what to do before that.
          if (tick.value === asked) message.value = said.value = hintWords(action)
        },
        error => {
          if (tick.value === asked) message.value = messageOf(error)
        },
      )
    },
    setPace(value) {
      pause()
      pace.value = value
    },
    pause,
  }
}

/** The direction that a finger went, or undefined for a tap. */
export function actionOfSwipe(dx: number, dy: number): number | undefined {
  if (Math.max(Math.abs(dx), Math.abs(dy)) < SWIPE) return undefined
  if (Math.abs(dx) > Math.abs(dy)) return ACTIONS.indexOf(dx > 0 ? 'right' : 'left')
  return ACTIONS.indexOf(dy > 0 ? 'down' : 'up')
}
