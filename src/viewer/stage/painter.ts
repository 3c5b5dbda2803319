/**
 * Phaser's part of the stage: a game without a loop of its own, with one object that lays textured rectangles on the
 * canvas. All rectangles of a frame go through Phaser's quad batch, one draw call for all that follow each other from one
 * surface; where there is no WebGL, through its canvas renderer. This file brings Phaser with it: import it when it is needed (open-stage.ts).
 */
import * as Phaser from 'phaser'

/** A picture that can be painted from. Whoever writes to `words` says which rows have changed. */
export interface Surface {
  readonly width: number
  readonly height: number
  /** [height, width] pixels, red in the lowest byte; 0 is transparent. */
  readonly words: Uint32Array
  changed(firstRow: number, rows: number): void
  dispose(): void
}

/** Lays part of a surface (x, y, width, height in its pixels) over part of the canvas (in device pixels). */
export type Pen = (
  surface: Surface,
  fromX: number,
  fromY: number,
  fromWidth: number,
  fromHeight: number,
  x: number,
  y: number,
  width: number,
  height: number,
) => void

export interface Painter {
  readonly kind: 'webgl' | 'canvas'
  readonly canvas: HTMLCanvasElement
  /** Sets the canvas's size in device pixels. */
  resize(width: number, height: number): void
  surface(width: number, height: number): Surface
  /** Clears the canvas and draws it anew. */
  paint(draw: (pen: Pen) => void): void
  /** Gives the WebGL context back at once. */
  dispose(): void
}

/** Called when the browser takes the WebGL context away, and when it has given it back. */
export interface PainterEvents {
  onLost(): void
  onRestored(): void
}

/** Takes WebGL, or a plain canvas where there is none; fails where there is neither. */
export async function createPainter(events: PainterEvents): Promise<Painter> {
  try {
    return await startPainter(Phaser.WEBGL, events)
  } catch {
    return startPainter(Phaser.CANVAS, events)
  }
}

/** A game that is stepped from outside: it asks for no frames and listens to no window. */
class SteppedGame extends Phaser.Game {
  onStart: (() => void) | undefined

  protected override start(): void {
    this.config.postBoot(this)
    this.onStart?.()
  }
}

/** What a pen needs: both of Phaser's renderers have a way to lay down a rectangle. */
class Rectangles extends Phaser.GameObjects.GameObject {
  readonly blendMode = Phaser.BlendModes.SKIP_CHECK
  draw: ((pen: Pen) => void) | undefined

  override renderWebGLStep(
    renderer: Phaser.Renderer.WebGL.WebGLRenderer,
    _self: Phaser.GameObjects.GameObject,
    context: Phaser.Renderer.WebGL.DrawingContext,
  ): void {
    const batch = renderer.renderNodes.getNode(
      'BatchHandlerQuad',
    ) as Phaser.Renderer.WebGL.RenderNodes.BatchHandlerQuad
    this.draw?.((surface, fromX, fromY, fromWidth, fromHeight, x, y, width, height) => {
      const { texture } = surface as WebGLSurface
      const [left, top] = [fromX / surface.width, fromY / surface.height]
      const [across, down] = [fromWidth / surface.width, fromHeight / surface.height]
      const [right, bottom] = [x + width, y + height]
      batch.batch(
        context,
        texture,
        x,
        y,
        x,
        bottom,
        right,
        y,
        right,
        bottom,
        left,
        top,
        across,
        down,
        Phaser.TintModes.MULTIPLY,
        OPAQUE,
        OPAQUE,
        OPAQUE,
        OPAQUE,
        BATCH_OPTIONS,
      )
    })
  }

  /** Called by the canvas renderer, for which Phaser has no types. */
  renderCanvas(renderer: Phaser.Renderer.Canvas.CanvasRenderer): void {
    const context = renderer.currentContext
    context.imageSmoothingEnabled = false
    this.draw?.((surface, ...place) => context.drawImage((surface as CanvasSurface).canvas, ...place))
  }
}

