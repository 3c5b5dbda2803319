/**
 * Maps of other editors, and how they become levels. A reader (Tiled, LDtk) turns its file into a ForeignMap: tiles
 * and objects on cells, still in the words of that editor. toLevel gives each foreign tile its meaning in a game,
 * stacks what lies on a cell, and finds the legend entry that is made of the same parts.
 *
 * A foreign tile means, in this order,
 *  1. what the mapping file says of it, by `tileset:id` or by one of its names;
 *  2. what its custom property `tile` says;
 *  3. the tile or legend character that one of its names (class or type first) is equal to.
 * What has no meaning is refused, all of it in one message. Nothing is guessed and nothing is dropped silently.
 */
import { z } from 'zod'
import { oneLine, quoted, UserError } from '../../src/core/errors.ts'
import {
  type ForeignFormat,
  hashLevel,
  type Level,
  type LevelKind,
  levelSchema,
  MAX_SIDE,
  problemsOf,
  provenanceSchema,
} from '../level.ts'
import { levelKind } from '../registry.ts'
import { legendParts, type Meaning } from './legend-parts.ts'

/** One tile, object or entity kind of another editor. Cells that show the same one share the same value. */
export interface ForeignTile {
  /** Tileset, or for what has none the layer or kind of object; with `id` the key of a mapping file: `tileset:id`. */
  readonly tileset: string
  readonly id: number | string
  /** What it is called, the most telling first: class or type, then a name or identifier. Empty names are left out. */
  readonly names: readonly string[]
  /** Custom properties; only `tile` is read here. */
  readonly properties: Readonly<Record<string, unknown>>
}

/** A tile at a place. */
export interface ForeignCell {
  /** Column and row in tiles, from 0. */
  readonly x: number
  readonly y: number
  readonly layer: string
  readonly tile: ForeignTile
  /** One thing of its own (a point, a tile object, an entity): two that mean the same on one cell are a fault. */
  readonly single?: true
}

/** A map of another editor. */
export interface ForeignMap {
  /** What the editor calls it; a property `title` wins. */
  readonly title?: string
  /** File, and level inside of it, as messages name them. */
  readonly where: string
  /** In tiles. */
  readonly width: number
  readonly height: number
  /** What the editor shows at the map's first tile, where that is not (0, 0); for messages. */
  readonly origin?: readonly [number, number]
  /** From the bottom layer to the top one. */
  readonly cells: readonly ForeignCell[]
  /** Custom properties of the map: game, title, theme, empty, solution, author, rules.NAME, source and what goes with it. */
  readonly properties: Readonly<Record<string, unknown>>
}

/** A mapping file: what the tiles of another editor mean. Properties of the map itself win over game, theme, rules, empty. */
export const tileMappingSchema = z.strictObject({
  game: z.string().optional(),
  theme: z.string().optional(),
  rules: z.record(z.string(), z.unknown()).optional(),
  /** What a cell without any tile is: a tile name or legend character. Without it such cells are refused. */
  empty: z.string().optional(),
  /** By `tileset:id` or by name: a tile name, a legend character, or null for what has no meaning on purpose. */
  tiles: z.record(z.string(), z.string().nullable()).optional(),
})
export type TileMapping = z.infer<typeof tileMappingSchema>

/** What an import may be told. */
export interface ForeignOptions {
  /** Wins over the game that the map or the mapping names. */
  readonly game?: string
  readonly mapping?: TileMapping
}

/** Bounds of the message about tiles without a meaning. */
const LISTED_TILES = 20
const LISTED_PLACES = 3

const PROVENANCE_KEYS = ['source', 'generator', 'family', 'seed', 'format', 'file', 'author', 'proof']

/** Reads a mapping file, which is JSON; `file` names it in errors. */
export function parseTileMapping(text: string, file: string): TileMapping {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UserError(
      `${file}: a mapping file is JSON such as {"tiles": {"brick": "wall"}}, got ${quoted(text)}`,
    )
  }
  const parsed = tileMappingSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0] as z.core.$ZodIssue
  // Keys come from the file, so they are cleaned and cut like any other value of it.
  const keys = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path
  const place = keys.length ? `${oneLine(keys.map(String).join('.'))}: ` : ''
  throw new UserError(
    `${file}: ${place}${issue.code === 'unrecognized_keys' ? 'unknown key' : issue.message}; a mapping file has game, theme, rules, empty and tiles`,
  )
}

