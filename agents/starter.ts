/**
 * starter: the agent that `npm start` trains. gems on 9x9 maps; which colours pay is hidden, the controls are straight.
 */
import type { Recipe } from '../src/learn/recipe.ts'

export const starter: Recipe = {
  name: 'starter',
  description: 'gems with hidden worth: a frozen pretrained encoder, MAML with three inner steps',
  levels: [{ game: 'gems', size: [9, 9], vary: ['worth'] }],
  encoder: {
    levels: [{ game: 'gems' }, { game: 'keys' }, { game: 'maze' }],
    steps: 2000,
    pairs: 64,
    rate: 2e-3,
  },
  meta: {
    iterations: 100,
    tasks: 24,
    episodes: 16,
    steps: 3,
    order: 2,
    alpha: 1.5,
    alphaBounds: [0, 6],
    alphaRate: 3e-3,
    beta: 3e-3,
    epochs: 3,
    ratioClip: 0.2,
    clip: 0.3,
    discount: 0.95,
    lambda: 0.95,
    entropyBonus: 0,
    hidden: [64, 64],
  },
  validation: { every: 10, levels: 48 },
  baselines: { alphas: [0.1, 0.3, 1, 3, 10] },
}
