/** Levels of files: chosen or dropped, in any format that levels are read from. */
import { useId, useState } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { Button, Select } from '../ui/controls.tsx'
import { useFileDrop } from '../ui/use-file-drop.ts'
import { IMPORT_ACCEPT, type ImportedFiles, readLevelFiles } from './import-file.ts'
import { LevelGrid } from './level-grid.tsx'
import { unpacked } from './unpack.ts'

/** Levels of a collection that are shown at once. */
const PAGE = 24
const AS_FILE_SAYS = ''
const MAX_FAULTS = 5

export function ImportTab({
  games,
  onPick,
}: {
  readonly games: readonly string[]
  readonly onPick: (level: Level) => void
}) {
  const id = useId()
  const [files, setFiles] = useState<readonly File[]>([])
  const [game, setGame] = useState(AS_FILE_SAYS)
  const [read, setRead] = useState<ImportedFiles | null>(null)
  const [from, setFrom] = useState(0)
  const open = async (chosen: readonly File[], as: string) => {
    if (chosen.length === 0) return
    setFiles(chosen)
    setFrom(0)
    setRead(await readChosen(chosen, as === AS_FILE_SAYS ? undefined : as))
  }
  const { isOver, handlers } = useFileDrop(dropped => void open(dropped, game))
  return (
    <>
      {/* The keyboard reaches the field inside. */}
      <div class={`drop${isOver ? ' over' : ''}`} {...handlers}>
        <label for={id}>Level files: choose them, or drop them here</label>
        <input
          id={id}
          type="file"
          multiple
          accept={`${IMPORT_ACCEPT},.zip`}
          onChange={event => open([...(event.currentTarget.files ?? [])], game)}
        />
      </div>
      <div class="picker-fields">
        <Select
          label="Game of the files"
          value={game}
          options={[
            { value: AS_FILE_SAYS, label: 'As the file says' },
            ...games.map(name => ({ value: name, label: name })),
          ]}
          onChange={value => {
            setGame(value)
            open(files, value)
          }}
        />
      </div>
      <p class="picker-note">
        Levelshift text and packs, Tiled (.tmj, .tmx with its tilesets), LDtk (.ldtk), Sokoban collections
        (.xsb), and zip files of these. Nothing is uploaded.
      </p>
      {read && <Found read={read} from={from} onFrom={setFrom} onPick={onPick} />}
    </>
  )
}

async function readChosen(chosen: readonly File[], game: string | undefined): Promise<ImportedFiles> {
  try {
    return await readLevelFiles(await unpacked(chosen), { game })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { found: [], faults: [{ file: chosen[0]?.name as string, why: error.message }] }
  }
}

function Found({
  read: { found, faults },
  from,
  onFrom,
  onPick,
}: {
  readonly read: ImportedFiles
  readonly from: number
  readonly onFrom: (from: number) => void
  readonly onPick: (level: Level) => void
}) {
  return (
    <>
      {faults.length > 0 && (
        <ul role="alert" class="picker-error">
          {faults.slice(0, MAX_FAULTS).map(({ why }) => (
            <li key={why}>{why}</li>
          ))}
          {faults.length > MAX_FAULTS && <li>{faults.length - MAX_FAULTS} more levels cannot be read.</li>}
        </ul>
      )}
      {found.length > 0 && (
        <>
          <LevelGrid
            label="Levels of the files"
            levels={found.slice(from, from + PAGE).map(({ title, level }, i) => ({
              key: `${from + i}`,
              title,
              level,
            }))}
            onPick={onPick}
          />
          {found.length > PAGE && (
            <div class="picker-row">
              <Button label="Back" disabled={from === 0} onPress={() => onFrom(Math.max(0, from - PAGE))} />
              <span>
                {from + 1} to {Math.min(from + PAGE, found.length)} of {found.length}
              </span>
              <Button label="On" disabled={from + PAGE >= found.length} onPress={() => onFrom(from + PAGE)} />
            </div>
          )}
        </>
      )}
    </>
  )
}
