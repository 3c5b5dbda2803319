/** The level being drawn in the page's address, so that a link, a reload and the browser's history all carry it. */
import { effect } from '@preact/signals'
import type { Level } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { decodeDraft, encodeLevel } from '../levels/link.ts'
import { linkTo, route } from '../router.ts'
import type { Editor } from './editor.ts'

/** Where unsaved work is kept while the reader looks at other pages. */
const KEPT = 'levelshift.edit'
/** Milliseconds; browsers allow about a hundred changes of the address in half a minute. */
const PAUSE = 300

/** The link of a level; none where it is too long for one. */
export function linkOf(level: Level): string | undefined {
  try {
    return encodeLevel(level)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** What was drawn last in this tab. */
export function keptLevel(): Level | undefined {
  const link = sessionStorage.getItem(KEPT)
  if (link === null) return undefined
  try {
    return decodeDraft(link)
  } catch {
    return undefined
  }
}

/** Keeps the address up to date, in place: drawing does not fill the history. Returns what ends that. */
export function keepAddress(editor: Editor): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    const level = linkOf(editor.level.value)
    if (level === undefined) return
    sessionStorage.setItem(KEPT, level)
    // Another page may be shown by now.
    if (/^#\/edit\b/.test(location.hash))
      history.replaceState(history.state, '', linkTo('edit', undefined, { level }))
  }
  const dispose = effect(() => {
    editor.level.value
    // A link that was followed may be damaged, or have no level at all.
    route.value
    clearTimeout(timer)
    timer = setTimeout(write, PAUSE)
  })
  const flush = () => {
    if (timer !== undefined) write()
  }
  addEventListener('pagehide', flush)
  return () => {
    flush()
    dispose()
    removeEventListener('pagehide', flush)
  }
}
