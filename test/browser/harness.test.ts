/** The browser tests' own tools: that they see what goes wrong in a page, and that both browsers do. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { packagedBrowser, startBrowser } from './browser-binary.ts'
import { buildPage, closeAll, onClose, openBrowser, openFolder, openPage, serveSite } from './harness.ts'

afterAll(closeAll)

const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'">`

it('sees errors of the page and its workers, breaches of the policy and failed requests', async () => {
  const folder = openFolder()
  const html = `<!doctype html><html lang="en">${POLICY}<title>Bad</title><script>1</script><script src="bad.js"></script></html>`
  writeFileSync(join(folder, 'index.html'), html)
  writeFileSync(
    join(folder, 'bad.js'),
    `console.error('said'); fetch('missing.json'); new Worker('worker.js').onmessage = () => { document.title = 'Done'; throw new Error('thrown') }`,
  )
  writeFileSync(
    join(folder, 'worker.js'),
    `console.error('said by a worker'); try { eval('1') } catch {} postMessage(0)`,
  )
  const { url } = await serveSite(folder)
  const page = await openPage(await openBrowser(), url)
  await page.waitForFunction(() => document.title === 'Done')
  await expect.poll(() => page.problems.length).toBeGreaterThanOrEqual(5)
  const problems = page.problems.join('\n')
  expect(problems).toMatch(/console: said \(/)
  expect(problems).toMatch(/console: said by a worker/)
  expect(problems).toMatch(/request: .*missing\.json: 404/)
  expect(problems).toMatch(/exception: .*thrown/)
  expect(problems).toMatch(/inline script/)
  expect(() => page.expectClean()).toThrow(/not clean/)
})

it('opens the built page with WebGL, in the packaged browser as well', async () => {
  const { url } = await serveSite(await buildPage())
  const packaged = await startBrowser(await packagedBrowser())
  onClose(() => packaged.close())
  for (const browser of [await openBrowser(), packaged]) {
    const page = await openPage(browser, url, { width: 375, height: 812, dark: true, phone: true })
    await page.getByRole('main').waitFor()
    const webgl = await page.evaluate(() => document.createElement('canvas').getContext('webgl2') !== null)
    expect(webgl).toBe(true)
    expect(await page.evaluate(() => innerWidth)).toBe(375)
    expect(await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(true)
    page.expectClean()
  }
})
