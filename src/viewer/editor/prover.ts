/** Proves the level in the background while it is drawn: a moment after the last change, and given up at the next one. */
import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { SEARCH_BUDGET } from '../../../envs/solver.ts'
import { hashLevel, type Level } from '../../../levels/level.ts'
import { actionsOfMoves } from '../../../levels/moves.ts'
import type { Proof } from '../../app/levels/prove.ts'
import { messageOf } from '../../core/errors.ts'
import type { LevelWork } from '../learn/learning.ts'
import { walkOf } from '../playback/walk.ts'
import type { Editor } from './editor.ts'
import type { Cell } from './map-edits.ts'

export type Proving =
  | { readonly state: 'unsound' }
  | { readonly state: 'proving'; readonly budget: number }
  | { readonly state: 'done'; readonly proof: Proof; readonly budget: number; readonly walk: readonly Cell[] }
  | { readonly state: 'failed'; readonly why: string }

export interface Prover {
  readonly proving: ReadonlySignal<Proving>
  /** Searches again, through ten times as many states. */
  searchLonger(): void
  dispose(): void
}

/** Milliseconds without a change before the solver is asked. */
const PAUSE = 300

export function createProver(editor: Editor, work: LevelWork): Prover {
  const proving: Signal<Proving> = signal({ state: 'unsound' })
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let hash = ''

  const ask = async (budget: number) => {
    const number = ++asked
    const level = editor.level.value
    proving.value = { state: 'proving', budget }
    try {
      const proof = await work.prove(level, budget)
      if (number === asked) proving.value = { state: 'done', proof, budget, walk: wayToWin(level, proof) }
    } catch (error) {
      if (number === asked) proving.value = { state: 'failed', why: messageOf(error) }
    }
  }
  const dispose = effect(() => {
    const level = editor.level.value
    const isSound = editor.problems.value.length === 0
    const next = isSound ? hashLevel(level) : ''
    if (next === hash && isSound) return
    hash = next
    asked++
    clearTimeout(timer)
    if (!isSound) {
      proving.value = { state: 'unsound' }
      return
    }
    proving.value = { state: 'proving', budget: SEARCH_BUDGET }
    timer = setTimeout(() => void ask(SEARCH_BUDGET), PAUSE)
  })
  return {
    proving,
    searchLonger() {
      const now = proving.value
      if (now.state === 'done') void ask(now.budget * 10)
    },
    dispose() {
      clearTimeout(timer)
      asked++
      dispose()
    },
  }
}

function wayToWin(level: Level, proof: Proof): readonly Cell[] {
  if (proof.proof === 'unproved') return []
  return walkOf(level, actionsOfMoves(proof.moves, level))
}
