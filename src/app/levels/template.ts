/** A new level to begin from: it checks as it stands, and its header explains every tile and hidden rule. */
import { z } from 'zod'
import { drawLevel } from '../../../envs/draw-level.ts'
import type { Level, LevelKind } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { formatLevel } from '../../../levels/text.ts'

/** A level of a game as text; `size` is its side in tiles, an odd number. */
export function templateOf(game: string, size?: number): string {
  const kind = levelKind(game)
  const { defaults } = kind
  const side = size ?? defaults.size[0]
  const { level } = drawLevel(
    { game, size: [side, side], difficulty: 1, vary: [], themes: ['dungeon'] },
    'train',
    'template',
  )
  const own: Level = { ...level, title: `My level of ${game}`, provenance: { source: 'hand' } }
  const [first, second, ...rest] = formatLevel(own).split('\n') as [string, string, ...string[]]
  return [first, second, ...commentsOn(kind), ...rest].join('\n')
}

function commentsOn({ legend, defaultRules, rules }: LevelKind): string[] {
  const tiles = Object.entries(legend).map(([tile, { means }]) => `//   ${tile}  ${means}`)
  const described = z.toJSONSchema(rules, { unrepresentable: 'any' }).properties ?? {}
  const hidden = Object.keys(defaultRules).flatMap(name => {
    const schema = described[name]
    const text = typeof schema === 'object' ? schema.description : undefined
    return text === undefined ? [`//   rules.${name}`] : [`//   rules.${name}: ${text}`]
  })
  return [
    '//',
    '// The map, one character a tile; draw it at the end of this file:',
    ...tiles,
    '//',
    '// The hidden rules, which an agent finds out only by playing:',
    ...hidden,
    '//',
  ]
}
