/** The level editor: draw, have it proved, save, share, play it, and let an agent learn it. */
import { useSignal } from '@preact/signals'
import { Gamepad2, Grid3x3, Link, Save, Sparkles, ZoomIn, ZoomOut } from 'lucide-preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { sketchLevel } from '../../../envs/draw-level.ts'
import type { Level } from '../../../levels/level.ts'
import { LEVEL_KINDS } from '../../../levels/registry.ts'
import { ownTemplate, templateRequest } from '../../app/levels/template.ts'
import { UserError } from '../../core/errors.ts'
import { useLevelWork, useSource } from '../context.ts'
import { keepAddress, keptLevel, linkOf } from '../editor/address.ts'
import { CheckPanel } from '../editor/check-panel.tsx'
import { createClipboard } from '../editor/clipboard.ts'
import { createEditor, describeCell, type Editor } from '../editor/editor.ts'
import { download, FilesPanel } from '../editor/files-panel.tsx'
import { createImporting, ImportDialog } from '../editor/importing.tsx'
import { LearnPanel } from '../editor/learn-panel.tsx'
import { LevelPanel } from '../editor/level-panel.tsx'
import { widthOf } from '../editor/map-edits.ts'
import { MapView } from '../editor/map-view.tsx'
import { NewPanel } from '../editor/new-panel.tsx'
import { Palette } from '../editor/palette.tsx'
import { createProver } from '../editor/prover.ts'
import { RulesPanel } from '../editor/rules-panel.tsx'
import { SaveDialog } from '../editor/save-dialog.tsx'
import { Commands, ToolButton, Toolbar } from '../editor/tools.tsx'
import { decodeDraft } from '../levels/link.ts'
import { linkTo, route } from '../router.ts'
import { Tabs } from '../ui/choices.tsx'
import { Button } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import { notify } from '../ui/toasts.tsx'
import '../editor/editor.css'

const TABS = [
  { value: 'level', label: 'Level' },
  { value: 'rules', label: 'Rules' },
  { value: 'new', label: 'New' },
  { value: 'learn', label: 'Learn' },
  { value: 'files', label: 'Files' },
] as const
type Tab = (typeof TABS)[number]['value']

/** Device pixels a pixel of art. */
const MAX_SCALE = 12

export function EditPage() {
  const editor = useMemo(() => createEditor(firstLevel()), [])
  const work = useLevelWork()
  const prover = useMemo(() => createProver(editor, work), [editor])
  const importing = useMemo(() => createImporting(editor), [editor])
  const clipboard = useMemo(
    () =>
      createClipboard(
        editor,
        ({ text, files }) => void (files.length > 0 ? importing.take(files) : importing.takeText(text)),
      ),
    [editor],
  )
  const zoom = useSignal(1)
  const scale = useSignal(1)
  const [tab, setTab] = useState<Tab>('level')
  const [grid, setGrid] = useState(true)
  const [showWalk, setShowWalk] = useState(true)
  useEffect(() => () => prover.dispose(), [prover])
  useEffect(() => keepAddress(editor), [editor])
  useEffect(() => clipboard.listen(), [clipboard])
  useFollowedLink(editor)
  useDroppedFiles(files => void importing.take(files))
  const zoomBy = (by: number) => {
    zoom.value = Math.min(MAX_SCALE, Math.max(1, scale.value + by))
  }
  useKeys({ '#': () => setGrid(!grid), '+': () => zoomBy(1), '-': () => zoomBy(-1) })

  const proving = prover.proving.value
  const walk = showWalk && proving.state === 'done' ? proving.walk : []
  const { map } = editor.level.value
  const panels = {
    level: <LevelPanel editor={editor} />,
    rules: <RulesPanel editor={editor} />,
    new: <NewPanel editor={editor} />,
    learn: <LearnPanel editor={editor} prover={prover} />,
    files: <FilesPanel editor={editor} prover={prover} importing={importing} />,
  }
  return (
    <div class="editor">
      <Actions editor={editor} />
      <div class="editor-tools">
        <Toolbar editor={editor} />
        <Palette editor={editor} />
      </div>
      <div class="editor-map">
        <div class="map-bar">
          <Commands editor={editor} clipboard={clipboard} />
          <div class="tool-row" role="toolbar" aria-label="View">
            <ToolButton
              label="Grid"
              shortcut="#"
              icon={Grid3x3}
              pressed={grid}
              onPress={() => setGrid(!grid)}
            />
            <ToolButton
              label="Smaller"
              shortcut="-"
              icon={ZoomOut}
              disabled={zoom.value <= 1 || scale.value > zoom.value}
              onPress={() => zoomBy(-1)}
            />
            <ToolButton
              label="Larger"
              shortcut="+"
              icon={ZoomIn}
              disabled={scale.value >= MAX_SCALE}
              onPress={() => zoomBy(1)}
            />
          </div>
        </div>
        <MapView editor={editor} walk={walk} grid={grid} zoom={zoom} scale={scale} />
        <p class="map-status">
          <span>{describeCell(map, editor.kind.value, editor.cursor.value)}</span>
          <span class="muted">
            {widthOf(map)} × {map.length} tiles
          </span>
        </p>
      </div>
      <div class="editor-side">
        <CheckPanel
          editor={editor}
          prover={prover}
          showWalk={showWalk}
          onShowWalk={setShowWalk}
          onRule={() => setTab('rules')}
        />
        <Tabs label="Panels" value={tab} tabs={TABS} onChange={setTab}>
          {panels[tab]}
        </Tabs>
      </div>
      <ImportDialog editor={editor} importing={importing} />
    </div>
  )
}

