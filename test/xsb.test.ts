/** Sokoban collections in every way that they are written, against what their authors meant by them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Imported } from '../levels/formats/imported.ts'
import { formatXsb, importXsb, parseXsb } from '../levels/formats/xsb.ts'
import { hashLevel, type Level, problemsOf } from '../levels/level.ts'
import { sokobanLevels } from '../levels/sokoban.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'

const SMALL = ['#####', '#@$.#', '#####']
const WIDE = ['######', '#@-$.#', '######']
const board = SMALL.join('\n')
const wide = WIDE.join('\n')

function levels(imported: readonly Imported[]): Level[] {
  return imported.map(item => {
    if ('why' in item) throw new Error(item.why)
    return item.level
  })
}

const titles = (text: string) => parseXsb(text, 'dir/a.xsb').map(({ title }) => title)
const whyNot = (text: string) => importXsb(text, 'a.xsb').map(item => ('why' in item ? item.why : 'a level'))

describe('boards', () => {
  test('become levels of sokoban, marked as imported and not yet proved', () => {
    expect(importXsb(`${board}\nTitle: One\nAuthor: Somebody\nSolution: R\n`, 'x/y/a.xsb')).toEqual([
      {
        title: 'One',
        level: {
          game: 'sokoban',
          title: 'One',
          map: SMALL,
          rules: { controls: [0, 1, 2, 3] },
          theme: 'dungeon',
          solution: 'R',
          provenance: {
            source: 'imported',
            format: 'xsb',
            file: 'a.xsb',
            author: 'Somebody',
            proof: 'unproved',
          },
        },
      },
    ])
  })

  test('are the same level whichever way floor, line ends and rows are written', () => {
    const map = ['--####', '###--#', '#@-$.#', '######']
    const variants = [
      '  ####\n###  #\n#@ $.#\n######\n',
      '--####\n###--#\n#@-$.#\n######',
      '__####\n###__#\n#@_$.#\n######',
      '  ####  \n###  #\t\n#@ $.#   \n######',
      '\uFEFF  ####\r\n###  #\r\n#@ $.#\r\n######\r\n',
      '  ####\r###  #\r#@ $.#\r######\r',
      '2-4#|3#2-#|#@-$.#|6#',
      '2-4#|3#2-#|#@-$.#|6#|',
      '2-4#\n3#2-#\n#@-$.#\n2(3#)',
      '  ####\n###  #\n#p bo#\n######',
    ]
    for (const text of variants) {
      const [level, ...more] = levels(importXsb(text, 'a.sok'))
      expect(more, text).toEqual([])
      expect(level?.map, text).toEqual(map)
      expect(hashLevel(level as Level)).toBe(
        hashLevel(levels(importXsb(variants[0] as string, 'b'))[0] as Level),
      )
    }
    expect(levels(importXsb('#####\n#P b#\n#B  #\n#####', 'a'))[0]?.map).toEqual([
      '#####',
      '#+-$#',
      '#*--#',
      '#####',
    ])
  })

  test('keep their indentation, and short rows are filled up with floor', () => {
    const [level] = levels(importXsb('   ####\n ###@.###\n # $    #\n ########\n', 'a'))
    expect(level?.map).toEqual(['---####--', '-###@.###', '-#-$----#', '-########'])
  })

  test('may hold rows of nothing but floor, and rows without a wall', () => {
    const [level] = levels(importXsb('-------\n-#####-\n-#@$.#-\n-#####-\n-------', 'a'))
    expect(level?.map).toHaveLength(5)
    expect(levels(importXsb('@$.', 'a'))[0]?.map).toEqual(['@$.'])
  })

  test('are told from rulers, ornaments and text', () => {
    const text = `###########\n\n*****************\nbob\n12\n\n--------------\n${board}\n==============\n\n---\n${wide}\n----------------\n`
    const found = parseXsb(text, 'a')
    expect(found.map(({ rows }) => rows.map(row => row.tiles))).toEqual([SMALL, ['------', ...WIDE]])
  })

  test('need a blank line or text between them', () => {
    expect(titles(`${board}\n\n${wide}\n;\n${board}`)).toHaveLength(3)
  })
})

describe('titles', () => {
  test('Title: below each board, with an author for all above the first (as SOK files have it)', () => {
    const text = `Collection: Some\nTitle: The collection\nAuthor: Ann\n\n${board}\nTitle: One\n\n${wide}\nTitle: Two: the second\nAuthor: Bob\n`
    const [one, two] = levels(importXsb(text, 'a.sok'))
    expect([one?.title, two?.title]).toEqual(['One', 'Two: the second'])
    expect([one, two].map(level => level?.provenance)).toMatchObject([{ author: 'Ann' }, { author: 'Bob' }])
  })

  test('Title: above each board', () => {
    const text = `Title: One\nAuthor: Ann\n${board}\nSolution: R\n\nTitle: Two\nAuthor: Bob\n\n${wide}\n`
    const [one, two] = levels(importXsb(text, 'a.sok'))
    expect([one, two].map(level => level?.title)).toEqual(['One', 'Two'])
    expect([one, two].map(level => level?.provenance)).toMatchObject([{ author: 'Ann' }, { author: 'Bob' }])
    expect([one?.solution, two?.solution]).toEqual(['R', undefined])
  })

  test.each([
    ['a line above', `One\n\n${board}\n\nTwo\n\n${wide}\n`, ['One', 'Two']],
    ['a line right above', `One\n${board}\nTwo\n${wide}\n`, ['One', 'Two']],
    ['a number in a comment above', `; 1\n\n${board}\n\n; 2\n\n${wide}\n`, ['1', '2']],
    ['a name under a number', `; 1\n'First'\n\n${board}\n\n; 2\n\n${wide}\n`, ["'First'", '2']],
    ['a line right below', `${board}\nOne\n\n${wide}\nTwo\n`, ['One', 'Two']],
    ['a line below, after a blank', `${board}\n\nOne\n\n${wide}\n\nTwo\n`, ['One', 'Two']],
    [
      'under a header of several lines',
      `All mine\nFree to use\n\nOne\n\n${board}\n\n${wide}\n`,
      ['One', 'a.xsb #2'],
    ],
    ['none', `${board}\n\n${wide}\n`, ['a.xsb #1', 'a.xsb #2']],
    [
      'remarks, not titles',
      `Text of\ntwo lines\n\n${board}\n\nmore\ntext\n\n${wide}`,
      ['a.xsb #1', 'a.xsb #2'],
    ],
    ['a key wins over a line', `The line\n\n${board}\nTitle: The key\n`, ['The key']],
    ['the name of a saved game is no title', `${board}\n\nSaved game\n\nuR\n`, ['a.xsb #1']],
    ['Windows line ends', `One\r\n\r\n${board.replaceAll('\n', '\r\n')}\r\n`, ['One']],
  ])('%s', (_, text, expected) => {
    expect(titles(text)).toEqual(expected)
  })

  test('comments say nothing: lines of :: and what stands between Comment: and Comment-End:', () => {
    const hidden = `${board}\nTitle: Real\nComment:\nTitle: Not me\n${wide}\nR\nComment-End:\n:: Title: Nor me\n`
    expect(parseXsb(hidden, 'a')).toMatchObject([{ title: 'Real' }])
    expect(parseXsb(hidden, 'a')).toHaveLength(1)
    // A comment on one line hides nothing after it.
    expect(titles(`${board}\nComment: short\nTitle: One\n\n${wide}\nTitle: Two\n`)).toEqual(['One', 'Two'])
    expect(titles(`${board}\nComment:\nTitle: One\n`)).toEqual(['One'])
  })
})

describe('solutions', () => {
  test.each([
    ['on the line of the key', 'Solution: uR2(lD)', 'uR2(lD)'],
    ['below the key', 'Solution:\nuuRR', 'uuRR'],
    ['over several lines', 'Solution: uu\nRR\nrD\n', 'uuRRrD'],
    ['below a title line', 'Title: T\n\nSolution/Moves\nuuRR\n', 'uuRR'],
    ['below a heading with numbers', 'Solution: 12 moves, 3 pushes\nrrrr\n', 'rrrr'],
    ['on its own', '\nrruuLL 3U\n', 'rruuLL3U'],
    ['after a saved game', '\nSaved game 1\nuuRR\n\nSolution\nllU', 'llU'],
    ['the one that is called so', '\nbest so far\nuuRR\n\nSolution\nllU\n\nSolution 2\nR\n', 'llU'],
    ['the first of two', 'Solution: R\nSolution: llU', 'R'],
    ['none: a saved game', 'Savegame\nuuRR\n', undefined],
    ['none: a word in the letters of moves', '\ndull\n', undefined],
  ])('%s', (_, text, expected) => {
    const [puzzle] = parseXsb(`${board}\n${text}`, 'a')
    expect(puzzle?.solution).toBe(expected)
    expect(puzzle?.fault).toBeUndefined()
  })

  test('belong to the board above, where titles stand above the next too', () => {
    const text = `One\n\n${board}\nR\n\nTwo\n\n${wide}\nrR\n`
    expect(parseXsb(text, 'a')).toMatchObject([
      { title: 'One', solution: 'R' },
      { title: 'Two', solution: 'rR' },
    ])
  })
})

describe('what cannot be a level is named, with its place and why', () => {
  test.each([
    ['no player', `${board}\n\n#####\n#-$.#\n#####`, 'a.xsb:5:1: no player'],
    ['two players', '#######\n#@$.@ #\n#######', 'a.xsb:2:5: a second player'],
    ['unequal', '#######\n#@$. .#\n#######', 'a.xsb:1:1: 1 boxes and 2 goals'],
    ['solved', '#####\n#@* #\n#####', 'a.xsb:1:1: every box stands on a goal already'],
    ['too wide', `${'#'.repeat(70)}\n#@$.#`, 'a.xsb:1:65: the row has 70 tiles'],
    ['too wide, counted', '900#|#@$.#', 'a.xsb:1:1: the row has 900 tiles'],
    ['endless', '4000(4000#)|@$.', 'a.xsb:1:1: more than'],
    ['too high', `${'#@#\n'.repeat(1)}${'#$.#\n'.repeat(64)}`, 'a.xsb:65:1: the board has 65 rows'],
    ['strange tile', '#####\n#@x.#\n#####', "a.xsb:2:3: 'x' is no tile"],
    ['tab', '#####\n#@\t$.#\n#####', 'a.xsb:2:3: '],
    ['bad count', '3#|#@$.#|2', 'a.xsb:1:10: a count with nothing after it'],
    ['bad solution', `${board}\nTitle: T\nSolution: uuQ`, "a.xsb:5:13: 'Q' is no move"],
    ['bad solution below', `${board}\nSolution:\nuu\n2(R`, 'a.xsb:6:1: a bracket that is never closed'],
    ['bad controls', `${board}\nLevelshift-Controls: [0,0,1,2]`, 'a.xsb:1:1: Levelshift-Controls'],
  ])('%s', (_, text, why) => {
    expect(whyNot(text).join('\n')).toContain(why)
  })

  test('one faulty board leaves the others alone', () => {
    expect(
      importXsb(`${board}\n\n#####\n#-$.#\n#####\n\n${wide}`, 'a.xsb').map(item => 'level' in item),
    ).toEqual([true, false, true])
  })

  test('a file without a board is refused', () => {
    for (const text of ['', 'Title: nothing', '\n\n', '#####'])
      expect(() => importXsb(text, 'a.xsb')).toThrow(UserError)
  })
})

const textLine = fc.stringMatching(/^[^\s\p{C}]([^\p{C}\u2028\u2029]{0,30}[^\s\p{C}])?$/u)

/** Any level of sokoban that is sound, whatever its border looks like. */
const anyLevel = fc
  .record({
    width: fc.integer({ min: 2, max: 12 }),
    tiles: fc.array(fc.constantFrom(...'###----.$*'), { minLength: 6, maxLength: 80 }),
    title: textLine,
    author: fc.option(textLine, { nil: undefined }),
    solution: fc.option(fc.stringMatching(/^[udlrUDLR]{1,40}$/), { nil: undefined }),
    controls: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
    theme: fc.constantFrom('dungeon', 'ice', 'sand'),
    onGoal: fc.boolean(),
  })
  .map(({ width, tiles, title, author, solution, controls, theme, onGoal }): Level => {
    const height = Math.max(2, Math.floor(tiles.length / width))
    const all = [
      ...tiles
        .join('')
        .padEnd(width * height, '-')
        .slice(0, width * height),
    ]
    all[0] = onGoal ? '+' : '@'
    // As many goals as boxes: what is missing replaces what stands at the end.
    const count = (signs: string) => all.filter(tile => signs.includes(tile)).length
    for (let i = all.length - 1; i > 0 && count('$*') !== count('.*+'); i--) {
      if ('$' === all[i] && count('$*') > count('.*+')) all[i] = '-'
      if ('.' === all[i] && count('$*') < count('.*+')) all[i] = '-'
      if (onGoal && count('$*') === 0) all[i] = '$'
    }
    return {
      game: 'sokoban',
      title,
      map: Array.from({ length: height }, (_, y) => all.slice(y * width, (y + 1) * width).join('')),
      rules: { controls },
      theme,
      ...(solution === undefined ? {} : { solution }),
      provenance: {
        source: 'imported',
        format: 'xsb',
        file: 'a.xsb',
        ...(author === undefined ? {} : { author }),
        proof: 'unproved',
      },
    }
  })
  .filter(level => problemsOf(level, sokobanLevels).length === 0)

