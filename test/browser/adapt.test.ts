/** The page Adapt, from a plain file server: an agent learns a level before one's eyes. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../../envs/draw-level.ts'
import { findGame } from '../../envs/registry.ts'
import { randomReturn } from '../../envs/solver.ts'
import { levelKind } from '../../levels/registry.ts'
import { decodeAgent } from '../../src/app/agent-file.ts'
import { stream } from '../../src/core/random.ts'
import { selectBackend } from '../../src/learn/backend.ts'
import { ENCODER_SHAPES } from '../../src/learn/encoder.ts'
import { createFeatureCache } from '../../src/learn/features.ts'
import { createLevelAdaptation, type LevelStep } from '../../src/learn/level-adaptation.ts'
import { toTensors } from '../../src/learn/parameters.ts'
import { decodeSafetensors } from '../../src/learn/safetensors.ts'
import { normalisedScore } from '../../src/learn/statistics.ts'
import { formatReturn, formatScore } from '../../src/viewer/adapt/format.ts'
import { encodeLevel } from '../../src/viewer/levels/link.ts'
import { accessibilityFaults } from './accessibility-checks.ts'
import {
  buildPage,
  type CleanPage,
  closeAll,
  openBrowser,
  openPage,
  screenshot,
  serveSite,
} from './harness.ts'

const AGENT = 'agents/trained/starter.safetensors'
const SEED = '5'
const drawn = drawLevel({ game: 'gems' }, 'test', 'adapt test/1')
const foreign = drawLevel({ game: 'maze' }, 'test', 'adapt test/maze').level

/** What the same agent does on the same level in Node. */
let expected: LevelStep[]
let url: string
let page: CleanPage

beforeAll(async () => {
  await selectBackend('wasm')
  const { encoder, learner, recipe } = decodeAgent(decodeSafetensors(readFileSync(AGENT), AGENT), AGENT)
  const features = createFeatureCache(toTensors(encoder, ENCODER_SHAPES))
  const adaptation = createLevelAdaptation({
    learner,
    meta: recipe.meta,
    features,
    level: drawn.level,
    seed: SEED,
    recordings: 4,
  })
  expected = Array.from({ length: 4 }, () => adaptation.next())
  url = (await serveSite(await buildPage())).url
}, 120_000)
afterAll(closeAll)

const address = (level = drawn.level, more = '') =>
  `${url}#/adapt?agent=starter&seed=${SEED}&level=${encodeURIComponent(encodeLevel(level))}${more}`

const panel = (name: string) => page.getByRole('region', { name, exact: true })
/** Its place is there, by the same name, before it is: what it reached is not. */
const reached = (name: string) => panel(name).locator('dl.figures').waitFor()
const figure = (name: string, what: string) =>
  panel(name).locator('dl.figures div', { hasText: what }).locator('dd').innerText()

async function expectFigures(name: string, step: LevelStep): Promise<void> {
  const random = randomReturn(findGame('gems'), drawn.level, stream(SEED, 0, 'random player'))
  const score = normalisedScore(step.meanReturn, random, drawn.solution.bestReturn)
  expect(await figure(name, 'Mean return')).toBe(formatReturn(step.meanReturn))
  expect(await figure(name, 'Score')).toBe(formatScore(score))
  expect(await figure(name, 'Episodes used')).toBe(String(step.episodes))
  expect(await figure(name, 'Steps used')).toBe(step.environmentSteps.toLocaleString('en'))
}

