/** Which of the gradient steps are shown side by side. Going back to fewer discards nothing. */
import { useMemo, useState } from 'preact/hooks'
import { Button } from '../ui/controls.tsx'
import type { Keys } from '../ui/keys.ts'
import { titleOfStep } from './format.ts'

/** Of the steps that nobody chose: the first one and as many of the last. */
const LATEST = 3

export interface Shown {
  has(k: number): boolean
  set(k: number, isShown: boolean): void
  /** The digits show and hide steps 0 to 9. */
  readonly keys: Keys
}

export function useShownSteps(last: number): Shown {
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map())
  return useMemo(() => {
    const has = (k: number) => chosen.get(k) ?? (k === 0 || k > last - LATEST)
    const set = (k: number, isShown: boolean) => setChosen(before => new Map(before).set(k, isShown))
    const keys = Object.fromEntries(
      Array.from({ length: Math.min(last + 1, 10) }, (_, k) => [String(k), () => set(k, !has(k))]),
    )
    return { has, set, keys }
  }, [chosen, last])
}

export function ShownSteps({ last, shown }: { readonly last: number; readonly shown: Shown }) {
  if (last < 1) return null
  return (
    <fieldset class="shown-steps" aria-label="Gradient steps that are shown">
      <span aria-hidden="true">Show</span>
      {Array.from({ length: last + 1 }, (_, k) => (
        <Button
          key={k}
          label={`Show: ${titleOfStep(k).toLowerCase()}`}
          {...(k < 10 ? { shortcut: String(k) } : {})}
          icon={<span class="number">{k}</span>}
          iconOnly
          pressed={shown.has(k)}
          onPress={() => shown.set(k, !shown.has(k))}
        />
      ))}
    </fieldset>
  )
}
