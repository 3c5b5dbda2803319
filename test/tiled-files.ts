/**
 * Writes Tiled files as Tiled does, JSON and XML from one description, for tests of the import. Field and element names
 * are those of the documented formats (https://doc.mapeditor.org/en/stable/reference/).
 */
import { deflateSync, gzipSync } from 'node:zlib'

export type Value = string | number | boolean | Value[] | { [name: string]: Value }

export interface PropertySpec {
  readonly name: string
  /** string when left out. */
  readonly type?: string
  readonly value: unknown
}

export interface TileSpec {
  readonly id: number
  /** Written under this name. */
  readonly class?: { readonly as: 'class' | 'type'; readonly is: string }
  readonly image?: string
  readonly properties?: readonly PropertySpec[]
}

export interface TilesetSpec {
  readonly firstgid: number
  readonly name: string
  readonly tilecount?: number
  readonly image?: string
  readonly objectalignment?: string
  readonly tiles: readonly TileSpec[]
  /** Written as a file of its own, under this name. */
  readonly file?: string
}

export interface ObjectSpec {
  readonly id?: number
  readonly name?: string
  readonly type?: string
  readonly class?: string
  readonly x: number
  readonly y: number
  readonly width?: number
  readonly height?: number
  readonly gid?: number
  readonly rotation?: number
  readonly template?: string
  readonly shape?: 'point' | 'ellipse' | 'capsule' | 'text'
  readonly polygon?: readonly (readonly [number, number])[]
  readonly polyline?: readonly (readonly [number, number])[]
  readonly properties?: readonly PropertySpec[]
}

export interface ChunkSpec {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly tiles: readonly number[]
}

export interface LayerSpec {
  readonly kind: 'tilelayer' | 'objectgroup' | 'imagelayer' | 'group'
  readonly name?: string
  readonly tiles?: readonly number[]
  readonly chunks?: readonly ChunkSpec[]
  readonly objects?: readonly ObjectSpec[]
  readonly layers?: readonly LayerSpec[]
  readonly offset?: readonly [number, number]
  readonly visible?: boolean
  readonly properties?: readonly PropertySpec[]
}

export interface MapSpec {
  readonly width: number
  readonly height: number
  readonly infinite?: boolean
  readonly orientation?: string
  /** How layers are written. */
  readonly writing?: Writing
  readonly layers: readonly LayerSpec[]
  readonly tilesets: readonly TilesetSpec[]
  readonly properties?: readonly PropertySpec[]
}

export interface Writing {
  /** `elements` is XML's own way of <tile gid="…"/>. */
  readonly encoding: 'csv' | 'base64' | 'elements'
  readonly compression?: 'zlib' | 'gzip' | 'zstd'
  /** Frames for zstd, which Node cannot make, by the tiles with commas between them. */
  readonly frames?: Readonly<Record<string, string>>
}

export const TILE = 16

/** Map and external tilesets of a description. */
export interface TiledFile {
  readonly text: string
  readonly read: (name: string) => Uint8Array
}

export function jsonFile(spec: MapSpec): TiledFile {
  const files = new Map<string, string>()
  const writing = spec.writing ?? { encoding: 'csv' }
  const map = {
    compressionlevel: -1,
    width: spec.width,
    height: spec.height,
    infinite: spec.infinite ?? false,
    layers: spec.layers.map((layer, i) => jsonLayer(layer, i + 1, spec, writing)),
    nextlayerid: spec.layers.length + 1,
    nextobjectid: 100,
    orientation: spec.orientation ?? 'orthogonal',
    ...jsonProperties(spec.properties),
    renderorder: 'right-down',
    tiledversion: '1.11.2',
    tilewidth: TILE,
    tileheight: TILE,
    tilesets: spec.tilesets.map(({ firstgid, file, tiles, ...rest }) => {
      const tileset = {
        columns: 1,
        margin: 0,
        spacing: 0,
        tilewidth: TILE,
        tileheight: TILE,
        ...rest,
        tiles: tiles.map(({ id, class: named, image, properties }) => ({
          id,
          ...(named ? { [named.as]: named.is } : {}),
          ...(image ? { image, imagewidth: TILE, imageheight: TILE } : {}),
          ...jsonProperties(properties),
        })),
      }
      if (file === undefined) return { firstgid, ...tileset }
      files.set(
        file,
        file.endsWith('x')
          ? xmlTileset({ firstgid, tiles, ...rest }, '')
          : JSON.stringify({ ...tileset, type: 'tileset', version: '1.10' }),
      )
      return { firstgid, source: file }
    }),
    type: 'map',
    version: '1.10',
  }
  return { text: JSON.stringify(map), read: readFrom(files) }
}

