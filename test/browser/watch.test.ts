/** The page with its server: everything it does keeps to the policy that the server sends. */
import { afterAll, expect, it } from 'vitest'
import { accessibilityFaults } from './accessibility-checks.ts'
import { closeAll, openBrowser, openPage, putRun, startWatch } from './harness.ts'

afterAll(closeAll)

it('shows a run, adapts, plays, edits and reports under the real headers', {
  timeout: 180_000,
}, async () => {
  const { url, runs } = await startWatch()
  await putRun(runs)
  const response = await fetch(url)
  expect(response.headers.get('content-security-policy')).toMatch(
    /default-src 'none'.*frame-ancestors 'none'/,
  )

  const page = await openPage(await openBrowser(), `${url}#/live/tiny`)
  await page
    .getByText(/meta-iteration \d/)
    .first()
    .waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  const go = (hash: string) =>
    page.evaluate(target => {
      location.hash = target
    }, hash)
  await go('#/adapt?steps=1')
  await page.getByRole('region', { name: 'After 1 step', exact: true }).locator('dl.figures').waitFor()
  await go('#/play')
  await page.getByRole('row', { name: /^Solver/ }).waitFor()
  await go('#/edit?game=maze')
  await page.getByText('Can be won').first().waitFor()
  await go('#/report/tiny')
  await page.getByText('Adaptation to unseen levels').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  page.expectClean()
})
