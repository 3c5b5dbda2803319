/**
 * A Tiled map, JSON or XML, as a foreign map: every tile of its tile layers and every object of its object layers, from
 * the bottom to the top. Hidden layers count like others; a layer or object with the custom property `ignore` does not.
 * Image layers, colours, opacity, parallax, animations, collision shapes and terrains (Wang sets) only paint or guide the
 * editor and are not read. What cannot be understood is refused.
 */
import { quoted } from '../../src/core/errors.ts'
import { MAX_SIDE } from '../level.ts'
import type { ForeignCell, ForeignMap, ForeignTile } from './foreign.ts'
import { readTileNumbers } from './tiled-data.ts'
import { MAX_NESTING, refuse, type TiledNode, wholeNumber } from './tiled-node.ts'
import { nameOf, type ShownTile, tilesUnder } from './tiled-objects.ts'

/** Bits of a tile number that flip or turn its picture. Levels have no such thing: they are left out. */
const FLIPS = 0xf0000000
const MAX_GID = 0x0fffffff
const MAX_TILE_PIXELS = 4096
const MAX_TILESETS = 64
/** Tiles on all layers; tile numbers of all layers and chunks, empty ones included, and tiles under objects. */
const MAX_CELLS = 64 * MAX_SIDE * MAX_SIDE
const MAX_NUMBERS = 256 * MAX_SIDE * MAX_SIDE
/** How far from the origin a chunk may lie, in tiles. */
const FARTHEST_CHUNK = 100_000

/** A tileset with its place in the map's tile numbers. */
interface Tileset extends ShownTile {
  readonly node: TiledNode
  readonly firstgid: number
  readonly name: string
  /** Local ids below this exist; of an image collection those that it lists. */
  readonly end: number
  readonly collection: boolean
  readonly tiles: ReadonlyMap<number, TiledNode>
}

/** What is known while the layers are read. */
interface Reading {
  readonly file: string
  readonly width: number
  readonly height: number
  readonly infinite: boolean
  readonly tileWidth: number
  readonly tileHeight: number
  readonly tilesets: readonly Tileset[]
  readonly byNumber: Map<number, ForeignTile>
  readonly byContent: Map<string, ForeignTile>
  readonly cells: ForeignCell[]
  numbers: number
}

/** Reads a map; `external` gives the tileset that a name refers to. */
export function readTiledMap(
  map: TiledNode,
  file: string,
  external: (source: string, from: TiledNode) => TiledNode,
): ForeignMap {
  const orientation = map.text('orientation') ?? 'orthogonal'
  if (orientation !== 'orthogonal')
    refuse(
      map,
      `the map is ${quoted(orientation)}; levels are made of square tiles: expected an orthogonal map`,
    )
  const infinite = map.flag('infinite') ?? false
  const tileSide = (name: string) => wholeNumber(map, name, [1, MAX_TILE_PIXELS])
  const side = (name: string) =>
    wholeNumber(map, name, [infinite ? 0 : 1, FARTHEST_CHUNK], infinite ? 0 : undefined)
  const reading: Reading = {
    file,
    width: side('width'),
    height: side('height'),
    infinite,
    tileWidth: tileSide('tilewidth'),
    tileHeight: tileSide('tileheight'),
    tilesets: readTilesets(map, external),
    byNumber: new Map(),
    byContent: new Map(),
    cells: [],
    numbers: 0,
  }
  if (!infinite) requireSize(map, reading.width, reading.height)
  readLayers(map, reading, { x: 0, y: 0, name: '', depth: 0 })
  const properties = map.properties()
  if (infinite) return trimmed(map, reading, properties)
  return { where: file, width: reading.width, height: reading.height, cells: reading.cells, properties }
}

function requireSize(map: TiledNode, width: number, height: number): void {
  if (width > MAX_SIDE || height > MAX_SIDE)
    refuse(map, `the map is ${width}x${height} tiles; at most ${MAX_SIDE}x${MAX_SIDE} play`)
}

/** An infinite map is as large as what is drawn on it. */
function trimmed(map: TiledNode, { file, cells }: Reading, properties: ForeignMap['properties']): ForeignMap {
  if (cells.length === 0) refuse(map, 'the map has no tiles; draw some')
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    -FARTHEST_CHUNK,
    -FARTHEST_CHUNK,
  ]
  for (const { x, y } of cells) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  const [width, height] = [right - left + 1, bottom - top + 1]
  requireSize(map, width, height)
  const moved = cells.map(cell => ({ ...cell, x: cell.x - left, y: cell.y - top }))
  return { where: file, width, height, origin: [left, top], cells: moved, properties }
}

