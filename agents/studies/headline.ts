/** headline: does meta-learning beat the strong simple baseline, and how far does what it learns reach? */
import type { StudyDeclaration } from '../../src/learn/study.ts'

export const headline: StudyDeclaration = {
  name: 'headline',
  question:
    'Does MAML beat the same network trained without meta-learning and then fine-tuned, and what is left of it on layouts and rules that training never draws?',
  arms: [
    { name: 'maml', what: 'MAML, second order', recipe: 'starter' },
    {
      name: 'fine-tuned',
      what: 'the same head trained on all levels, then fine-tuned',
      recipe: 'starter',
      learner: 'fineTuned',
    },
    { name: 'random-head', what: 'an untrained head, fine-tuned', recipe: 'starter', learner: 'randomHead' },
  ],
  seeds: [1, 2, 3, 4, 5],
  evaluation: {
    levels: 100,
    sets: [
      { name: 'seen families' },
      { name: 'train', split: 'train' },
      { name: 'held-out families', heldOut: ['layouts'] },
      { name: 'held-out rules', heldOut: ['rules'] },
    ],
  },
}
