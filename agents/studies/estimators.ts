/** estimators: which estimate of the meta-gradient, at equal cost? */
import type { StudyDeclaration } from '../../src/learn/study.ts'

export const estimators: StudyDeclaration = {
  name: 'estimators',
  question: 'Which estimate of the meta-gradient learns most from the same number of episodes?',
  arms: [
    { name: 'maml', what: 'MAML, second order', recipe: 'starter' },
    { name: 'fomaml', what: 'MAML, first order', recipe: 'starter', change: { 'meta.order': 1 } },
  ],
  seeds: [1, 2, 3],
  evaluation: { levels: 100, sets: [{ name: 'test' }, { name: 'train', split: 'train' }] },
}
