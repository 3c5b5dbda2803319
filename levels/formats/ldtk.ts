/**
 * LDtk projects (.ldtk, JSON, version 1.x; written after the documentation of 1.5.4). Every level of the project, also
 * of its worlds, becomes one entry; levels that lie in files of their own (.ldtkl) are read through a callback.
 *
 * IntGrid values are named by their identifiers, tiles by their tileset's custom data and enum tags, entities by their
 * identifiers. Identifiers have no hyphens and often begin with a capital, so Gem_a is called gem-a as well. Level
 * fields are the level's properties: game, title, theme, author and so on, and rules_NAME for a hidden rule. A field
 * that is empty counts as not given, since all levels of a project have the same fields.
 *
 * Not read: the auto-tiles of an IntGrid layer, which the editor paints from its values; flips and transparency of
 * tiles; backgrounds; the layout of the world. Hidden layers are read like others.
 */
import { quoted, UserError } from '../../src/core/errors.ts'
import { MAX_SIDE } from '../level.ts'
import { type ForeignCell, type ForeignOptions, type ForeignTile, toLevel } from './foreign.ts'
import type { Imported } from './imported.ts'
import {
  checked,
  type EntityInstance,
  entitySchema,
  type FieldInstance,
  type LayerInstance,
  type LdtkLevel,
  type LdtkProject,
  parseJson,
  readLevel,
  readProject,
  tileSchema,
} from './ldtk-json.ts'

/** Tiles of all layers of a level together. */
const MAX_CELLS = 16 * MAX_SIDE * MAX_SIDE
const MAX_LEVELS = 10_000

export interface LdtkOptions extends ForeignOptions {
  /** The bytes of a file beside the project, by its path from there; called for levels in files of their own. */
  readonly read: (name: string) => Uint8Array
}

/** What the levels of a project have in common. */
interface Definitions {
  /** Names of IntGrid values: by layer definition, then by value. */
  readonly intGrids: ReadonlyMap<number, ReadonlyMap<number, string>>
  readonly tilesets: ReadonlyMap<number, Tileset>
  /** Level fields with a default. */
  readonly defaults: ReadonlyMap<string, unknown>
}

interface Tileset {
  readonly identifier: string
  readonly tileSize: number
  readonly customData: ReadonlyMap<number, string>
  readonly enumTags: ReadonlyMap<number, readonly string[]>
}

/** A level being read. */
interface Draft {
  readonly where: string
  readonly columns: number
  readonly rows: number
  readonly grid: number
  readonly cells: ForeignCell[]
}

/**
 * All levels of a project. A fault of one level rejects that level; a fault of the project is a UserError. `file` names
 * the project in messages and, without its folders, in the levels' provenance.
 */
export function importLdtk(text: string, file: string, options: LdtkOptions): Imported[] {
  const project = readProject(text, file)
  const definitions = definitionsOf(project)
  const worlds = [{ identifier: '', levels: project.levels }, ...(project.worlds ?? [])]
  const count = worlds.reduce((sum, { levels }) => sum + levels.length, 0)
  if (count === 0) throw new UserError(`${file}: the project has no level; add one in LDtk`)
  if (count > MAX_LEVELS)
    throw new UserError(`${file}: the project has ${count} levels; at most ${MAX_LEVELS} are read, split it`)
  return worlds.flatMap(({ identifier, levels }) =>
    levels.map((value, index) => {
      const world = identifier === '' ? '' : `world ${quoted(identifier)}, `
      return importLevel(value, `${file}: ${world}level ${index + 1}`, file, definitions, options)
    }),
  )
}