/** The level that a map of another editor is. `file` is recorded as where it came from, without its folders. */
export function toLevel(
  map: ForeignMap,
  options: ForeignOptions & { readonly format: ForeignFormat; readonly file: string },
): Level {
  const { mapping } = options
  const fail = (message: string): never => {
    throw new UserError(`${map.where}: ${message}`)
  }
  if (map.width < 1 || map.height < 1) fail('the map has no tiles; draw some')
  if (map.width > MAX_SIDE || map.height > MAX_SIDE)
    fail(`the map is ${map.width}x${map.height} tiles; at most ${MAX_SIDE}x${MAX_SIDE} play`)
  const property = (name: string) => (Object.hasOwn(map.properties, name) ? map.properties[name] : undefined)
  const game = options.game ?? property('game') ?? mapping?.game
  if (typeof game !== 'string')
    return fail("no game; add a custom property 'game' to the map, or name the game when importing")
  const kind = kindOf(game, fail)
  const title = property('title') ?? map.title
  const solution = property('solution')
  const source = property('source')
  const imported = {
    source: 'imported',
    format: options.format,
    file: options.file.split(/[\\/]/).at(-1)?.trim(),
    ...(property('author') ? { author: property('author') } : {}),
    proof: 'unproved',
  }
  const level = {
    game: kind.game,
    ...(title === undefined || title === '' ? {} : { title }),
    map: rowsOf(map, kind, mapping, fail),
    rules: rulesOf(map, kind, mapping, fail),
    theme: property('theme') ?? mapping?.theme ?? 'dungeon',
    ...(solution === undefined || solution === '' ? {} : { solution }),
    provenance:
      source === undefined
        ? imported
        : Object.fromEntries(
            PROVENANCE_KEYS.filter(key => property(key) !== undefined).map(key => [key, property(key)]),
          ),
  }
  const parsed = levelSchema.safeParse(level)
  if (!parsed.success) return fail(faultOf(parsed.error.issues[0] as z.core.$ZodIssue, level))
  const problem = problemsOf(parsed.data, kind)[0]
  if (problem) {
    const { row, column, message } = problem
    fail(row === undefined ? message : `${place(map, column ?? 0, row)}: ${message}`)
  }
  // What the export recorded of a level's origin is no longer true of one that was edited since.
  const hash = property('hash')
  if (source !== undefined && hash !== undefined && hash !== hashLevel(parsed.data))
    return { ...parsed.data, provenance: provenanceSchema.parse(imported) }
  return parsed.data
}

function kindOf(game: string, fail: (message: string) => never): LevelKind {
  try {
    return levelKind(game)
  } catch (error) {
    if (error instanceof UserError) return fail(error.message)
    throw error
  }
}

/** The map's rows in legend characters. */
function rowsOf(
  map: ForeignMap,
  kind: LevelKind,
  mapping: TileMapping | undefined,
  fail: (message: string) => never,
): string[] {
  const legend = legendParts(kind)
  const expected = `expected one of ${legend.names.join(' ')}`
  const meanings = new Map<ForeignTile, Meaning | null | undefined>()
  const unmapped = new Map<ForeignTile, ForeignCell[]>()
  const stacks = new Map<number, { cell: ForeignCell; meaning: Meaning }[]>()
  for (const cell of map.cells) {
    const { x, y, tile } = cell
    if (x < 0 || y < 0 || x >= map.width || y >= map.height)
      fail(`${place(map, x, y)}: ${nameOf(tile)} lies outside the map`)
    let meaning = meanings.get(tile)
    if (meaning === undefined && !unmapped.has(tile)) {
      meaning = meaningOf(
        tile,
        name => legend.meaningOf(name),
        mapping,
        (from, name) =>
          fail(
            `${from} says that ${nameOf(tile)} is ${quoted(name)}, which is no tile of ${kind.game}; ${expected}`,
          ),
      )
      meanings.set(tile, meaning)
    }
    if (meaning === undefined) {
      const places = unmapped.get(tile)
      if (places) places.push(cell)
      else unmapped.set(tile, [cell])
    } else if (meaning !== null) {
      const stack = stacks.get(y * map.width + x)
      const same = (other: { cell: ForeignCell; meaning: Meaning }) =>
        cell.single && other.cell.single && other.cell.layer === cell.layer && other.meaning === meaning
      if (stack?.some(same)) fail(`${place(map, x, y)}: ${nameOf(tile)} stands there twice`)
      if (stack) stack.push({ cell, meaning })
      else stacks.set(y * map.width + x, [{ cell, meaning }])
    }
  }
  if (unmapped.size) fail(unmappedMessage(map, unmapped, kind, expected))
  const empty = emptyOf(
    map,
    mapping,
    name => legend.meaningOf(name),
    name => fail(`empty: ${quoted(name)} is no tile of ${kind.game}; ${expected}`),
  )
  const holes: string[] = []
  const rows: string[] = []
  for (let y = 0; y < map.height; y++) {
    let row = ''
    for (let x = 0; x < map.width; x++) {
      const stack = stacks.get(y * map.width + x)
      if (stack === undefined && empty === undefined) {
        holes.push(coordinates(map, x, y))
        continue
      }
      const only = stack === undefined ? empty : stack.length === 1 ? stack[0]?.meaning : undefined
      const parts = only?.parts ?? stack?.flatMap(({ meaning }) => meaning.parts) ?? []
      const character = only?.character ?? legend.characterOf(parts)
      if (character === undefined)
        return fail(
          `${place(map, x, y)}: ${[...new Set(parts)].map(quoted).join(' and ')} on one tile are nothing in ${kind.game}; move one of them, or map one of them to null`,
        )
      row += character
    }
    rows.push(row)
  }
  if (holes.length)
    fail(
      `${holes.length} cells have no tile, the first at ${holes.slice(0, LISTED_PLACES).join(', ')}; draw them, or say what they are by 'empty' ("floor", say) in the map's custom properties or the mapping file`,
    )
  return rows
}

