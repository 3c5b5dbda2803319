/** What a level's returns are measured by: a random player's, and the solver's, with its play. */
import { useEffect, useState } from 'preact/hooks'
import { SEARCH_BUDGET } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { actionsOfMoves } from '../../../levels/moves.ts'
import { messageOf } from '../../core/errors.ts'
import { useLevelWork } from '../context.ts'
import { Superseded } from '../learn/learning.ts'

export interface Bounds {
  /** Undefined until they are known; `solver` for good where the solver knows no way to win. */
  readonly random?: number
  readonly solver?: number
  /** The solver's play. */
  readonly actions?: readonly number[]
  /** Why the solver's return is not known. */
  readonly why?: string
}

export function useBounds(level: Level): Bounds {
  const work = useLevelWork()
  const [bounds, setBounds] = useState<Bounds>({})
  useEffect(() => {
    let isWanted = true
    const add = (part: Bounds) => {
      if (isWanted) setBounds(known => ({ ...known, ...part }))
    }
    setBounds({})
    work.randomReturn(level).then(
      random => add({ random }),
      error => add({ why: messageOf(error) }),
    )
    work.prove(level, SEARCH_BUDGET).then(
      proof =>
        add(
          proof.proof === 'unproved'
            ? { why: proof.why }
            : { solver: proof.return, actions: actionsOfMoves(proof.moves, level) },
        ),
      error => {
        if (!(error instanceof Superseded)) add({ why: messageOf(error) })
      },
    )
    return () => {
      isWanted = false
    }
  }, [work, level])
  return bounds
}