function readTilesets(map: TiledNode, external: (source: string, from: TiledNode) => TiledNode): Tileset[] {
  const entries = map.children('tilesets')
  if (entries.length > MAX_TILESETS)
    refuse(map, `${entries.length} tilesets; at most ${MAX_TILESETS} are read`)
  let before = 0
  return entries.map(entry => {
    const firstgid = wholeNumber(entry, 'firstgid', [1, MAX_GID])
    if (firstgid <= before)
      refuse(entry, `firstgid: expected more than ${before}, that of the tileset before it`)
    before = firstgid
    const source = entry.text('source')
    const node = source === undefined ? entry : external(source, entry)
    if (source !== undefined && node.has('source'))
      refuse(node, 'a tileset in its own file refers to another file')
    const tiles = new Map<number, TiledNode>()
    for (const tile of node.children('tiles')) {
      const id = wholeNumber(tile, 'id', [0, MAX_GID])
      if (tiles.has(id)) refuse(tile, `tile ${id} stands twice in its tileset`)
      tiles.set(id, tile)
    }
    return {
      node,
      firstgid,
      name: node.text('name') ?? '',
      end: wholeNumber(node, 'tilecount', [0, MAX_GID], MAX_GID),
      collection: !node.has('image') && [...tiles.values()].some(tile => tile.has('image')),
      tiles,
      alignment: node.text('objectalignment') ?? 'unspecified',
      width: wholeNumber(node, 'tilewidth', [0, FARTHEST_CHUNK], 0),
      height: wholeNumber(node, 'tileheight', [0, FARTHEST_CHUNK], 0),
    }
  })
}

/** Where a group of layers lies: its offset in pixels, its name with a slash, and how many groups it is in. */
interface Place {
  readonly x: number
  readonly y: number
  readonly name: string
  readonly depth: number
}

function readLayers(parent: TiledNode, reading: Reading, place: Place): void {
  if (place.depth > MAX_NESTING) refuse(parent, `groups are nested more than ${MAX_NESTING} deep`)
  for (const layer of parent.children('layers')) {
    if (isIgnored(layer)) continue
    if ((layer.number('x') ?? 0) !== 0 || (layer.number('y') ?? 0) !== 0)
      refuse(layer, 'x and y of a layer: expected 0; move it by its offset')
    const here: Place = {
      x: place.x + (layer.number('offsetx') ?? 0),
      y: place.y + (layer.number('offsety') ?? 0),
      name: `${place.name}${layer.text('name') ?? ''}`,
      depth: place.depth + 1,
    }
    const kind = layer.layerKind()
    if (kind === 'tilelayer') readTileLayer(layer, reading, here)
    else if (kind === 'objectgroup') readObjects(layer, reading, here)
    else if (kind === 'group') readLayers(layer, reading, { ...here, name: `${here.name}/` })
    else if (kind !== 'imagelayer')
      refuse(layer, `type: expected tilelayer, objectgroup, imagelayer or group, got ${quoted(kind)}`)
  }
}

function isIgnored(node: TiledNode): boolean {
  const { ignore } = node.properties()
  if (ignore !== undefined && typeof ignore !== 'boolean')
    refuse(node, "the property 'ignore': expected one of type bool")
  return ignore === true
}

function readTileLayer(layer: TiledNode, reading: Reading, place: Place): void {
  const { infinite, tileWidth, tileHeight } = reading
  const [left, top] = [place.x / tileWidth, place.y / tileHeight]
  if (!Number.isInteger(left) || !Number.isInteger(top))
    refuse(
      layer,
      `its offset of ${place.x}, ${place.y} pixels is no whole number of ${tileWidth}x${tileHeight} tiles`,
    )
  const chunks = layer.children('chunks')
  if (infinite && chunks.length === 0 && !layer.has('data')) return
  const encoding = layer.encoding()
  for (const block of chunks.length ? chunks : [layer]) {
    const content = block.content()
    if (infinite && typeof content === 'string' && content.trim() === '') continue
    const isChunk = block !== layer
    const at = (name: string) => (isChunk ? wholeNumber(block, name, [-FARTHEST_CHUNK, FARTHEST_CHUNK]) : 0)
    const [x, y] = [at('x') + left, at('y') + top]
    const width = wholeNumber(block, 'width', [1, MAX_SIDE], reading.width)
    const height = wholeNumber(block, 'height', [1, MAX_SIDE], reading.height)
    if (!infinite && !isChunk && (width !== reading.width || height !== reading.height))
      refuse(
        layer,
        `the layer is ${width}x${height} tiles, expected ${reading.width}x${reading.height} as the map`,
      )
    countNumbers(block, reading, width * height)
    const numbers = readTileNumbers(content, encoding, width * height, block)
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number
      if (number === 0) continue
      const [cx, cy] = [x + (i % width), y + Math.floor(i / width)]
      const tile = tileOf(number, reading, () =>
        refuse(block, unknownTile(number, ` at tile (${cx}, ${cy})`)),
      )
      addCell(block, reading, { x: cx, y: cy, layer: place.name, tile })
    }
  }
}

