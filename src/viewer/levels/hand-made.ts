/** The hand-made levels that ship, bundled as text. Import this file lazily: it holds all of them. */
import type { Level } from '../../../levels/level.ts'
import { parseLevel } from '../../../levels/text.ts'

const TEXTS = import.meta.glob<string>('../../../levels/packs/*/*.txt', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** A game's hand-made levels, by the names of their files. */
export function handMadeLevels(game: string): Level[] {
  return Object.entries(TEXTS)
    .filter(([path]) => path.split('/').at(-2) === game)
    .map(([path, text]) => parseLevel(text, path.split('/').at(-1) as string))
}
