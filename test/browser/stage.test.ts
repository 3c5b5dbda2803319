/**
 * The stage in a real browser: what stands on the screen, pixel for pixel, beside pictures that Node draws of the same
 * scenes; and what the stage costs while nothing happens.
 */
import { decode } from 'fast-png'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../../envs/draw-level.ts'
import { createPlayback } from '../../envs/playback.ts'
import { GAMES } from '../../envs/registry.ts'
import { enlarged, type Picture, pictureOfMap } from '../../src/app/picture.ts'
import { createScene, QUARTERS } from '../../src/core/scene.ts'
import { findTheme, type Theme } from '../../src/core/themes.ts'
import {
  type CleanPage,
  closeAll,
  openBrowser,
  openPage,
  type PageOptions,
  screenshot,
  serveSite,
} from './harness.ts'
import { sharedOnce } from './shared-folder.ts'
import { buildStagePage, STAGE_PAGE } from './stage-build.ts'
import type { Shown } from './stage-page.tsx'

const ART_SIDE = 8
const NINE = GAMES.map(({ id }) => game(id))
const SIZE = { width: 232, height: 232 }

let url = ''
beforeAll(async () => {
  url = (await serveSite(await sharedOnce('stage-page', buildStagePage))).url + STAGE_PAGE
}, 60_000)
afterAll(closeAll)
/** A page that is left open goes on drawing, which slows the next. */
const opened: CleanPage[] = []
afterEach(async () => {
  for (const page of opened.splice(0)) await page.close()
})

/** A level with a way to win of more steps than the tests take. */
function game(id: string): Shown {
  for (let seed = 0; ; seed++) {
    const { level, solution } = drawLevel({ game: id }, 'train', `stage/${seed}`)
    if (solution.actions.length > 4) return { level, actions: solution.actions }
  }
}

/** The whole map at 8 pixels a tile after some steps, drawn by Node; and the scene it was drawn from. */
function drawn({ level, actions }: Shown, steps: number) {
  const playback = createPlayback(level, actions)
  playback.seek(steps)
  const scene = createScene()
  playback.paint(scene)
  return { scene, picture: pictureOfMap(scene, findTheme(level.theme) as Theme) }
}

async function open(options: PageOptions = {}): Promise<CleanPage> {
  const page = await openPage(await openBrowser(), url, options)
  opened.push(page)
  return page
}

const show = (page: Page, games: readonly Shown[], size = SIZE) =>
  page.evaluate(([games, size]) => window.stagePage.show(games, size), [games, size] as const)
const step = (page: Page, glide: number) => page.evaluate(glide => window.stagePage.step(glide), glide)
/** Waits until the page has drawn what it was told. */
const settle = (page: Page) =>
  page.evaluate(
    () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)))),
  )

/** The screen in device pixels. */
async function pixelsOf(page: Page): Promise<Picture> {
  await settle(page)
  return withoutAlpha(await screenshot(page, 'stage'))
}

function withoutAlpha(png: Buffer): Picture {
  const { width, height, data, channels } = decode(png)
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) rgb.set(data.subarray(i * channels, i * channels + 3), i * 3)
  return { width, height, data: rgb }
}

/** The part of the screen on which a board has its map: all of it, or what fits into its element. */
async function boardOf(page: Page, slot: number, ratio = 1) {
  const box = (await page.getByLabel(`board ${slot}`, { exact: true }).locator('..').boundingBox())!
  const layout = (await page.evaluate(() => window.stagePage.layouts()))[slot]!
  const scale = (layout.tile * ratio) / ART_SIDE
  return { box, layout, scale, left: (box.x + layout.left) * ratio, top: (box.y + layout.top) * ratio }
}

function cut({ width, data }: Picture, x: number, y: number, w: number, h: number): Picture {
  const part = new Uint8Array(w * h * 3)
  for (let row = 0; row < h; row++) {
    const from = ((y + row) * width + x) * 3
    part.set(data.subarray(from, from + w * 3), row * w * 3)
  }
  return { width: w, height: h, data: part }
}

/** How many pixels differ. */
function differences(a: Picture, b: Picture): number {
  expect([a.width, a.height]).toEqual([b.width, b.height])
  let count = 0
  for (let i = 0; i < a.data.length; i += 3) {
    if (a.data[i] !== b.data[i] || a.data[i + 1] !== b.data[i + 1] || a.data[i + 2] !== b.data[i + 2]) count++
  }
  return count
}

/** Expects every board to show its game after some steps, in every pixel. */
async function expectDrawn(page: Page, games: readonly Shown[], steps: number, ratio = 1): Promise<void> {
  await expectOn(await pixelsOf(page), page, games, steps, ratio)
}

async function expectOn(
  screen: Picture,
  page: Page,
  games: readonly Shown[],
  steps: number,
  ratio: number,
): Promise<void> {
  for (const [slot, shown] of games.entries()) {
    const { scale, left, top } = await boardOf(page, slot, ratio)
    const expected = enlarged(drawn(shown, steps).picture, scale)
    const found = cut(screen, Math.round(left), Math.round(top), expected.width, expected.height)
    expect(`${shown.level.game}: ${differences(found, expected)}`).toBe(`${shown.level.game}: 0`)
  }
}