/** Bounds the work that a small file can ask for. */
function countNumbers(node: TiledNode, reading: Reading, count: number): void {
  reading.numbers += count
  if (reading.numbers > MAX_NUMBERS) refuse(node, `the map has more than ${MAX_NUMBERS} places for tiles`)
}

function addCell(node: TiledNode, { cells }: Reading, cell: ForeignCell): void {
  if (cells.length >= MAX_CELLS) refuse(node, `the map has more than ${MAX_CELLS} tiles on its layers`)
  cells.push(cell)
}

function unknownTile(number: number, at: string): string {
  return `tile number ${(number & ~FLIPS) >>> 0}${at} is in no tileset of the map`
}

function tilesetOf(id: number, { tilesets }: Reading): Tileset | undefined {
  const tileset = tilesets.findLast(({ firstgid }) => firstgid <= id)
  if (!tileset) return undefined
  const local = id - tileset.firstgid
  return (tileset.collection ? tileset.tiles.has(local) : local < tileset.end) ? tileset : undefined
}

/** The tile of a number, whatever its flip bits. */
function tileOf(number: number, reading: Reading, unknown: () => never): ForeignTile {
  const id = (number & ~FLIPS) >>> 0
  const known = reading.byNumber.get(id)
  if (known) return known
  const tileset = tilesetOf(id, reading) ?? unknown()
  const local = id - tileset.firstgid
  const node = tileset.tiles.get(local)
  const tile = {
    tileset: tileset.name,
    id: local,
    names: node ? classesOf(node) : [],
    properties: node?.properties() ?? {},
  }
  reading.byNumber.set(id, tile)
  return tile
}

/** Class, which Tiled has called `type` in files before 1.9 and since 1.10. */
function classesOf(node: TiledNode): string[] {
  return [node.text('class'), node.text('type')].filter(
    (name): name is string => name !== undefined && name !== '',
  )
}

function readObjects(layer: TiledNode, reading: Reading, place: Place): void {
  const { tileWidth, tileHeight } = reading
  const grid = { tileWidth, tileHeight, offset: [place.x, place.y] as const }
  for (const object of layer.children('objects')) {
    if (isIgnored(object)) continue
    const number = object.number('gid')
    if (number !== undefined && !(Number.isInteger(number) && number > 0 && number <= 0xffffffff))
      refuse(object, `gid: expected a tile number, got ${number}`)
    const tileset = number === undefined ? undefined : tilesetOf((number & ~FLIPS) >>> 0, reading)
    const tiles = tilesUnder(object, grid, tileset)
    const tile = tileOfObject(object, number, reading)
    const single = tiles.length === 1 ? ({ single: true } as const) : {}
    countNumbers(object, reading, tiles.length)
    const places = new Map(tiles.map(([x, y]) => [`${x} ${y}`, [x, y] as const]))
    for (const [x, y] of places.values())
      addCell(object, reading, { x, y, layer: place.name, tile, ...single })
  }
}

/** What an object is: its own class, name and properties, before those of the tile that it shows. */
function tileOfObject(object: TiledNode, number: number | undefined, reading: Reading): ForeignTile {
  const shown =
    number === undefined
      ? undefined
      : tileOf(number, reading, () => refuse(object, `${nameOf(object)}: ${unknownTile(number, '')}`))
  const name = object.text('name')
  const own = [...classesOf(object), ...(name ? [name] : [])]
  const names = [...new Set([...own, ...(shown?.names ?? [])])]
  const properties = { ...shown?.properties, ...object.properties() }
  const tile = {
    tileset: shown?.tileset ?? 'object',
    id: shown?.id ?? own[0] ?? object.number('id') ?? '',
    names,
    properties,
  }
  const content = JSON.stringify([tile.tileset, tile.id, names, properties.tile])
  const known = reading.byContent.get(content) ?? tile
  reading.byContent.set(content, known)
  return known
}
