/** A level that somebody sent: a link to one, or its text. */
import { useId, useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { Button } from '../ui/controls.tsx'
import { readPasted } from './pasted.ts'

export function LinkTab({ onPick }: { readonly onPick: (level: Level) => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [error, setError] = useState<string | null>(null)
  const open = () => {
    try {
      onPick(readPasted(text))
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown
      setError(thrown.message)
    }
  }
  return (
    <>
      <label for={id}>A link to a level, or the text of one</label>
      <textarea
        id={id}
        rows={4}
        spellcheck={false}
        value={text}
        onInput={event => {
          setText(event.currentTarget.value)
          setError(null)
        }}
      />
      {error !== null && (
        <p role="alert" class="picker-error">
          {error}
        </p>
      )}
      <div class="picker-row">
        <Button label="Open" kind="primary" disabled={text.trim() === ''} onPress={open} />
      </div>
    </>
  )
}
