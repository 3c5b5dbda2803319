/** Whether the level is sound and can be won, told while it is drawn. */
import { CircleAlert, CircleCheck, CircleHelp, CircleX, LoaderCircle } from 'lucide-preact'
import { hashLevel, splitOf } from '../../../levels/level.ts'
import { Toggle } from '../ui/choices.tsx'
import { Button, Panel } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import type { Editor } from './editor.ts'
import type { Cell } from './map-edits.ts'
import type { Prover, Proving } from './prover.ts'

/** Problems that are listed. */
const MOST_SHOWN = 50

export interface CheckPanelProps {
  readonly editor: Editor
  readonly prover: Prover
  readonly showWalk: boolean
  readonly onShowWalk: (show: boolean) => void
  /** Goes to the hidden rules, one of which is wrong. */
  readonly onRule: () => void
}

export function CheckPanel({ editor, prover, showWalk, onShowWalk, onRule }: CheckPanelProps) {
  const hash = hashLevel(editor.level.value)
  const proving = prover.proving.value
  const isWon = proving.state === 'done' && proving.proof.proof !== 'unproved'
  useKeys({ w: () => onShowWalk(!showWalk) })
  return (
    <Panel
      title="Check"
      actions={
        isWon ? <Toggle label="Show the way" shortcut="w" checked={showWalk} onChange={onShowWalk} /> : null
      }
    >
      <div class="stack check" role="status" aria-live="polite">
        {editor.problems.value.length > 0 ? (
          <Problems editor={editor} onRule={onRule} />
        ) : (
          <Proved proving={proving} />
        )}
      </div>
      {proving.state === 'done' && proving.proof.proof === 'unproved' && !proving.proof.disproved ? (
        <Button label="Search ten times longer" onPress={() => prover.searchLonger()} />
      ) : null}
      <p class="muted check-hash">
        Split <b>{splitOf(hash)}</b> · hash <code title={hash}>{hash.slice(0, 12)}</code>
      </p>
    </Panel>
  )
}

function Problems({ editor, onRule }: Pick<CheckPanelProps, 'editor' | 'onRule'>) {
  const problems = editor.problems.value
  return (
    <>
      <p class="verdict bad">
        <CircleAlert size={18} aria-hidden="true" />
        {problems.length === 1 ? 'One problem' : `${problems.length} problems`}
      </p>
      <ul class="problems">
        {problems.slice(0, MOST_SHOWN).map(problem => {
          const { message, row, column, rule } = problem
          const cell: Cell | undefined = row === undefined || column === undefined ? undefined : [column, row]
          const place = cell ? `Row ${cell[1] + 1}, column ${cell[0] + 1}: ` : ''
          return (
            <li key={`${place}${message}`}>
              {cell || rule !== undefined ? (
                <button type="button" class="problem-link" onClick={cell ? () => goTo(editor, cell) : onRule}>
                  {place}
                  {message}
                </button>
              ) : (
                message
              )}
            </li>
          )
        })}
        {problems.length > MOST_SHOWN ? <li>and {problems.length - MOST_SHOWN} more</li> : null}
      </ul>
    </>
  )
}

function goTo(editor: Editor, cell: Cell): void {
  editor.cursor.value = cell
  document.querySelector<HTMLElement>('.map-surface')?.focus()
}

function Proved({ proving }: { readonly proving: Proving }) {
  if (proving.state === 'failed') return <Verdict kind="bad" icon={CircleX} words={proving.why} />
  if (proving.state !== 'done')
    return <Verdict kind="muted" icon={LoaderCircle} words="Sound. The solver is at work…" />
  const { proof } = proving
  if (proof.proof === 'unproved') {
    const words = capital(proof.why)
    return proof.disproved ? (
      <Verdict kind="bad" icon={CircleX} words="Cannot be won" more={words} />
    ) : (
      <Verdict kind="warn" icon={CircleHelp} words="Not proved" more={words} />
    )
  }
  const best = proof.solution?.optimal ? 'the best there is' : 'though there may be a better one'
  const how = proof.proof === 'solution' ? 'by the recorded solution' : best
  return (
    <>
      <Verdict kind="good" icon={CircleCheck} words="Can be won" />
      <p>
        Return <b>{proof.return}</b> in <b>{proof.moves.length}</b> steps, {how}.
      </p>
    </>
  )
}

function Verdict({
  kind,
  icon: Icon,
  words,
  more,
}: {
  readonly kind: 'good' | 'bad' | 'warn' | 'muted'
  readonly icon: typeof CircleX
  readonly words: string
  readonly more?: string
}) {
  return (
    <>
      <p class={`verdict ${kind}`}>
        <Icon size={18} aria-hidden="true" />
        {words}
      </p>
      {more ? <p>{more}.</p> : null}
    </>
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
