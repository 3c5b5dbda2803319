/** The level of the address: `level=` after the page's name. */
import { useCallback, useMemo } from 'preact/hooks'
import type { Level } from '../../../levels/level.ts'
import { UserError } from '../../core/errors.ts'
import { linkTo, route } from '../router.ts'
import { decodeLevel, encodeLevel } from './link.ts'
import { type PickedLevel, pickedLevelOf } from './picked-level.ts'

export interface LevelOfAddress {
  /** null where the address names no level, or one that cannot be read. */
  readonly picked: PickedLevel | null
  /** Why the level of the address cannot be read, in one sentence. */
  readonly error: string | null
  /** Puts a level into the address; the other parameters stay. Going back returns to the level before. */
  pick(picked: Pick<PickedLevel, 'level'>): void
}

export function usePickedLevel(): LevelOfAddress {
  const link = route.value.parameters.get('level')
  const read = useMemo(() => readLink(link), [link])
  const pick = useCallback(({ level }: Pick<PickedLevel, 'level'>) => {
    location.hash = addressWith(level)
  }, [])
  return { ...read, pick }
}

/** The address of the page that is open, with another level. */
export function addressWith(level: Level): string {
  const { page, item, parameters } = route.peek()
  return linkTo(page, item, { ...Object.fromEntries(parameters), level: encodeLevel(level) })
}

function readLink(link: string | null): Pick<LevelOfAddress, 'picked' | 'error'> {
  if (link === null) return { picked: null, error: null }
  try {
    return { picked: pickedLevelOf(decodeLevel(link)), error: null }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { picked: null, error: error.message }
  }
}
