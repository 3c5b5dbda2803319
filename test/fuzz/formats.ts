/** The formats that are fuzzed: how a file of each is read, sound files to begin with, and the words of the format. */
import { type ForeignMap, parseTileMapping, toLevel } from '../../levels/formats/foreign.ts'
import type { Imported } from '../../levels/formats/imported.ts'
import { importLdtk } from '../../levels/formats/ldtk.ts'
import { parsePack } from '../../levels/formats/pack.ts'
import { importTiledJson, importTiledXml } from '../../levels/formats/tiled.ts'
import { importXsb } from '../../levels/formats/xsb.ts'
import { parseMoves, parseSolutions } from '../../levels/moves.ts'
import { LEVEL_KINDS } from '../../levels/registry.ts'
import { parseLevel } from '../../levels/text.ts'
import { UserError } from '../../src/core/errors.ts'
import { THEMES } from '../../src/core/themes.ts'
import { type Bundle, decode, encode, type FuzzFormat, type Reading } from './case.ts'
import {
  ldtkSeeds,
  MAPPING_SEEDS,
  MOVES_SEEDS,
  packSeeds,
  SOLUTIONS_SEEDS,
  textSeeds,
  xsbSeeds,
} from './seeds.ts'
import { tiledJsonSeeds, tiledXmlSeeds } from './tiled-seeds.ts'

const JSON_TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\u0000',
  '\\ud800',
  '\\',
  'null',
  'true',
  '1e999',
  '{"__proto__":{"a":1}}',
  '\uFEFF',
]
const GAME_TOKENS = [...LEVEL_KINDS.map(kind => kind.game), ...THEMES.map(theme => theme.name)]
const LINE_TOKENS = [
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '\t',
  ' ',
  '\u0000',
  '\u2028',
  '\uFEFF',
  '\u{1F600}',
  '\ud800',
]