/** What is done with the level as a whole. */
function Actions({ editor }: { readonly editor: Editor }) {
  const source = useSource()
  const [saving, setSaving] = useState(false)
  const level = editor.level.value
  const isSound = editor.problems.value.length === 0
  /** Made when it is asked for: packing a level takes longer than drawing a tile of it. */
  const linkWithLevel = (page: 'edit' | 'play' | 'adapt') => {
    const link = linkOf(editor.level.value)
    return linkTo(page, undefined, link === undefined ? {} : { level: link })
  }
  const share = async () => {
    const url = new URL(linkWithLevel('edit'), location.href)
    // The token of a server is nobody else's business.
    url.search = ''
    try {
      await navigator.clipboard.writeText(url.href)
      notify('The link is copied. It holds the whole level.', 'good')
    } catch {
      notify('The browser did not let the page copy: the link stands in the address bar.', 'info')
    }
  }
  const save = () => {
    if (!isSound) notify('Mend the problems first: only a sound level is saved.', 'bad')
    else if (source.save) setSaving(true)
    else download(editor, 'text')
  }
  const go = (page: 'play' | 'adapt') => {
    if (isSound) location.hash = linkWithLevel(page)
    else notify('Mend the problems first: this level cannot be started.', 'bad')
  }
  const saveLabel = source.save ? 'Save' : 'Download'
  useKeys({ 'Control+s': save, p: () => go('play'), a: () => go('adapt'), u: () => void share() })
  return (
    <div class="editor-actions">
      <h2>
        {level.title ?? 'Untitled'} <small>{level.game}</small>
      </h2>
      <div class="row">
        <Button
          label="Play it"
          shortcut="p"
          icon={<Gamepad2 size={16} />}
          disabled={!isSound}
          onPress={() => go('play')}
        />
        <Button
          label="Adapt an agent"
          shortcut="a"
          icon={<Sparkles size={16} />}
          disabled={!isSound}
          onPress={() => go('adapt')}
        />
        <Button label="Share link" shortcut="u" icon={<Link size={16} />} onPress={() => void share()} />
        <Button
          label={saveLabel}
          shortcut="Control+s"
          icon={<Save size={16} />}
          kind="primary"
          disabled={!isSound}
          onPress={save}
        />
      </div>
      {saving && source.save ? (
        <SaveDialog editor={editor} save={source.save.bind(source)} onClose={() => setSaving(false)} />
      ) : null}
    </div>
  )
}

/** The level of the address, what was drawn last in this tab, or a template. */
function firstLevel(): Level {
  const { parameters } = route.value
  const link = parameters.get('level')
  const linked = link === null ? undefined : levelOfLink(link)
  if (linked) return linked
  const game = LEVEL_KINDS.find(kind => kind.game === parameters.get('game'))?.game
  const kept = keptLevel()
  if (kept && (game === undefined || kept.game === game)) return kept
  const { request, split, seed } = templateRequest(game ?? 'gems')
  return ownTemplate(sketchLevel(request, split, seed))
}

function levelOfLink(link: string): Level | undefined {
  try {
    return decodeDraft(link)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    notify(error.message, 'bad')
    return undefined
  }
}

/** Opens the level of a link that is followed while the editor is there. */
function useFollowedLink(editor: Editor): void {
  const here = route.value
  const arrival = useMemo(() => here, [])
  useEffect(() => {
    const link = here.parameters.get('level')
    if (here === arrival || link === null || link === linkOf(editor.level.value)) return
    const level = levelOfLink(link)
    if (level) editor.open(level)
  }, [here])
}

function useDroppedFiles(take: (files: readonly File[]) => void): void {
  useEffect(() => {
    const onOver = (event: DragEvent) => event.preventDefault()
    const onDrop = (event: DragEvent) => {
      event.preventDefault()
      take([...(event.dataTransfer?.files ?? [])])
    }
    addEventListener('dragover', onOver)
    addEventListener('drop', onDrop)
    return () => {
      removeEventListener('dragover', onOver)
      removeEventListener('drop', onDrop)
    }
  })
}
