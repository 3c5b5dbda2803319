/** What a recorded episode shows at a moment, to those who watch the wall and on the page's own boards. */
import { ACTION_COUNT } from '../../../envs/game.ts'
import type { Playback } from '../../../envs/playback.ts'
import type { Scene } from '../../core/scene.ts'
import type { Recording } from '../../learn/recording.ts'
import type { GameMoment } from './scene-codec.ts'

/** The moment at which the recording's playback is, painted into `scene`. */
export function momentOf(recording: Recording, playback: Playback, scene: Scene): GameMoment {
  const { actions, probabilities, values } = recording
  playback.paint(scene)
  const { step, terminated, won } = playback
  const isEnd = isOver(playback)
  return {
    scene,
    step,
    action: isEnd ? null : (actions[step] as number),
    probabilities: isEnd ? [] : [...probabilities.subarray(step * ACTION_COUNT, (step + 1) * ACTION_COUNT)],
    value: isEnd ? 0 : finite(values[step] as number),
    return: playback.return,
    terminated,
    won,
  }
}

export function isOver(playback: Playback): boolean {
  return playback.terminated || playback.step >= playback.length
}

/** A file may hold any number, a picture only a finite one. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
