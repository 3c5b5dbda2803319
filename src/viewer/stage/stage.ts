/**
 * The stage: one Phaser canvas behind a part of the page, on which any number of boards (games) are painted. A browser
 * has few WebGL contexts, so a page full of games shares one.
 */
import type { Signal } from '@preact/signals'
import type { Scene } from '../../core/scene.ts'

/** Where a board's tiles lie on the page, in CSS pixels from the top left corner of its element. */
export interface BoardLayout {
  /** Side of a tile; 8 * scale / devicePixelRatio with a whole scale. */
  readonly tile: number
  /** The top left corner of the map's first tile; negative where the map is larger than the board and follows the camera. */
  readonly left: number
  readonly top: number
}

export interface Board {
  /**
   * Paints a scene: what it needs is copied. `glide`: milliseconds in which sprites move from where they stood (0: at
   * once). A scene of another size or theme never glides.
   */
  show(scene: Scene, options: { readonly theme: string; readonly glide: number }): void
  readonly layout: Signal<BoardLayout>
  dispose(): void
}

export interface Stage {
  /** A board over the place of an element inside the stage's container. It follows the element's size and place. */
  board(element: HTMLElement): Board
  dispose(): void
}
