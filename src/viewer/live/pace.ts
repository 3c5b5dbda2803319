/** How fast the games on the wall go: the server plays them, all at the same pace. */
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { SPEEDS, STEPS_PER_SECOND } from '../playback/clock.ts'
import type { FollowedRun } from '../source/live.ts'

export interface Pace {
  readonly playing: ReadonlySignal<boolean>
  /** One of SPEEDS. */
  readonly speed: ReadonlySignal<number>
  /** Milliseconds that a step lasts. */
  readonly glide: ReadonlySignal<number>
  toggle(): void
  /** One step of every game; pauses. */
  step(): void
  /** The next speed up (1) or down (-1). */
  changeSpeed(by: 1 | -1): void
}

/** Milliseconds in which sprites move when a step is taken by hand. */
const HAND_GLIDE = 120
/** Faster steps than this come as single pictures, with nothing between them. */
const LEAST_GLIDE = 40

export function createPace(followed: FollowedRun): Pace {
  const playing = signal(true)
  const speed = signal(1)
  const order = () => followed.setSpeed(playing.value ? speed.value * STEPS_PER_SECOND : 0)
  const glide = computed(() => {
    if (!playing.value) return HAND_GLIDE
    const lasts = 1000 / (STEPS_PER_SECOND * speed.value)
    return lasts < LEAST_GLIDE ? 0 : lasts
  })
  return {
    playing,
    speed,
    glide,
    toggle() {
      playing.value = !playing.value
      order()
    },
    step() {
      if (playing.value) {
        playing.value = false
        order()
      }
      followed.step()
    },
    changeSpeed(by) {
      speed.value = SPEEDS[SPEEDS.indexOf(speed.value) + by] ?? speed.value
      order()
    },
  }
}