function importLevel(
  value: unknown,
  where: string,
  file: string,
  definitions: Definitions,
  options: LdtkOptions,
): Imported {
  let title = where.slice(file.length + 2)
  try {
    let level = readLevel(value, where)
    title = lineOf(level.identifier) || title
    let at = `${file}: level ${quoted(level.identifier)}`
    if (!level.layerInstances) {
      const path = level.externalRelPath
      if (!path)
        throw new UserError(`${at}: it has no layers and names no file of its own; save it with LDtk`)
      at = `${lineOf(path)}: level ${quoted(level.identifier)}`
      level = readExternal(path, at, options)
    }
    const properties = propertiesOf(level.fieldInstances, definitions.defaults)
    if (typeof properties.title === 'string') title = lineOf(properties.title) || title
    const draft = draftOf(level, at)
    // Listed from the top; what lies below comes first.
    for (const layer of (level.layerInstances ?? []).toReversed()) addLayer(draft, layer, definitions)
    const { columns, rows, cells } = draft
    const map = { title: level.identifier, where: at, width: columns, height: rows, cells, properties }
    const read = toLevel(map, { ...options, format: 'ldtk', file })
    return { title: read.title ?? title, level: read }
  } catch (error) {
    if (error instanceof UserError) return { title, why: error.message }
    throw error
  }
}

/** A level that lies in a file of its own: the same JSON as in the project, with its layers. */
function readExternal(path: string, where: string, { read }: LdtkOptions): LdtkLevel {
  if (/^([/\\]|[a-z]:)|\p{Cc}/iu.test(path) || path.split(/[/\\]/).includes('..'))
    throw new UserError(`${where}: externalRelPath ${quoted(path)} is no path inside the project's folder`)
  const text = new TextDecoder().decode(read(path))
  const level = readLevel(parseJson(text, lineOf(path), 'a level of LDtk'), where)
  if (!level.layerInstances) throw new UserError(`${where}: it has no layers; save the project with LDtk`)
  return level
}

function definitionsOf({ defs }: LdtkProject): Definitions {
  return {
    intGrids: new Map(
      defs.layers.map(({ uid, intGridValues }) => [
        uid,
        new Map(
          intGridValues.flatMap(({ value, identifier }) =>
            identifier ? [[value, identifier] as const] : [],
          ),
        ),
      ]),
    ),
    tilesets: new Map(
      defs.tilesets.map(({ uid, identifier, tileGridSize, customData, enumTags }) => {
        const tags = new Map<number, string[]>()
        for (const { enumValueId, tileIds } of enumTags) {
          for (const id of tileIds) {
            const known = tags.get(id)
            if (known) known.push(enumValueId)
            else tags.set(id, [enumValueId])
          }
        }
        const data = new Map(customData.map(({ tileId, data }) => [tileId, data]))
        return [uid, { identifier, tileSize: tileGridSize, customData: data, enumTags: tags }]
      }),
    ),
    defaults: new Map(
      defs.levelFields.flatMap(({ identifier, defaultOverride }) => {
        const params =
          defaultOverride instanceof Object && 'params' in defaultOverride && defaultOverride.params
        return Array.isArray(params) && params.length === 1 ? [[identifier, params[0]] as const] : []
      }),
    ),
  }
}

