/**
 * Advantages of collected episodes, on host arrays.
 *
 * Every array over steps is [tasks, episodes, T], row-major: step t of episode e of task m is at
 * (m * episodes + e) * T + t. A row holds one episode from its start; steps after its end are padding, with mask 0.
 * *Terminated* (the game ended: nothing follows) and *truncated* (a limit cut the episode: its value goes on) are apart.
 */

export interface EpisodeShape {
  readonly tasks: number
  readonly episodes: number
  /** Steps a row has room for, T. */
  readonly steps: number
}

export interface EpisodeEnds {
  /** 1 at the step that ended the game, [tasks, episodes, T]. */
  readonly terminated: Uint8Array
  /** 1 at the step after which a limit cut the episode, [tasks, episodes, T]; termination wins where both are 1. */
  readonly truncated: Uint8Array
}

export interface GaeRequest extends EpisodeEnds {
  readonly shape: EpisodeShape
  /** [tasks, episodes, T]. */
  readonly rewards: Float32Array
  /** V(s_t), [tasks, episodes, T]. */
  readonly values: Float32Array
  /** V of the observation *after* an episode's last step, before any reset, [tasks, episodes]; unused if terminated. */
  readonly finalValues: Float32Array
  /** Gamma, in [0, 1]. */
  readonly discount: number
  /** Lambda, in [0, 1]. */
  readonly lambda: number
}

/** Steps of each episode, its ending step included, [tasks, episodes]; T where no end is marked. */
export function episodeLengths(shape: EpisodeShape, { terminated, truncated }: EpisodeEnds): Int32Array {
  const { tasks, episodes, steps } = shape
  checkLength('terminated', terminated, tasks * episodes * steps)
  checkLength('truncated', truncated, tasks * episodes * steps)
  return Int32Array.from({ length: tasks * episodes }, (_, row) => {
    for (let t = 0; t < steps; t++) {
      if (terminated[row * steps + t] !== 0 || truncated[row * steps + t] !== 0) return t + 1
    }
    return steps
  })
}

/** 1 for the steps that belong to an episode, 0 for padding, [tasks, episodes, T]. */
export function episodeMask(shape: EpisodeShape, ends: EpisodeEnds): Float32Array {
  const mask = new Float32Array(shape.tasks * shape.episodes * shape.steps)
  for (const [row, length] of episodeLengths(shape, ends).entries()) {
    mask.fill(1, row * shape.steps, row * shape.steps + length)
  }
  return mask
}

/**
 * Generalised advantage estimation (Schulman et al. 2016), [tasks, episodes, T], 0 in the padding:
 *
 *   delta_t = r_t + gamma V(s_t+1) - V(s_t)                              (eq. 10)
 *   A_t = sum_l (gamma lambda)^l delta_t+l                                (eq. 16)
 *
 * The value after the last step is 0 if it terminated, else `finalValues`: also where the row ends with no end marked.
 */
export function generalisedAdvantages(request: GaeRequest): Float32Array {
  const { shape, rewards, values, finalValues, terminated, discount, lambda } = request
  const { tasks, episodes, steps } = shape
  checkLength('rewards', rewards, tasks * episodes * steps)
  checkLength('values', values, tasks * episodes * steps)
  checkLength('finalValues', finalValues, tasks * episodes)
  const advantages = new Float32Array(rewards.length)
  for (const [row, length] of episodeLengths(shape, request).entries()) {
    const start = row * steps
    let advantage = 0
    let nextValue = terminated[start + length - 1] !== 0 ? 0 : finalValues[row]
    for (let i = start + length - 1; i >= start; i--) {
      const delta = rewards[i] + discount * nextValue - values[i]
      advantage = delta + discount * lambda * advantage
      advantages[i] = advantage
      nextValue = values[i]
    }
  }
  return advantages
}

/**
 * Discounted reward to go of each step, [tasks, episodes, T], 0 in the padding. What follows a truncation is unknown
 * and counts as `finalValues` [tasks, episodes], or as nothing without them.
 */
export function discountedReturns(
  request: EpisodeEnds & {
    readonly shape: EpisodeShape
    readonly rewards: Float32Array
    readonly discount: number
    readonly finalValues?: Float32Array
  },
): Float32Array {
  const { shape, rewards, discount, finalValues, terminated } = request
  checkLength('rewards', rewards, shape.tasks * shape.episodes * shape.steps)
  const returns = new Float32Array(rewards.length)
  for (const [row, length] of episodeLengths(shape, request).entries()) {
    const start = row * shape.steps
    const last = start + length - 1
    let sum = terminated[last] !== 0 ? 0 : (finalValues?.[row] ?? 0)
    for (let i = last; i >= start; i--) {
      sum = rewards[i] + discount * sum
      returns[i] = sum
    }
  }
  return returns
}

/** Advantages shifted and scaled, within each task apart, to mean 0 and deviation 1 over its masked steps. */
export function normalisePerTask(
  advantages: Float32Array,
  mask: Float32Array,
  tasks: number,
  epsilon = 1e-8,
): Float32Array {
  checkLength('mask', mask, advantages.length)
  const size = advantages.length / tasks
  const normalised = new Float32Array(advantages.length)
  for (let start = 0; start < advantages.length; start += size) {
    let [count, sum, squares] = [0, 0, 0]
    for (let i = start; i < start + size; i++) {
      count += mask[i]
      sum += mask[i] * advantages[i]
    }
    const mean = sum / count
    for (let i = start; i < start + size; i++) squares += mask[i] * (advantages[i] - mean) ** 2
    const scale = 1 / (Math.sqrt(squares / count) + epsilon)
    for (let i = start; i < start + size; i++)
      normalised[i] = mask[i] === 0 ? 0 : (advantages[i] - mean) * scale
  }
  return normalised
}

/** Throws when an array over steps or episodes has the wrong length. */
export function checkLength(what: string, array: ArrayLike<number>, expected: number): void {
  if (array.length !== expected) throw new Error(`${what}: expected ${expected} entries, got ${array.length}`)
}
