/** Pictures of levels and tiles on plain canvases, in the art that the stage paints with; no Phaser. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { type Picture, pictureOfMap } from '../../app/picture.ts'
import { addSprite, createScene, type Scene } from '../../core/scene.ts'
import { findTheme, type Theme } from '../../core/themes.ts'

export interface PixelsProps {
  readonly theme: string
  /** Paints what is to be seen; another function means another picture. */
  readonly paint: (scene: Scene) => void
  /** What it shows, for who cannot see it; without one it is decoration beside a text that says so. */
  readonly label?: string | undefined
  readonly class: string
}

/** The whole of a scene, a canvas pixel for each pixel of the art; CSS sets its size. */
export function Pixels({ theme, paint, label, class: name }: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const scene = createScene()
    paint(scene)
    if (canvas.current) drawPicture(canvas.current, pictureOfMap(scene, findTheme(theme) as Theme))
  }, [theme, paint])
  return (
    <canvas
      ref={canvas}
      class={name}
      role={label === undefined ? 'presentation' : 'img'}
      aria-label={label}
    />
  )
}

/** Paints one tile: codes from the ground up, the first one the ground itself. */
export function paintTile(scene: Scene, ground: number, things: readonly number[]): void {
  scene.width = 1
  scene.height = 1
  scene.tiles = Uint8Array.of(ground)
  for (const code of things) addSprite(scene, code, 0, 0)
}

function drawPicture(canvas: HTMLCanvasElement, { width, height, data }: Picture): void {
  canvas.width = width
  canvas.height = height
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(i * 3, i * 3 + 3), i * 4)
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
}