/** What a tile means: parts, nothing on purpose (null), or unknown. */
function meaningOf(
  tile: ForeignTile,
  known: (name: string) => Meaning | undefined,
  mapping: TileMapping | undefined,
  refuse: (from: string, name: unknown) => never,
): Meaning | null | undefined {
  const mapped = mapping?.tiles ?? {}
  const key = [`${tile.tileset}:${tile.id}`, ...tile.names].find(name => Object.hasOwn(mapped, name))
  const name = key === undefined ? undefined : mapped[key]
  if (name === null) return null
  if (name !== undefined) return known(name) ?? refuse('the mapping file', name)
  const property = Object.hasOwn(tile.properties, 'tile') ? tile.properties.tile : undefined
  if (property !== undefined && property !== '')
    return (
      (typeof property === 'string' ? known(property) : undefined) ?? refuse("the property 'tile'", property)
    )
  for (const name of tile.names) {
    const meaning = known(name)
    if (meaning) return meaning
  }
  return undefined
}

function emptyOf(
  map: ForeignMap,
  mapping: TileMapping | undefined,
  known: (name: string) => Meaning | undefined,
  refuse: (name: unknown) => never,
): Meaning | undefined {
  const name = Object.hasOwn(map.properties, 'empty') ? map.properties.empty : mapping?.empty
  if (name === undefined || name === '') return undefined
  return (typeof name === 'string' ? known(name) : undefined) ?? refuse(name)
}

/** The hidden rules: the game's defaults, what the mapping file says, and what the map says. */
function rulesOf(
  map: ForeignMap,
  kind: LevelKind,
  mapping: TileMapping | undefined,
  fail: (message: string) => never,
): Record<string, unknown> {
  const rules: Record<string, unknown> = { ...kind.defaultRules }
  const set = (name: string, value: unknown) => {
    if (!Object.hasOwn(kind.defaultRules, name))
      fail(
        `${kind.game} has no hidden rule ${quoted(name)}; expected ${Object.keys(kind.defaultRules).join(', ')}`,
      )
    rules[name] = value
  }
  const setJson = (name: string, value: unknown) => {
    if (typeof value !== 'string') return set(name, value)
    try {
      set(name, JSON.parse(value))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // A word may stand without quotes where the rule is one.
      if (typeof kind.defaultRules[name] === 'string') return set(name, value)
      fail(
        `rules.${name}: expected a JSON value such as ${JSON.stringify(kind.defaultRules[name])}, got ${quoted(value)}`,
      )
    }
  }
  for (const [name, value] of Object.entries(mapping?.rules ?? {})) set(name, value)
  for (const [key, value] of Object.entries(map.properties)) {
    if (key.startsWith('rules.')) setJson(key.slice('rules.'.length), value)
    else if (key === 'rules' && typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) setJson(name, member)
  }
  return rules
}

/** One message about all tiles without a meaning: how often each occurs, and where first. */
function unmappedMessage(
  map: ForeignMap,
  unmapped: ReadonlyMap<ForeignTile, readonly ForeignCell[]>,
  kind: LevelKind,
  expected: string,
): string {
  const listed = [...unmapped].slice(0, LISTED_TILES).map(([tile, cells]) => {
    const places = cells.slice(0, LISTED_PLACES).map(({ x, y }) => coordinates(map, x, y))
    return `${nameOf(tile)} ${cells.length === 1 ? 'at' : `${cells.length} times, first at`} ${places.join(', ')}`
  })
  if (unmapped.size > LISTED_TILES) listed.push(`${unmapped.size - LISTED_TILES} more`)
  return `no meaning in ${kind.game} for ${listed.join('; ')}. Give each a custom property 'tile' or a class in its tileset, or a line in a mapping file; ${expected}`
}

/** A tile as messages name it, with what a mapping file may call it. */
function nameOf(tile: ForeignTile): string {
  const names = tile.names.length ? ` (${tile.names.map(quoted).join(', ')})` : ''
  return `${quoted(`${tile.tileset}:${tile.id}`)}${names}`
}

/** A place as the other editor shows it. */
function place(map: ForeignMap, x: number, y: number): string {
  return `tile ${coordinates(map, x, y)}`
}

function coordinates(map: ForeignMap, x: number, y: number): string {
  const [left, top] = map.origin ?? [0, 0]
  return `(${x + left}, ${y + top})`
}

/** What is wrong with a property of the level. */
function faultOf(issue: z.core.$ZodIssue, level: Readonly<Record<string, unknown>>): string {
  const provenance = level.provenance as Readonly<Record<string, unknown>>
  if (issue.code === 'unrecognized_keys')
    return `the property '${issue.keys[0]}' does not go with source ${quoted(provenance.source)}`
  const [first, second] = issue.path.map(String)
  if (first !== 'provenance') return `${first}: ${issue.message}, got ${quoted(level[first as string])}`
  const key = second ?? 'source'
  return `${key}: ${issue.message}, got ${quoted(provenance[key])}`
}
