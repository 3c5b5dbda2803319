/**
 * Tiled XML (.tmx maps, .tsx tilesets) as a tree of TiledNodes, after the documented TMX map format:
 * https://doc.mapeditor.org/en/stable/reference/tmx-map-format/
 * The parser knows the five entities of XML only: a document type is skipped, never read or expanded.
 */
import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml'
import { quoted, UserError } from '../../src/core/errors.ts'
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

/** Opening brackets in a file: a bound on the elements, each of which takes some hundred bytes when read. */
const MAX_ELEMENTS = 100_000

const ELEMENTS: Readonly<Record<Children, readonly string[]>> = {
  tilesets: ['tileset'],
  tiles: ['tile'],
  layers: ['layer', 'objectgroup', 'imagelayer', 'group'],
  chunks: ['chunk'],
  objects: ['object'],
}
const OUTLINES = ['point', 'ellipse', 'capsule', 'text'] as const
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/

/** A file that is being read. */
interface Source {
  readonly file: string
  readonly text: string
}

/** Reads XML text; `what` is the root element that is expected: map or tileset. */
export function parseTiledXml(text: string, file: string, what: 'map' | 'tileset'): TiledNode {
  const source = { file, text: boundedText(text, file) }
  const elements = source.text.split('<').length - 1
  if (elements > MAX_ELEMENTS)
    throw new UserError(`${file}: ${elements} elements; at most ${MAX_ELEMENTS} are read of a Tiled file`)
  const root = parse(source)
  const node = new XmlNode(root, source)
  if (root.name !== what)
    refuse(node, `expected a Tiled ${what} (<${what}>), got ${quoted(`<${root.name}>`)}`)
  return node
}

function parse({ file, text }: Source): XmlElement {
  try {
    return parseXml(text, { includeOffsets: true }).root as XmlElement
  } catch (error) {
    if (error instanceof XmlError)
      throw new UserError(
        `${file}:${error.line}:${error.column}: no valid XML: ${quoted(error.message.split(' (line ')[0])}`,
      )
    // The parser calls itself for each element within an element.
    if (error instanceof RangeError)
      throw new UserError(`${file}: elements are nested too deep to be a Tiled file`)
    throw error
  }
}

class XmlNode implements TiledNode {
  private readonly element: XmlElement
  private readonly source: Source
  constructor(element: XmlElement, source: Source) {
    this.element = element
    this.source = source
  }

  where(): string {
    const before = this.source.text.slice(0, this.element.start).split('\n')
    return `${this.source.file}:${before.length}:${(before.at(-1) as string).length + 1}`
  }

  has(name: string): boolean {
    return this.element.attributes[name] !== undefined || childrenOf(this.element, [name]).length > 0
  }

  text(name: string): string | undefined {
    return this.element.attributes[name]
  }

  number(name: string): number | undefined {
    const text = this.element.attributes[name]
    return text === undefined ? undefined : this.numberIn(name, text)
  }

  flag(name: string): boolean | undefined {
    const text = this.element.attributes[name]
    if (text === undefined) return undefined
    if (text === '1' || text === 'true') return true
    if (text === '0' || text === 'false') return false
    return refuse(this, `${name}: expected 0 or 1, got ${quoted(text)}`)
  }

  properties(): Properties {
    return propertiesOf(this.element, this.source, MAX_NESTING)
  }

  children(name: Children): readonly TiledNode[] {
    const parent = name === 'chunks' ? this.data() : this.element
    return childrenOf(parent, ELEMENTS[name]).map(child => new XmlNode(child, this.source))
  }

  layerKind(): string {
    return this.element.name === 'layer' ? 'tilelayer' : this.element.name
  }

  encoding(): { encoding: string; compression: string } {
    const { attributes } = this.data()
    return { encoding: attributes.encoding ?? 'csv', compression: attributes.compression ?? '' }
  }

  content(): string | readonly unknown[] {
    const data = this.element.name === 'chunk' ? this.element : this.data()
    const tiles = childrenOf(data, ['tile'])
    if (tiles.length === 0) return data.text
    return tiles.map(tile => new XmlNode(tile, this.source).number('gid') ?? 0)
  }

  outline(): Outline {
    for (const kind of ['polygon', 'polyline'] as const) {
      const [element] = childrenOf(this.element, [kind])
      if (!element) continue
      const points = (element.attributes.points ?? '')
        .split(' ')
        .filter(point => point !== '')
        .map((point): [number, number] => {
          const [x, y, ...rest] = point.split(',')
          if (x === undefined || y === undefined || rest.length)
            return refuse(this, `points: expected pairs such as 0,16, got ${quoted(point)}`)
          return [this.numberIn('points', x), this.numberIn('points', y)]
        })
      return { kind, points: boundedPoints(points, this) }
    }
    const kind = OUTLINES.find(name => childrenOf(this.element, [name]).length > 0)
    return { kind: kind ?? 'rectangle', points: [] }
  }

  private data(): XmlElement {
    return childrenOf(this.element, ['data'])[0] ?? refuse(this, 'no <data> with the tiles of the layer')
  }

  private numberIn(name: string, text: string): number {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(value) ? value : refuse(this, `${name}: expected a number, got ${quoted(text)}`)
  }
}

function childrenOf(element: XmlElement, names: readonly string[]): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && names.includes(child.name),
  )
}

function propertiesOf(element: XmlElement, source: Source, depth: number): Properties {
  const node = new XmlNode(element, source)
  if (depth === 0) refuse(node, `values are nested more than ${MAX_NESTING} deep`)
  const entries = childrenOf(element, ['properties']).flatMap(list =>
    childrenOf(list, ['property']).map((property): [string, unknown] => [
      property.attributes.name ?? refuse(new XmlNode(property, source), 'a property without a name'),
      propertyValue(property, source, depth - 1),
    ]),
  )
  return propertiesFrom(entries, node)
}

/** The value of a <property>, or of an <item> of a list. Text with line ends stands inside the element. */
function propertyValue(element: XmlElement, source: Source, depth: number): unknown {
  const node = new XmlNode(element, source)
  if (depth === 0) refuse(node, `values are nested more than ${MAX_NESTING} deep`)
  const { type = 'string', value } = element.attributes
  const wrong = (expected: string) => refuse(node, `value: expected ${expected}, got ${quoted(value ?? '')}`)
  switch (type) {
    case 'string':
    case 'color':
    case 'file':
      return value ?? element.text
    case 'int':
    case 'object': {
      const number = node.number('value') ?? 0
      return Number.isInteger(number) ? number : wrong(`a whole number, as its type is ${type}`)
    }
    case 'float':
      return node.number('value') ?? 0
    case 'bool':
      return value === 'true' || (value === 'false' || value === undefined ? false : wrong('true or false'))
    case 'class':
      return propertiesOf(element, source, depth)
    case 'list':
      return childrenOf(element, ['item']).map(item => propertyValue(item, source, depth - 1))
    default:
      return refuse(
        node,
        `type: expected string, int, float, bool, color, file, object, class or list, got ${quoted(type)}`,
      )
  }
}
