/** A new level to begin from: it checks as it stands, and its header explains every tile and hidden rule. */
import { z } from 'zod'
import { drawLevel, type LevelRequest } from '../../../envs/draw-level.ts'
import type { Level, LevelKind } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { formatLevel } from '../../../levels/text.ts'

/** What a template is drawn by: `drawLevel(request, split, seed)`. `size` is its side in tiles, an odd number. */
export function templateRequest(game: string, size?: number) {
  const side = size ?? levelKind(game).defaults.size[0]
  const request: LevelRequest = { game, size: [side, side], difficulty: 1, vary: [], themes: ['dungeon'] }
  return { request, split: 'train', seed: 'template' } as const
}

/** The drawn level as one's own. */
export function ownTemplate(level: Level): Level {
  return { ...level, title: `My level of ${level.game}`, provenance: { source: 'hand' } }
}

/** A level of a game as text; `size` is its side in tiles, an odd number. */
export function templateOf(game: string, size?: number): string {
  const { request, split, seed } = templateRequest(game, size)
  const own = ownTemplate(drawLevel(request, split, seed).level)
  const [first, second, ...rest] = formatLevel(own).split('\n') as [string, string, ...string[]]
  return [first, second, ...commentsOn(levelKind(game)), ...rest].join('\n')
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
