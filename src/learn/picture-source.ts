/**
 * Pictures to pretrain on: pairs of consecutive frames from many games at once, each with its free supervision.
 * The player walks at random half of the time and towards a random target otherwise, so that what is left of a
 * level after some play is seen as well.
 */

import { type LevelRequest, sketchLevel } from '../../envs/draw-level.ts'
import { ACTION_COUNT, type Game, type GameState } from '../../envs/game.ts'
import { findGame } from '../../envs/registry.ts'
import { episodeStream } from '../../envs/solver.ts'
import type { Split } from '../../levels/level.ts'
import { type Stream, stream } from '../core/random.ts'
import {
  type Atlas,
  atlasOf,
  createView,
  drawPixels,
  drawSymbolic,
  FRAME_BYTES,
  VIEW_CELLS,
} from '../core/rasteriser.ts'
import { createScene } from '../core/scene.ts'
import { findTheme } from '../core/themes.ts'
import { createLabels, DIRECTIONS, kindsOf, labelView, SIDES, wayToTarget } from './supervision.ts'

/** Frames with labels: `2 * pairs` rows; row p and row pairs + p follow each other in one episode. */
export interface PictureBatch {
  readonly pairs: number
  /** [2 * pairs, 64, 64, 3]. */
  readonly pixels: Uint8Array
  /** [2 * pairs, kinds, 5], [2 * pairs, kinds, 4], [2 * pairs, kinds]: see Labels. */
  readonly directions: Float32Array
  readonly nearness: Float32Array
  readonly present: Float32Array
  /** [2 * pairs]: index into the looks. */
  readonly sprites: Int32Array
  /** [pairs]: the action between the two frames; noop where nothing changed to be seen. */
  readonly actions: Int32Array
}

interface Walker {
  game: Game
  state: GameState
  atlas: Atlas
  steps: number
  left: number
}

/** Episodes are cut after this many steps, so that a batch sees many levels. */
const EPISODE_STEPS = 48

/** A source of batches. The same arguments give the same batches in the same order. */
export function createPictureSource(options: {
  readonly requests: readonly LevelRequest[]
  readonly split: Split
  readonly pairs: number
  readonly seed: string
}): () => PictureBatch {
  const { requests, split, pairs, seed } = options
  const kinds = kindsOf(requests.map(({ game }) => game))
  const asked = kinds.asked.length
  const rows = 2 * pairs
  const batch: PictureBatch = {
    pairs,
    pixels: new Uint8Array(rows * FRAME_BYTES),
    directions: new Float32Array(rows * asked * DIRECTIONS),
    nearness: new Float32Array(rows * asked * SIDES),
    present: new Float32Array(rows * asked),
    sprites: new Int32Array(rows),
    actions: new Int32Array(pairs),
  }
  const random = stream(seed, 'walk')
  const scene = createScene()
  const symbolic = new Uint8Array(VIEW_CELLS)
  const before = new Uint8Array(VIEW_CELLS)
  const labels = createLabels(kinds)
  const view = createView(new Uint8Array(FRAME_BYTES))
  let drawn = 0

  const begin = (): Walker => {
    const name = `${seed}/${drawn}`
    const level = sketchLevel(requests[drawn++ % requests.length], split, name)
    const game = findGame(level.game)
    const theme = findTheme(level.theme)
    if (!theme) throw new Error(`no theme is named ${level.theme}`)
    return {
      game,
      state: game.start(level, episodeStream(level, name)),
      atlas: atlasOf(theme),
      steps: 0,
      left: random.int(EPISODE_STEPS),
    }
  }
  const picture = (walker: Walker, row: number): void => {
    walker.game.paint(walker.state, scene)
    drawPixels(scene, walker.atlas, view)
    drawSymbolic(scene, symbolic)
    batch.pixels.set(view.pixels, row * FRAME_BYTES)
    labelView(symbolic, kinds, labels)
    batch.directions.set(labels.directions, row * asked * DIRECTIONS)
    batch.nearness.set(labels.nearness, row * asked * SIDES)
    batch.present.set(labels.present, row * asked)
    batch.sprites[row] = labels.sprite
  }
  const walkers = Array.from({ length: pairs }, begin)

  return () => {
    for (let i = 0; i < pairs; i++) {
      let walker = walkers[i]
      if (walker.state.terminated || walker.steps > EPISODE_STEPS) walker = walkers[i] = begin()
      // A few steps apart from the last batch, so that batches are not nearly the same pictures.
      for (; walker.left > 0 && !walker.state.terminated; walker.left--) {
        walker.game.paint(walker.state, scene)
        drawSymbolic(scene, symbolic)
        walker.game.step(walker.state, chooseAction(symbolic, random))
        walker.steps++
      }
      if (walker.state.terminated) walker = walkers[i] = begin()
      picture(walker, i)
      before.set(symbolic)
      const action = chooseAction(symbolic, random)
      walker.game.step(walker.state, action)
      walker.steps++
      walker.left = 1 + random.int(5)
      picture(walker, pairs + i)
      batch.actions[i] = symbolic.every((code, cell) => code === before[cell]) ? 0 : action
    }
    return batch
  }
}

/** Pretraining levels have straight controls: actions 1 to 4 are the four directions. */
function chooseAction(view: Uint8Array, random: Stream): number {
  return (random.int(2) && wayToTarget(view, n => random.int(n))) || random.int(ACTION_COUNT)
}
