/** What an agent's returns are compared with: the solver's play and a random player's mean. */
import { useEffect, useState } from 'preact/hooks'
import { SEARCH_BUDGET } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { actionsOfMoves } from '../../../levels/moves.ts'
import type { Proof } from '../../app/levels/prove.ts'
import { messageOf } from '../../core/errors.ts'
import type { Recording } from '../../learn/recording.ts'
import { normalisedScore } from '../../learn/statistics.ts'
import { useLevelWork } from '../context.ts'
import { Superseded } from '../learn/learning.ts'
import { recordingOf } from '../playback/recorded.ts'
import { walkOf } from '../playback/walk.ts'

export interface SolverPlay {
  readonly return: number
  readonly recording: Recording
  /** Tiles that the player comes through, as [x, y], without repetitions in a row. */
  readonly path: readonly (readonly [number, number])[]
}

export interface References {
  /** 'searching' until the solver has answered; null where it found no way to win. */
  readonly solver: SolverPlay | 'searching' | null
  /** Why there is no play of the solver. */
  readonly why: string | null
  /** Mean return of a random player; null until it is known. */
  readonly random: number | null
}

const NOTHING: References = { solver: 'searching', why: null, random: null }

/** `seed` is that of the adaptation: `levelshift evaluate --level --seed` gives the same random player. */
export function useReferences(level: Level | undefined, seed: string): References {
  const work = useLevelWork()
  const [known, setKnown] = useState(NOTHING)
  useEffect(() => {
    setKnown(NOTHING)
    if (!level) return
    let wanted = true
    const learn = (more: Partial<References>) => wanted && setKnown(before => ({ ...before, ...more }))
    work.prove(level, SEARCH_BUDGET).then(
      proof => learn(ofProof(level, proof)),
      error => error.name !== Superseded.name && learn({ solver: null, why: messageOf(error) }),
    )
    return () => {
      wanted = false
    }
  }, [work, level])
  useEffect(() => {
    if (!level) return
    let wanted = true
    work.randomReturn(level, seed).then(
      random => wanted && setKnown(before => ({ ...before, random })),
      error => wanted && setKnown(before => ({ ...before, why: messageOf(error) })),
    )
    return () => {
      wanted = false
    }
  }, [work, level, seed])
  return known
}

/** A return on the scale from 0, the random player, to 1, the solver; null where there is no such scale. */
export function scoreOf(result: number, { solver, random }: References): number | null {
  if (solver === null || solver === 'searching' || random === null || solver.return <= random) return null
  return normalisedScore(result, random, solver.return)
}

function ofProof(level: Level, proof: Proof): Pick<References, 'solver' | 'why'> {
  if (proof.proof === 'unproved') return { solver: null, why: proof.why }
  const actions = actionsOfMoves(proof.moves, level)
  return {
    solver: {
      return: proof.return,
      recording: recordingOf(level, actions),
      path: walkOf(level, actions),
    },
    why: null,
  }
}
