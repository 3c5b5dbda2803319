/** Levels: the text format, the hash, the splits and the generators. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawLevel, sketchLevel } from '../envs/draw-level.ts'
import {
  FOREIGN_FORMATS,
  hashLevel,
  type Level,
  type LevelKind,
  problemsOf,
  requireSplit,
  SPLITS,
  splitOf,
} from '../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../levels/registry.ts'
import { formatLevel, parseLevel } from '../levels/text.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { THEMES } from '../src/core/themes.ts'

/** Draws a level of any kind, with every hidden rule and every family in play, from a seed of fast-check's. */
function generated(kind: LevelKind, seed: number): Level {
  const family = kind.families[seed % kind.families.length]!
  const random = stream('any', kind.game, seed)
  const side = family.smallest + 2 * random.int(4)
  for (;;) {
    const draft = kind.generate(random, {
      ...kind.defaults,
      size: [side, side],
      vary: Object.keys(kind.defaultRules),
      families: [family.name],
    })
    const theme = random.pick(THEMES).name
    const level: Level = { game: kind.game, ...draft, theme, provenance: { source: 'hand' } }
    // A generator may find no room for what a level needs.
    if (problemsOf(level, kind).length === 0) return level
  }
}

const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
const textLine = fc.stringMatching(/^[^\s\p{C}]([^\p{C}\u2028\u2029]{0,30}[^\s\p{C}])?$/u)

/** Any valid level: of any game, with walls moved about, any title, theme and origin. */
const anyLevel: fc.Arbitrary<Level> = fc
  .record({
    kind: fc.constantFrom(...LEVEL_KINDS),
    seed: fc.nat(100_000),
    flips: fc.array(fc.tuple(fc.nat(63), fc.nat(63)), { maxLength: 12 }),
    title: fc.option(textLine, { nil: undefined }),
    solution: fc.option(fc.stringMatching(/^[udlrUDLR]{1,40}$/), { nil: undefined }),
    theme: fc.constantFrom(...THEMES.map(theme => theme.name)),
    provenance: fc.oneof(
      fc.constant({ source: 'hand' as const }),
      fc.record({
        source: fc.constant('generated' as const),
        generator: fc.tuple(word, fc.nat(99)).map(([name, version]) => `${name}@${version}`),
        family: word,
        seed: textLine,
      }),
      fc.record(
        {
          source: fc.constant('imported' as const),
          format: fc.constantFrom(...FOREIGN_FORMATS),
          file: textLine,
          author: textLine,
          proof: fc.constantFrom('solver' as const, 'solution' as const, 'unproved' as const),
        },
        { requiredKeys: ['source', 'format', 'file', 'proof'] },
      ),
    ),
  })
  .map(({ kind, seed, flips, title, solution, theme, provenance }) => {
    const level = generated(kind, seed)
    const map = level.map.map(row => [...row])
    const plain = (tile: string) =>
      Object.keys(kind.legend).find(
        c => kind.legend[c]!.tile === tile && Object.keys(kind.legend[c]!).length === 2,
      )!
    const [wall, floor] = [plain('wall'), plain('floor')]
    for (const [x, y] of flips) {
      const row = map[y % map.length]!
      const tile = row[x % row.length]
      if (tile === wall || tile === floor) row[x % row.length] = tile === wall ? floor : wall
    }
    const rows = map.map(row => row.join(''))
    return {
      ...level,
      map: rows,
      theme,
      provenance,
      ...(title === undefined ? {} : { title }),
      ...(solution === undefined ? {} : { solution }),
    }
  })