/** Fields as properties: rules_NAME as rules.NAME, empty ones left out, names of games and themes in lower case. */
function propertiesOf(
  fields: readonly FieldInstance[],
  defaults: ReadonlyMap<string, unknown>,
): Readonly<Record<string, unknown>> {
  const values = new Map(defaults)
  for (const { __identifier, __value } of fields) values.set(__identifier, __value)
  const given = [...values].filter(([, value]) => !isEmpty(value))
  // As entries, since an assignment to __proto__ would not make a property.
  return Object.fromEntries(
    given.map(([name, value]) => {
      if (name.startsWith('rules_')) return [`rules.${name.slice('rules_'.length)}`, value]
      // Values of LDtk's enums may have to begin with a capital.
      return [name, /^(game|theme)$/.test(name) && typeof value === 'string' ? value.toLowerCase() : value]
    }),
  )
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

/** The size of a level in tiles, by the one grid of its layers. */
function draftOf(level: LdtkLevel, where: string): Draft {
  const layers = level.layerInstances ?? []
  const drawn = layers.filter(isDrawn)
  const first = drawn[0] ?? layers[0]
  if (!first) throw new UserError(`${where}: the project has no layers; draw the level on one`)
  const grid = first.__gridSize
  const other = drawn.find(layer => layer.__gridSize !== grid)
  if (other)
    throw new UserError(
      `${where}: layer ${quoted(first.__identifier)} has a grid of ${grid} px and layer ${quoted(other.__identifier)} one of ${other.__gridSize} px; give all layers the same grid`,
    )
  const { pxWid, pxHei } = level
  if (pxWid % grid || pxHei % grid)
    throw new UserError(
      `${where}: the level is ${pxWid}x${pxHei} px, which is no whole number of tiles of ${grid} px; resize it`,
    )
  const columns = pxWid / grid
  const rows = pxHei / grid
  if (columns > MAX_SIDE || rows > MAX_SIDE)
    throw new UserError(`${where}: the map is ${columns}x${rows} tiles; at most ${MAX_SIDE}x${MAX_SIDE} play`)
  return { where, columns, rows, grid, cells: [] }
}

function isDrawn(layer: LayerInstance): boolean {
  return contentOf(layer).length > 0
}

/** The list that holds what a layer of its type is made of. */
function contentOf(layer: LayerInstance): readonly unknown[] {
  switch (layer.__type) {
    case 'IntGrid':
      return layer.intGridCsv
    case 'Tiles':
      return layer.gridTiles
    case 'AutoLayer':
      return layer.autoLayerTiles
    case 'Entities':
      return layer.entityInstances
    default:
      return layer.__type satisfies never
  }
}

function addLayer(draft: Draft, layer: LayerInstance, definitions: Definitions): void {
  const where = `${draft.where}: layer ${quoted(layer.__identifier)}`
  if (!isDrawn(layer)) return
  const { __pxTotalOffsetX: left, __pxTotalOffsetY: top } = layer
  if (left % draft.grid || top % draft.grid)
    throw new UserError(
      `${where}: its offset of (${left}, ${top}) px is no whole number of tiles of ${draft.grid} px; change it`,
    )
  if (layer.__type === 'IntGrid') addIntGrid(draft, layer, where, definitions)
  else if (layer.__type === 'Entities') addEntities(draft, layer, where)
  else addTiles(draft, layer, where, definitions)
}

/** Adds a tile at a column and row of the level. toLevel refuses what lies outside. */
function addCell(draft: Draft, where: string, cell: ForeignCell): void {
  if (draft.cells.length >= MAX_CELLS)
    throw new UserError(`${where}: the level has more than ${MAX_CELLS} tiles in its layers; remove some`)
  draft.cells.push(cell)
}

function addIntGrid(draft: Draft, layer: LayerInstance, where: string, { intGrids }: Definitions): void {
  const { intGridCsv: values, __cWid: columns, __cHei: rows, __identifier: name } = layer
  if (columns > MAX_SIDE || rows > MAX_SIDE || values.length !== columns * rows)
    throw new UserError(
      `${where}: ${values.length} values, expected ${columns}x${rows}, and at most ${MAX_SIDE}x${MAX_SIDE}; save it with LDtk`,
    )
  const named = intGrids.get(layer.layerDefUid)
  const tiles = new Map<number, ForeignTile>()
  values.forEach((value, index) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw new UserError(
        `${where}: value ${index} of intGridCsv is no whole number from 0; save it with LDtk`,
      )
    if (value === 0) return
    const x = (index % columns) + layer.__pxTotalOffsetX / draft.grid
    const y = Math.floor(index / columns) + layer.__pxTotalOffsetY / draft.grid
    let tile = tiles.get(value)
    if (!tile) {
      tile = { tileset: name, id: value, names: namesOf(named?.get(value)), properties: {} }
      tiles.set(value, tile)
    }
    addCell(draft, where, { x, y, layer: name, tile })
  })
}

