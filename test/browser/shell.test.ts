/** The frame around the pages: keys, colours, what it says of the connection and of faults. */
import type { WebSocketRoute } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { accessibilityFaults, contrastFaults, nameFaults, structureFaults } from './accessibility-checks.ts'
import { buildPage, closeAll, openBrowser, openPage, screenshot, serveSite, startWatch } from './harness.ts'

afterAll(closeAll)

const site = async () => (await serveSite(await buildPage())).url

describe('the frame', () => {
  it('goes to pages by g and a letter, and lists all keys', async () => {
    const page = await openPage(await openBrowser(), await site())
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('heading', { level: 1, name: 'Report' }).waitFor()
    expect(await page.title()).toBe('Report · Levelshift')
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keys' })
    await keys.waitFor()
    for (const name of ['Live', 'Adapt', 'Play', 'Edit', 'Report'])
      expect(await keys.getByRole('row', { name: new RegExp(`^g . ${name}$`) }).count()).toBe(1)
    // What lies behind the dialog is out of Tab's reach, as it should be.
    for (const faults of [nameFaults, structureFaults, contrastFaults]) expect(await faults(page)).toEqual([])
    // The dialog has the keyboard: g and p go nowhere.
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.keyboard.press('Escape')
    await keys.waitFor({ state: 'detached' })
    expect(await page.title()).toBe('Report · Levelshift')
    page.expectClean()
  })

  it('has a way past the navigation', async () => {
    const page = await openPage(await openBrowser(), await site())
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  it('keeps the choice of colours', async () => {
    const page = await openPage(await openBrowser(), await site(), { dark: true })
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.getByRole('button', { name: 'Colours: system' }).click()
    await page.getByRole('button', { name: 'Colours: light' }).waitFor()
    const light = await ground()
    await page.reload()
    await page.getByRole('button', { name: 'Colours: light' }).waitFor()
    expect(await ground()).toBe(light)
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor()
    expect(await ground()).not.toBe(light)
  })

  it('says when a page cannot be loaded, and keeps the others', async () => {
    const page = await openPage(await openBrowser(), await site())
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.route(/edit-.*\.js/, route => route.abort())
    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    await page.getByRole('alert').getByText('The page Edit could not be loaded').waitFor()
    await page.getByRole('button', { name: 'Reload the page' }).waitFor()
    await page.getByRole('link', { name: 'Report', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Report' }).waitFor()
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })
})

describe('with a server', () => {
  it('takes the token out of the address and uses it', async () => {
    const { url, port } = await startWatch({ token: 'a-token-of-the-test' })
    expect(url).toBe(`http://127.0.0.1:${port}/?token=a-token-of-the-test`)
    const page = await openPage(await openBrowser(), `${url}#/report`)
    await page.getByText('Connected').waitFor()
    expect(page.url()).toBe(`http://127.0.0.1:${port}/#/report`)
    await page.reload()
    await page.getByText('Connected').waitFor()
    page.expectClean()
  })

  it('asks to be loaded anew by a server of another version', async () => {
    const { url } = await startWatch()
    const page = await openPage(await openBrowser(), 'about:blank')
    const clients: WebSocketRoute[] = []
    await page.routeWebSocket(/\/ws$/, client => {
      const isFirst = clients.push(client) === 1
      client.connectToServer().onMessage(message => {
        const changed = String(message).replace(/"version":"[^"]*"/, '"version":"99.0.0"')
        client.send(isFirst ? message : changed)
      })
    })
    await page.goto(url)
    await page.getByText('Connected').waitFor()
    // What a restart looks like from the page.
    await clients[0]?.close()
    await page.getByRole('alert').getByText('another version').waitFor()
    await screenshot(page, 'shell-outdated')
    expect(await accessibilityFaults(page)).toEqual([])
  })

  it('tells of a message that it cannot read, and goes on', async () => {
    const { url } = await startWatch()
    const page = await openPage(await openBrowser(), 'about:blank')
    await page.routeWebSocket(/\/ws$/, client => {
      client.connectToServer()
      client.send('{"type":"records","run":7}')
    })
    await page.goto(url)
    await page.getByText('a message that this page cannot read').waitFor()
    await page.getByText('Connected').waitFor()
    page.expectClean()
  })
})
