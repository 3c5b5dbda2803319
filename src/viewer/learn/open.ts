/** Starts the page's two workers. */
import type { Learning, LevelWork } from './learning.ts'

export function openLevelWork(): LevelWork {
  throw new Error('The level worker is not built yet.')
}

export function openLearning(): Learning {
  throw new Error('The learning worker is not built yet.')
}
