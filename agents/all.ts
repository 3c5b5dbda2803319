/**
 * all: the nine games in one meta-training, three levels of each in every meta-batch. Each hides its own rules; in
 * sokoban, platformer and lander the controls are among them.
 */
import type { Recipe } from '../src/learn/recipe.ts'
import { starter } from './starter.ts'

export const all: Recipe = {
  ...starter,
  name: 'all',
  description: 'all nine games in one meta-training',
  levels: [
    { game: 'gems', size: [9, 9] },
    { game: 'keys', size: [9, 9] },
    { game: 'maze', size: [9, 9] },
    { game: 'sokoban', size: [7, 7] },
    { game: 'chaser', size: [9, 9] },
    { game: 'crossing', size: [9, 9] },
    { game: 'digger', size: [9, 9] },
    { game: 'platformer', size: [11, 11] },
    { game: 'lander', size: [11, 11] },
  ],
  encoder: {
    ...starter.encoder,
    // Straight controls: which action lies between two frames can then be told.
    levels: [
      { game: 'gems' },
      { game: 'keys' },
      { game: 'maze' },
      { game: 'sokoban', vary: [] },
      { game: 'chaser' },
      { game: 'crossing' },
      { game: 'digger' },
      { game: 'platformer', vary: ['gravity', 'jump'] },
      { game: 'lander', vary: ['fall', 'gravity'] },
    ],
    steps: 4000,
  },
  meta: { ...starter.meta, iterations: 100, tasks: 27 },
  validation: { every: 20, levels: 90 },
}
