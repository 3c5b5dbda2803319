/** What the pages share: made when first asked for, and then kept. */

import type { Learning, LevelWork } from './learn/learning.ts'
import { openLearning, openLevelWork } from './learn/open.ts'
import { openSource } from './source/open.ts'
import type { Source } from './source/source.ts'
import { notify } from './ui/toasts.tsx'

let source: Source | undefined
let levelWork: LevelWork | undefined
let learning: Learning | undefined

/** Runs, agents and live games. */
export function useSource(): Source {
  source ??= openSource(fault => notify(fault, 'bad'))
  return source
}

/** The worker that draws and proves levels. */
export function useLevelWork(): LevelWork {
  levelWork ??= openLevelWork()
  return levelWork
}

/** The worker in which agents adapt. */
export function useLearning(): Learning {
  learning ??= openLearning()
  return learning
}
