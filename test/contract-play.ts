/** What the contract suite plays with: levels of every family, what can be seen of a state, and what actions bring about. */
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT, type Game, type GameState } from '../envs/game.ts'
import { type Level, SPLITS } from '../levels/level.ts'
import { levelKind } from '../levels/registry.ts'
import { stream } from '../src/core/random.ts'
import { drawSymbolic, VIEW_CELLS } from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'

/** Proved levels of every family of a game, with every hidden rule in play. */
export function sampleLevels(game: Game, eachFamily: number): Level[] {
  const kind = levelKind(game.id)
  return kind.families.flatMap(family =>
    Array.from({ length: eachFamily }, (_, i) => {
      const size = [family.smallest, Math.max(family.smallest, kind.defaults.size[1])] as const
      const request = { game: game.id, families: [family.name], size, vary: Object.keys(kind.defaultRules) }
      return drawLevel(request, SPLITS[i % 3]!, `contract/${i}`).level
    }),
  )
}

/** What can be seen of a state, as text. */
export function seen(game: Game, state: GameState): string {
  const scene = createScene()
  const view = new Uint8Array(VIEW_CELLS)
  game.paint(state, scene)
  drawSymbolic(scene, view)
  const sprites: number[] = []
  for (let i = 0; i < scene.sprites; i++)
    sprites.push(scene.spriteCode[i]!, scene.spriteX[i]!, scene.spriteY[i]!)
  return `${Buffer.from(view).toString('latin1')} ${sprites.join()}`
}

/** Everything that the actions bring about: sights, rewards, the end. */
export function future(game: Game, from: GameState, actions: readonly number[]): string[] {
  const state = game.clone(from)
  const events = [`${state.terminated} ${state.won}`]
  for (const action of actions) {
    if (state.terminated) break
    const reward = game.step(state, action)
    events.push(`${reward} ${state.terminated} ${state.won} ${seen(game, state)}`)
  }
  return events
}

export function randomActions(name: string, count: number): number[] {
  const random = stream('contract', name)
  return Array.from({ length: count }, () => random.int(ACTION_COUNT))
}
