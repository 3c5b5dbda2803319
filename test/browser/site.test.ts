/** The static site: what is in it, how large it is, and that a plain file server is all it needs. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeAgent } from '../../src/app/agent-file.ts'
import { reportSchema } from '../../src/app/report/schema.ts'
import { buildSite, formatSite, measure } from '../../src/app/site.ts'
import { decodeSafetensors } from '../../src/learn/safetensors.ts'
import { decodeLevel } from '../../src/viewer/levels/link.ts'
import { buildPage, closeAll, openBrowser, openFolder, openPage, putRun, serveSite } from './harness.ts'

afterAll(closeAll)

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

describe('npm run site', () => {
  it('lays the agents that ship beside the page, with their published scores', async () => {
    const data = join(await buildPage(), 'data')
    const agents = readJson(join(data, 'agents.json')) as { id: string }[]
    expect(agents.map(({ id }) => id)).toEqual(['all', 'starter'])
    for (const { id } of agents) {
      const path = join(data, 'agents', `${id}.safetensors`)
      expect(decodeAgent(decodeSafetensors(readFileSync(path), path), path).recipe.name).toBe(id)
    }
    const report = reportSchema.parse(readJson(join(data, 'runs', 'shipped-starter.json')))
    const { steps, baselines, levels } = report.evaluation!
    const score = ({ iqm, low, high }: (typeof steps)[number]) =>
      `${iqm.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`
    const cells = [...steps, baselines.fineTuned!.steps[3], baselines.randomHead!.steps[3]].map(score)
    expect(readFileSync('README.md', 'utf8')).toContain(
      `| starter, 1, native | ${levels} | ${cells.join(' | ')} |`,
    )
  })

  it('shows runs, with their agents', { timeout: 180_000 }, async () => {
    const [runs, out] = [openFolder(), join(openFolder(), 'site')]
    const folder = await putRun(runs, 'mine')
    await buildSite({ out, runs: [folder] })
    const list = readJson(join(out, 'data', 'runs.json')) as { name: string }[]
    expect(list.map(({ name }) => name)).toEqual(['mine', 'shipped-all', 'shipped-starter'])
    const report = reportSchema.parse(readJson(join(out, 'data', 'runs', 'mine.json')))
    expect(report.learning[0]?.points).toHaveLength(7)
    expect(report.evaluation?.levels).toBe(4)
    const best = readFileSync(join(folder, 'checkpoints', 'best.safetensors'))
    expect(readFileSync(join(out, 'data', 'agents', 'run.mine.safetensors'))).toEqual(best)

    const other = await putRun(openFolder(), 'mine')
    await expect(buildSite({ out, runs: [folder, other] })).rejects.toThrow(/two runs are named 'mine'/)
    expect(existsSync(join(out, 'index.html'))).toBe(true)
  })

  it('replaces nothing but a site', async () => {
    const out = openFolder()
    writeFileSync(join(out, 'thesis.txt'), 'years of work')
    await expect(buildSite({ out, runs: [] })).rejects.toThrow(/is no site of Levelshift.*--out/)
    writeFileSync(join(out, 'index.html'), '<!doctype html><title>Mine</title>')
    await expect(buildSite({ out, runs: [] })).rejects.toThrow(/is no site of Levelshift/)
    expect(readFileSync(join(out, 'thesis.txt'), 'utf8')).toBe('years of work')
  })

  it('makes a page of less than 3 MB, compressed', async () => {
    const out = await buildPage()
    const sizes = measure(out)
    console.info(formatSite({ out: 'The site', ...sizes }))
    expect(sizes.page.gzip).toBeLessThan(3_000_000)
  })
})

describe('on a plain file server, in a folder of it', () => {
  const root = openFolder()
  let site: Awaited<ReturnType<typeof serveSite>>
  let url: string

  beforeAll(async () => {
    const folder = join(root, 'some', 'where')
    mkdirSync(folder, { recursive: true })
    cpSync(await buildPage(), folder, { recursive: true })
    site = await serveSite(root)
    url = `${site.url}some/where/`
  })

  const isLoaded = (text: RegExp) =>
    site.paths.some(path => path.endsWith('.js') && text.test(readFileSync(join(root, path), 'utf8')))

  it('shows the first view without Phaser and tensors, at once', async () => {
    const page = await openPage(await openBrowser(), url)
    await page.waitForLoadState('networkidle')
    expect(isLoaded(/preact|vnode|__k/)).toBe(true)
    expect(isLoaded(PHASER)).toBe(false)
    expect(isLoaded(TENSORS)).toBe(false)
    const milliseconds = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    )
    console.info(`first view after ${milliseconds.toFixed(0)} ms`)
    // 2000 on a machine that does nothing else; tests run beside each other.
    expect(milliseconds).toBeLessThan(5000)
    page.expectClean()
  })

  it('adapts the shipped agent to a level that was just drawn, in less than 10 seconds', async () => {
    const page = await openPage(await openBrowser(), `${url}#/edit?game=gems`)
    const map = page.getByRole('application', { name: /^Map of/ })
    await map.waitFor()
    const drawn = () => {
      const link = new URLSearchParams(page.url().split('?')[1]).get('level')
      return link === null ? '' : decodeLevel(link).map.join('\n')
    }
    await page.getByRole('button', { name: 'gem of colour b' }).click()
    await map.focus()
    await page.keyboard.press('ArrowDown')
    await expect.poll(drawn).toContain('@')
    const before = drawn()
    await page.keyboard.press('Space')
    await expect.poll(drawn).not.toBe(before)
    const after = drawn()
    const changed = [...after].filter((tile, at) => tile !== before[at])
    expect(changed).toEqual(['b'])

    const pressed = await page.evaluate(() => performance.now())
    await page.getByRole('button', { name: 'Adapt an agent' }).click()
    // A panel's place is there before the panel: what it reached is not.
    const reached = (name: string) => page.getByRole('region', { name, exact: true }).locator('dl.figures')
    await reached('Before learning').waitFor()
    await page.getByRole('button', { name: 'Adapt 3 steps' }).click()
    await reached('After 3 steps').waitFor()
    const seconds = ((await page.evaluate(() => performance.now())) - pressed) / 1000
    console.info(`a drawn level: workers, agent and 3 gradient steps in ${seconds.toFixed(2)} s`)
    expect(seconds).toBeLessThan(10)
    expect(drawn()).toBe(after)
    expect(isLoaded(PHASER)).toBe(true)
    expect(isLoaded(TENSORS)).toBe(true)
    page.expectClean()
  })
})

/** What only these libraries' code has in it. */
const PHASER = /phaser\.io/
const TENSORS = /tfjs-core|registerKernel|tensorflow/