describe('what is painted', () => {
  it.each([1, 1.5, 2])('is the art, for all games, at %s device pixels a pixel', async ratio => {
    const page = await open({ pixelRatio: ratio })
    await show(page, NINE)
    await expectDrawn(page, NINE, 0, ratio)
    for (let i = 0; i < 3; i++) await step(page, 0)
    await expectDrawn(page, NINE, 3, ratio)
    const scales = await page.evaluate(() => window.stagePage.layouts().map(({ tile }) => tile))
    for (const tile of scales) expect(Number.isInteger((tile * ratio) / ART_SIDE)).toBe(true)
    page.expectClean()
  })

  it('is the same on a plain canvas, where there is no WebGL', async () => {
    const page = await open()
    await page.addInitScript(() => {
      const original = HTMLCanvasElement.prototype.getContext as (kind: string, ...rest: unknown[]) => unknown
      Object.assign(HTMLCanvasElement.prototype, {
        getContext(this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
          return kind === '2d' ? original.call(this, kind, ...rest) : null
        },
      })
    })
    await page.reload()
    await show(page, NINE)
    await step(page, 0)
    await expectDrawn(page, NINE, 1)
    page.expectClean()
  })

  it('comes back with a lost WebGL context, and the page says so meanwhile', async () => {
    const page = await open()
    await show(page, NINE)
    await settle(page)
    await page.evaluate(() => {
      const gl = document.querySelector('canvas')?.getContext('webgl') as WebGLRenderingContext
      const extension = gl.getExtension('WEBGL_lose_context') as WEBGL_lose_context
      Object.assign(window, { extension })
      extension.loseContext()
    })
    await page.getByRole('alert').waitFor()
    await step(page, 0)
    await page.evaluate(() =>
      (window as unknown as { extension: WEBGL_lose_context }).extension.restoreContext(),
    )
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await expectDrawn(page, NINE, 1)
    page.expectClean()
  })

  it('follows the camera where a map is larger than its board, and stays inside', async () => {
    const page = await open()
    const shown = NINE.find(({ level }) => level.game === 'keys')!
    await show(page, [shown], { width: 60, height: 44 })
    for (let i = 0; i < 4; i++) await step(page, 0)
    const { scene, picture } = drawn(shown, 4)
    const { box, layout } = await boardOf(page, 0)
    expect(layout.follows).toBe(true)
    expect(layout.tile).toBe(ART_SIDE)
    const expected = cut(picture, -layout.left, -layout.top, box.width, box.height)
    const screen = await pixelsOf(page)
    expect(differences(cut(screen, box.x, box.y, box.width, box.height), expected)).toBe(0)
    // The player's tile is in view, and nothing is painted beside the board.
    const middle = [
      layout.left + (scene.cameraX + 0.5) * ART_SIDE,
      layout.top + (scene.cameraY + 0.5) * ART_SIDE,
    ]
    expect(middle[0]).toBeGreaterThan(0)
    expect(middle[0]).toBeLessThan(box.width)
    expect(middle[1]).toBeGreaterThan(0)
    expect(middle[1]).toBeLessThan(box.height)
    const beside = cut(screen, box.x, box.y + box.height, box.width, 40)
    expect(new Set(beside.data).size).toBeLessThanOrEqual(3)
  })
})

