/** The clock of played games: any number of boards show the same step, which a person can stop, turn back and hurry. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals'

/** Steps a second at speed 1. */
export const STEPS_PER_SECOND = 8
export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16]

/** Milliseconds in which sprites move when a step is taken by hand. */
const HAND_GLIDE = 1000 / STEPS_PER_SECOND

export interface Clock {
  /** Steps played, a whole number from 0 to `length`. */
  readonly step: ReadonlySignal<number>
  /** Steps of the longest that it plays. */
  readonly length: ReadonlySignal<number>
  readonly playing: ReadonlySignal<boolean>
  /** One of SPEEDS. */
  readonly speed: ReadonlySignal<number>
  /** Milliseconds that a step lasts: what a board glides in. */
  readonly glide: ReadonlySignal<number>
  /** Has the clock run up to a number of steps; what it returns takes that back. */
  cover(steps: number): () => void
  /** Goes on, from the start where it stands at the end. It stops by itself at the end. */
  play(): void
  pause(): void
  toggle(): void
  /** Goes to a step within what there is; the clock goes on from there if it is playing. */
  seek(step: number): void
  /** One step forwards (1) or back (-1); pauses. */
  stepBy(steps: 1 | -1): void
  /** The next speed up (1) or down (-1). */
  changeSpeed(by: 1 | -1): void
}

/** A clock at step 0 that is paused. It draws on nothing while paused, at its end, or in a hidden tab. */
export function createClock(): Clock {
  const covered = signal<readonly { readonly steps: number }[]>([])
  const length = computed(() => covered.value.reduce((most, { steps }) => Math.max(most, steps), 0))
  /** Where it was put: what is played then may be shorter, for as long as it is exchanged for something else. */
  const place = signal(0)
  const step = computed(() => Math.min(place.value, length.value))
  const playing = signal(false)
  const speed = signal(1)
  const glide = computed(() => (playing.value ? 1000 / (STEPS_PER_SECOND * speed.value) : HAND_GLIDE))
  let frame = 0
  /** When the last frame was, undefined before the first; and the part of a step that has passed since the last whole one. */
  let last: number | undefined
  let part = 0

  const tick = (now: number) => {
    frame = requestAnimationFrame(tick)
    // A page that was held up for long goes on where it was, not where it would be by now.
    const passed = last === undefined ? 0 : Math.min(now - last, 250)
    last = now
    part += (passed / 1000) * STEPS_PER_SECOND * speed.peek()
    const whole = Math.floor(part)
    if (whole === 0) return
    const left = part - whole
    batch(() => {
      seek(step.peek() + whole)
      if (step.peek() === length.peek()) pause()
    })
    part = left
  }
  const run = () => {
    last = undefined
    if (frame === 0 && !document.hidden) frame = requestAnimationFrame(tick)
  }
  const halt = () => {
    cancelAnimationFrame(frame)
    frame = 0
  }
  const onVisibility = () => (document.hidden ? halt() : run())

  const play = () => {
    if (playing.peek()) return
    batch(() => {
      seek(step.peek() === length.peek() ? 0 : step.peek())
      playing.value = true
    })
    document.addEventListener('visibilitychange', onVisibility)
    run()
  }
  const pause = () => {
    if (!playing.peek()) return
    playing.value = false
    document.removeEventListener('visibilitychange', onVisibility)
    halt()
  }
  const seek = (wanted: number) => {
    place.value = Math.min(Math.max(0, Math.round(wanted)), length.peek())
    part = 0
  }

  return {
    step,
    length,
    playing,
    speed,
    glide,
    cover(steps) {
      const entry = { steps }
      covered.value = [...covered.peek(), entry]
      return () => {
        covered.value = covered.peek().filter(other => other !== entry)
      }
    },
    play,
    pause,
    toggle: () => (playing.peek() ? pause() : play()),
    seek,
    stepBy(steps) {
      pause()
      seek(step.peek() + steps)
    },
    changeSpeed(by) {
      const next = SPEEDS[SPEEDS.indexOf(speed.peek()) + by]
      if (next !== undefined) speed.value = next
    },
  }
}
