/**
 * Finds a Chromium to test with: the one that LEVELSHIFT_BROWSER names, else the first on the PATH that starts, else the
 * one that the npm package @sparticuz/chromium carries, so that nothing has to be installed.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'
import { sharedOnce } from './shared-folder.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const ARGUMENTS = [
  // WebGL without a graphics card.
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  // The same letters everywhere.
  '--font-render-hinting=none',
  // Small /dev/shm in containers.
  '--disable-dev-shm-usage',
]

/** Starts a headless Chromium. Its page checks (same origin, CSP, site isolation) are those that people have. */
export async function launchBrowser(): Promise<Browser> {
  const named = process.env['LEVELSHIFT_BROWSER']
  if (named) return startBrowser({ executablePath: named })
  for (const path of NAMES.flatMap(onPath)) {
    // One that does not start (a stub that asks to install something, say) is none.
    const browser = await startBrowser({ executablePath: path }).catch(() => undefined)
    if (browser) return browser
  }
  return startBrowser(await packagedBrowser())
}

export function startBrowser(options: LaunchOptions): Promise<Browser> {
  // No sandbox: the tests often run as root or in a container, where Chromium has none, and only open our own page.
  return chromium.launch({ ...options, args: ARGUMENTS, chromiumSandbox: false, timeout: 60_000 })
}

function onPath(name: string): string[] {
  const folders = process.env['PATH']?.split(delimiter).filter(Boolean) ?? []
  return folders
    .map(folder => join(folder, name))
    .filter(isExecutable)
    .slice(0, 1)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The packaged browser, with the libraries and the font that a bare machine lacks. */
export async function packagedBrowser(): Promise<LaunchOptions> {
  const folder = await sharedOnce('chromium', unpack)
  const libraries = [join(folder, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean)
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.join(delimiter),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  }
}

/** The system's fonts first, then the packaged one; the package's own list names folders that it is not in. */
const fontList = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`

/** Unpacks into a folder that will have its place at `path`. */
async function unpack(folder: string, path: string): Promise<void> {
  const { inflate } = await import('@sparticuz/chromium')
  const packs = new URL('../../bin/', import.meta.resolve('@sparticuz/chromium'))
  const temporary = process.env['TMPDIR']
  mkdirSync(folder)
  writeFileSync(join(folder, 'fonts.conf'), fontList(path))
  // The package unpacks into the temporary folder, which other programs use as well.
  process.env['TMPDIR'] = folder
  try {
    const names = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br']
    await Promise.all(names.map(name => inflate(fileURLToPath(new URL(name, packs)))))
  } finally {
    if (temporary === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = temporary
  }
}