export const FORMATS: readonly FuzzFormat[] = [
  {
    name: 'text',
    structure: 'text',
    tokens: [
      ...LINE_TOKENS,
      ...GAME_TOKENS,
      'levelshift level 1',
      'game: ',
      'title: ',
      'rules.',
      'rules.__proto__: {}',
      'solution: ',
      'source: imported\n',
      'source: generated\n',
      'proof: solver\n',
      '[',
      ']',
      '//',
      '@',
      '#',
    ],
    seeds: textSeeds,
    read: bundle => ({ levels: [parseLevel(textOf(bundle), 'level.txt')], rejected: [] }),
  },
  {
    name: 'pack',
    structure: 'lines',
    tokens: [...JSON_TOKENS, ...GAME_TOKENS, '\n', '\r\n', '"map"', '"rules"', '"train"'],
    seeds: packSeeds,
    read: bundle => sorted(parsePack(textOf(bundle), 'levels.jsonl')),
  },
  {
    name: 'moves',
    structure: 'text',
    tokens: [
      'u',
      'D',
      'l',
      'R',
      'n',
      'x',
      '(',
      ')',
      '3',
      '99999',
      '100001',
      '9(9(9(',
      ')))',
      '((',
      ' ',
      '\n',
      ';',
      ':',
    ],
    seeds: () => MOVES_SEEDS.map(bundleOf('moves.lurd')),
    read: bundle => other(parseMoves(textOf(bundle), 'moves.lurd').length > 0),
  },
  {
    name: 'solutions',
    structure: 'text',
    tokens: [...LINE_TOKENS, ':', ': ', ';', '//', '99999u', '(', ')', 'title: u\n'],
    seeds: () => SOLUTIONS_SEEDS.map(bundleOf('solutions.txt')),
    read: bundle => other(parseSolutions(textOf(bundle), 'solutions.txt').length > 0),
  },
  {
    name: 'xsb',
    structure: 'text',
    tokens: [
      ...LINE_TOKENS,
      '#',
      '@',
      '+',
      '$',
      '*',
      '.',
      '-',
      '_',
      '|',
      '(',
      ')',
      '9999#',
      '3(2#)',
      ';',
      '::',
      '\nTitle: ',
      '\nAuthor: ',
      '\nSolution: ',
      '\nComment:',
      '\nComment-End:',
      '\nLevelshift-Theme: ',
      '\nLevelshift-Controls: ',
      '\nLevel 1\n',
    ],
    seeds: xsbSeeds,
    read: bundle => sorted(importXsb(textOf(bundle), 'levels.xsb')),
  },
  {
    name: 'tiled-json',
    structure: 'json',
    tokens: [
      ...JSON_TOKENS,
      ...GAME_TOKENS,
      '"chunks"',
      '"polygon"',
      '"properties"',
      '"../x"',
      '"template"',
      '"base64"',
      '"zstd"',
      '"zlib"',
      '"objectgroup"',
      '"group"',
      '"gid"',
      '4294967295',
      '3221225473',
    ],
    seeds: tiledJsonSeeds,
    read: bundle => sorted(importTiledJson(textOf(bundle), bundle[0].name, { read: reader(bundle) })),
  },
  {
    name: 'tiled-xml',
    structure: 'xml',
    tokens: [
      '<',
      '>',
      '/>',
      '</',
      '"',
      "'",
      '=',
      '&',
      ';',
      '&amp;',
      '&#0;',
      '&#x10FFFF;',
      '&#xD800;',
      '&a;',
      '<a>',
      '</a>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!DOCTYPE a [<!ENTITY a "b"><!ENTITY b "&a;&a;">]>',
      '<map>',
      '<chunk x="0" y="0" width="16" height="16">',
      'encoding="base64"',
      'compression="zlib"',
      'compression="gzip"',
      'compression="zstd"',
      '<!DOCTYPE map [<!ENTITY l "&l;&l;">]>',
      '&l;',
      '</map>',
      '<layer>',
      '<group>',
      '<chunk>',
      '<data>',
      '<tile/>',
      '<tile gid="4294967295"/>',
      '<object template="x"/>',
      '\uFEFF',
      '\u0000',
      ...GAME_TOKENS,
    ],
    seeds: tiledXmlSeeds,
    read: bundle => sorted(importTiledXml(textOf(bundle), bundle[0].name, { read: reader(bundle) })),
  },
  {
    name: 'mapping',
    structure: 'json',
    tokens: [
      ...JSON_TOKENS,
      ...GAME_TOKENS,
      '"tiles"',
      '"empty"',
      '"rules"',
      '"wall"',
      '"floor"',
      '"__proto__"',
    ],
    seeds: () => MAPPING_SEEDS.map(bundleOf('mapping.json')),
    read: bundle => {
      const mapping = parseTileMapping(textOf(bundle), 'mapping.json')
      return { levels: [toLevel(MAPPED, { mapping, format: 'tiled-json', file: 'map.tmj' })], rejected: [] }
    },
  },
  {
    name: 'ldtk',
    structure: 'json',
    tokens: [
      ...JSON_TOKENS,
      ...GAME_TOKENS,
      '"IntGrid"',
      '"Entities"',
      '"Tiles"',
      '"AutoLayer"',
      '"1.5.3"',
      '"../x"',
      '"layerInstances"',
    ],
    seeds: ldtkSeeds,
    read: bundle => sorted(importLdtk(textOf(bundle), bundle[0].name, { read: reader(bundle) })),
  },
]

/** What mapping files are tried on: brick around floor with an apple and somebody, in words that no game knows. */
const MAPPED: ForeignMap = (() => {
  const tile = (id: number, name: string) => ({ tileset: 'sheet', id, names: [name], properties: {} })
  const [brick, grass, apple, hero] = [tile(0, 'brick'), tile(1, 'grass'), tile(2, 'apple'), tile(3, 'hero')]
  const rows = ['#####', '#@.a#', '#...#', '#####']
  const words = { '#': brick, '.': grass, a: apple, '@': hero }
  const cells = rows.flatMap((row, y) =>
    Array.from(row, (letter, x) => ({ x, y, layer: 'ground', tile: words[letter as keyof typeof words] })),
  )
  return { where: 'map.tmj', width: 5, height: 4, cells, properties: {} }
})()

/** For a bundle of one file. */
function bundleOf(name: string): (text: string) => Bundle {
  return text => [{ name, bytes: encode(text) }]
}

function textOf([{ bytes }]: Bundle): string {
  return decode(bytes)
}

/** Reads files of the bundle by name; others do not exist. */
function reader(bundle: Bundle): (name: string) => Uint8Array {
  return name => {
    const file = bundle.find(other => other.name === name)
    if (!file) throw new UserError('no such file')
    return file.bytes
  }
}

function sorted(imported: readonly Imported[]): Reading {
  return {
    levels: imported.flatMap(entry => ('level' in entry ? [entry.level] : [])),
    rejected: imported.flatMap(entry => ('why' in entry ? [entry] : [])),
  }
}

function other(read: boolean): Reading {
  return { levels: [], rejected: [], other: read }
}