function addTiles(draft: Draft, layer: LayerInstance, where: string, { tilesets }: Definitions): void {
  const uid = layer.overrideTilesetUid ?? layer.__tilesetDefUid
  const tileset = typeof uid === 'number' ? tilesets.get(uid) : undefined
  if (!tileset) throw new UserError(`${where}: its tileset is not in the project; choose one in LDtk`)
  if (tileset.tileSize !== draft.grid)
    throw new UserError(
      `${where}: the tiles of ${quoted(tileset.identifier)} are ${tileset.tileSize} px wide on a grid of ${draft.grid} px; give both the same size`,
    )
  const tiles = new Map<number, ForeignTile>()
  contentOf(layer).forEach((value, index) => {
    const { px, t } = checked(tileSchema, value, `${where}: tile ${index + 1}`)
    const x = (px[0] + layer.__pxTotalOffsetX) / draft.grid
    const y = (px[1] + layer.__pxTotalOffsetY) / draft.grid
    if (!Number.isInteger(x) || !Number.isInteger(y))
      throw new UserError(
        `${where}: the tile at (${px.join(', ')}) px lies between the cells of ${draft.grid} px; move it onto the grid`,
      )
    let tile = tiles.get(t)
    if (!tile) {
      tile = tileOf(tileset, t)
      tiles.set(t, tile)
    }
    addCell(draft, where, { x, y, layer: layer.__identifier, tile })
  })
}

/** A tile's custom data are its name, or as a JSON object its properties; its enum tags name it too. */
function tileOf({ identifier, customData, enumTags }: Tileset, id: number): ForeignTile {
  const data = customData.get(id)?.trim() ?? ''
  const properties = objectOf(data)
  const tags = enumTags.get(id) ?? []
  return {
    tileset: identifier,
    id,
    names: [...(properties ? [] : namesOf(data)), ...tags.flatMap(namesOf)],
    properties: properties ?? {},
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    // Then it is a text that begins with a brace.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function addEntities(draft: Draft, layer: LayerInstance, where: string): void {
  layer.entityInstances.forEach((value, index) => {
    const entity = checked(entitySchema, value, `${where}: entity ${index + 1}`)
    const { __identifier: name, fieldInstances } = entity
    const tile = {
      tileset: 'entity',
      id: name,
      names: namesOf(name),
      properties: propertiesOf(fieldInstances, new Map()),
    }
    const [left, right] = cellsOf(entity, 0, layer.__pxTotalOffsetX, draft, where)
    const [top, bottom] = cellsOf(entity, 1, layer.__pxTotalOffsetY, draft, where)
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        addCell(draft, where, { x, y, layer: layer.__identifier, tile, single: true })
  })
}

/**
 * The first cell that an entity covers along an axis (0 x, 1 y), and the one after the last. One that is no larger than a
 * tile stands inside of one; a larger one covers whole tiles.
 */
function cellsOf(
  { __identifier, __pivot, px, width, height }: EntityInstance,
  axis: 0 | 1,
  offset: number,
  { grid }: Draft,
  where: string,
): [number, number] {
  const side = axis === 0 ? width : height
  // The editor cuts off fractions of px where it snaps pivots to the grid, so they are added again.
  const start = Math.ceil(px[axis] - __pivot[axis] * side) + offset
  const first = Math.floor(start / grid)
  const after = Math.ceil((start + side) / grid)
  if (side > grid ? start % grid || side % grid : after - first > 1)
    throw new UserError(
      `${where}: entity ${quoted(__identifier)} at (${px.join(', ')}) px is ${width}x${height} px and covers cells of ${grid} px in part; snap it to the grid`,
    )
  return [first, after]
}

/** An identifier, and as names of tiles are written: Gem_a is gem-a. */
function namesOf(identifier: string | undefined): string[] {
  if (!identifier) return []
  return [...new Set([identifier, identifier.toLowerCase().replaceAll('_', '-')])]
}

/** Text from a file as a title: one line, not too long. */
function lineOf(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 80)
}
