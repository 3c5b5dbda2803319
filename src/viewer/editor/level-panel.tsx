/** Title, theme and size of the level. */
import { useEffect, useState } from 'preact/hooks'
import { MAX_SIDE } from '../../../levels/level.ts'
import { THEMES } from '../../core/themes.ts'
import { Button, NumberField, Panel, Select } from '../ui/controls.tsx'
import type { Editor } from './editor.ts'
import { replaced, resized, tileAt, widthOf } from './map-edits.ts'

const MAX_TITLE = 120

const ANCHORS = [
  { value: '0 0', label: 'top left' },
  { value: '0.5 0', label: 'top' },
  { value: '1 0', label: 'top right' },
  { value: '0 0.5', label: 'left' },
  { value: '0.5 0.5', label: 'middle' },
  { value: '1 0.5', label: 'right' },
  { value: '0 1', label: 'bottom left' },
  { value: '0.5 1', label: 'bottom' },
  { value: '1 1', label: 'bottom right' },
] as const
type Anchor = (typeof ANCHORS)[number]['value']

const THEME_OPTIONS = THEMES.map(({ name, heldOut }) => ({
  value: name,
  label: heldOut ? `${name} (kept from training)` : name,
}))

export function LevelPanel({ editor }: { readonly editor: Editor }) {
  const [anchor, setAnchor] = useState<Anchor>('0 0')
  const { map, theme } = editor.level.value
  const kind = editor.kind.value
  const resize = (width: number, height: number) => {
    const [x, y] = anchor.split(' ').map(Number) as [number, number]
    editor.change({ map: resized(map, kind, width, height, [x, y]) })
  }
  const below = tileAt(map, editor.cursor.value)
  const all = below === undefined || below === editor.tile.value ? undefined : below
  const means = (tile: string) => kind.legend[tile]?.means ?? `'${tile}'`
  return (
    <Panel title="Level">
      <div class="stack">
        <TitleField editor={editor} />
        <Select
          label="Theme"
          value={theme}
          options={THEME_OPTIONS}
          onChange={value => editor.change({ theme: value })}
        />
        <div class="level-size">
          <NumberField
            label="Width"
            value={widthOf(map)}
            min={1}
            max={MAX_SIDE}
            onChange={width => resize(width, map.length)}
          />
          <NumberField
            label="Height"
            value={map.length}
            min={1}
            max={MAX_SIDE}
            onChange={height => resize(widthOf(map), height)}
          />
          <Select label="The map stays at the" value={anchor} options={ANCHORS} onChange={setAnchor} />
        </div>
        <Button
          label={
            all === undefined
              ? 'Replace all of a tile'
              : `Replace every ${means(all)} by ${means(editor.tile.value)}`
          }
          disabled={all === undefined}
          onPress={() =>
            all !== undefined && editor.change({ map: replaced(map, kind, all, editor.tile.value) })
          }
        />
      </div>
    </Panel>
  )
}

/** While it is typed a title may end in a blank, which a level's title may not. */
function TitleField({ editor }: { readonly editor: Editor }) {
  const { title = '' } = editor.level.value
  const [text, setText] = useState(title)
  useEffect(() => {
    if (text.trim() !== title) setText(title)
  }, [title])
  return (
    <div class="field">
      <label for="level-title">Title</label>
      <input
        id="level-title"
        type="text"
        value={text}
        maxLength={MAX_TITLE}
        placeholder="Untitled"
        onInput={event => {
          const written = event.currentTarget.value
          setText(written)
          editor.change({ title: written.trim() || null }, 'title')
        }}
        onBlur={() => editor.endMerge()}
      />
    </div>
  )
}
