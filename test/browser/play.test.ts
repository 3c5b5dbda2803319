/** The Play page in Chromium: a level by keyboard and by touch, against the agent, and every way to choose a level. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawLevel } from '../../envs/draw-level.ts'
import { ACTIONS, type Action } from '../../envs/game.ts'
import { findGame } from '../../envs/registry.ts'
import { replay } from '../../envs/replay.ts'
import { solve } from '../../envs/solver.ts'
import { hashLevel, type Level } from '../../levels/level.ts'
import { movesOfActions, parseMoves } from '../../levels/moves.ts'
import { levelKind } from '../../levels/registry.ts'
import { formatLevel, parseLevel } from '../../levels/text.ts'
import { decodeLevel, encodeLevel } from '../../src/viewer/levels/link.ts'
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

const ROOT = join(import.meta.dirname, '../..')
const FILE = 'levels/packs/gems/two-wings.txt'
const level = parseLevel(readFileSync(join(ROOT, FILE), 'utf8'), FILE)
const { actions: solution, bestReturn } = solve(findGame('gems'), level)

const KEYS: Readonly<Record<Action, string>> = {
  noop: '.',
  up: 'ArrowUp',
  down: 's',
  left: 'ArrowLeft',
  right: 'd',
  use: ' ',
}

let url = ''
beforeAll(async () => {
  url = (await serveSite(await buildPage())).url
}, 120_000)
afterAll(closeAll)

const addressOf = (own: Level) => `${url}#/play?level=${encodeLevel(own)}`

async function press(page: Page, actions: readonly number[]): Promise<void> {
  for (const action of actions) await page.keyboard.press(KEYS[ACTIONS[action] as Action])
}

/** Keys play from then on. */
async function boardInFocus(page: Page): Promise<void> {
  await page.locator('[role=application]:focus').waitFor()
}

/** A figure below the board. */
async function figure(page: Page, name: string): Promise<number> {
  const value = page.locator('.play-main .key-figure', { hasText: name }).locator('dd')
  return Number.parseFloat((await value.innerText()).replace('\u2212', '-'))
}

/** Return and score of a row of the table, by what its name begins with. */
async function row(page: Page, name: string): Promise<number[]> {
  const cells = page.getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell')
  const texts = (await cells.allInnerTexts()).slice(0, 2)
  return texts.map(text => Number(text.replace('\u2212', '-')))
}

/** Hash of the level in the page's address, as soon as it is another one. */
async function hashAfter(page: Page, before: string): Promise<string> {
  await page.waitForURL(address => address.href !== before)
  return hashLevel(decodeLevel(new URLSearchParams(page.url().split('?')[1]).get('level') as string))
}

