/** Pictures of a level, and of a play of it: the whole map in full art, or the view of the agent. */
import type { Game } from '../../../envs/game.ts'
import { findGame } from '../../../envs/registry.ts'
import { episodeStream } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { createScene } from '../../core/scene.ts'
import { findTheme, type Theme } from '../../core/themes.ts'
import { encodeGif } from '../gif.ts'
import { encodePng, enlarged, type Picture, pictureOfMap, pictureOfView } from '../picture.ts'

/** Hundredths of a second that a step, and the end, are shown. */
const STEP_DELAY = 18
const REST_DELAY = 150

export interface RenderOptions {
  /** What the agent sees, instead of the whole map. */
  readonly view: boolean
  /** Pixels of the picture to a pixel of the art. */
  readonly scale: number
}

/** The level at its start, as a PNG file. */
export function renderStill(level: Level, { view, scale }: RenderOptions): Uint8Array {
  const [first] = picturesOf(level, [], view)
  return encodePng(enlarged(first as Picture, scale))
}

/** A play of the level, as an endless GIF file. */
export function renderPlay(level: Level, actions: readonly number[], options: RenderOptions): Uint8Array {
  return encodeGif({
    frames: () => picturesOf(level, actions, options.view),
    delay: isLast => (isLast ? REST_DELAY : STEP_DELAY),
    scale: options.scale,
  })
}

/** The start and what is to be seen after each action, up to the game's end. */
function* picturesOf(level: Level, actions: readonly number[], view: boolean): Generator<Picture> {
  const game: Game = findGame(level.game)
  const theme = findTheme(level.theme) as Theme
  const scene = createScene()
  const state = game.start(level, episodeStream(level))
  const picture = () => {
    game.paint(state, scene)
    return view ? pictureOfView(scene, theme) : pictureOfMap(scene, theme)
  }
  yield picture()
  for (const action of actions) {
    if (state.terminated) return
    game.step(state, action)
    yield picture()
  }
}
