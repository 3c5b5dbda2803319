/** The Live page beside a real training: what it shows is what the run folder holds, and what the agent really played. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Started, start, TINY, writeRecipe } from '../tiny-run.ts'
import { accessibilityFaults } from './accessibility-checks.ts'
import {
  buildPage,
  type CleanPage,
  closeAll,
  onClose,
  openBrowser,
  openFolder,
  openPage,
  screenshot,
  serveSite,
  startWatch,
} from './harness.ts'

/** Two gradient steps, three tasks: nine games on the wall. It trains until the test has seen enough. */
const ENDLESS = { ...TINY, name: 'endless', meta: { ...TINY.meta, iterations: 100_000 } }

afterAll(closeAll)

interface Line {
  readonly iteration: number
  readonly returns: readonly number[]
}

function recordsOf(folder: string): Line[] {
  const path = join(folder, 'metrics.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Line)
}

async function until(condition: () => boolean | Promise<boolean>, what: string, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`)
    await wait(50)
  }
}

/** Greatest iteration that the chart of returns has. */
async function lastIteration(page: Page): Promise<number> {
  const cursor = page.getByRole('slider', { name: 'Mean return by adaptation step: cursor' })
  return (await cursor.count()) ? Number(await cursor.getAttribute('aria-valuemax')) : 0
}

/** Steps played by the enlarged game. */
async function stepNow(page: Page): Promise<number> {
  const text = await page
    .getByText(/^\d+ of \d+$/)
    .first()
    .textContent()
  return Number.parseInt(text ?? '', 10)
}

describe('a run in training', () => {
  let training: Started
  let page: CleanPage
  let server: Awaited<ReturnType<typeof startWatch>>
  const runs = openFolder()
  const folder = join(runs, 'endless')

  const stop = async () => {
    training.child.kill('SIGKILL')
    await training.outcome
  }

  beforeAll(async () => {
    server = await startWatch({ runs })
    page = await openPage(await openBrowser(), `${server.url}#/live`)
  })

  it('appears by itself, and is opened from the list', async () => {
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
    training = start(['train', writeRecipe(openFolder(), ENDLESS), '--out', folder])
    onClose(stop)
    const link = page.getByRole('link', { name: 'endless', exact: true })
    await link.waitFor({ timeout: 45_000 })
    await page.getByLabel('Search').fill('gems training')
    expect(await link.count()).toBe(1)
    await page.getByLabel('Search').fill('sokoban')
    expect(await link.count()).toBe(0)
    await page.getByLabel('Search').fill('')
    await link.click()
    await page.getByRole('progressbar').first().waitFor()
  })

  it('draws curves that grow', async () => {
    await until(async () => (await lastIteration(page)) >= 2, 'the first iterations', 45)
    const before = await lastIteration(page)
    await until(async () => (await lastIteration(page)) > before, 'more iterations')
  })

  it('plays its games, by task and gradient step', async () => {
    const wall = page.getByRole('button', { name: /^Enlarge Task/ })
    await wall.first().waitFor()
    expect(
      await wall.evaluateAll(buttons => buttons.map(button => button.getAttribute('aria-label'))),
    ).toEqual(
      [1, 2, 3].flatMap(task => [
        `Enlarge Task ${task} before adaptation`,
        `Enlarge Task ${task} after 1 gradient step`,
        `Enlarge Task ${task} after 2 gradient steps`,
      ]),
    )
    await screenshot(page, 'live-run')
  })

  it('enlarges a game by the keyboard, covers its rules, and steps it', async () => {
    await page.getByRole('button', { name: 'Enlarge Task 1 before adaptation' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Task 1 after 1 gradient step' }).waitFor()
    await page.getByRole('button', { name: 'Show the hidden rules' }).waitFor()
    const first = await stepNow(page)
    await until(async () => (await stepNow(page)) !== first, 'the game goes on')

    await page.keyboard.press('.')
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor()
    await wait(500)
    const stopped = await stepNow(page)
    await wait(500)
    expect(await stepNow(page)).toBe(stopped)
    // At an episode's end the next step begins a new wall.
    if (stopped < 30) {
      await page.keyboard.press('.')
      await until(async () => (await stepNow(page)) === stopped + 1, 'one step')
    }
    await page.keyboard.press('+')
    expect(await page.getByLabel('Speed').textContent()).toBe('2x')
    await screenshot(page, 'live-game')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('heading', { name: 'Task 1 after 1 gradient step' }).count()).toBe(0)
  })

  it('says that the server is gone, comes back, and has every record once', {
    timeout: 120_000,
  }, async () => {
    const { port } = server
    await server.close()
    await page.getByText('Reconnecting…').waitFor()
    const before = recordsOf(folder).length
    await until(() => recordsOf(folder).length > before, 'the training goes on without the server')
    server = await startWatch({ runs, port })
    await page.getByText('Connected').waitFor()
    await stop()
    const records = recordsOf(folder).filter(({ returns }) => returns !== undefined)
    const last = records.at(-1)?.iteration ?? 0
    await until(async () => (await lastIteration(page)) === last, 'the curves catch up')
    const chart = page.getByRole('figure', { name: 'Mean return by adaptation step' })
    await chart.getByRole('button', { name: /^More/ }).click()
    await chart.getByRole('button', { name: 'Show as table' }).click()
    const shown = await page
      .getByRole('region', { name: 'All values of Mean return by adaptation step' })
      .locator('tbody tr')
      .evaluateAll(rows => rows.map(row => [...row.children].map(cell => cell.textContent ?? '')))
    const number = (text: string) => Number(text.replaceAll('−', '-').replaceAll(',', ''))
    expect(shown.map(([iteration = '']) => number(iteration))).toEqual(
      records.map(({ iteration }) => iteration),
    )
    for (const [i, [, ...values]] of shown.entries()) {
      for (const [k, value] of values.entries())
        expect(number(value)).toBeCloseTo(records[i]?.returns[k] ?? Number.NaN, 2)
    }
    await page.getByText('stopped', { exact: true }).first().waitFor()
    // Its games are still there, to be looked at in peace.
    await page.getByRole('button', { name: 'Enlarge Task 2 before adaptation' }).click()
    await page.getByRole('heading', { name: 'Task 2 before adaptation' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    // The connections that were refused while the server was gone are no fault of the page.
    page.expectClean(/WebSocket connection to/)
  })
})

describe('the static site', () => {
  it('says what live training needs, and leads on', async () => {
    const { url } = await serveSite(await buildPage())
    const page = await openPage(await openBrowser(), `${url}#/live`)
    await page.getByText('npx levelshift watch').waitFor()
    await page.getByRole('link', { name: 'Watch an agent adapt' }).click()
    await page.waitForURL(/#\/adapt/)
    page.expectClean()
  })
})
