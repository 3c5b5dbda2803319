/** A page with nothing but the workers, for learning.test.ts, which talks to them through `window`. */
import { openLearning, openLevelWork } from '../../../src/viewer/learn/open.ts'

declare global {
  interface Window {
    learning: ReturnType<typeof openLearning>
    levelWork: ReturnType<typeof openLevelWork>
  }
}

window.learning = openLearning()
window.levelWork = openLevelWork()
