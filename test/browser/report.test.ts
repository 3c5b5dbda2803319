/** The Report page: its figures are those of the run's files, wherever the pointer or the keyboard asks for them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Evaluation } from '../../src/app/evaluate.ts'
import { accessibilityFaults } from './accessibility-checks.ts'
import { closeAll, openBrowser, openFolder, openPage, putRun, screenshot, startWatch } from './harness.ts'

afterAll(closeAll)

const runs = openFolder()
let url: string
let evaluation: Evaluation

beforeAll(async () => {
  await putRun(runs, 'one')
  // The same run with other scores and another recipe: what the page has to tell apart.
  cpSync(join(runs, 'one'), join(runs, 'two'), { recursive: true })
  evaluation = readJson<Evaluation>('one', 'evaluation.json')
  const better = {
    ...evaluation,
    steps: evaluation.steps.map(point => ({ ...point, iqm: point.iqm + 0.25 })),
  }
  writeFileSync(join(runs, 'two', 'evaluation.json'), JSON.stringify(better))
  const recipe = readJson<{ recipe: { meta: { tasks: number } } }>('two', 'recipe.json')
  recipe.recipe.meta.tasks = 77
  writeFileSync(join(runs, 'two', 'recipe.json'), JSON.stringify(recipe))
  url = (await startWatch({ runs })).url
}, 120_000)

function readJson<Content>(run: string, file: string): Content {
  return JSON.parse(readFileSync(join(runs, run, file), 'utf8')) as Content
}

function chart(page: Page, name: string): Locator {
  return page.getByRole('figure', { name })
}

/** Cells of the legend of a chart: [name, value, interval]. */
async function legend(figure: Locator): Promise<string[][]> {
  const rows = figure.getByRole('table', { name: /^Values of/ }).locator('tbody tr')
  await rows.first().waitFor()
  return rows.evaluateAll(rows =>
    rows.map(row => [...row.querySelectorAll('th, td.number')].map(cell => cell.textContent ?? '')),
  )
}

/** As the page writes numbers. */
function written(value: number): string {
  const format = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })
  return format.format(value).replace('-', '−')
}

function scoreAt(k: number): string[] {
  const point = evaluation.steps.find(step => step.k === k)
  if (!point) throw new Error(`no step ${k}`)
  return [written(point.iqm), `${written(point.low)} to ${written(point.high)}`]
}

describe('the report of a run', () => {
  it('reads out evaluation.json under the pointer and by arrow keys', async () => {
    const page = await openPage(await openBrowser(), `${url}#/report/one`)
    const scores = chart(page, 'Score by gradient step')
    await scores.locator('canvas').waitFor()
    const last = evaluation.steps.at(-1)?.k ?? 0
    expect((await legend(scores))[0]).toEqual(['meta-trained', ...scoreAt(last)])

    const plot = scores.getByRole('slider')
    const box = await plot.boundingBox()
    if (!box) throw new Error('the plot has no place')
    // The axis takes the left; just right of it is step 0.
    await page.mouse.move(box.x + 80, box.y + box.height / 2)
    await scores.getByText('gradient steps 0').waitFor()
    expect((await legend(scores))[0]).toEqual(['meta-trained', ...scoreAt(0)])

    await page.mouse.move(box.x + box.width / 2, box.y - 200)
    await plot.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await scores.getByText('gradient steps 1').waitFor()
    expect((await legend(scores))[0]).toEqual(['meta-trained', ...scoreAt(1)])
    expect(await plot.getAttribute('aria-valuetext')).toContain(`meta-trained ${scoreAt(1)[0]}`)
    await page.keyboard.press('Escape')
    await scores.getByText('latest').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await screenshot(page, 'report')
    page.expectClean()
  })

  it('copies scores as CSV and saves a chart as a picture', async () => {
    const page = await openPage(await openBrowser(), `${url}#/report/one`)
    await page.getByRole('button', { name: 'Copy scores as CSV' }).click()
    await page.getByText('The scores are copied as CSV.').waitFor()
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).split('\r\n')
    const own = lines.slice(1).filter(line => line.startsWith('meta-trained,'))
    expect(own.map(line => line.split(',').slice(1).map(Number))).toEqual(
      evaluation.steps.map(({ k, iqm, low, high, environmentSteps }) => [
        k,
        iqm,
        low,
        high,
        environmentSteps,
      ]),
    )
    const scores = chart(page, 'Score by gradient step')
    await scores.locator('canvas').waitFor()
    await scores.getByRole('button', { name: /^More/ }).click()
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      scores.getByRole('button', { name: 'Download PNG' }).click(),
    ])
    expect(saved.suggestedFilename()).toBe('score-by-gradient-step.png')
    const bytes = readFileSync(await saved.path())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    // With its title and legend it is higher than the plot's 300 pixels.
    expect(bytes.readUInt32BE(20)).toBeGreaterThan(330)
    page.expectClean()
  })

  it('says that there is no such run', async () => {
    const page = await openPage(await openBrowser(), `${url}#/report/nothing`)
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/nothing/)
  })
})

describe('comparing', () => {
  it('lays curves over one another and shows what differs', async () => {
    const page = await openPage(await openBrowser(), `${url}#/report`)
    await page.getByRole('checkbox', { name: 'Compare one' }).check()
    await page.getByRole('checkbox', { name: 'Compare two' }).check()
    await page.getByRole('button', { name: 'Compare 2' }).click()
    const scores = chart(page, 'Score by gradient step')
    const last = evaluation.steps.at(-1)
    const shown = await legend(scores)
    expect(shown.map(([name, value]) => [name, value])).toEqual([
      ['one', written(last?.iqm ?? 0)],
      ['two', written((last?.iqm ?? 0) + 0.25)],
    ])
    const differences = page.getByRole('row').filter({ hasText: 'recipe.' })
    expect(await differences.allTextContents()).toEqual(['recipe.meta.tasks377'])
    expect((await legend(chart(page, 'Mean return after the last step'))).map(([name]) => name)).toEqual([
      'one',
      'two',
    ])
    expect(await accessibilityFaults(page)).toEqual([])
    await screenshot(page, 'report-compare')
    page.expectClean()
  })
})

describe('a file from disk', () => {
  it('is shown like a run, and refused in a sentence when it is none', async () => {
    const page = await openPage(await openBrowser(), `${url}#/report`, {
      width: 375,
      height: 812,
      phone: true,
    })
    const input = page.locator('input[type=file]')
    await input.setInputFiles({
      name: 'bad.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"split": "test"}'),
    })
    await page.getByText(/bad\.json: not an evaluation: steps: /).waitFor()
    await input.setInputFiles(join(runs, 'one', 'evaluation.json'))
    await page.getByRole('heading', { name: 'evaluation.json' }).waitFor()
    const last = evaluation.steps.at(-1)?.k ?? 0
    expect((await legend(chart(page, 'Score by gradient step')))[0]).toEqual([
      'meta-trained',
      ...scoreAt(last),
    ])
    expect(await accessibilityFaults(page, { phone: true })).toEqual([])
    await screenshot(page, 'report-phone')
    page.expectClean()
  })
})