export function xmlFile(spec: MapSpec): TiledFile {
  const files = new Map<string, string>()
  const writing = spec.writing ?? { encoding: 'csv' }
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    element(
      'map',
      {
        version: '1.10',
        tiledversion: '1.11.2',
        orientation: spec.orientation ?? 'orthogonal',
        renderorder: 'right-down',
        width: spec.width,
        height: spec.height,
        tilewidth: TILE,
        tileheight: TILE,
        infinite: spec.infinite ? 1 : 0,
        nextlayerid: spec.layers.length + 1,
        nextobjectid: 100,
      },
      [
        xmlProperties(spec.properties),
        ...spec.tilesets.map(tileset => {
          if (tileset.file === undefined) return xmlTileset(tileset, String(tileset.firstgid))
          files.set(tileset.file, xmlTileset(tileset, ''))
          return element('tileset', { firstgid: tileset.firstgid, source: tileset.file })
        }),
        ...spec.layers.map((layer, i) => xmlLayer(layer, i + 1, spec, writing)),
      ],
    ),
  ].join('\n')
  return { text, read: readFrom(files) }
}

function readFrom(files: ReadonlyMap<string, string>): (name: string) => Uint8Array {
  return name => {
    const text = files.get(name)
    if (text === undefined) throw new Error(`a test asked for ${name}`)
    return new TextEncoder().encode(text)
  }
}

/** Tile numbers as text of an encoding; the numbers themselves where the format has them. */
function packed(tiles: readonly number[], { encoding, compression, frames }: Writing): string {
  if (encoding === 'csv') return tiles.join(',')
  const bytes = Buffer.alloc(tiles.length * 4)
  tiles.forEach((tile, i) => {
    bytes.writeUInt32LE(tile, i * 4)
  })
  if (compression === 'zlib') return deflateSync(bytes).toString('base64')
  if (compression === 'gzip') return gzipSync(bytes).toString('base64')
  if (compression !== 'zstd') return bytes.toString('base64')
  const frame = frames?.[tiles.join()]
  if (frame === undefined) throw new Error(`no frame for ${tiles.join()}`)
  return frame
}

function jsonProperties(properties: readonly PropertySpec[] | undefined): object {
  return properties ? { properties: properties.map(p => ({ type: 'string', ...p })) } : {}
}

function jsonLayer(layer: LayerSpec, id: number, spec: MapSpec, writing: Writing): object {
  const data = (tiles: readonly number[]) => (writing.encoding === 'base64' ? packed(tiles, writing) : tiles)
  const { kind, tiles, chunks, objects, layers, offset } = layer
  return {
    id,
    name: layer.name ?? kind,
    type: kind,
    visible: layer.visible ?? true,
    opacity: 1,
    x: 0,
    y: 0,
    ...(offset ? { offsetx: offset[0], offsety: offset[1] } : {}),
    ...(kind === 'tilelayer' ? { width: spec.width, height: spec.height } : {}),
    ...(kind === 'tilelayer' && writing.encoding === 'base64'
      ? { encoding: 'base64', compression: writing.compression ?? '' }
      : {}),
    ...(tiles ? { data: data(tiles) } : {}),
    ...(chunks
      ? { startx: 0, starty: 0, chunks: chunks.map(({ tiles, ...rest }) => ({ ...rest, data: data(tiles) })) }
      : {}),
    ...(objects
      ? {
          draworder: 'topdown',
          objects: objects.map(({ shape, polygon, polyline, properties, ...rest }, i) => ({
            id: i + 1,
            name: '',
            visible: true,
            ...rest,
            ...(shape ? { [shape]: shape === 'text' ? { text: 'hello', wrap: true } : true } : {}),
            ...(polygon ? { polygon: polygon.map(([x, y]) => ({ x, y })) } : {}),
            ...(polyline ? { polyline: polyline.map(([x, y]) => ({ x, y })) } : {}),
            ...jsonProperties(properties),
          })),
        }
      : {}),
    ...(layers ? { layers: layers.map((inner, i) => jsonLayer(inner, id * 10 + i, spec, writing)) } : {}),
    ...(kind === 'imagelayer' ? { image: 'sky.png' } : {}),
    ...jsonProperties(layer.properties),
  }
}