describe('playing', { timeout: 60_000 }, () => {
  let page: CleanPage
  beforeAll(async () => {
    page = await openPage(await openBrowser(), addressOf(level))
  }, 60_000)

  it('by keyboard, to the win that the solver knows, and back', async () => {
    await page.locator('.stage-canvas canvas').waitFor()
    await boardInFocus(page)
    await press(page, solution)
    await page.getByRole('heading', { name: 'You won' }).waitFor()
    const won = replay(level, movesOfActions(solution, level))
    expect(won).toMatchObject({ won: true, return: bestReturn })
    expect([await figure(page, 'Return'), await figure(page, 'Actions')]).toEqual([won.return, won.steps])
    expect(await row(page, 'You, episode 1')).toEqual([won.return, 1])
    expect(await row(page, 'Solver')).toEqual([won.return, 1])
    expect((await row(page, 'Random player'))[1]).toBe(0)
    await screenshot(page, 'play-won')

    await page.keyboard.press('c')
    await page.getByText('The moves are copied').waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(replay(level, parseMoves(copied, 'clipboard'))).toMatchObject({ won: true, return: won.return })

    await page.keyboard.press('u')
    await page.getByRole('heading', { name: 'You won' }).waitFor({ state: 'detached' })
    const before = replay(level, movesOfActions(solution.slice(0, -1), level))
    expect([await figure(page, 'Return'), await figure(page, 'Actions')]).toEqual([
      before.return,
      before.steps,
    ])
    await page.keyboard.press('h')
    await page
      .getByText(`Hint: ${ACTIONS[solution.at(-1) as number]}`)
      .first()
      .waitFor()
    await page.keyboard.press('r')
    expect([await figure(page, 'Return'), await figure(page, 'Actions')]).toEqual([0, 0])
    // No key scrolled the page, whatever it is that plays.
    expect(await page.evaluate(() => scrollY)).toBe(0)
    page.expectClean()
  })

  it('tells the hidden rules only to who asks', async () => {
    const rules = levelKind('gems').tellRules(level.rules)
    const show = page.getByRole('button', { name: 'Show the hidden rules' })
    await show.waitFor()
    for (const rule of rules) expect(await page.getByText(rule).count()).toBe(0)
    await show.click()
    for (const rule of rules) await page.getByText(rule).waitFor()
  })

  it('in real time, by one key that is held', async () => {
    await page.getByLabel('Time').selectOption('8')
    await page.keyboard.down('ArrowLeft')
    await expect.poll(() => figure(page, 'Actions')).toBeGreaterThan(3)
    await page.keyboard.up('ArrowLeft')
    await page.keyboard.press('p')
    await page.keyboard.press('c')
    const copied = () => page.evaluate(() => navigator.clipboard.readText())
    await expect.poll(async () => parseMoves(await copied(), 'clipboard')).toMatch(/^l{4,}n*$/)
    await page.getByLabel('Time').selectOption('0')
  })

  it('by touch on a phone: the pad, and swipes over the board', async () => {
    const size = { width: 375, height: 812, phone: true, dark: true }
    const phone = await openPage(await openBrowser(), addressOf(level), size)
    const moves = solution.slice(0, 4)
    for (const action of moves.slice(0, 2)) {
      const name = ACTIONS[action] as Action
      await phone.getByRole('button', { name: name[0]?.toUpperCase() + name.slice(1), exact: true }).tap()
    }
    for (const action of moves.slice(2)) await swipe(phone, ACTIONS[action] as Action)
    const played = replay(level, movesOfActions(moves, level))
    expect([await figure(phone, 'Return'), await figure(phone, 'Actions')]).toEqual([played.return, 4])
    expect(await phone.evaluate(() => scrollY)).toBe(0)
    await screenshot(phone, 'play-phone')
    expect(await accessibilityFaults(phone, { phone: true })).toEqual([])
    phone.expectClean()
  })

  it('against the agent, whose returns are those of `levelshift evaluate`', async () => {
    await page.keyboard.press('r')
    await page.keyboard.press('v')
    await page.getByRole('row', { name: /^Agent, 3 steps/ }).waitFor({ timeout: 30_000 })
    const agent = await page.getByLabel('Agent', { exact: true }).inputValue()
    const command = ['src/app/levelshift.mjs', 'evaluate', `agents/trained/${agent}.safetensors`]
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...command, '--level', FILE, '--backend', 'wasm', '--json'],
      { cwd: ROOT },
    )
    const [expected] = JSON.parse(stdout).levels
    for (const [k, step] of expected.steps.entries()) {
      const shown = await row(page, `Agent, ${k} step`)
      expect(shown[0]).toBeCloseTo(step.return, 1)
      expect(shown[1]).toBeCloseTo(step.score, 1)
    }
    expect((await row(page, 'Random player'))[0]).toBeCloseTo(expected.randomReturn, 2)
    await page.getByRole('figure', { name: 'Learning this level' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await screenshot(page, 'play-agent')

    await page.getByRole('button', { name: 'Watch the solver' }).click()
    await page.getByText('Watching the solver.').waitFor()
    expect(await page.getByLabel('Step', { exact: true }).getAttribute('max')).toBe(`${solution.length}`)
    // The clock's keys work at once, and the game's come back with it.
    await page.keyboard.press('Home')
    await page.keyboard.press('.')
    await page.getByText('step 1 of').waitFor()
    await page.keyboard.press('Escape')
    await boardInFocus(page)
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => figure(page, 'Actions')).toBe(1)
    page.expectClean()
  })
})

