/** Playback in a real browser: keys and buttons of a clock, beside the same episodes replayed in Node. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { drawLevel } from '../../envs/draw-level.ts'
import { ACTION_COUNT, ACTIONS } from '../../envs/game.ts'
import { createPlayback } from '../../envs/playback.ts'
import { pictureOfView } from '../../src/app/picture.ts'
import { createScene } from '../../src/core/scene.ts'
import { findTheme, type Theme } from '../../src/core/themes.ts'
import { type Recording, storeRecording } from '../../src/learn/recording.ts'
import { type CleanPage, closeAll, openBrowser, openPage, screenshot, serveSite } from './harness.ts'
import { sharedOnce } from './shared-folder.ts'
import { buildStagePage, STAGE_PAGE } from './stage-build.ts'

/** The solver's way, with made-up probabilities that tell the steps apart. */
function record(game: string, length: number): Recording {
  for (let seed = 0; ; seed++) {
    const { level, solution } = drawLevel({ game }, 'train', `playback/${seed}`)
    if (solution.actions.length < length) continue
    const actions = Uint8Array.from(solution.actions.slice(0, length))
    const probabilities = new Float32Array(length * ACTION_COUNT).fill(0.1)
    actions.forEach((action, i) => {
      probabilities[i * ACTION_COUNT + action] = 0.5
    })
    return {
      level,
      episode: [0, 0],
      steps: 0,
      actions,
      probabilities,
      values: Float32Array.from(actions, (_, i) => i / 2),
    }
  }
}

const LONG = record('gems', 12)
const SHORT = record('keys', 5)

let page: CleanPage
beforeAll(async () => {
  const { url } = await serveSite(await sharedOnce('stage-page', buildStagePage))
  page = await openPage(await openBrowser(), url + STAGE_PAGE)
}, 60_000)
afterAll(closeAll)

const slider = () => page.getByRole('slider', { name: 'Step' })
const speed = () => page.getByRole('status', { name: 'Speed' })
const stepNow = async () => Number(await slider().inputValue())

/** What the rules say at a step of the longer recording. */
function truthAt(step: number) {
  const playback = createPlayback(LONG.level, LONG.actions, LONG.episode)
  playback.seek(step)
  const scene = createScene()
  playback.paint(scene)
  return { return: playback.return, view: pictureOfView(scene, findTheme(LONG.level.theme) as Theme) }
}

it('steps, scrubs and restarts by key, button and slider, and says what the policy thought', async () => {
  await page.evaluate(recordings => window.stagePage.watch(recordings), [LONG, SHORT].map(storeRecording))
  await slider().waitFor()
  expect(await slider().getAttribute('max')).toBe('12')
  for (let i = 0; i < 3; i++) await page.keyboard.press('.')
  expect(await stepNow()).toBe(3)
  await page.keyboard.press(',')
  await page.getByRole('button', { name: 'Step forward' }).click()
  await page.getByRole('button', { name: 'Step forward' }).click()
  await page.getByRole('button', { name: 'Step back' }).click()
  expect(await stepNow()).toBe(3)
  expect(await page.getByLabel('Value').textContent()).toBe('1.50')
  const taken = page.getByRole('list', { name: 'Probability of each action' }).getByRole('listitem')
  const said = await taken.allTextContents()
  const action = ACTIONS[LONG.actions[3]!]!
  expect(said.filter(text => /taken/.test(text))).toHaveLength(1)
  expect(said.find(text => /taken/.test(text))).toMatch(new RegExp(`${action}.*50%`))
  await slider().fill('12')
  expect(await page.getByLabel('Return').textContent()).toBe(String(truthAt(12).return))
  expect(await taken.allTextContents()).toEqual(ACTIONS.map(name => `${name}–`))
  await page.keyboard.press('Home')
  expect(await stepNow()).toBe(0)
  page.expectClean()
})

it('shows the very frame that the agent saw', async () => {
  await slider().fill('4')
  const { view } = truthAt(4)
  const shown = await page.evaluate(() => {
    const canvas = document.querySelector('.agent-view') as HTMLCanvasElement
    return [...(canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, 64, 64).data]
  })
  expect(shown.filter((_, i) => i % 4 !== 3)).toEqual([...view.data])
  await screenshot(page, 'playback')
})

it('plays at its speed, by itself to the end, and again from the start', async () => {
  await page.keyboard.press('Home')
  for (let i = 0; i < 9; i++) await page.keyboard.press('-')
  expect(await speed().textContent()).toBe('0.25x')
  expect(await page.getByRole('button', { name: 'Slower' }).isDisabled()).toBe(true)
  for (let i = 0; i < 9; i++) await page.keyboard.press('+')
  expect(await speed().textContent()).toBe('16x')
  for (let i = 0; i < 3; i++) await page.keyboard.press('-')
  expect(await speed().textContent()).toBe('2x')
  // 12 steps at 16 a second.
  const start = Date.now()
  await page.keyboard.press(' ')
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await page.getByRole('button', { name: 'Play' }).waitFor()
  const seconds = (Date.now() - start) / 1000
  expect(await stepNow()).toBe(12)
  expect(seconds).toBeGreaterThan(0.7)
  await page.keyboard.press(' ')
  await page.waitForFunction(() => {
    const at = document.querySelector<HTMLInputElement>('input[type=range]')?.valueAsNumber ?? 0
    return at > 0 && at < 12
  })
  await page.keyboard.press(' ')
  const paused = await stepNow()
  await page.waitForTimeout(300)
  expect(await stepNow()).toBe(paused)
})

it('waits in a hidden tab', async () => {
  await page.keyboard.press('Home')
  for (let i = 0; i < 3; i++) await page.keyboard.press('-')
  const hide = (hidden: boolean) =>
    page.evaluate(hidden => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  await page.keyboard.press(' ')
  await hide(true)
  const before = await stepNow()
  await page.waitForTimeout(1200)
  expect(await stepNow()).toBe(before)
  await hide(false)
  await expect.poll(stepNow).toBeGreaterThan(before)
  page.expectClean()
})
