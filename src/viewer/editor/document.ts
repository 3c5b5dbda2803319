/**
 * The level being drawn: its value now, and the values before and after it. Values are immutable and share the rows that
 * they have in common, so a long history costs little.
 */
import { hashLevel, type Level, type LevelKind, problemsOf, type Rules } from '../../../levels/level.ts'
import { mutate } from '../../../levels/mutate.ts'
import { stream } from '../../core/random.ts'
import type { Rows } from './map-edits.ts'

export interface Document {
  readonly level: Level
  /** Older values, the last one first. */
  readonly past: readonly Level[]
  /** Values that were undone, the next one first. */
  readonly future: readonly Level[]
  /** While changes of one kind follow each other (a stroke, a title being typed), they are one step of undo. */
  readonly merging: string | undefined
}

/** What may be changed of a level; `title: null` takes the title away. */
export interface LevelChange {
  readonly map?: Rows
  readonly rules?: Rules
  readonly theme?: string
  readonly title?: string | null
}

/** Steps that can be undone. Each costs the rows that it changed: at most 4 KiB of text. */
export const MAX_HISTORY = 2000

/** Edits of one press of the button that changes a level at random, and how often it is tried to come by a sound one. */
const MUTATIONS = 2
const MAX_TRIES = 100

export function openDocument(level: Level): Document {
  return { level, past: [], future: [], merging: undefined }
}

/** Changes the level. Changes that name the same `merge` in a row are undone together. */
export function change(document: Document, wanted: LevelChange, merge?: string): Document {
  return replaceLevel(document, changedLevel(document.level, wanted), merge)
}

/** Puts another level in the place of this one; that can be undone too. */
export function replaceLevel(document: Document, level: Level, merge?: string): Document {
  if (isSame(document.level, level)) return document
  const isMerged = merge !== undefined && merge === document.merging
  const past = isMerged ? document.past : [document.level, ...document.past].slice(0, MAX_HISTORY)
  return { level, past, future: [], merging: merge }
}

/** Ends what is merged: the next change is a step of its own. */
export function endMerge(document: Document): Document {
  return document.merging === undefined ? document : { ...document, merging: undefined }
}

export function undo(document: Document): Document {
  const [level, ...past] = document.past
  if (!level) return document
  return { level, past, future: [document.level, ...document.future], merging: undefined }
}

export function redo(document: Document): Document {
  const [level, ...future] = document.future
  if (!level) return document
  return { level, past: [document.level, ...document.past], future, merging: undefined }
}

/** A level edited at random into another sound one; undefined where none came of it. */
export function mutatedLevel(level: Level, kind: LevelKind, seed: string): Level | undefined {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const random = stream('editor', level.game, seed, attempt)
    const options = { edits: MUTATIONS, generate: { ...kind.defaults, vary: [] } }
    const { map } = mutate(kind, level, random, options)
    const mutated = changedLevel(level, { map })
    if (hashLevel(mutated) !== hashLevel(level) && problemsOf(mutated, kind).length === 0) return mutated
  }
  return undefined
}

/** A level whose map or rules are other ones is no longer what a generator drew or a file had, nor is its solution one. */
function changedLevel(level: Level, { map, rules, theme, title }: LevelChange): Level {
  const { solution, title: oldTitle, ...rest } = level
  const next: Level = {
    ...rest,
    map: [...(map ?? level.map)],
    rules: rules ?? level.rules,
    theme: theme ?? level.theme,
  }
  const newTitle = title === undefined ? oldTitle : (title ?? undefined)
  const named: Level = newTitle === undefined ? next : { ...next, title: newTitle }
  if (hashLevel(named) !== hashLevel(level)) return { ...named, provenance: { source: 'hand' } }
  return solution === undefined ? named : { ...named, solution }
}

function isSame(one: Level, other: Level): boolean {
  return (
    one.theme === other.theme &&
    one.title === other.title &&
    one.provenance === other.provenance &&
    hashLevel(one) === hashLevel(other)
  )
}
