/**
 * Takes the pictures of docs/watch.md, of a real training and real agents:
 *
 *     node --import tsx test/browser/screenshots.ts           all of them
 *     node --import tsx test/browser/screenshots.ts play      some, by name
 *
 * Those of a run, live and report, train a short one first, some minutes long. Look at the pictures before you commit them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { starter } from '../../agents/starter.ts'
import {
  closeAll,
  onClose,
  openBrowser,
  openFolder,
  openPage,
  type PageOptions,
  startWatch,
} from './harness.ts'
import { openSharedFolder } from './shared-folder.ts'

const ITERATIONS = 60
/** Iterations after which curves are worth looking at. */
const ENOUGH = 30
/** Bytes of a picture, at most. */
const LARGEST = 200_000
/** Milliseconds until boards are painted and charts stand. */
const SETTLE = 1500

const WIDE = { width: 1280, height: 720 }
const PHONE = { width: 375, height: 812, phone: true }

/** All, where none is named. */
const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)

const RECIPE = {
  ...starter,
  name: 'starter-short',
  description: 'starter, cut short',
  meta: { ...starter.meta, iterations: ITERATIONS, tasks: 12, episodes: 8 },
  validation: { every: 10, levels: 16 },
}

const removeShared = openSharedFolder()
try {
  await takeAll()
} finally {
  await closeAll()
  removeShared()
}

async function takeAll(): Promise<void> {
  const [runs, scratch] = [openFolder(), openFolder()]
  const recipe = join(scratch, 'recipe.json')
  writeFileSync(recipe, JSON.stringify(RECIPE))
  const run = join(runs, RECIPE.name)
  const { url } = await startWatch({ runs, levels: 'levels/packs' })

  await shoot('play', `${url}#/play`, WIDE, async page => {
    await playSome(page)
    await page.keyboard.press('v')
    await page.getByRole('row', { name: /^Agent, 3 steps.*\d/ }).waitFor({ timeout: 60_000 })
  })
  await shoot('play-phone', `${url}#/play`, { ...PHONE, dark: true }, playSome)
  await shoot('edit', `${url}#/edit?game=keys`, WIDE, async page => {
    await page.getByText('can be won').first().waitFor()
  })
  await shoot('adapt', `${url}#/adapt?agent=starter&steps=3`, WIDE, adaptThreeSteps)
  await shoot('adapt-dark', `${url}#/adapt?agent=starter&steps=3`, { ...WIDE, dark: true }, adaptThreeSteps)

  if (!isWanted('live') && !isWanted('report')) return
  const encoder = 'agents/trained/starter.safetensors'
  const training = levelshift('train', recipe, '--encoder', encoder, '--out', run, '--seed', '1')
  while (iterationsOf(run) < ENOUGH) await wait(500)
  await shoot('live', `${url}#/live/${RECIPE.name}`, { ...WIDE, dark: true }, page =>
    page.getByText('Task 1', { exact: false }).first().waitFor(),
  )
  await training
  await levelshift('evaluate', run, '--levels', '60', '--seed', '1')
  await shoot('report', `${url}#/report/${RECIPE.name}`, WIDE, page =>
    page
      .getByRole('heading', { name: /evaluation|score/i })
      .first()
      .waitFor(),
  )
}

async function shoot(
  name: string,
  url: string,
  options: PageOptions,
  prepare: (page: Page) => Promise<void>,
): Promise<void> {
  if (!isWanted(name)) return
  const page = await openPage(await openBrowser(), url, options)
  await prepare(page)
  await page.waitForTimeout(SETTLE)
  const path = `docs/images/watch-${name}.png`
  await page.screenshot({ path })
  page.expectClean()
  await page.context().close()
  const bytes = statSync(path).size
  console.info(`${path}: ${(bytes / 1000).toFixed(0)} kB`)
  if (bytes > LARGEST) throw new Error(`${path} has ${bytes} bytes, expected at most ${LARGEST}`)
}

async function playSome(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hint' }).waitFor()
  await page.waitForTimeout(SETTLE)
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowUp', 'ArrowLeft']) {
    await page.keyboard.press(key)
    await page.waitForTimeout(250)
  }
}

async function adaptThreeSteps(page: Page): Promise<void> {
  await page
    .getByRole('region', { name: 'After 3 steps', exact: true })
    .locator('dl.figures')
    .waitFor({ timeout: 60_000 })
  await page.waitForTimeout(SETTLE)
  await page.keyboard.press('Space')
}

function iterationsOf(run: string): number {
  const metrics = join(run, 'metrics.jsonl')
  return existsSync(metrics) ? readFileSync(metrics, 'utf8').split('\n').length - 1 : 0
}

/** Runs the real command line to its end. */
async function levelshift(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['src/app/levelshift.mjs', ...args], { stdio: 'inherit' })
  onClose(() => child.kill())
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`levelshift ${args.join(' ')} ended with ${code}`)
}
