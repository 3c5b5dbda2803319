/** Files: levels in and out. */
import { Download, Upload } from 'lucide-preact'
import { useRef, useState } from 'preact/hooks'
import { UserError } from '../../core/errors.ts'
import { IMPORT_ACCEPT } from '../levels/import-file.ts'
import { Button, Panel, Select } from '../ui/controls.tsx'
import { saveFile } from '../ui/hand-over.ts'
import { notify } from '../ui/toasts.tsx'
import type { Editor } from './editor.ts'
import { DOWNLOADS, type DownloadFormat, downloadOf, refusal } from './export-level.ts'
import type { Importing } from './importing.tsx'
import type { Prover } from './prover.ts'

export interface FilesPanelProps {
  readonly editor: Editor
  readonly prover: Prover
  readonly importing: Importing
}

export function FilesPanel({ editor, prover, importing }: FilesPanelProps) {
  const [format, setFormat] = useState<DownloadFormat>('text')
  const input = useRef<HTMLInputElement>(null)
  const level = editor.level.value
  const proving = prover.proving.value
  const proof = proving.state === 'done' ? proving.proof : undefined
  const why = editor.problems.value.length > 0 ? 'Mend the problems first.' : refusal(level, format, proof)
  return (
    <Panel title="Files">
      <div class="stack">
        <p class="muted">
          Levelshift text and packs, Sokoban collections, Tiled and LDtk. Choose a map together with its
          tilesets, or a zip of them; dropping and pasting work too.
        </p>
        <div class="row">
          <Button label="Import files" icon={<Upload size={16} />} onPress={() => input.current?.click()} />
          <input
            ref={input}
            type="file"
            class="visually-hidden"
            tabIndex={-1}
            aria-label="Level files"
            multiple
            accept={`${IMPORT_ACCEPT},.zip`}
            onChange={event => {
              void importing.take([...(event.currentTarget.files ?? [])])
              event.currentTarget.value = ''
            }}
          />
        </div>
        <Select
          label="Export as"
          value={format}
          options={DOWNLOADS.map(({ value, label }) => ({ value, label }))}
          onChange={setFormat}
        />
        <div class="row">
          <Button
            label="Export"
            icon={<Download size={16} />}
            disabled={why !== undefined}
            onPress={() => download(editor, format, proof)}
          />
        </div>
        {why === undefined ? null : <p class="muted">{why}</p>}
      </div>
    </Panel>
  )
}

/** Hands the browser a file of the level. */
export function download(
  editor: Editor,
  format: DownloadFormat,
  proof?: Parameters<typeof downloadOf>[2],
): void {
  try {
    const { name, bytes } = downloadOf(editor.level.value, format, proof)
    saveFile(name, new Blob([bytes]))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    notify(error.message, 'bad')
  }
}
