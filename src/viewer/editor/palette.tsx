/** The tiles of the game to draw with: picture, meaning, key, and how many the map has. */
import { LegendIcon } from '../levels/tile-icon.tsx'
import { useKeys } from '../ui/keys.ts'
import type { Editor } from './editor.ts'

/** Keys of the first ten tiles. */
const KEYS = '1234567890'

export function Palette({ editor }: { readonly editor: Editor }) {
  const kind = editor.kind.value
  const { theme, map } = editor.level.value
  const tiles = Object.entries(kind.legend)
  const counts = new Map<string, number>()
  for (const row of map) for (const tile of row) counts.set(tile, (counts.get(tile) ?? 0) + 1)
  const choose = (tile: string) => {
    editor.tile.value = tile
    // Whoever takes a tile wants to draw with it.
    if (['pick', 'player', 'select'].includes(editor.tool.value)) editor.tool.value = 'brush'
  }
  useKeys(
    Object.fromEntries([...KEYS].flatMap((key, i) => (tiles[i] ? [[key, () => choose(tiles[i]![0])]] : []))),
  )
  return (
    <ul class="palette" aria-label="Tiles">
      {tiles.map(([tile, entry], i) => (
        <li key={tile}>
          <button
            type="button"
            class="palette-tile"
            aria-pressed={editor.tile.value === tile}
            aria-keyshortcuts={KEYS[i]}
            title={KEYS[i] ? `${entry.means} (${KEYS[i]})` : entry.means}
            onClick={() => choose(tile)}
          >
            <LegendIcon kind={kind} entry={entry} theme={theme} />
            <span class="palette-name">
              {entry.means} <code>{tile}</code>
            </span>
            <small class="palette-count">{counts.get(tile) ?? 0}</small>
            {KEYS[i] ? <kbd>{KEYS[i]}</kbd> : null}
          </button>
        </li>
      ))}
    </ul>
  )
}
