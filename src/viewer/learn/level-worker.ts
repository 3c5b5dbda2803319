/** The worker that draws and proves levels; no tensors. open.ts talks to it. */
import { expose } from 'comlink'
import { z } from 'zod'
import { drawLevel } from '../../../envs/draw-level.ts'
import { findGame } from '../../../envs/registry.ts'
import { randomReturn } from '../../../envs/solver.ts'
import type { Level } from '../../../levels/level.ts'
import { proveLevel } from '../../app/levels/prove.ts'
import { openGameSession } from '../../app/play/game-session.ts'
import { stream } from '../../core/random.ts'

// The Content-Security-Policy forbids code made from text, which zod would use to be faster.
z.config({ jitless: true })

const api = {
  draw: drawLevel,
  prove: proveLevel,
  /** As `levelshift evaluate --level --seed` has it. */
  randomReturn: (level: Level, seed: string) =>
    randomReturn(findGame(level.game), level, stream(seed, 0, 'random player')),
  hint(level: Level, actions: readonly number[], budget: number) {
    const session = openGameSession(level, { hintBudget: budget })
    for (const action of actions) session.act(action)
    return session.hint()
  },
}

export type LevelApi = typeof api

expose(api)
