/**
 * Pieces of maps go through the system's clipboard as text, row by row, so that they can come from and go to any text
 * editor. Whatever else is pasted, such as a whole level or files, is handed on to be imported.
 */
import type { LevelKind } from '../../../levels/level.ts'
import { MAX_SIDE } from '../../../levels/level.ts'
import { isTyping } from '../ui/keys.ts'
import type { Editor } from './editor.ts'
import { type Rows, squared } from './map-edits.ts'

export interface Clipboard {
  copy(): Promise<void>
  cut(): Promise<void>
  paste(): Promise<void>
  /** Listens to the browser's own copy, cut and paste; returns what ends that. */
  listen(): () => void
}

/** What cannot be pasted as a piece of a map. */
export type TakePasted = (pasted: { readonly text: string; readonly files: readonly File[] }) => void

/** A piece of a map as text holds it; undefined where the text is none. Shorter rows are filled up with floor. */
export function rowsOfText(text: string, kind: LevelKind): Rows | undefined {
  const rows = text.replace(/(\r?\n)+$/, '').split(/\r?\n/)
  const fits = rows.length <= MAX_SIDE && rows.every(row => row.length > 0 && row.length <= MAX_SIDE)
  if (!fits || !rows.every(row => [...row].every(tile => Object.hasOwn(kind.legend, tile)))) return undefined
  return squared(rows, kind)
}

export function createClipboard(editor: Editor, takeOther: TakePasted): Clipboard {
  /** What was copied last, for browsers that do not let a page read the clipboard. */
  let own = ''
  const textOf = () => `${editor.copied().join('\n')}\n`
  const take = (text: string, files: readonly File[] = []) => {
    const rows = files.length > 0 ? undefined : rowsOfText(text, editor.kind.value)
    if (rows) editor.paste(rows)
    else takeOther({ text, files })
  }
  const copy = async () => {
    own = textOf()
    // A page that is not served safely, or a reader who said no, has no clipboard but its own.
    await navigator.clipboard?.writeText(own).catch(() => {})
  }
  return {
    copy,
    async cut() {
      await copy()
      editor.fillSelection()
    },
    async paste() {
      const text = (await navigator.clipboard?.readText().catch(() => own)) ?? own
      if (text) take(text)
    },
    listen() {
      const onCopy = (event: ClipboardEvent) => {
        if (isTyping(event.target) || getSelection()?.toString()) return
        own = textOf()
        event.clipboardData?.setData('text/plain', own)
        event.preventDefault()
        if (event.type === 'cut') editor.fillSelection()
      }
      const onPaste = (event: ClipboardEvent) => {
        if (isTyping(event.target) || !event.clipboardData) return
        event.preventDefault()
        take(event.clipboardData.getData('text/plain'), [...event.clipboardData.files])
      }
      const listening = new AbortController()
      document.addEventListener('copy', onCopy, listening)
      document.addEventListener('cut', onCopy, listening)
      document.addEventListener('paste', onPaste, listening)
      return () => listening.abort()
    },
  }
}
