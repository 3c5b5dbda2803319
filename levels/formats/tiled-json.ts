/**
 * Tiled JSON (.tmj and .json maps, .tsj tilesets) as a tree of TiledNodes, after the documented JSON map format:
 * https://doc.mapeditor.org/en/stable/reference/json-map-format/
 */
import { messageOf, quoted, UserError } from '../../src/core/errors.ts'
import {
  boundedPoints,
  boundedText,
  type Children,
  MAX_NESTING,
  type Outline,
  type Properties,
  propertiesFrom,
  refuse,
  type TiledNode,
} from './tiled-node.ts'

type JsonObject = Readonly<Record<string, unknown>>

const OLD = 'it was saved by a Tiled before 1.2; open it in a current Tiled and save it again'
const OUTLINES = ['point', 'ellipse', 'capsule'] as const

/** Reads JSON text; `what` is what its `type` must say: map or tileset. */
export function parseTiledJson(text: string, file: string, what: 'map' | 'tileset'): TiledNode {
  const plain = boundedText(text, file)
  let value: unknown
  try {
    value = JSON.parse(plain)
  } catch (error) {
    const message = messageOf(error)
    const position = /position (\d+)/.exec(message)?.[1]
    const before = position === undefined ? undefined : plain.slice(0, Number(position)).split('\n')
    const place = before ? `${file}:${before.length}:${(before.at(-1) as string).length + 1}` : file
    throw new UserError(`${place}: no valid JSON: ${quoted(message)}`)
  }
  if (!isObject(value)) throw new UserError(`${file}: expected a Tiled ${what} as JSON, got ${quoted(plain)}`)
  if (value.type !== undefined && value.type !== what)
    throw new UserError(
      `${file}: expected a Tiled ${what} ("type": "${what}"), got type ${shown(value.type)}`,
    )
  return new JsonNode(value, file, '')
}

class JsonNode implements TiledNode {
  private readonly value: JsonObject
  private readonly file: string
  private readonly path: string
  constructor(value: JsonObject, file: string, path: string) {
    this.value = value
    this.file = file
    this.path = path
  }

  where(): string {
    return this.path === '' ? this.file : `${this.file}: ${this.path}`
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  text(name: string): string | undefined {
    const value = this.get(name)
    return value === undefined || typeof value === 'string' ? value : this.wrong(name, 'text', value)
  }

  number(name: string): number | undefined {
    const value = this.get(name)
    return value === undefined || typeof value === 'number' ? value : this.wrong(name, 'a number', value)
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name)
    return value === undefined || typeof value === 'boolean'
      ? value
      : this.wrong(name, 'true or false', value)
  }

  properties(): Properties {
    const list = this.get('properties')
    if (list === undefined) return {}
    if (isObject(list)) refuse(this, `its properties are no list; ${OLD}`)
    return propertiesFrom(
      this.objects('properties').map(({ value, path }) => {
        if (typeof value.name !== 'string') this.wrong(`${path}.name`, 'text', value.name)
        return [value.name as string, this.property(path, value, MAX_NESTING)]
      }),
      this,
    )
  }

  children(name: Children): readonly TiledNode[] {
    if (name === 'tiles' && isObject(this.get('tiles'))) refuse(this, `its tiles are no list; ${OLD}`)
    const inside = this.path === '' ? '' : `${this.path}.`
    return this.objects(name).map(({ value, path }) => new JsonNode(value, this.file, `${inside}${path}`))
  }

  layerKind(): string {
    return this.text('type') ?? ''
  }

  encoding(): { encoding: string; compression: string } {
    return { encoding: this.text('encoding') ?? 'csv', compression: this.text('compression') ?? '' }
  }

  content(): string | readonly unknown[] {
    const data = this.get('data')
    if (typeof data === 'string' || Array.isArray(data)) return data
    return this.wrong('data', 'a list of tile numbers or base64 text', data)
  }

  outline(): Outline {
    if (this.has('text')) return { kind: 'text', points: [] }
    for (const kind of ['polygon', 'polyline'] as const)
      if (this.has(kind)) {
        const points = this.objects(kind).map(({ value: { x, y }, path }): [number, number] => {
          if (typeof x !== 'number' || typeof y !== 'number')
            return this.wrong(path, 'numbers x and y', { x, y })
          return [x, y]
        })
        return { kind, points: boundedPoints(points, this) }
      }
    return { kind: OUTLINES.find(kind => this.flag(kind)) ?? 'rectangle', points: [] }
  }

  /** A field of its own; null is how some programs write a field that is absent. */
  private get(name: string): unknown {
    const value = Object.hasOwn(this.value, name) ? this.value[name] : undefined
    return value === null ? undefined : value
  }

  private objects(name: string): { value: JsonObject; path: string }[] {
    const list = this.get(name) ?? []
    if (!Array.isArray(list)) return this.wrong(name, 'a list', list)
    return list.map((value: unknown, i) => {
      const path = `${name}[${i}]`
      return isObject(value) ? { value, path } : this.wrong(path, 'an object', value)
    })
  }

  private property(path: string, { type = 'string', value }: JsonObject, depth: number): unknown {
    if (depth === 0) refuse(this, `${path}: values are nested more than ${MAX_NESTING} deep`)
    const is = (right: boolean, expected: string): unknown =>
      right ? value : this.wrong(`${path}.value`, expected, value)
    switch (type) {
      case 'string':
      case 'color':
      case 'file':
        return is(typeof value === 'string', `text, as its type is ${type}`)
      case 'int':
      case 'object':
        return is(Number.isInteger(value), `a whole number, as its type is ${type}`)
      case 'float':
        return is(typeof value === 'number', 'a number, as its type is float')
      case 'bool':
        return is(typeof value === 'boolean', 'true or false, as its type is bool')
      case 'class':
        is(isObject(value), 'an object, as its type is class')
        return is(isShallow(value, depth), `values nested at most ${MAX_NESTING} deep`)
      case 'list':
        is(Array.isArray(value), 'a list, as its type is list')
        return (value as unknown[]).map((item, i) =>
          isObject(item)
            ? this.property(`${path}.value[${i}]`, item, depth - 1)
            : this.wrong(`${path}.value[${i}]`, 'an object with type and value', item),
        )
      default:
        return this.wrong(
          `${path}.type`,
          'string, int, float, bool, color, file, object, class or list',
          type,
        )
    }
  }

  private wrong(name: string, expected: string, got: unknown): never {
    return refuse(this, `${name}: expected ${expected}, got ${shown(got)}`)
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is nested at most so deep. */
function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every(member => isShallow(member, depth - 1))
}

/** A value for a message; one that is nested without end is not written out. */
function shown(value: unknown): string {
  return isShallow(value, MAX_NESTING) ? quoted(value) : 'a deeply nested value'
}
