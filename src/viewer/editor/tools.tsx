/** The tools and commands of the editor: names, keys and pictures. */
import {
  Brush,
  ClipboardPaste,
  Copy,
  Crop,
  Eraser,
  FlipHorizontal2,
  FlipVertical2,
  type LucideIcon,
  PaintBucket,
  PersonStanding,
  Pipette,
  Redo2,
  RotateCw,
  Scissors,
  Slash,
  Square,
  SquareDashed,
  SquareSquare,
  Undo2,
} from 'lucide-preact'
import { Button, type ButtonProps } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import type { Clipboard } from './clipboard.ts'
import { type Editor, TOOLS, type Tool } from './editor.ts'
import { cleared } from './map-edits.ts'

interface Named {
  readonly label: string
  readonly key: string
  readonly icon: LucideIcon
}

const TOOL_NAMES: Readonly<Record<Tool, Named>> = {
  brush: { label: 'Brush', key: 'b', icon: Brush },
  line: { label: 'Line', key: 'l', icon: Slash },
  rectangle: { label: 'Rectangle', key: 'r', icon: Square },
  outline: { label: 'Outline of a rectangle', key: 'o', icon: SquareSquare },
  fill: { label: 'Fill an area', key: 'f', icon: PaintBucket },
  pick: { label: 'Pick a tile from the map', key: 'i', icon: Pipette },
  player: { label: 'Move the player', key: 'm', icon: PersonStanding },
  select: { label: 'Select, and move what is selected', key: 's', icon: SquareDashed },
}

export interface ToolButtonProps extends Pick<ButtonProps, 'label' | 'pressed' | 'disabled' | 'onPress'> {
  readonly shortcut: string
  readonly icon: LucideIcon
}

/** A button of the rows above and beside the map: a picture alone. */
export function ToolButton({ icon: Icon, ...props }: ToolButtonProps) {
  return <Button {...props} icon={<Icon size={18} />} iconOnly kind="quiet" />
}

export function Toolbar({ editor }: { readonly editor: Editor }) {
  useKeys(Object.fromEntries(TOOLS.map(tool => [TOOL_NAMES[tool].key, () => choose(editor, tool)])))
  return (
    <div class="tool-row" role="toolbar" aria-label="Tools">
      {TOOLS.map(tool => {
        const { label, key, icon } = TOOL_NAMES[tool]
        return (
          <ToolButton
            key={tool}
            label={label}
            shortcut={key}
            icon={icon}
            pressed={editor.tool.value === tool}
            onPress={() => choose(editor, tool)}
          />
        )
      })}
    </div>
  )
}

function choose(editor: Editor, tool: Tool): void {
  editor.tool.value = tool
}

interface Command extends Named {
  readonly disabled?: boolean
  /** Keys of browsers' own commands come as copy, cut and paste; the others are bound here. */
  readonly native?: true
  run(): void
}

/** Undo and redo, the clipboard, and what turns the selection or the map. */
export function Commands({ editor, clipboard }: { readonly editor: Editor; readonly clipboard: Clipboard }) {
  const { past, future } = editor.document.value
  const part = editor.selection.value ? 'the selection' : 'the map'
  const clear = () => editor.change({ map: cleared(editor.level.value.map, editor.kind.value) })
  const commands: readonly Command[] = [
    { label: 'Undo', key: 'Control+z', icon: Undo2, disabled: past.length === 0, run: () => editor.undo() },
    { label: 'Redo', key: 'Control+y', icon: Redo2, disabled: future.length === 0, run: () => editor.redo() },
    { label: 'Copy', key: 'Control+c', icon: Copy, native: true, run: () => void clipboard.copy() },
    { label: 'Cut', key: 'Control+x', icon: Scissors, native: true, run: () => void clipboard.cut() },
    {
      label: 'Paste',
      key: 'Control+v',
      icon: ClipboardPaste,
      native: true,
      run: () => void clipboard.paste(),
    },
    {
      label: `Flip ${part} left to right`,
      key: 'h',
      icon: FlipHorizontal2,
      run: () => editor.transform('horizontal'),
    },
    {
      label: `Flip ${part} upside down`,
      key: 'v',
      icon: FlipVertical2,
      run: () => editor.transform('vertical'),
    },
    { label: `Turn ${part} clockwise`, key: 't', icon: RotateCw, run: () => editor.transform('rotate') },
    {
      label: 'Crop the map to the selection',
      key: 'c',
      icon: Crop,
      disabled: !editor.selection.value,
      run: () => editor.crop(),
    },
    { label: 'Clear the map', key: 'x', icon: Eraser, run: clear },
  ]
  const bound = commands.filter(({ native, disabled }) => !native && !disabled)
  useKeys({
    ...Object.fromEntries(bound.map(({ key, run }) => [key, run])),
    'Control+Z': () => editor.redo(),
  })
  return (
    <div class="tool-row" role="toolbar" aria-label="Commands">
      {commands.map(({ label, key, icon, disabled = false, run }) => (
        <ToolButton key={key} label={label} shortcut={key} icon={icon} disabled={disabled} onPress={run} />
      ))}
    </div>
  )
}
