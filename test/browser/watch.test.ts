/** The page with its server: what it serves runs under its own policy, with every page accessible. */
import { afterAll, expect, it } from 'vitest'
import { accessibilityFaults } from './accessibility-checks.ts'
import { closeAll, openBrowser, openPage, putRun, startWatch } from './harness.ts'

afterAll(closeAll)

it('shows a run, with the real headers', async () => {
  const { url, runs } = await startWatch()
  await putRun(runs)
  const page = await openPage(await openBrowser(), url)
  await page.getByRole('main').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  page.expectClean()
}, 120_000)
