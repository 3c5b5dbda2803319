/** agent.json of an export: what a program that runs or adapts the agent has to know, as plain data. */

import { ACTIONS } from '../../../envs/game.ts'
import { headShapes } from '../../learn/meta-train.ts'
import { mapRecord } from '../../learn/parameters.ts'
import type { Recipe } from '../../learn/recipe.ts'
import type { Agent } from '../agent-file.ts'
import { version } from '../version.ts'
import { INPUT, OUTPUTS } from './network.ts'

type Rates = number | number[] | number[][]

export interface AgentDescription {
  /** Version of this layout. */
  readonly format: 'levelshift-export-1'
  readonly levelshift: string
  readonly seed: number
  readonly games: readonly string[]
  /** Without the batch axis, which comes first. */
  readonly input: { readonly name: string; readonly shape: readonly number[]; readonly range: [0, 255] }
  readonly outputs: readonly { readonly name: string; readonly length: number }[]
  /** What the logits are of, in their order. */
  readonly actions: readonly string[]
  readonly head: { readonly activation: 'tanh'; readonly shapes: Readonly<Record<string, readonly number[]>> }
  readonly adaptation: {
    /** Gradient steps, K. */
    readonly steps: number
    /** Episodes before each of them, N. */
    readonly episodes: number
    readonly discount: number
    readonly lambda: number
    /**
     * Inner rates of the head's tensors, by step; steps beyond the last reuse its rates. One number for a tensor, or
     * where each weight has its own, [in, out] as rows and [out] as a list.
     */
    readonly rates: readonly Readonly<Record<string, Rates>>[]
  }
  readonly recipe: Recipe
  readonly provenance: Readonly<Record<string, string>>
}

export function describeAgent({ recipe, seed, learner, provenance }: Agent): AgentDescription {
  const { steps, episodes, discount, lambda } = recipe.meta
  const shapes = headShapes(recipe.meta)
  const rates = learner.alphas.map(step => mapRecord(step, (rate, name) => inRows(rate, shapes[name])))
  return {
    format: 'levelshift-export-1',
    levelshift: version,
    seed,
    games: gamesOf(recipe),
    input: { name: INPUT.name, shape: INPUT.shape, range: [0, 255] },
    outputs: OUTPUTS,
    actions: ACTIONS,
    head: { activation: 'tanh', shapes },
    adaptation: { steps, episodes, discount, lambda, rates },
    recipe,
    provenance,
  }
}

/** Rates of a tensor [in, out] or [1, out] for JSON. */
function inRows(rate: number | Float32Array, [rows, length]: readonly number[]): Rates {
  if (typeof rate === 'number') return rate
  if (rows === 1) return [...rate]
  return Array.from({ length: rows }, (_, row) => [...rate.subarray(row * length, (row + 1) * length)])
}

function gamesOf(recipe: Recipe): string[] {
  return [...new Set(recipe.levels.map(({ game }) => game))]
}
