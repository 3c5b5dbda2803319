/** estimators: which estimate of the meta-gradient, at equal cost? */
import type { StudyDeclaration } from '../../src/learn/study.ts'

export const estimators: StudyDeclaration = {
  name: 'estimators',
  question: 'Which estimate of the meta-gradient learns most from the same number of episodes?',
  arms: [
    { name: 'maml', what: 'MAML, second order', recipe: 'starter' },
    { name: 'fomaml', what: 'MAML, first order', recipe: 'starter', change: { 'meta.order': 1 } },
    {
      name: 'reptile',
      what: 'Reptile, with fixed inner rates',
      recipe: 'starter',
      change: { 'meta.estimator': { kind: 'reptile' }, 'meta.order': 1, 'meta.alphaRate': 0 },
    },
    {
      name: 'anil',
      what: 'ANIL: the last layer alone adapts',
      recipe: 'starter',
      change: { 'meta.estimator': { kind: 'anil' } },
    },
    {
      name: 'meta-sgd',
      what: 'Meta-SGD: a rate for every weight',
      recipe: 'starter',
      change: { 'meta.estimator': { kind: 'meta-sgd' } },
    },
    {
      name: 'promp',
      what: 'ProMP: adaptive inner KL penalty',
      recipe: 'starter',
      change: { 'meta.estimator': { kind: 'promp' } },
    },
    {
      name: 'multi-step',
      what: 'Multi-step loss of MAML++',
      recipe: 'starter',
      change: { 'meta.estimator': { kind: 'multi-step' } },
    },
  ],
  seeds: [1, 2, 3],
  evaluation: { levels: 100, sets: [{ name: 'test' }, { name: 'train', split: 'train' }] },
}
