/**
 * Named random streams. Every source of chance in Levelshift is an explicit stream with a name, so that the
 * same recipe and seed give the same levels, episodes and metrics, whatever else runs in between.
 */
import seedrandom from 'seedrandom'

/** What a stream needs to continue where it stood; plain data, for a checkpoint. */
export type StreamState = Readonly<{ c: number; s0: number; s1: number; s2: number }>

type Generator = seedrandom.StatefulPRNG<seedrandom.State.Alea>

export interface Stream {
  /** A number in [0, 1) with 32 random bits. */
  next(): number
  /** A whole number in [0, n). */
  int(n: number): number
  /** One of the items. */
  pick<T>(items: readonly T[]): T
  /** The items in a random order, as a new array (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[]
  /** A snapshot; `restoreStream` continues from it. */
  state(): StreamState
}

/** Opens the stream with this name, e.g. `stream(seed, 'train', iteration, 'levels')`. Parts are joined by '/'. */
export function stream(...name: readonly (string | number)[]): Stream {
  return wrap(() => seedrandom.alea(name.join('/'), { state: true }))
}

/** Continues a stream from a snapshot. */
export function restoreStream(state: StreamState): Stream {
  return wrap(() => seedrandom.alea('', { state: { ...state } }))
}

/** Seeding costs more than many draws, and many games never draw: the generator is made at the first draw. */
function wrap(open: () => Generator): Stream {
  let generator: Generator | undefined
  const next = () => (generator ??= open())()
  const int = (n: number) => Math.floor(next() * n)
  return {
    next,
    int,
    pick: items => items[int(items.length)] as (typeof items)[number],
    shuffled: items => {
      const out = [...items]
      for (let i = out.length - 1; i > 0; i--) {
        const j = int(i + 1)
        const held = out[i] as (typeof items)[number]
        out[i] = out[j] as (typeof items)[number]
        out[j] = held
      }
      return out
    },
    state: () => (generator ??= open()).state(),
  }
}