describe('boards', () => {
  it('follow their elements through scrolling and resizing, on a canvas no larger than the window', async () => {
    const page = await open({ width: 520, height: 400 })
    await show(page, NINE)
    await expectDrawn(page, NINE.slice(0, 2), 0)
    await page.evaluate(() => scrollBy(0, 137))
    await settle(page)
    const inView = async () => {
      const screen = await pixelsOf(page)
      for (const [slot, shown] of NINE.entries()) {
        const { scale, left, top } = await boardOf(page, slot)
        const expected = enlarged(drawn(shown, 0).picture, scale)
        if (top < 0 || top + expected.height > screen.height) continue
        const found = cut(screen, Math.round(left), Math.round(top), expected.width, expected.height)
        expect(`${slot}: ${differences(found, expected)}`).toBe(`${slot}: 0`)
      }
    }
    await inView()
    await page.setViewportSize({ width: 300, height: 500 })
    await page.evaluate(() => scrollTo(0, 600))
    await inView()
    const canvas = await page.evaluate(() => {
      const { width, height } = document.querySelector('canvas') as HTMLCanvasElement
      return { width, height, page: document.documentElement.scrollHeight }
    })
    expect(canvas.height).toBeLessThanOrEqual(500)
    expect(canvas.width).toBeLessThanOrEqual(300)
    expect(canvas.page).toBeGreaterThan(2000)
  })

  it('let sprites glide from where they stood, or not where less motion is wanted', async () => {
    const [walker] = NINE.filter(({ level }) => level.game === 'maze') as [Shown]
    const from = drawn(walker, 0).scene
    const [x, y] = [from.spriteX[0]!, from.spriteY[0]!]
    const to = drawn(walker, 1).scene
    expect([to.spriteX[0], to.spriteY[0]]).not.toEqual([x, y])
    const missing = async (page: Page) => {
      const { scale, left, top } = await boardOf(page, 0)
      const [across, down] = [to.spriteX[0]!, to.spriteY[0]!].map(at => (at * ART_SIDE * scale) / QUARTERS)
      const tile = (picture: Picture, x: number, y: number) =>
        cut(picture, x + across!, y + down!, ART_SIDE * scale, ART_SIDE * scale)
      const there = tile(enlarged(drawn(walker, 1).picture, scale), 0, 0)
      return differences(tile(await pixelsOf(page), left, top), there)
    }
    const gliding = await open()
    await show(gliding, [walker])
    await step(gliding, 60_000)
    expect(await missing(gliding)).toBeGreaterThan(0)
    await step(gliding, 100)
    await gliding.waitForTimeout(200)
    await expectDrawn(gliding, [walker], 2)
    const still = await open({ reducedMotion: true })
    await show(still, [walker])
    await step(still, 60_000)
    expect(await missing(still)).toBe(0)
  })

  it('stay crisp when the reader zooms the page', async () => {
    const page = await open({ width: 1280, height: 400 })
    // Taller than the window before and after, so that the canvas keeps its device pixels.
    const many = [...NINE, ...NINE, ...NINE, ...NINE]
    await show(page, many, { width: 150, height: 150 })
    await settle(page)
    const session = await page.context().newCDPSession(page)
    // What the browser's own zoom to 200% does: as many device pixels, half as many of CSS.
    const zoomed = { width: 640, height: 200, deviceScaleFactor: 2, mobile: false }
    await session.send('Emulation.setDeviceMetricsOverride', zoomed)
    await settle(page)
    // Playwright's own screenshot would zoom back.
    const { data } = await session.send('Page.captureScreenshot')
    const screen = withoutAlpha(Buffer.from(data, 'base64'))
    await expectOn(screen, page, many.slice(0, 4), 0, 2)
  })
})

describe('cost', () => {
  const countFrames = (page: Page) =>
    page.addInitScript(() => {
      const original = requestAnimationFrame
      Object.assign(window, {
        frames: 0,
        requestAnimationFrame(act: FrameRequestCallback) {
          Object.assign(window, { frames: (window as unknown as { frames: number }).frames + 1 })
          return original(act)
        },
      })
    })
  const framesOf = (page: Page) => page.evaluate(() => (window as unknown as { frames: number }).frames)

  it('is nothing while nothing moves, and nothing in a hidden tab', async () => {
    const page = await open()
    await countFrames(page)
    await page.reload()
    await show(page, NINE)
    await page.waitForTimeout(300)
    const idle = await framesOf(page)
    await page.waitForTimeout(500)
    expect(await framesOf(page)).toBe(idle)
    await page.evaluate(() => window.stagePage.play(20))
    await page.waitForTimeout(300)
    expect(await framesOf(page)).toBeGreaterThan(idle)
    const hide = (hidden: boolean) =>
      page.evaluate(hidden => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await hide(true)
    const hidden = await framesOf(page)
    await page.waitForTimeout(500)
    expect(await framesOf(page)).toBe(hidden)
    await hide(false)
    await page.waitForTimeout(200)
    expect(await framesOf(page)).toBeGreaterThan(hidden)
  })

  it('leaves nothing behind: 30 stages one after the other', async () => {
    const page = await open()
    await page.addInitScript(() => {
      const listening = new Set<string>()
      let next = 0
      const names = new WeakMap<object, number>()
      const nameOf = (target: EventTarget, type: string, listener: object) => {
        if (!names.has(listener)) names.set(listener, next++)
        return `${target.constructor.name} ${type} ${names.get(listener)}`
      }
      for (const target of [window, document]) {
        const { addEventListener, removeEventListener } = target
        Object.assign(target, {
          listening,
          addEventListener(type: string, listener: object, ...rest: unknown[]) {
            if (listener) listening.add(nameOf(target, type, listener))
            return Reflect.apply(addEventListener, target, [type, listener, ...rest])
          },
          removeEventListener(type: string, listener: object, ...rest: unknown[]) {
            if (listener) listening.delete(nameOf(target, type, listener))
            return Reflect.apply(removeEventListener, target, [type, listener, ...rest])
          },
        })
      }
    })
    const warnings: string[] = []
    page.on('console', message => warnings.push(message.text()))
    await page.reload()
    const listening = () =>
      page.evaluate(() => [...(window as unknown as { listening: Set<string> }).listening])
    await show(page, NINE.slice(0, 1), { width: 120, height: 120 })
    await page.evaluate(() => window.stagePage.clear())
    const before = await listening()
    for (let i = 0; i < 30; i++) {
      await show(page, NINE.slice(0, 1), { width: 120, height: 120 })
      await page.evaluate(() => window.stagePage.clear())
    }
    expect(await page.locator('canvas').count()).toBe(0)
    expect(await listening()).toEqual(before)
    await show(page, NINE)
    await expectDrawn(page, NINE, 0)
    expect(warnings.filter(text => /context/i.test(text))).toEqual([])
  })
})
