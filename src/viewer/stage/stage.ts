/**
 * The stage: one Phaser canvas over a part of the page, on which any number of boards (games) are painted. A browser has
 * few WebGL contexts, so a page full of games shares one. Pages use the components (components.tsx):
 *
 *     <StageArea>
 *       {games.map((game, slot) => (
 *         <GameBoard
 *           key={slot}
 *           label={`Game ${slot}`}
 *           paint={board => {
 *             run.tick.value // painted again whenever a signal that is read here changes
 *             const moment = run.moment(slot)
 *             if (moment) board.show(moment.scene, { theme: game.level.theme, glide: 125 })
 *           }}
 *         >
 *           <span>what lies over the board</span>
 *         </GameBoard>
 *       ))}
 *     </StageArea>
 *
 * The canvas lies above the backgrounds of whatever is in the area and below what a GameBoard holds. It takes no part in
 * pointer events. A StageArea goes inside whatever scrolls, not around it.
 */
import type { ReadonlySignal } from '@preact/signals'
import type { Scene } from '../../core/scene.ts'

/** Where a board's tiles lie, in CSS pixels from the top left corner of its element. */
export interface BoardLayout {
  /** Side of a tile; 8 * scale / devicePixelRatio with a whole scale. 0 until something was shown on a board with a size. */
  readonly tile: number
  /** The top left corner of the map's first tile; negative where the map is larger than the board and follows the camera. */
  readonly left: number
  readonly top: number
  /** Whether part of the map lies outside the board: the scene's camera then decides which. */
  readonly follows: boolean
}

export interface Board {
  /**
   * Paints a scene: what it needs is copied. `glide`: milliseconds in which sprites move from where they stood (0: at
   * once). A scene of another size or theme never glides, nor does anything where the reader asked for less motion.
   */
  show(scene: Scene, options: { readonly theme: string; readonly glide: number }): void
  readonly layout: ReadonlySignal<BoardLayout>
  dispose(): void
}

export interface Stage {
  /** How the boards are painted now; 'lost' while the browser has taken the graphics card away. */
  readonly painting: ReadonlySignal<'webgl' | 'canvas' | 'lost'>
  /** A board over the place of an element inside the stage's container. It follows the element's size and place. */
  board(element: HTMLElement): Board
  dispose(): void
}
