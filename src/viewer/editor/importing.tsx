/** Levels from files, from what is dropped on the page and from what is pasted into it. */
import { type Signal, signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { LEVEL_KINDS } from '../../../levels/registry.ts'
import { UserError } from '../../core/errors.ts'
import { type ImportedFiles, readLevelFiles } from '../levels/import-file.ts'
import { LevelGrid } from '../levels/level-grid.tsx'
import { readPasted } from '../levels/pasted.ts'
import { unpacked } from '../levels/unpack.ts'
import { Select, TextField } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { notify } from '../ui/toasts.tsx'
import type { Editor } from './editor.ts'

/** What was found where it is not one level: something to choose from, or faults. */
interface Import extends ImportedFiles {
  readonly files: readonly File[]
  readonly game: string | undefined
}

export interface Importing {
  readonly open: Signal<Import | undefined>
  take(files: readonly File[], game?: string): Promise<void>
  takeText(text: string): Promise<void>
}

/** Levels of a collection that are shown at once. */
const MOST_SHOWN = 60
const AS_SAID = ''

export function createImporting(editor: Editor): Importing {
  const open = signal<Import | undefined>(undefined)
  const show = (level: Level, title: string) => {
    editor.open(level)
    open.value = undefined
    notify(`Opened ${title}. Undo brings back what you had.`, 'good')
  }
  const take = async (files: readonly File[], game?: string) => {
    if (files.length === 0) return
    try {
      const all = await unpacked(files)
      const read = await readLevelFiles(all, { game })
      const [only] = read.found
      if (only && read.found.length === 1 && read.faults.length === 0) show(only.level, only.title)
      else open.value = { ...read, files: all, game }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      notify(error.message, 'bad')
    }
  }
  return {
    open,
    take,
    async takeText(text) {
      try {
        const level = readPasted(text)
        show(level, level.title ?? `a level of ${level.game}`)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        // A link or a text that is meant as a level says best itself what is wrong with it.
        if (/^\s*levelshift level|[?&]level=/.test(text)) notify(error.message, 'bad')
        else await take([new File([text], 'pasted text')])
      }
    },
  }
}

/** The choice among several levels, and what could not be read. */
export function ImportDialog({
  editor,
  importing,
}: {
  readonly editor: Editor
  readonly importing: Importing
}) {
  const [wanted, setWanted] = useState('')
  const found = importing.open.value
  if (!found) return null
  const close = () => {
    importing.open.value = undefined
  }
  const words = wanted.toLowerCase()
  const fitting = found.found.filter(({ title }) => title.toLowerCase().includes(words))
  const games = [
    { value: AS_SAID, label: 'as the file says' },
    ...LEVEL_KINDS.map(({ game }) => ({ value: game, label: game })),
  ]
  return (
    <Dialog title={found.found.length > 0 ? 'Choose a level' : 'No level could be read'} wide onClose={close}>
      <div class="stack">
        {found.faults.length > 0 ? (
          <ul class="problems bad" role="alert">
            {found.faults.slice(0, 20).map(({ why }) => (
              <li key={why}>{why}</li>
            ))}
            {found.faults.length > 20 ? <li>and {found.faults.length - 20} more</li> : null}
          </ul>
        ) : null}
        {found.found.length === 0 ? (
          <Select
            label="Read it as a level of"
            value={found.game ?? AS_SAID}
            options={games}
            onChange={game => void importing.take(found.files, game || undefined)}
          />
        ) : null}
        {found.found.length > 12 ? (
          <TextField label="Title" value={wanted} onChange={setWanted} placeholder="Any" />
        ) : null}
        <LevelGrid
          label="Levels of the files"
          levels={fitting
            .slice(0, MOST_SHOWN)
            .map(({ title, level }, i) => ({ key: `${i} ${title}`, title, level }))}
          onPick={level => {
            editor.open(level)
            close()
          }}
        />
        {fitting.length > MOST_SHOWN ? (
          <p class="muted">
            {MOST_SHOWN} of {fitting.length} are shown: type a part of the title.
          </p>
        ) : null}
      </div>
    </Dialog>
  )
}
