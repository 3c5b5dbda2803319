/** A place to drop an evaluation.json, or to choose one. */
import { FileUp } from 'lucide-preact'
import { useRef } from 'preact/hooks'
import { linkTo } from '../router.ts'
import { Button } from '../ui/controls.tsx'
import { notify } from '../ui/toasts.tsx'
import { useFileDrop } from '../ui/use-file-drop.ts'
import { openReportFile } from './reports.ts'

export function FileDrop() {
  const input = useRef<HTMLInputElement>(null)
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
  const { isOver, handlers } = useFileDrop(files => void open(files))
  return (
    // The button inside does the same for the keyboard.
    <div class={`file-drop ${isOver ? 'over' : ''}`} {...handlers}>
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
