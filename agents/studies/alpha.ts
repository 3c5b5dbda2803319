/** alpha: which inner rate to start from, for which number of inner steps in training? */
import type { StudyDeclaration } from '../../src/learn/study.ts'

/** Meta-iterations for each K, so that every arm plays as many episodes: (K + 1) x iterations is about 400. */
const ITERATIONS: Readonly<Record<number, number>> = { 1: 200, 3: 100, 5: 67 }

export const alpha: StudyDeclaration = {
  name: 'alpha',
  question: 'How do the inner rate at the start and the number of inner steps in training work together?',
  arms: [1, 3, 5].flatMap(steps => [0.5, 1.5, 4].map(rate => arm(steps, rate))),
  seeds: [1, 2, 3],
  // The rate is what is studied: no factor is chosen afterwards.
  evaluation: { levels: 100, rates: [1], sets: [{ name: 'test' }] },
}

function arm(steps: number, rate: number): StudyDeclaration['arms'][number] {
  return {
    name: `k${steps}-alpha${String(rate).replace('.', '-')}`,
    what: `${steps} inner ${steps === 1 ? 'step' : 'steps'}, alpha from ${rate}`,
    recipe: 'starter',
    change: { 'meta.steps': steps, 'meta.alpha': rate, 'meta.iterations': ITERATIONS[steps] },
  }
}
