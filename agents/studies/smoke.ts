/** smoke: every part of a study in a minute; its agents learn nothing. */
import type { StudyDeclaration } from '../../src/learn/study.ts'
import { starter } from '../starter.ts'

export const smoke: StudyDeclaration = {
  name: 'smoke',
  question: 'Does a study run from end to end? Its scores mean nothing.',
  arms: [
    { name: 'maml', what: 'MAML, second order', recipe: tiny() },
    {
      name: 'fine-tuned',
      what: 'trained without meta-learning, fine-tuned',
      recipe: tiny(),
      learner: 'fineTuned',
    },
    { name: 'first-order', what: 'MAML, first order', recipe: tiny(), change: { 'meta.order': 1 } },
  ],
  seeds: [1, 2],
  evaluation: {
    levels: 6,
    steps: 3,
    at: 2,
    rates: [0.5, 1],
    sets: [
      { name: 'test' },
      { name: 'train', split: 'train' },
      { name: 'held-out', heldOut: ['layouts', 'rules'] },
    ],
  },
}

function tiny() {
  return {
    ...starter,
    name: 'smoke',
    description: 'the starter recipe, every number of it small',
    levels: [{ game: 'gems', size: [7, 7] as [number, number], vary: ['worth'] }],
    encoder: { ...starter.encoder, steps: 6, pairs: 8 },
    meta: { ...starter.meta, iterations: 7, tasks: 3, episodes: 4, steps: 2, hidden: [16] },
    validation: { every: 2, levels: 4 },
    baselines: { alphas: [0.3, 1] },
  }
}
