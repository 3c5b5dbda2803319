/** Opens a stage: keeps one canvas over the visible part of a container and draws on it when something has changed. */
import './stage.css'
import { signal } from '@preact/signals'
import { ART_HEIGHT, ART_WIDTH, drawArt } from './art.ts'
import { createPaintedBoard, overlap, type PaintedBoard } from './painted-board.ts'
import type { Board, Stage } from './stage.ts'

interface Entry {
  readonly element: HTMLElement
  readonly painted: PaintedBoard
}

/** Loads Phaser. Fails with a sentence for the reader where the browser can draw neither by WebGL nor on a canvas. */
export async function openStage(container: HTMLElement): Promise<Stage> {
  const { createPainter } = await import('./painter.ts').catch((cause: unknown) => {
    throw new Error('What draws the games could not be loaded. Reload the page to try again.', { cause })
  })
  const painting = signal<'webgl' | 'canvas' | 'lost'>('webgl')
  const painter = await createPainter({
    onLost() {
      painting.value = 'lost'
    },
    onRestored() {
      painting.value = 'webgl'
      repaint = true
      request()
    },
  }).catch((cause: unknown) => {
    throw new Error('This browser can draw neither with WebGL nor on a canvas, so games cannot be shown.', {
      cause,
    })
  })
  painting.value = painter.kind
  const art = painter.surface(ART_WIDTH, ART_HEIGHT)
  drawArt(art.words)
  art.changed(0, ART_HEIGHT)

  const { canvas } = painter
  const holder = document.createElement('div')
  holder.className = 'stage-canvas'
  // Each board's element says what is to be seen there.
  holder.ariaHidden = 'true'
  holder.append(canvas)
  container.classList.add('stage-area')
  container.append(holder)

  const entries = new Set<Entry>()
  const lessMotion = matchMedia('(prefers-reduced-motion: reduce)')
  let frame = 0
  /** Elements may have moved since they were measured. */
  let moved = true
  let repaint = true
  /** Size of the canvas in device pixels. */
  let [width, height] = [0, 0]

  const request = () => {
    if (frame === 0 && !document.hidden) frame = requestAnimationFrame(drawFrame)
  }
  const measureAgain = () => {
    moved = true
    request()
  }

  const drawFrame = (now: number) => {
    frame = 0
    if (moved) measure()
    moved = false
    const whole = { x: 0, y: 0, width, height }
    const visible = [...entries].filter(({ painted }) => isSome(overlap(painted.place, whole)))
    if (!repaint && !visible.some(({ painted }) => painted.stale)) return
    repaint = false
    painter.paint(pen => {
      for (const { painted } of visible) painted.drawMap(pen, now)
      for (const { painted } of visible) painted.drawSprites(pen)
    })
    if (visible.some(({ painted }) => painted.stale)) request()
  }

  /** Puts the canvas over the visible part of the container, and every board where its element is. */
  const measure = () => {
    const ratio = devicePixelRatio
    const area = container.getBoundingClientRect()
    const wantedWidth = Math.ceil(Math.min(area.width, innerWidth) * ratio)
    const wantedHeight = Math.ceil(Math.min(area.height, innerHeight) * ratio)
    // A canvas without pixels has no picture that could be drawn; it is left as it is until the container has a size.
    if (wantedWidth === 0 || wantedHeight === 0) return
    if (wantedWidth !== width || wantedHeight !== height) {
      width = wantedWidth
      height = wantedHeight
      painter.resize(width, height)
      repaint = true
    }
    // Zooming changes these and may leave the number of device pixels as it is.
    canvas.style.width = `${width / ratio}px`
    canvas.style.height = `${height / ratio}px`
    // On whole device pixels, or the browser would blur it.
    const onPixels = (start: number, end: number, length: number) =>
      Math.round(Math.max(start, Math.min(0, end - length / ratio)) * ratio) / ratio
    const left = onPixels(area.left, area.right, width)
    const top = onPixels(area.top, area.bottom, height)
    canvas.style.left = `${left - area.left}px`
    canvas.style.top = `${top - area.top}px`
    for (const { element, painted } of entries) {
      const box = element.getBoundingClientRect()
      const place = {
        x: Math.round((box.left - left) * ratio),
        y: Math.round((box.top - top) * ratio),
        width: Math.floor(box.width * ratio),
        height: Math.floor(box.height * ratio),
      }
      if (painted.move(place, ratio)) repaint = true
    }
  }

  const onVisibility = () => {
    if (!document.hidden) return measureAgain()
    cancelAnimationFrame(frame)
    frame = 0
  }
  const sizes = new ResizeObserver(measureAgain)
  sizes.observe(container)
  sizes.observe(document.body)
  const changes = new MutationObserver(records => {
    if (records.some(({ target }) => target !== canvas)) measureAgain()
  })
  changes.observe(container, {
    childList: true,
    subtree: true,
    attributeFilter: ['class', 'style', 'hidden'],
  })
  document.addEventListener('visibilitychange', onVisibility)
  document.addEventListener('scroll', measureAgain, { capture: true, passive: true })
  addEventListener('resize', measureAgain)
  request()

  return {
    painting,
    board(element): Board {
      const painted = createPaintedBoard(art, painter.surface)
      const entry = { element, painted }
      entries.add(entry)
      sizes.observe(element)
      measureAgain()
      return {
        layout: painted.layout,
        show(scene, { theme, glide }) {
          if (!entries.has(entry)) return
          painted.show(scene, { theme, glide: lessMotion.matches ? 0 : glide, now: performance.now() })
          if (painted.stale) request()
        },
        dispose() {
          if (!entries.delete(entry)) return
          sizes.unobserve(element)
          painted.dispose()
          repaint = true
          request()
        },
      }
    },
    dispose() {
      cancelAnimationFrame(frame)
      // No later call may ask for a frame of a stage that is gone.
      frame = -1
      sizes.disconnect()
      changes.disconnect()
      document.removeEventListener('visibilitychange', onVisibility)
      document.removeEventListener('scroll', measureAgain, { capture: true })
      removeEventListener('resize', measureAgain)
      for (const { painted } of entries) painted.dispose()
      entries.clear()
      painter.dispose()
      holder.remove()
    },
  }
}

function isSome({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return width > 0 && height > 0
}
