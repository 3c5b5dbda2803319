/**
 * A Tiled file as a tree, the same for JSON and XML: both formats use the same names for the same things, so one reader
 * (tiled-map.ts) serves both. Each node knows its place for messages.
 */
import { quoted, UserError } from '../../src/core/errors.ts'

/** Custom properties by name: strings, numbers, booleans; lists as arrays, class values as objects. */
export type Properties = Readonly<Record<string, unknown>>

/** The lists of children, by their names in JSON. */
export type Children = 'tilesets' | 'tiles' | 'layers' | 'chunks' | 'objects'

/** The outline of an object that shows no tile; points in pixels, relative to the object. */
export interface Outline {
  readonly kind: 'rectangle' | 'point' | 'ellipse' | 'polygon' | 'polyline' | 'text' | 'capsule'
  readonly points: readonly (readonly [number, number])[]
}

export interface TiledNode {
  /** Where it stands in its file: file:line:column in XML, the file and a path in JSON. */
  where(): string
  has(name: string): boolean
  /** A field, or undefined where it is absent; one of another type is refused. */
  text(name: string): string | undefined
  number(name: string): number | undefined
  flag(name: string): boolean | undefined
  properties(): Properties
  children(name: Children): readonly TiledNode[]
  /** Of a layer: tilelayer, objectgroup, imagelayer or group. */
  layerKind(): string
  /** Of a tile layer: how its tiles are written. */
  encoding(): { readonly encoding: string; readonly compression: string }
  /** Of a tile layer or chunk: its tiles as written. */
  content(): string | readonly unknown[]
  /** Of an object. */
  outline(): Outline
}

/** Characters of a file; 64x64 tiles in twenty layers take a tenth of it. */
export const MAX_TEXT = 2_000_000
/** Groups in groups, and class values in class values. */
export const MAX_NESTING = 16
const MAX_POINTS = 1_000

/** Ends the reading of a file with one sentence about this place. */
export function refuse(node: { where(): string }, message: string): never {
  throw new UserError(`${node.where()}: ${message}`)
}

/** A whole number from `least` to `most`; `absent` where it is not told, or refused where that is undefined. */
export function wholeNumber(
  node: TiledNode,
  name: string,
  [least, most]: readonly [number, number],
  absent?: number,
): number {
  const value = node.number(name) ?? absent
  if (value === undefined)
    return refuse(node, `no '${name}'; expected a whole number from ${least} to ${most}`)
  if (!Number.isInteger(value) || value < least || value > most)
    refuse(node, `${name}: expected a whole number from ${least} to ${most}, got ${value}`)
  return value
}

/** Refuses a file that is larger than any map that plays; returns it without its byte order mark. */
export function boundedText(text: string, file: string): string {
  if (text.length > MAX_TEXT)
    throw new UserError(`${file}: ${text.length} characters; at most ${MAX_TEXT} are read of a Tiled file`)
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Custom properties as an object; a name that stands twice is refused. */
export function propertiesFrom(
  entries: readonly (readonly [string, unknown])[],
  node: { where(): string },
): Properties {
  // Own properties even for a name such as __proto__.
  const properties = Object.fromEntries(entries)
  if (Object.keys(properties).length < entries.length) {
    const names = new Set<string>()
    for (const [name] of entries) {
      if (names.has(name)) refuse(node, `the property ${quoted(name)} stands twice`)
      names.add(name)
    }
  }
  return properties
}

/** Points of a polygon or polyline. */
export function boundedPoints(
  points: readonly (readonly [number, number])[],
  node: { where(): string },
): readonly (readonly [number, number])[] {
  if (points.length < 2 || points.length > MAX_POINTS)
    refuse(node, `${points.length} points; a polygon or polyline has 2 to ${MAX_POINTS}`)
  return points
}