describe('choosing a level', { timeout: 60_000 }, () => {
  let page: CleanPage
  beforeAll(async () => {
    page = await openPage(await openBrowser(), `${url}#/play`)
    await page.waitForURL(/level=/)
  }, 60_000)

  const open = async (tab: string) => {
    await page.getByRole('button', { name: 'Choose a level' }).click()
    await page.getByRole('tab', { name: tab }).click()
  }
  const field = (name: string) => page.getByRole('tabpanel').getByLabel(name, { exact: true })

  it('draws from a split', async () => {
    const before = page.url()
    await open('Draw')
    await field('Game').selectOption('keys')
    await field('Split').selectOption('validation')
    await field('Layout').selectOption('held-out')
    await field('Hidden rules').selectOption('held-out')
    await page.getByText('Agents are chosen by these').waitFor()
    await page.getByRole('button', { name: 'Seed 3' }).click()
    const request = { game: 'keys', families: ['three-doors'], size: [9, 11], heldOutRules: true } as const
    expect(await hashAfter(page, before)).toBe(drawLevel(request, 'validation', 'play/3').hash)
    // The keys play at once.
    const third = page.url()
    await boardInFocus(page)
    await page.keyboard.press('n')
    expect(await hashAfter(page, third)).toBe(drawLevel(request, 'validation', 'play/4').hash)
  })

  it('offers nothing held out where agents train', async () => {
    await open('Draw')
    await field('Split').selectOption('train')
    expect(await field('Layout').locator('option').allInnerTexts()).not.toContain('three-doors (held out)')
    expect(await field('Hidden rules').isDisabled()).toBe(true)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Close the choice' }).click()
  })

  it('opens a hand-made one', async () => {
    const before = page.url()
    await open('Hand-made')
    await field('Game').selectOption('maze')
    await page.getByRole('button', { name: 'Hedge garden' }).click()
    const text = readFileSync(join(ROOT, 'levels/packs/maze/hedge-garden.txt'), 'utf8')
    expect(await hashAfter(page, before)).toBe(hashLevel(parseLevel(text, 'hedge-garden')))
  })

  it('imports one of the levels of a file, and tells what is wrong with another', async () => {
    const before = page.url()
    const boards = '; One\n\n#####\n#@$.#\n#####\n\n; Two\n\n######\n#@ $.#\n######\n'
    await open('Import')
    const files = page.getByRole('tabpanel').locator('input[type=file]')
    await files.setInputFiles([
      { name: 'boards.xsb', mimeType: 'text/plain', buffer: Buffer.from(boards) },
      {
        name: 'bad.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('levelshift level 1\ngame: gems\n\n#?#'),
      },
    ])
    await page.getByRole('alert').getByText("bad.txt:4:2: '?' is no tile of gems").waitFor()
    await page.getByRole('button', { name: 'Two', exact: true }).click()
    await hashAfter(page, before)
    await page.getByText('sokoban, ').first().waitFor()
    expect(await page.locator('.picker-line').innerText()).toMatch(
      /Two[\s\S]*sokoban, \w+ split, imported from boards\.xsb/,
    )
  })

  it('opens a link or a text, and refuses what is neither with a sentence', async () => {
    const before = page.url()
    await open('Link')
    const text = page.getByRole('tabpanel').getByRole('textbox')
    const go = page.getByRole('button', { name: 'Open', exact: true })
    await text.fill('https://example.org/#/play?level=AAAA')
    await go.click()
    await page
      .getByRole('alert')
      .getByText('the level in this link is damaged; copy the whole link again')
      .waitFor()
    await text.fill(formatLevel(level))
    await go.click()
    expect(await hashAfter(page, before)).toBe(hashLevel(level))
  })

  it('draws at random, and going back returns to the level before', async () => {
    const before = page.url()
    await page.getByRole('button', { name: 'Random level' }).click()
    expect(await hashAfter(page, before)).not.toBe(hashLevel(level))
    await page.goBack()
    await page.getByText('Two wings').first().waitFor()
    expect(page.url()).toBe(before)
    page.expectClean()
  })

  it('says what is wrong with the link in the address, and still offers a choice', async () => {
    const bad = await openPage(await openBrowser(), `${url}#/play?level=not-a-level`)
    await bad
      .getByRole('alert')
      .getByText(/the level in this link is damaged/)
      .waitFor()
    await bad.getByRole('button', { name: 'Seed 1' }).click()
    await bad.getByRole('application').waitFor()
    bad.expectClean()
  })
})

/** A finger's way over the board. */
async function swipe(page: Page, way: Action): Promise<void> {
  const box = await page.getByRole('application').boundingBox()
  if (!box) throw new Error('the board is not to be seen')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const [dx, dy] = { up: [0, -80], down: [0, 80], left: [-80, 0], right: [80, 0], noop: [0, 0], use: [0, 0] }[
    way
  ]
  const client = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints })
  await touch('touchStart', [{ x, y }])
  await touch('touchMove', [{ x: x + (dx as number) / 2, y: y + (dy as number) / 2 }])
  await touch('touchMove', [{ x: x + (dx as number), y: y + (dy as number) }])
  await touch('touchEnd', [])
}
