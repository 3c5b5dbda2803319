/** Which agent plays a game where nobody has chosen one, and what an agent's games are called. */

/** Of those that learned the game, the one with the fewest others; where none did, the one that learned the most games. */
export function agentFor<Agent extends { readonly games: readonly string[] }>(
  agents: readonly Agent[],
  game: string,
): Agent | undefined {
  const able = agents.filter(({ games }) => games.includes(game))
  const byGames = (able.length ? able : agents).toSorted((a, b) => a.games.length - b.games.length)
  return able.length ? byGames[0] : byGames.at(-1)
}

/** The games that an agent learns, in short. */
export function gamesInShort(games: readonly string[]): string {
  return games.length > 3 ? `${games.length} games` : games.join(', ')
}
