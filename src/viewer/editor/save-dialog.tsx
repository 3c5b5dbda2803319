/** Saving into the level folder of whoever runs the server. */
import { useState } from 'preact/hooks'
import { SLUG, slugOf } from '../../app/levels/slug.ts'
import { type Source, SourceError } from '../source/source.ts'
import { Button, TextField } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { notify } from '../ui/toasts.tsx'
import type { Editor } from './editor.ts'

export interface SaveDialogProps {
  readonly editor: Editor
  readonly save: NonNullable<Source['save']>
  readonly onClose: () => void
}

export function SaveDialog({ editor, save, onClose }: SaveDialogProps) {
  const level = editor.level.value
  const [name, setName] = useState(slugOf(level.title ?? `my-${level.game}`))
  const [fault, setFault] = useState('')
  const [exists, setExists] = useState(false)
  const [busy, setBusy] = useState(false)
  const isName = SLUG.test(name)
  const press = async () => {
    if (!isName || busy) return
    setBusy(true)
    try {
      const path = await save(name, level, exists)
      notify(`Saved as ${path}`, 'good')
      onClose()
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      setExists(error.code === 'exists')
      setFault(error.message)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      title="Save into the level folder"
      onClose={onClose}
      actions={
        <>
          <Button label="Cancel" onPress={onClose} />
          <Button
            label={exists ? 'Replace it' : 'Save'}
            kind="primary"
            disabled={!isName || busy}
            onPress={() => void press()}
          />
        </>
      }
    >
      <form
        class="stack"
        onSubmit={event => {
          event.preventDefault()
          void press()
        }}
      >
        <TextField
          label="Name of the file"
          value={name}
          onChange={value => {
            setName(value)
            setExists(false)
            setFault('')
          }}
        />
        {isName ? null : (
          <p class="warn">Lower-case letters, digits and dashes, at most 60, not a dash first.</p>
        )}
        {fault ? (
          <p class={exists ? 'warn' : 'bad'} role="alert">
            {exists ? 'A level of that name is there already. Replace it, or choose another name.' : fault}
          </p>
        ) : null}
      </form>
    </Dialog>
  )
}