describe('writing', () => {
  test('has blanks for floor and the facts below the board', () => {
    const [level] = levels(importXsb(`--###\n###-###\n#@-$-.#\n#######\nTitle: T\nSolution: rRR`, 'a'))
    expect(formatXsb([level as Level, level as Level])).toBe(
      '  ###\n### ###\n#@ $ .#\n#######\nTitle: T\nSolution: rRR\n\n  ###\n### ###\n#@ $ .#\n#######\nTitle: T\nSolution: rRR\n',
    )
  })

  test('and reading again gives the same levels', () => {
    fc.assert(
      fc.property(fc.array(anyLevel, { minLength: 1, maxLength: 4 }), all => {
        expect(levels(importXsb(formatXsb(all), 'a.xsb'))).toEqual(all)
      }),
      { numRuns: 100 },
    )
  })

  test('any text at all ends in levels or in a clear refusal', () => {
    const piece = fc.constantFrom(
      '#',
      '##',
      '#@$.#',
      '-',
      '$',
      '.',
      '*',
      '+',
      '|',
      '3',
      '2(',
      ')',
      '\n',
      '\n',
      '\n\n',
      ';',
      'Title: x',
      'Comment:',
      'Comment-End:',
      'Solution',
      ':',
      'uR',
      ' ',
      'b',
      '\t',
      '::',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
        try {
          for (const item of importXsb(pieces.join(''), 'a')) {
            if ('why' in item) expect(item.why).toMatch(/^a:\d+:\d+: /)
            else expect(problemsOf(item.level, sokobanLevels)).toEqual([])
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('long lines and long files take no longer than they are long', () => {
  const begun = process.cpuUsage()
  const hard = [
    `${board}\n${'u'.repeat(200_000)}Q`,
    `${board}\nSolution: ${'2('.repeat(100_000)}`,
    `${board}\n${'R '.repeat(100_000)}5`,
    `${'#'.repeat(200_000)}$\n#@`,
    `${'9('.repeat(100_000)}#@$.`,
    `${'-\n'.repeat(100_000)}@$.`,
    `${'@$.\n\n'.repeat(20_000)}`,
    `${'Comment:\n'.repeat(100_000)}${board}`,
  ]
  for (const text of hard) expect(whyNot(text).length).toBeGreaterThan(0)
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(5)
})

test('a collection of 1,000 levels is read in well under a second', () => {
  const all = Array.from({ length: 1000 }, (_, i): Level => {
    const { map, rules } = sokobanLevels.generate(stream('collection', i), {
      ...sokobanLevels.defaults,
      size: [9, 15],
    })
    return {
      game: 'sokoban',
      title: `No. ${i}`,
      map,
      rules,
      theme: 'dungeon',
      provenance: { source: 'hand' },
    }
  })
  const text = formatXsb(all)
  const begun = process.cpuUsage()
  const read = levels(importXsb(text, 'a.xsb'))
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(1)
  expect(read.map(hashLevel)).toEqual(all.map(hashLevel))
})
