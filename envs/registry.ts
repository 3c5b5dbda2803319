/** All games; a new game adds its line. */
import { UserError } from '../src/core/errors.ts'
import { chaser } from './chaser.ts'
import { crossing } from './crossing.ts'
import { digger } from './digger.ts'
import type { Game } from './game.ts'
import { gems } from './gems.ts'
import { keys } from './keys.ts'
import { lander } from './lander.ts'
import { maze } from './maze.ts'
import { platformer } from './platformer.ts'
import { sokoban } from './sokoban.ts'

// biome-ignore format: one line a game
export const GAMES: readonly Game[] = [
  gems,
  keys,
  maze,
  sokoban,
  chaser,
  crossing,
  digger,
  platformer,
  lander,
]

/** The game with this id; an unknown one is refused with the list of games. */
export function findGame(id: string): Game {
  const game = GAMES.find(g => g.id === id)
  if (!game) throw new UserError(`unknown game '${id}'; expected one of ${GAMES.map(g => g.id).join(', ')}`)
  return game
}