describe('the page Adapt', () => {
  it('plays the agent of the address before it has learned anything', async () => {
    page = await openPage(await openBrowser(), address())
    await reached('Before learning')
    await panel('The solver').getByText('won').waitFor()
    await expectFigures('Before learning', expected[0]!)
    expect(await figure('The solver', 'Return')).toBe(formatReturn(drawn.solution.bestReturn))
  })

  it('takes one step by its key, and three by the button, as the agent does in Node', async () => {
    await page.keyboard.press('n')
    await reached('After 1 step')
    await page.getByRole('button', { name: 'Adapt 3 steps' }).click()
    await reached('After 4 steps')
    for (const k of [1, 2, 3]) {
      if (k === 1) await page.keyboard.press('1')
      await expectFigures(k === 1 ? 'After 1 step' : `After ${k} steps`, expected[k]!)
    }
    // The address carries the steps.
    expect(page.url()).toContain('steps=4')
    const values = page.getByRole('table', { name: 'Values of Return by gradient step' })
    expect(await values.innerText()).toContain('starter')
    await screenshot(page, 'adapt-light')
  })

  it('shows fewer and others of the steps, and discards nothing', async () => {
    await page.keyboard.press('4')
    await panel('After 4 steps').waitFor({ state: 'detached' })
    await page.keyboard.press('[')
    await page.getByRole('region', { name: 'A closer look: after 3 steps' }).waitFor()
    await page.getByRole('button', { name: 'Show: after 4 steps' }).click()
    await reached('After 4 steps')
    await panel('After 2 steps').getByRole('button', { name: 'Look closer: after 2 steps' }).click()
    await page.getByRole('region', { name: 'A closer look: after 2 steps' }).waitFor()
  })

  it('plays whichever episode was chosen, and tells its return', async () => {
    const clock = page.getByRole('slider', { name: 'Step', exact: true })
    for (const episode of [2, 4]) {
      await panel('After 2 steps')
        .getByRole('radio', { name: `Episode ${episode}` })
        .check({ force: true })
      await page.keyboard.press('Home')
      await clock.fill((await clock.getAttribute('max'))!)
      const moment = await panel('After 2 steps').locator('.moment').innerText()
      expect(moment).toContain(`return ${formatReturn(expected[2]!.returns[episode - 1]!)}`)
    }
  })

  it("draws the solver's path over the games on request", async () => {
    expect(await page.locator('.path-overlay').count()).toBe(0)
    await page.keyboard.press('p')
    await panel('Before learning').locator('.path-overlay .line').waitFor()
    const points = await panel('The solver').locator('.path-overlay .line').getAttribute('points')
    // One place more than there are steps that lead elsewhere.
    expect(points!.split(' ').length).toBeGreaterThan(5)
    expect(points!.split(' ').length).toBeLessThanOrEqual(drawn.solution.actions.length + 1)
    await page.keyboard.press('v')
    await panel('The solver').waitFor({ state: 'detached' })
    await page.keyboard.press('v')
  })

  it('covers the hidden rules until they are asked for', async () => {
    const sentences = levelKind('gems').tellRules(drawn.level.rules)
    const text = () => page.locator('main').innerText()
    for (const sentence of sentences) expect(await text()).not.toContain(sentence)
    await page.getByRole('button', { name: 'Show the hidden rules' }).click()
    for (const sentence of sentences) expect(await text()).toContain(sentence)
  })

  it('plays with other chance under another seed, as many steps as before', async () => {
    await page.keyboard.press('s')
    await page.waitForFunction(() => !location.hash.includes('seed=5&'))
    await reached('After 4 steps')
    expect(await page.getByLabel('Seed', { exact: true }).inputValue()).not.toBe(SEED)
    expect(await text(page)).not.toContain('Cover the hidden rules')
    expect(await accessibilityFaults(page)).toEqual([])
  })

  it('warns before an agent tries a game that it never learned', async () => {
    await page.goto(address(foreign, '&steps=1'))
    await page.getByRole('alert').getByText('starter has never learned maze.').waitFor()
    expect(await panel('Before learning').count()).toBe(0)
    await page.getByRole('button', { name: 'Let it try' }).click()
    await reached('After 1 step')
  })

  it('takes an agent from a file, and says what is wrong with one that is none', async () => {
    const input = page.locator('input[type=file][accept=".safetensors"]')
    await input.setInputFiles({ name: 'broken.safetensors', mimeType: '', buffer: Buffer.from('nothing') })
    await page.getByText(/broken\.safetensors: the file is damaged or cut short/).waitFor()
    const buffer = readFileSync('agents/trained/all.safetensors')
    await input.setInputFiles({ name: 'mine.safetensors', mimeType: '', buffer })
    await page.getByText('mine.safetensors has learned 9 games.').waitFor()
    // It knows the maze.
    await reached('After 1 step')
    expect(await page.getByLabel('Agent', { exact: true }).locator('option:checked').innerText()).toContain(
      'mine',
    )
  })

  it('says so when the address names a level or an agent that is not there', async () => {
    await page.goto(`${url}#/adapt?agent=starter&level=nonsense`)
    await page.getByText('The level in the address cannot be read').waitFor()
    await page.goto(`${url}#/adapt?agent=nobody`)
    await page.getByRole('heading', { name: 'That agent is not here' }).waitFor()
  })

  it('has a level ready where none was chosen, and fits a phone in the dark', async () => {
    page.expectClean()
    page = await openPage(await openBrowser(), `${url}#/adapt?steps=2`, {
      width: 375,
      height: 812,
      dark: true,
      phone: true,
    })
    await reached('After 2 steps')
    await panel('The solver').locator('.moment').waitFor()
    await screenshot(page, 'adapt-dark-phone')
    expect(await accessibilityFaults(page, { phone: true })).toEqual([])
    page.expectClean()
  })
})

function text(page: CleanPage): Promise<string> {
  return page.locator('main').innerText()
}
