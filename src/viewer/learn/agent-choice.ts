/** Which agent plays a game where nobody has chosen one. */

/** Of those that learned the game, the one with the fewest others; where none did, the one that learned the most games. */
export function agentFor<Agent extends { readonly games: readonly string[] }>(
  agents: readonly Agent[],
  game: string,
): Agent | undefined {
  const able = agents.filter(({ games }) => games.includes(game))
  const byGames = (able.length ? able : agents).toSorted((a, b) => a.games.length - b.games.length)
  return able.length ? byGames[0] : byGames.at(-1)
}
