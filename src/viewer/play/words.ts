/** What the page says of a play. */
import { ACTIONS } from '../../../envs/game.ts'
import type { Standing } from '../../app/play/game-session.ts'
import { normalisedScore } from '../../learn/statistics.ts'
import type { EpisodeOutcome } from './person-play.ts'

/** 0 is a random player's mean return, 1 the solver's; undefined where the solver gets no more than chance. */
export function scoreOf(
  value: number,
  bounds: { readonly random: number; readonly solver: number } | undefined,
): number | undefined {
  if (!bounds || bounds.solver <= bounds.random) return undefined
  return normalisedScore(value, bounds.random, bounds.solver)
}

/** A return or score with at most two digits after the point, and a real minus sign. */
export function numberText(value: number): string {
  return `${Math.round(value * 100) / 100}`.replace('-', '\u2212')
}

export const OUTCOME_WORDS: Readonly<Record<EpisodeOutcome, string>> = {
  playing: 'under way',
  won: 'won',
  lost: 'over',
  'out of time': 'time up',
  left: 'left',
}

/** How an episode ended, as a heading. */
export const END_WORDS: Readonly<Record<Standing['outcome'], string>> = {
  playing: '',
  won: 'You won',
  lost: 'The game is over',
  'out of time': 'Time is up',
}

/** What is read out after an action; empty where nothing happened that cannot be heard of later. */
export function announcementOf({ outcome, reward, total, steps, horizon }: Standing): string {
  const points = Math.abs(reward) === 1 ? 'point' : 'points'
  const gain = reward === 0 ? '' : `${reward > 0 ? 'Plus' : 'Minus'} ${Math.abs(reward)} ${points}. `
  const end = outcome === 'playing' ? '' : `${END_WORDS[outcome]}. `
  if (gain === '' && end === '') return ''
  return `${gain}${end}Return ${total}, ${horizon - steps} steps left.`
}

/** What a hint says. */
export function hintWords(action: number | undefined): string {
  if (action === undefined) return 'No hint: the solver finds no way to win from here. Undo, or start again.'
  const name = ACTIONS[action]
  return `Hint: ${name === 'noop' ? 'wait (.)' : name === 'use' ? 'use (space)' : name}`
}
