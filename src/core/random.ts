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
  return new AleaStream(name, undefined)
}

/** Continues a stream from a snapshot. */
export function restoreStream(state: StreamState): Stream {
  return new AleaStream([], state)
}

/**
 * Seeding costs more than many draws, and many games never draw: the generator is made at the first draw. A class
 * and no closures, since every episode opens a stream.
 */
class AleaStream implements Stream {
  readonly #name: readonly (string | number)[]
  readonly #start: StreamState | undefined
  #generator: Generator | undefined

  constructor(name: readonly (string | number)[], start: StreamState | undefined) {
    this.#name = name
    this.#start = start
    this.#generator = undefined
  }

  #open(): Generator {
    const state = this.#start ? { ...this.#start } : true
    return (this.#generator ??= seedrandom.alea(this.#name.join('/'), { state }))
  }

  next(): number {
    return (this.#generator ?? this.#open())()
  }

  int(n: number): number {
    return Math.floor(this.next() * n)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T
  }

  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1)
      const held = out[i] as T
      out[i] = out[j] as T
      out[j] = held
    }
    return out
  }

  state(): StreamState {
    return (this.#generator ?? this.#open()).state()
  }
}
