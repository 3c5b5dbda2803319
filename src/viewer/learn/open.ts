/** The page's two workers, as the page sees them. They start when they are first asked. */
import type { Proof } from '../../app/levels/prove.ts'
import { openBackground } from './background.ts'
import { type Learning, type LevelWork, Superseded } from './learning.ts'
import type { LearningApi } from './learning-worker.ts'
import type { LevelApi } from './level-worker.ts'

export function openLevelWork(): LevelWork {
  const open = () =>
    openBackground<LevelApi>(
      () => new Worker(new URL('./level-worker.ts', import.meta.url), { type: 'module' }),
    )
  const general = open()
  // A worker of its own: a proof may take long, and is given up when the next one is asked for.
  const proving = open()
  return {
    draw: (request, split, seed) => general.ask(api => api.draw(request, split, seed)),
    randomReturn: (level, seed = '1') => general.ask(api => api.randomReturn(level, seed)),
    hint: (level, actions, budget) => general.ask(api => api.hint(level, actions, budget)),
    prove(level, budget) {
      if (proving.busy) proving.stop(new Superseded())
      return proving.ask<Proof>(async api => api.prove(level, budget))
    },
  }
}

export function openLearning(): Learning {
  const learning = openBackground<LearningApi>(
    () => new Worker(new URL('./learning-worker.ts', import.meta.url), { type: 'module' }),
  )
  return {
    backend: () => learning.ask(api => api.backend()),
    load: (id, bytes, source = id) => learning.ask(api => api.load(id, bytes, source)),
    async adapt(agent, level, seed) {
      const number = await learning.ask(api => api.begin(agent, level, seed))
      return {
        next: () => learning.ask(api => api.next(number)),
        // A worker that is gone has freed everything already.
        dispose: () => void learning.ask(api => api.end(number)).catch(() => {}),
      }
    },
  }
}
