/** The part of the report that shows how an agent plays a level before and after it has adapted to it. */

import type { EpisodeSeries, Play } from './data.ts'
import { dataUri, encodeEpisode, encodeStill } from './episode-image.ts'
import { type Counter, escapeText, formatNumber } from './markup.ts'

/** The section, or nothing where there are no episodes. */
export function drawEpisodes(episodes: readonly EpisodeSeries[], counter: Counter): string {
  if (episodes.length === 0) return ''
  const levels = episodes.map(drawLevel)
  return `<section>
<h2>Before and after, as the agent sees it</h2>
<figure>
${levels.join('\n')}
<figcaption>${counter.figure()} Episodes on unseen levels, drawn from the agent's own 64 by 64 pixel observations. The hidden
rules are named for the reader; the agent is never told them.</figcaption>
</figure>
</section>`
}

function drawLevel({ game, hash, solverReturn, rules, plays }: EpisodeSeries): string {
  const longest = Math.max(...plays.map(({ frames }) => frames.length))
  const drawn = plays.map(play => drawPlay(play, game, longest))
  const about = [rules, `solver's return ${formatNumber(solverReturn)}`].filter(Boolean).join('; ')
  return `<div class="level"><h3>${escapeText(game)} <small>level ${escapeText(hash.slice(0, 8))}: ${escapeText(about)}</small></h3>
<div class="plays">${drawn.join('\n')}</div></div>`
}

function drawPlay(play: Play, game: string, longest: number): string {
  const last = play.frames[play.frames.length - 1]
  if (last === undefined) return ''
  const when =
    play.steps === 0 ? 'before adaptation' : `after ${play.steps} gradient step${play.steps === 1 ? '' : 's'}`
  const alt = `An episode of ${game} ${when}: return ${formatNumber(play.return)} in ${play.frames.length - 1} steps.`
  const gif = dataUri(encodeEpisode(play.frames, longest), 'image/gif')
  const still = dataUri(encodeStill(last), 'image/png')
  return `<div class="play"><picture><source media="(prefers-reduced-motion: reduce)" srcset="${still}">
<img src="${gif}" width="64" height="64" alt="${escapeText(alt)}"></picture>
<p>${escapeText(when)}<br><span>return ${formatNumber(play.return)}, ${play.frames.length - 1} steps</span></p></div>`
}
