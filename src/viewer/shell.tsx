/** The frame around every page: navigation, connection, light and dark, the list of keys. */
import { useSignalEffect } from '@preact/signals'
import {
  ChartLine,
  CircleHelp,
  Gamepad2,
  type LucideIcon,
  Monitor,
  Moon,
  PencilRuler,
  Radio,
  RefreshCw,
  Sparkles,
  Sun,
  Wifi,
  WifiOff,
} from 'lucide-preact'
import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSource } from './context.ts'
import { linkTo, PAGES, type Page, route } from './router.ts'
import { Button } from './ui/controls.tsx'
import { isTyping } from './ui/keys.ts'
import { KeysDialog } from './ui/keys-dialog.tsx'
import { ErrorBoundary, FailedPart, Spinner } from './ui/states.tsx'
import { nextTheme, themeChoice } from './ui/theme.ts'
import { Toasts } from './ui/toasts.tsx'

interface PageEntry {
  readonly name: string
  /** After 'g'. */
  readonly key: string
  readonly icon: LucideIcon
  load(): Promise<ComponentType>
}

const ENTRIES: Readonly<Record<Page, PageEntry>> = {
  live: {
    name: 'Live',
    key: 'l',
    icon: Radio,
    load: async () => (await import('./pages/live.tsx')).LivePage,
  },
  adapt: {
    name: 'Adapt',
    key: 'a',
    icon: Sparkles,
    load: async () => (await import('./pages/adapt.tsx')).AdaptPage,
  },
  play: {
    name: 'Play',
    key: 'p',
    icon: Gamepad2,
    load: async () => (await import('./pages/play.tsx')).PlayPage,
  },
  edit: {
    name: 'Edit',
    key: 'e',
    icon: PencilRuler,
    load: async () => (await import('./pages/edit.tsx')).EditPage,
  },
  report: {
    name: 'Report',
    key: 'r',
    icon: ChartLine,
    load: async () => (await import('./pages/report.tsx')).ReportPage,
  },
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon }

/** Milliseconds after 'g' in which the second key counts. */
const SECOND_KEY_MS = 1500

export function Shell() {
  const [help, setHelp] = useState(false)
  const { page } = route.value
  useShellKeys(() => setHelp(true))
  useSignalEffect(() => {
    const { page, item } = route.value
    document.title = `${item === undefined ? '' : `${item} · `}${ENTRIES[page].name} · Levelshift`
  })
  const ThemeIcon = THEME_ICONS[themeChoice.value]
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the page
      </button>
      <header class="bar">
        <a class="brand" href={linkTo('live')} title="Levelshift">
          <img src="./icon.svg" width={20} height={20} alt="" />
          <span>Levelshift</span>
        </a>
        <nav aria-label="Pages">
          {PAGES.map(name => (
            <NavLink key={name} page={name} current={name === page} />
          ))}
        </nav>
        <div class="bar-end">
          <ConnectionState />
          <Button
            label={`Colours: ${themeChoice.value}`}
            shortcut="g t"
            icon={<ThemeIcon size={18} />}
            iconOnly
            kind="quiet"
            onPress={nextTheme}
          />
          <Button
            label="All keys"
            shortcut="?"
            icon={<CircleHelp size={18} />}
            iconOnly
            kind="quiet"
            onPress={() => setHelp(true)}
          />
        </div>
      </header>
      <Outdated />
      <main id="main" tabIndex={-1}>
        <h1 class="visually-hidden">{ENTRIES[page].name}</h1>
        <ErrorBoundary key={page}>
          <LazyPage entry={ENTRIES[page]} />
        </ErrorBoundary>
      </main>
      <Toasts />
      {help ? <KeysDialog onClose={() => setHelp(false)} /> : null}
    </>
  )
}

function NavLink({ page, current }: { readonly page: Page; readonly current: boolean }) {
  const { name, key, icon: Icon } = ENTRIES[page]
  return (
    <a
      href={linkTo(page)}
      title={`${name} (g ${key})`}
      aria-keyshortcuts={`g ${key}`}
      aria-current={current ? 'page' : undefined}
    >
      <Icon size={18} aria-hidden="true" />
      {name}
    </a>
  )
}

/** Whether the server is there; the static site has none, and nothing to tell. */
function ConnectionState() {
  const source = useSource()
  if (source.kind === 'site') return null
  const state = source.connection.value
  const words = { open: 'Connected', connecting: 'Connecting…', lost: 'Reconnecting…' }[state]
  return (
    <p class={`connection ${state}`} role="status" title={words}>
      {state === 'open' ? <Wifi size={16} aria-hidden="true" /> : <WifiOff size={16} aria-hidden="true" />}
      <span>{words}</span>
    </p>
  )
}

function Outdated() {
  if (!useSource().outdated.value) return null
  return (
    <div class="notice" role="alert">
      <p>The server has another version of Levelshift now.</p>
      <Button
        label="Reload the page"
        kind="primary"
        icon={<RefreshCw size={16} />}
        onPress={() => location.reload()}
      />
    </div>
  )
}

/** A page, fetched when it is first opened. */
function LazyPage({ entry }: { readonly entry: PageEntry }) {
  const [shown, setShown] = useState<{ readonly Content: ComponentType }>()
  const [error, setError] = useState<Error>()
  const isFirst = useRef(true)
  useEffect(() => {
    let wanted = true
    entry.load().then(
      Content => wanted && setShown({ Content }),
      () =>
        wanted &&
        setError(new Error(`The page ${entry.name} could not be loaded: is the server still running?`)),
    )
    return () => {
      wanted = false
    }
  }, [entry])
  useEffect(() => {
    // Whoever changed the page by a link hears of the new one; the first page leaves the focus alone.
    if (document.activeElement?.closest('nav') && !isFirst.current) document.getElementById('main')?.focus()
    isFirst.current = false
  })
  if (error) return <FailedPart error={error} />
  return shown ? <shown.Content /> : <Spinner label={`Loading ${entry.name}…`} />
}

/** 'g' and a letter go to a page, '?' lists all keys. No page hears these. */
function useShellKeys(openHelp: () => void): void {
  useEffect(() => {
    let waitsUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return
      const take = () => {
        event.preventDefault()
        event.stopImmediatePropagation()
      }
      if (event.timeStamp < waitsUntil) {
        waitsUntil = 0
        const target = PAGES.find(page => ENTRIES[page].key === event.key)
        if (target) location.hash = linkTo(target)
        if (event.key === 't') nextTheme()
        take()
      } else if (event.key === 'g') {
        waitsUntil = event.timeStamp + SECOND_KEY_MS
        take()
      } else if (event.key === '?') {
        openHelp()
        take()
      }
    }
    addEventListener('keydown', onKey, { capture: true })
    return () => removeEventListener('keydown', onKey, { capture: true })
  })
}