const OPAQUE = 0xffffffff
/** Sixteen textures in one shader cost twice the time where there is no graphics card, and save nothing where there is. */
const BATCH_OPTIONS = { multiTexturing: false }

interface WebGLSurface extends Surface {
  readonly texture: Phaser.Renderer.WebGL.Wrappers.WebGLTextureWrapper
}

interface CanvasSurface extends Surface {
  readonly canvas: HTMLCanvasElement
}

async function startPainter(type: number, { onLost, onRestored }: PainterEvents): Promise<Painter> {
  const game = new SteppedGame({
    type,
    width: 1,
    height: 1,
    // No parent: the stage puts the canvas where it belongs.
    parent: null as unknown as string,
    transparent: true,
    pixelArt: true,
    banner: false,
    audio: { noAudio: true },
    input: { keyboard: false, mouse: false, touch: false, gamepad: false },
    scale: { mode: Phaser.Scale.NONE },
    autoFocus: false,
    disableContextMenu: false,
    scene: {},
  })
  await new Promise<void>(resolve => {
    game.onStart = resolve
  })
  const [scene] = game.scene.scenes as [Phaser.Scene]
  const rectangles = new Rectangles(scene, 'rectangles')
  scene.sys.displayList.add(rectangles)
  const { renderer, canvas } = game
  const webgl = renderer instanceof Phaser.Renderer.WebGL.WebGLRenderer
  if (webgl) {
    renderer.on(Phaser.Renderer.Events.LOSE_WEBGL, onLost)
    renderer.on(Phaser.Renderer.Events.RESTORE_WEBGL, onRestored)
  }
  return {
    kind: webgl ? 'webgl' : 'canvas',
    canvas,
    resize: (width, height) => game.scale.resize(width, height),
    surface: (width, height) =>
      webgl ? createWebGLSurface(renderer, width, height) : createCanvasSurface(width, height),
    paint(draw) {
      rectangles.draw = draw
      game.step(performance.now(), 0)
    },
    dispose() {
      const context = webgl ? renderer.gl : undefined
      game.destroy(true)
      // Destroying waits for the next step, and this game makes none by itself.
      game.step(performance.now(), 0)
      context?.getExtension('WEBGL_lose_context')?.loseContext()
    },
  }
}

function createWebGLSurface(
  renderer: Phaser.Renderer.WebGL.WebGLRenderer,
  width: number,
  height: number,
): WebGLSurface {
  const { gl } = renderer
  const words = new Uint32Array(width * height)
  // Phaser keeps the bytes with the texture, and uploads them again when a lost context comes back.
  const bytes = new Uint8Array(words.buffer)
  const { NEAREST, CLAMP_TO_EDGE, RGBA } = gl
  const texture = renderer.createTexture2D(
    0,
    NEAREST,
    NEAREST,
    CLAMP_TO_EDGE,
    CLAMP_TO_EDGE,
    RGBA,
    bytes as unknown as object,
    width,
    height,
    true,
    false,
    false,
  )
  return {
    width,
    height,
    words,
    texture,
    changed(firstRow, rows) {
      if (renderer.contextLost) return
      renderer.glTextureUnits.bind(texture, 0)
      renderer.glWrapper.updateTexturing({ texturing: { flipY: false, premultiplyAlpha: true } })
      const part = bytes.subarray(firstRow * width * 4, (firstRow + rows) * width * 4)
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, firstRow, width, rows, RGBA, gl.UNSIGNED_BYTE, part)
    },
    dispose: () => renderer.deleteTexture(texture),
  }
}

function createCanvasSurface(width: number, height: number): CanvasSurface {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  const image = new ImageData(width, height)
  return {
    width,
    height,
    words: new Uint32Array(image.data.buffer),
    canvas,
    changed: (firstRow, rows) => context.putImageData(image, 0, 0, 0, firstRow, width, rows),
    dispose() {},
  }
}