function element(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  content: readonly string[] = [],
): string {
  const text = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')
  const inner = content.filter(part => part !== '').join('\n')
  return inner === '' ? `<${name}${text}/>` : `<${name}${text}>\n${inner}\n</${name}>`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;').replace(/\n/g, '&#10;')
}

function xmlProperties(properties: readonly PropertySpec[] | undefined): string {
  if (!properties) return ''
  return element(
    'properties',
    {},
    properties.map(property => xmlValue('property', property, { name: property.name })),
  )
}

function xmlValue(name: string, { type, value }: Omit<PropertySpec, 'name'>, attributes: object): string {
  if (type === 'class')
    return element(name, { ...attributes, type, propertytype: 'Any' }, [
      xmlProperties(
        Object.entries(value as Record<string, Value>).map(([key, member]) => ({
          name: key,
          ...(typeof member === 'string' ? {} : { type: typeof member === 'number' ? 'int' : 'bool' }),
          value: member,
        })),
      ),
    ])
  if (type === 'list')
    return element(
      name,
      { ...attributes, type },
      (value as PropertySpec[]).map(item => xmlValue('item', item, {})),
    )
  return element(name, { ...attributes, type, value })
}

function xmlTileset(
  { name, tilecount, image, objectalignment, tiles }: TilesetSpec,
  firstgid: string,
): string {
  return element(
    'tileset',
    {
      ...(firstgid === '' ? { version: '1.10' } : { firstgid }),
      name,
      tilewidth: TILE,
      tileheight: TILE,
      tilecount,
      columns: 1,
      objectalignment,
    },
    [
      image ? element('image', { source: image, width: TILE, height: TILE }) : '',
      ...tiles.map(tile =>
        element('tile', { id: tile.id, ...(tile.class ? { [tile.class.as]: tile.class.is } : {}) }, [
          xmlProperties(tile.properties),
          tile.image ? element('image', { source: tile.image, width: TILE, height: TILE }) : '',
        ]),
      ),
    ],
  )
}

function xmlLayer(layer: LayerSpec, id: number, spec: MapSpec, writing: Writing): string {
  const { kind, tiles, chunks, objects, layers, offset } = layer
  const common = {
    id,
    name: layer.name ?? kind,
    visible: layer.visible === false ? 0 : undefined,
    offsetx: offset?.[0],
    offsety: offset?.[1],
  }
  const content = (numbers: readonly number[]) =>
    writing.encoding === 'elements'
      ? numbers.map(gid => element('tile', gid ? { gid } : {})).join('\n')
      : packed(numbers, writing)
  const properties = xmlProperties(layer.properties)
  if (kind === 'tilelayer')
    return element('layer', { ...common, width: spec.width, height: spec.height }, [
      properties,
      element(
        'data',
        writing.encoding === 'elements'
          ? {}
          : { encoding: writing.encoding, compression: writing.compression },
        tiles
          ? [content(tiles)]
          : (chunks ?? []).map(({ tiles: numbers, ...place }) => element('chunk', place, [content(numbers)])),
      ),
    ])
  if (kind === 'objectgroup')
    return element('objectgroup', common, [
      properties,
      ...(objects ?? []).map((object, i) => xmlObject(object, i + 1)),
    ])
  if (kind === 'group')
    return element('group', common, [
      properties,
      ...(layers ?? []).map((inner, i) => xmlLayer(inner, id * 10 + i, spec, writing)),
    ])
  return element('imagelayer', common, [properties, element('image', { source: 'sky.png' })])
}

function xmlObject({ shape, polygon, polyline, properties, ...rest }: ObjectSpec, id: number): string {
  const points = (list: readonly (readonly [number, number])[]) => list.map(point => point.join()).join(' ')
  return element('object', { id, ...rest }, [
    xmlProperties(properties),
    shape ? element(shape, {}, shape === 'text' ? ['hello'] : []) : '',
    polygon ? element('polygon', { points: points(polygon) }) : '',
    polyline ? element('polyline', { points: points(polyline) }) : '',
  ])
}
