/** What somebody asks the generators for, as a request that they take. */
import { signal } from '@preact/signals'
import type { LevelRequest } from '../../../envs/draw-level.ts'
import type { Difficulty, LevelKind, Split } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'

export interface DrawSettings {
  readonly game: string
  readonly split: Split
  /** A layout family, or a group of them. */
  readonly layout: string
  readonly difficulty: Difficulty
  readonly heldOutRules: boolean
}

/** Layouts as in training, and all that training never draws. */
export const TRAINING_LAYOUTS = 'training'
export const HELD_OUT_LAYOUTS = 'held-out'

/** What was asked for last, on whichever page; null before that. */
export const drawSettings = signal<DrawSettings | null>(null)

/** What each split is for, in a line. */
export const SPLIT_MEANS: Readonly<Record<Split, string>> = {
  train: 'Train: 7 levels in 10. Agents learn from these.',
  validation: 'Validation: 15 levels in 100. Agents are chosen by these, and never learn from them.',
  test: 'Test: 15 levels in 100. No agent has ever seen one.',
}

/** Layouts that a split offers: training never draws held-out families. */
export function layoutsOf(
  kind: LevelKind,
  split: Split,
): { readonly value: string; readonly label: string }[] {
  const offered = kind.families.filter(family => split !== 'train' || !family.heldOut)
  return [
    { value: TRAINING_LAYOUTS, label: 'As in training' },
    ...(split === 'train' ? [] : [{ value: HELD_OUT_LAYOUTS, label: 'Held out from training' }]),
    ...offered.map(({ name, heldOut }) => ({ value: name, label: heldOut ? `${name} (held out)` : name })),
  ]
}

/** The same settings with what the game and the split do not offer set back. */
export function fitting(settings: DrawSettings): DrawSettings {
  const { game, split, layout } = settings
  const isOffered = layoutsOf(levelKind(game), split).some(({ value }) => value === layout)
  return {
    ...settings,
    layout: isOffered ? layout : TRAINING_LAYOUTS,
    heldOutRules: settings.heldOutRules && split !== 'train',
  }
}

export function requestOf({ game, layout, difficulty, heldOutRules }: DrawSettings): LevelRequest {
  const { families, defaults } = levelKind(game)
  const asked = families.filter(family =>
    layout === TRAINING_LAYOUTS
      ? defaults.families.includes(family.name)
      : layout === HELD_OUT_LAYOUTS
        ? family.heldOut
        : family.name === layout,
  )
  const smallest = Math.max(defaults.size[0], ...asked.map(family => family.smallest))
  return {
    game,
    families: asked.map(family => family.name),
    size: [smallest, Math.max(defaults.size[1], smallest)],
    difficulty,
    heldOutRules,
  }
}

/** The name of the stream that a seed opens: as `levelshift play GAME --seed N`, so that both draw the same level. */
export function streamOf(seed: number): string {
  return `play/${seed}`
}

/** The reverse of streamOf; undefined for the name of another stream. */
export function seedOf(stream: string): number | undefined {
  const [, seed] = /^play\/(\d{1,9})(?:\/|$)/.exec(stream) ?? []
  return seed === undefined ? undefined : Number(seed)
}
