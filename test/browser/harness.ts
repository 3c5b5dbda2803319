/**
 * What the browser tests stand on: a real Chromium, the built page, the servers that serve it, and folders for runs and
 * levels. Everything that is opened here is closed by `closeAll`, after a failed test too:
 *
 *     afterAll(closeAll)
 *
 *     it('plays a level', async () => {
 *       const { url } = await serveSite(await buildPage())
 *       const page = await openPage(await openBrowser(), `${url}#/play`, { width: 375, height: 812, dark: true })
 *       await page.getByRole('button', { name: 'Start' }).click()
 *       await page.keyboard.press('ArrowRight')
 *       page.expectClean()
 *     })
 *
 * LEVELSHIFT_BROWSER=/path/of/chrome tests with another browser (browser-binary.ts says which one is taken without).
 * LEVELSHIFT_SCREENSHOTS=FOLDER keeps what `screenshot` takes.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import sirv from 'sirv'
import { buildPage as buildFiles, readPage } from '../../src/app/watch/page.ts'
import { type ServerOptions, startServer, type WatchServer } from '../../src/app/watch/server.ts'
import { TINY } from '../tiny-run.ts'
import { launchBrowser } from './browser-binary.ts'
import { sharedOnce } from './shared-folder.ts'

export interface PageOptions {
  /** In CSS pixels; 1280x720 unless told. */
  readonly width?: number
  readonly height?: number
  /** Device pixels in a CSS pixel: 1 unless told. */
  readonly pixelRatio?: number
  /** The system's colour scheme: light unless told. */
  readonly dark?: boolean
  /** A touch screen that heeds <meta name="viewport">. */
  readonly phone?: boolean
  readonly reducedMotion?: boolean
}

export interface CleanPage extends Page {
  /** What went wrong so far: console errors, exceptions, breaches of the Content-Security-Policy, failed requests. */
  readonly problems: readonly string[]
  /** Throws if anything went wrong that `allowed` does not name. */
  expectClean(allowed?: RegExp): void
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

const closers: (() => unknown)[] = []

/** Has `close` called by `closeAll`; what is opened last is closed first. */
export function onClose(close: () => unknown): void {
  closers.push(close)
}

/** Closes all that was opened. A fault in one does not keep the others open. */
export async function closeAll(): Promise<void> {
  const faults: unknown[] = []
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close()
    } catch (fault) {
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `could not close all: ${faults.join('; ')}`)
}

let launched: Promise<Browser> | undefined

/** The test file's browser: started once. */
export function openBrowser(): Promise<Browser> {
  launched ??= launchBrowser().then(browser => {
    onClose(() => {
      launched = undefined
      return browser.close()
    })
    return browser
  })
  return launched
}

/** Opens an address in a browser profile of its own, and notes whatever goes wrong there. */
export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<CleanPage> {
  const context = await browser.newContext(contextOptions(options))
  context.setDefaultTimeout(20_000)
  onClose(() => context.close())
  const page = await context.newPage()
  const problems = watchProblems(page)
  const clean: CleanPage = Object.assign(page, {
    problems,
    expectClean(allowed?: RegExp) {
      const left = allowed ? problems.filter(problem => !allowed.test(problem)) : problems
      if (left.length > 0) throw new Error(`the page is not clean:\n${left.join('\n')}`)
    },
  })
  await page.goto(url)
  return clean
}

function contextOptions({
  width,
  height,
  pixelRatio,
  dark,
  phone,
  reducedMotion,
}: PageOptions): BrowserContextOptions {
  return {
    viewport: { width: width ?? 1280, height: height ?? 720 },
    deviceScaleFactor: pixelRatio ?? 1,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    isMobile: phone ?? false,
    hasTouch: phone ?? false,
    // Under LANG=C Chromium would say en-US@posix, a language that Intl and with it the charts refuse.
    locale: 'en-US',
    permissions: ['clipboard-read', 'clipboard-write'],
  }
}

function watchProblems(page: Page): string[] {
  const problems: string[] = []
  page.on('console', message => {
    // Breaches of the Content-Security-Policy are said here too, those of workers as well.
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', error => problems.push(`exception: ${error.stack ?? error.message}`))
  page.on('crash', () => problems.push('the page crashed'))
  page.on('requestfailed', request => {
    const why = request.failure()?.errorText ?? 'failed'
    // The page itself gives up requests, by leaving for one.
    if (why !== 'net::ERR_ABORTED') problems.push(`request: ${request.url()}: ${why}`)
  })
  page.on('response', response => {
    if (response.status() >= 400) problems.push(`request: ${response.url()}: ${response.status()}`)
  })
  return problems
}

/** The folder of the static site: the built page with the agents that ship. Built once in a run of tests. */
export function buildPage(): Promise<string> {
  return sharedOnce('site', folder => levelshift('site', '--out', folder))
}

/** A run folder of a tiny training, evaluated; put into a folder of runs. Trained once in a run of tests. */
export async function putRun(runs: string, name = 'tiny'): Promise<string> {
  const trained = await sharedOnce('runs', async folder => {
    mkdirSync(folder)
    const recipe = join(folder, 'tiny.json')
    writeFileSync(recipe, JSON.stringify(TINY))
    await levelshift('train', recipe, '--out', join(folder, 'tiny'), '--seed', '1')
    await levelshift('evaluate', join(folder, 'tiny'), '--levels', '4', '--seed', '1')
  })
  const folder = join(runs, name)
  cpSync(join(trained, 'tiny'), folder, { recursive: true })
  return folder
}

async function levelshift(...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, ['src/app/levelshift.mjs', ...args])
}

/** Starts the server of `levelshift watch` in this process: empty folders of runs and levels unless told otherwise. */
export async function startWatch(
  options: Partial<ServerOptions> = {},
): Promise<
  Served & Pick<WatchServer, 'port' | 'stats'> & { readonly runs: string; readonly levels: string }
> {
  const folder = await sharedOnce('page', buildFiles)
  const { runs = openFolder(), levels = openFolder() } = options
  const page = readPage(folder)
  const server = await startServer({ agents: 'agents/trained', page, ...options, runs, levels })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= server.close()
    return closed
  }
  onClose(close)
  return { url: server.url, port: server.port, stats: () => server.stats(), runs, levels, close }
}

/**
 * Serves a folder as a plain file server does: no headers of its own, 404 for what is not there. `paths` grows by the path
 * of every request.
 */
export async function serveSite(folder: string): Promise<Served & { readonly paths: readonly string[] }> {
  const files = sirv(folder, { etag: true })
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(new URL(request.url ?? '/', 'http://site').pathname)
    files(request, response, () => {
      response.writeHead(404).end('not found')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  onClose(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, paths, close }
}

/** An empty folder, for runs or levels. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'levelshift-test-'))
  onClose(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** Takes a picture of the page, to be looked at: kept in $LEVELSHIFT_SCREENSHOTS as NAME.png, if that is set. */
export async function screenshot(page: Page, name: string): Promise<Buffer> {
  const folder = process.env['LEVELSHIFT_SCREENSHOTS']
  if (folder === undefined) return page.screenshot()
  mkdirSync(folder, { recursive: true })
  return page.screenshot({ path: join(folder, `${name}.png`) })
}