describe('text format', () => {
  test('parse(format(level)) equals the level, and format(parse(text)) the text', () => {
    fc.assert(
      fc.property(anyLevel, level => {
        const text = formatLevel(level)
        const parsed = parseLevel(text, 'any.txt')
        expect(parsed).toEqual(level)
        expect(formatLevel(parsed)).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  test('reads Windows line ends, a byte order mark, comments, blank ends and left-out rules', () => {
    const text =
      '\uFEFFlevelshift level 1\r\n// a comment\r\ngame:gems\r\n\r\n#####\r\n#@.a#\r\n#####\r\n\r\n  \r\n'
    expect(parseLevel(text, 'a.txt')).toEqual({
      game: 'gems',
      map: ['#####', '#@.a#', '#####'],
      rules: levelKind('gems').defaultRules,
      theme: 'dungeon',
      provenance: { source: 'hand' },
    })
  })

  const good = [
    'levelshift level 1',
    'game: gems',
    'title: Small',
    'theme: ice',
    'rules.worth: [1, -1, 1]',
    'source: hand',
    '',
    '#####',
    '#@.a#',
    '#####',
  ].join('\n')
  const instead = (from: string, to: string) => good.replace(from, to)

  test('the level that the faults below are made from is good', () => {
    expect(parseLevel(good, 'a.txt').title).toBe('Small')
  })

  test.each([
    ['an empty file', '', "1:1: expected the first line 'levelshift level 1', got ''"],
    ['another file', '\u0000PNG', "1:1: expected the first line 'levelshift level 1', got '\uFFFDPNG'"],
    [
      'another version',
      instead('level 1', 'level 2'),
      "1:1: expected the first line 'levelshift level 1', got 'levelshift level 2'",
    ],
    ['no game', instead('game: gems\n', ''), "1:1: no 'game: NAME' in the header"],
    [
      'an unknown game',
      instead('gems', 'gmes'),
      /^a\.txt:2:7: unknown game 'gmes'; expected one of gems, keys, maze/,
    ],
    [
      'an unknown key',
      instead('title', 'tilte'),
      "3:1: unknown key 'tilte'; expected game, title, theme, solution, source, generator, family, seed, format, file, author, proof or rules.NAME",
    ],
    [
      'no key at all',
      instead('title: Small', 'Small'),
      "3:1: expected 'key: value', a // comment, or an empty line before the map, got 'Small'",
    ],
    ['a key twice', instead('title: Small', 'theme: dusk'), "4:1: 'theme' stands twice; first on line 3"],
    ['an empty title', instead('Small', ''), "3:8: title: expected one line of text, got ''"],
    [
      'an unknown theme',
      instead('ice', 'moon'),
      /^a\.txt:4:8: theme: expected one of dungeon, meadow, .*, got 'moon'$/,
    ],
    [
      'an unknown rule',
      instead('worth', 'value'),
      "5:1: gems has no hidden rule 'value'; expected worth, controls",
    ],
    [
      'a rule named as a property of every object',
      instead('worth', 'constructor'),
      "5:1: gems has no hidden rule 'constructor'; expected worth, controls",
    ],
    [
      'a rule that is no JSON',
      instead('[1, -1, 1]', '[1, '),
      "5:14: expected a JSON value such as [1,-1,1], got '[1,'",
    ],
    [
      'a rule of a wrong value',
      instead('[1, -1, 1]', '[1, 3, 1]'),
      '5:14: rules.worth.1: expected 1, -1, 2 or -2',
    ],
    [
      'a rule that breaks its own law',
      instead('[1, -1, 1]', '[1, 1, 1]'),
      '5:14: rules.worth: expected at least one colour that pays and one that costs',
    ],
    [
      'an unknown source',
      instead('hand', 'net'),
      "6:9: source: expected hand, generated or imported, got 'net'",
    ],
    [
      'a generated level without a generator',
      instead('hand', 'generated'),
      "6:1: no 'generator: …' in the header; a generated level names its generator, family and seed, an imported one its format, file and proof",
    ],
    [
      'a bad generator',
      instead('hand', 'generated\ngenerator: gems'),
      "7:12: generator: expected a name and a version such as gems@1, got 'gems'",
    ],
    [
      'a hand-made level with a seed',
      instead('hand', 'hand\nseed: 1'),
      "7:1: 'seed' does not go with 'source: hand'",
    ],
    [
      'no map',
      good.slice(0, good.indexOf('\n\n')),
      '6:1: no map; expected an empty line and then the rows of the map',
    ],
    ['an empty row', instead('#@.a#', ''), '9:1: an empty row inside the map'],
    ['an unknown tile', instead('.a#', '.x#'), "9:4: 'x' is no tile of gems (# . @ a b c)"],
    [
      'an unknown tile of two code units',
      instead('.a#', '.😀#'),
      "9:4: '😀' is no tile of gems (# . @ a b c)",
    ],
    ['an escape character', instead('.a#', '.\u001b#'), "9:4: '\uFFFD' is no tile of gems (# . @ a b c)"],
    [
      'a blank at the end of a row',
      instead('.a#', '.a# '),
      '9:6: the row has 6 tiles, expected 5 as in the first row',
    ],
    ['a short row', instead('.a#', '.a'), '9:5: the row has 4 tiles, expected 5 as in the first row'],
    ['too wide a map', instead('.a#', `.a${'#'.repeat(70)}`), '9:65: the row has 74 tiles; at most 64 play'],
    ['too high a map', good + '\n#####'.repeat(70), '72:1: the map has 73 rows; at most 64 play'],
    ['no player', instead('@', '.'), '8:1: no player; put one @ on the map'],
    ['a second player', instead('.a', '@a'), '9:3: a second player; a map has exactly one'],
    ["a fault of the game's own", instead('.a', '.b'), '8:1: no gem that pays; put at least one'],
  ])('%s is refused with file, line, column and what was expected', (_, text, expected) => {
    const refusal = (() => {
      try {
        return parseLevel(text, 'a.txt')
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(UserError)
    if (typeof expected === 'string') expect((refusal as UserError).message).toBe(`a.txt:${expected}`)
    else expect((refusal as UserError).message).toMatch(expected)
  })

  test('a damaged file ends in a level or in one clear line, never in another error', () => {
    fc.assert(
      fc.property(
        anyLevel,
        fc.array(fc.tuple(fc.nat(2000), fc.nat(3), fc.string()), { maxLength: 4 }),
        (level, edits) => {
          let text = formatLevel(level)
          for (const [at, length, put] of edits) {
            const from = at % text.length
            text = text.slice(0, from) + put + text.slice(from + length)
          }
          try {
            expect(problemsOf(parseLevel(text, 'a.txt'), levelKind(level.game))).toEqual([])
          } catch (error) {
            if (!(error instanceof UserError)) throw error
            expect(error.message).toMatch(/^a\.txt:\d+:\d+: [^\p{Cc}]+$/u)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('hash and split', () => {
  const level = generated(levelKind('gems'), 3)

  test('the hash is that of game, map and rules; theme, title and origin do not count', () => {
    const dressed: Level = {
      ...level,
      theme: 'sand',
      title: 'Another name',
      provenance: { source: 'generated', generator: 'gems@1', family: 'rooms', seed: 'x' },
    }
    expect(hashLevel(dressed)).toBe(hashLevel(level))
    expect(hashLevel({ ...level, rules: { ...level.rules, worth: [-1, 1, 1] } })).not.toBe(
      hashLevel({ ...level, rules: { ...level.rules, worth: [1, 1, -1] } }),
    )
    expect(hashLevel({ ...level, map: [...level.map, level.map[0]!] })).not.toBe(hashLevel(level))
    expect(hashLevel({ ...level, game: 'maze' })).not.toBe(hashLevel(level))
  })

  test('the order of the rules, and of the fields within one, does not count', () => {
    const [one, other] = [
      { a: 1, b: { c: 2, d: [3, 4] } },
      { b: { d: [3, 4], c: 2 }, a: 1 },
    ]
    expect(hashLevel({ ...level, rules: one })).toBe(hashLevel({ ...level, rules: other }))
    expect(hashLevel({ ...level, rules: { a: [3, 4] } })).not.toBe(
      hashLevel({ ...level, rules: { a: [4, 3] } }),
    )
  })

  test('the hash is golden: splits hang on it', () => {
    expect(
      hashLevel(parseLevel('levelshift level 1\ngame: maze\n\n#####\n#@abc\n#####', 'a.txt')),
    ).toMatchInlineSnapshot(`"280685662d7f75da083a4035b8e84fdc491beffa05620b3e314e2ea6c8185f15"`)
  })

  test('70% of 20,000 hashes train, 15% validate, 15% test', () => {
    const counts = { train: 0, validation: 0, test: 0 }
    for (let i = 0; i < 20_000; i++) counts[splitOf(hashLevel({ ...level, rules: { i } }))]++
    // Four standard errors of a share of 20,000 are 1.3 points.
    expect(Math.abs(counts.train / 20_000 - 0.7)).toBeLessThan(0.013)
    expect(Math.abs(counts.validation / 20_000 - 0.15)).toBeLessThan(0.01)
    expect(Math.abs(counts.test / 20_000 - 0.15)).toBeLessThan(0.01)
  })

  test.each(SPLITS)('a level of the %s split is refused, by name, for every other', split => {
    const { level: drawn, hash } = drawLevel({ game: 'maze' }, split, 'refuse')
    expect(splitOf(hash)).toBe(split)
    for (const other of SPLITS) {
      if (other === split) expect(() => requireSplit(drawn, other)).not.toThrow()
      else
        expect(() => requireSplit({ ...drawn, title: 'Mine' }, other)).toThrow(
          `level 'Mine' ${hash.slice(0, 12)} of maze belongs to the ${split} split and must not be used for ${other}`,
        )
    }
  })
})

describe('drawing levels', () => {
  test('the same seed gives the same level, another seed another', () => {
    expect(drawLevel({ game: 'keys' }, 'train', '1')).toEqual(drawLevel({ game: 'keys' }, 'train', '1'))
    const hashes = Array.from({ length: 50 }, (_, i) => drawLevel({ game: 'keys' }, 'train', `${i}`).hash)
    expect(new Set(hashes).size).toBe(50)
  })

  test.each(LEVEL_KINDS.map(kind => kind.game))('2,000 draws of %s hold hardly a level twice', game => {
    const hashes = new Set<string>()
    const splits = { train: 0, validation: 0, test: 0 }
    for (let i = 0; i < 2000; i++) {
      const split = SPLITS[i % 3]!
      const hash = hashLevel(sketchLevel({ game }, split, `many/${i}`))
      expect(splitOf(hash)).toBe(split)
      splits[split]++
      hashes.add(hash)
    }
    const twice = 2000 - hashes.size
    console.info(`${game}: ${twice} of 2,000 draws were duplicates`)
    expect(twice).toBeLessThanOrEqual(10)
  })

  test('a drawn level passes its own check and survives its own text', () => {
    for (const { game } of LEVEL_KINDS) {
      const { level } = drawLevel({ game }, 'test', 'text with blanks')
      expect(parseLevel(formatLevel(level), 'a.txt')).toEqual(level)
    }
  })

  test.each([
    [{ game: 'chess' }, "unknown game 'chess'; expected one of gems, keys, maze"],
    [
      { game: 'gems', size: [8, 12] },
      "gems: size '[8,12]'; expected two odd numbers up to 63, the smaller first",
    ],
    [{ game: 'gems', size: [13, 9] }, "gems: size '[13,9]'; expected two odd numbers up to 63"],
    [{ game: 'gems', size: [9, 99] }, "gems: size '[9,99]'; expected two odd numbers up to 63"],
    [
      { game: 'keys', size: [7, 9], families: ['three-doors'] },
      "keys: size '[7,9]'; expected sides of at least 9 for the family three-doors",
    ],
    [
      { game: 'maze', families: ['spiral'] },
      "maze: unknown family 'spiral'; expected one of corridors, loops, hall",
    ],
    [{ game: 'maze', families: [] }, "maze: families '[]'; expected at least one layout family"],
    [{ game: 'maze', vary: ['worth'] }, "maze: unknown hidden rule 'worth'; expected one of real, controls"],
  ] as const)('%j is refused', (request, message) => {
    expect(() => drawLevel(request, 'train', '1')).toThrow(message)
  })
})
