/**
 * Where in the page the reader is: #/PAGE?NAME=VALUE. After the #, because the page is served by plain file servers as
 * well, and nothing behind it is ever sent to one.
 */
import { signal } from '@preact/signals'
import { parse } from 'regexparam'

export const PAGES = ['live', 'adapt', 'play', 'edit', 'report'] as const
export type Page = (typeof PAGES)[number]

export interface Route {
  readonly page: Page
  /** What follows the page's name, such as the name of a run. */
  readonly item: string | undefined
  readonly parameters: URLSearchParams
}

const { pattern } = parse('/:page/:item?')

/** The route of a location's hash; anything unknown is the first page. */
function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const [, name, item] = pattern.exec(path) ?? []
  const page = PAGES.find(known => known === name) ?? 'live'
  return { page, item: item && decoded(item), parameters: new URLSearchParams(query) }
}

/** The address of a page. */
export function linkTo(page: Page, item?: string, parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams(parameters).toString()
  return `#/${page}${item === undefined ? '' : `/${encodeURIComponent(item)}`}${query ? `?${query}` : ''}`
}

/** Where the reader is now. */
export const route = signal(routeOf(location.hash))
addEventListener('hashchange', () => {
  route.value = routeOf(location.hash)
})

/** Changes parameters of the address (null takes one away) without a step in the browser's history. */
export function replaceParameters(changes: Readonly<Record<string, string | null>>): void {
  const { page, item, parameters } = route.peek()
  const all = { ...Object.fromEntries(parameters), ...changes }
  const kept = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null)
  const address = linkTo(page, item, Object.fromEntries(kept))
  history.replaceState(history.state, '', address)
  route.value = routeOf(address)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
