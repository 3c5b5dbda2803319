/** Every page, light and dark, wide and on a phone: named, reachable, legible, whole. And the checks themselves. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessibilityFaults,
  contrastFaults,
  keyboardFaults,
  motionFaults,
  nameFaults,
  narrowFaults,
  structureFaults,
} from './accessibility-checks.ts'
import {
  buildPage,
  closeAll,
  openBrowser,
  openFolder,
  openPage,
  type PageOptions,
  screenshot,
  serveSite,
} from './harness.ts'

afterAll(closeAll)

/** The pages, and what is there when there is nothing more to wait for. */
const PAGES: Readonly<Record<string, (page: Page) => Locator>> = {
  Live: page => page.getByRole('main').locator('p, h2').first(),
  Adapt: page => page.getByRole('region', { name: 'After 1 step', exact: true }).locator('dl.figures'),
  Play: page => page.getByRole('row', { name: /^Solver \d|^Solver .* \d/ }),
  Edit: page => page.getByText('Can be won').first(),
  Report: page => page.getByRole('main').getByRole('heading', { level: 2 }).first(),
}
const WIDE = { width: 1280, height: 720 }
const PHONE = { width: 375, height: 812, phone: true }

describe('a page that breaks every rule', () => {
  const open = async (body: string, options: PageOptions = {}) => {
    const folder = openFolder()
    writeFileSync(
      join(folder, 'index.html'),
      `<!doctype html><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">${body}`,
    )
    return openPage(await openBrowser(), (await serveSite(folder)).url, options)
  }

  it('has controls and pictures without a name', async () => {
    const page = await open(
      '<button></button><input><canvas role="img"></canvas><button title="Good"></button>',
    )
    const faults = await nameFaults(page)
    expect(faults).toHaveLength(3)
    expect(faults.join()).toMatch(/button has no name.*textbox has no name.*image has no name/)
  })

  it('has no structure', async () => {
    const page = await open(
      '<h2 id="a">Two</h2><h4 id="a">Four</h4><label for="b">B</label><i aria-labelledby="a c"></i>',
    )
    expect((await structureFaults(page)).map(fault => fault.replace(/'.*?'/, 'X'))).toEqual([
      'two elements have the id X',
      'for names the id X, which is not there',
      'aria-labelledby names the id X, which is not there',
      'the page has 0 headings of level 1, expected one',
      'heading X of level 2 follows one of level 0',
      'heading X of level 4 follows one of level 2',
      'the page has not one <main>',
      '<html> has no lang',
      'the page has no title',
    ])
  })

  it('has text that does not stand out', async () => {
    const page = await open(`<style>body { background: #fff } canvas { position: absolute }</style>
      <p style="color: #777">4.48</p><p style="color: #767676">4.54</p><p style="color: #949494; font-size: 24px">3.03, large</p>
      <p style="opacity: 0.5">half</p><p style="color: #0008">see-through</p><div style="background: #000"><p style="color: #333">dark</p></div>
      <button disabled style="color: #ccc">off</button><input placeholder="hint" style="color: #000"><style>::placeholder { color: #ccc }</style>
      <div style="position: relative; height: 40px"><canvas width="300" height="40"></canvas><p style="position: relative; margin: 0">over a picture</p></div>
      <button aria-label="icon"><svg width="9" height="9" stroke="#ddd"><path d="M0 0h9"></path></svg></button>`)
    const faults = await contrastFaults(page)
    expect(faults.map(fault => /'(.*?)'/.exec(fault)?.[1])).toEqual([
      '4.48',
      'half',
      'see-through',
      'dark',
      'over a picture',
      'hint',
      'icon',
    ])
    expect(faults[0]).toMatch(/contrast 4\.48/)
  })

  it('does not fit on a phone', async () => {
    const page = await open(
      `<button style="width: 500px">wide</button><button style="width: 20px; height: 20px; padding: 0">x</button>
       <div style="overflow-x: auto"><div style="width: 900px; text-align: right"><button style="height: 30px; width: 90px">beside</button></div></div>`,
      PHONE,
    )
    const faults = (await narrowFaults(page)).join('\n')
    expect(faults).toMatch(/page is \d+ px wide/)
    expect(faults).toMatch(/'wide' reaches/)
    expect(faults).toMatch(/'x' is 20\.0 px high/)
    expect(faults).not.toMatch(/beside/)
  })

  it('moves on and on', async () => {
    const page = await open(
      '<style>@keyframes turn { to { rotate: 1turn } } p { animation: turn 1s infinite }</style><p>X</p>',
    )
    expect(await motionFaults(page)).toEqual(['something moves: turn'])
  })

  it('has controls that Tab does not reach, and hides the focus', async () => {
    const page = await open(`<style>.none:focus { outline: none }</style>
      <button>fine</button><button class="none">hidden focus</button><button tabindex="-1">left out</button>
      <button tabindex="-1" aria-keyshortcuts="x">has a key</button>
      <div role="radiogroup"><button role="radio">one</button><button role="radio" tabindex="-1">two</button></div>`)
    expect(await keyboardFaults(page)).toEqual([
      "'hidden focus' does not show that it has the focus",
      "neither Tab nor a key reaches 'left out'",
    ])
  })
})

describe.each(Object.entries(PAGES))('the page %s', (name, settled) => {
  let url: string

  beforeAll(async () => {
    url = `${(await serveSite(await buildPage())).url}#/${name.toLowerCase()}?steps=1`
  })

  it.each([
    // Both colours and both widths, but not each with each: colours do not depend on the width.
    ['wide, light', WIDE],
    ['on a phone, dark', { ...PHONE, dark: true }],
  ] as [string, PageOptions][])('is accessible %s', async (look, options) => {
    const page = await openPage(await openBrowser(), url, { ...options, reducedMotion: true })
    await settled(page).waitFor()
    await screenshot(page, `${name} ${look}`)
    const faults = [...(await motionFaults(page)), ...(await accessibilityFaults(page, options))]
    expect(faults).toEqual([])
    page.expectClean()
  })
})
