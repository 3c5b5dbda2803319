/** A place to drop an evaluation.json, or to choose one. */
import { FileUp } from 'lucide-preact'
import { useRef, useState } from 'preact/hooks'
import { linkTo } from '../router.ts'
import { Button } from '../ui/controls.tsx'
import { notify } from '../ui/toasts.tsx'
import { openReportFile } from './reports.ts'

export function FileDrop() {
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const open = async (files: Iterable<File>) => {
    const reports = []
    for (const file of files) {
      try {
        reports.push(await openReportFile(file))
      } catch (error) {
        notify((error as Error).message, 'bad')
      }
    }
    const [first, ...others] = reports
    if (!first) return
    const rest = others.map(({ name }) => name).join('/')
    location.hash = linkTo('report', first.name, rest ? { with: rest } : {})
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same for the keyboard
    <div
      class={`file-drop ${isOver ? 'over' : ''}`}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault()
        setOver(false)
        void open([...(event.dataTransfer?.files ?? [])])
      }}
    >
      <p>
        Drop an <code>evaluation.json</code> here: what <code>npx levelshift evaluate --json</code> prints.
      </p>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        multiple
        hidden
        onChange={event => {
          void open([...(event.currentTarget.files ?? [])])
          event.currentTarget.value = ''
        }}
      />
      <Button
        label="Open a file"
        icon={<FileUp size={16} aria-hidden="true" />}
        onPress={() => input.current?.click()}
      />
    </div>
  )
}
