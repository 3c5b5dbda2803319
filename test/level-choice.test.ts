/** Choosing a level on the page, as far as no browser is needed: requests, hand-made levels, files, pasted texts. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { formatPack } from '../levels/formats/pack.ts'
import { formatTiledXml } from '../levels/formats/tiled-export.ts'
import { DIFFICULTIES, hashLevel, type Level, SPLITS } from '../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../levels/registry.ts'
import { formatLevel, parseLevel } from '../levels/text.ts'
import {
  type DrawSettings,
  fitting,
  HELD_OUT_LAYOUTS,
  layoutsOf,
  requestOf,
  seedOf,
  streamOf,
  TRAINING_LAYOUTS,
} from '../src/viewer/levels/draw-settings.ts'
import { handMadeLevels } from '../src/viewer/levels/hand-made.ts'
import { importFiles, readLevelFiles } from '../src/viewer/levels/import-file.ts'
import { encodeLevel } from '../src/viewer/levels/link.ts'
import { readPasted } from '../src/viewer/levels/pasted.ts'
import { pickedLevelOf, titleOf } from '../src/viewer/levels/picked-level.ts'

const PACKS = join(import.meta.dirname, '../levels/packs')
const packed = (game: string, name: string): Level =>
  parseLevel(readFileSync(join(PACKS, game, `${name}.txt`), 'utf8'), name)

const plain: DrawSettings = {
  game: 'gems',
  split: 'test',
  layout: TRAINING_LAYOUTS,
  difficulty: 2,
  heldOutRules: false,
}

describe('drawing', () => {
  it('draws with plain settings what `levelshift play GAME --seed N` draws', () => {
    for (const { game } of LEVEL_KINDS.filter(kind => ['gems', 'keys', 'crossing'].includes(kind.game))) {
      const asCommand = drawLevel({ game }, 'test', 'play/7')
      expect(drawLevel(requestOf({ ...plain, game }), 'test', streamOf(7)).hash).toBe(asCommand.hash)
    }
  })

  it('draws every layout that it offers, of every game, and held-out ones only outside of training', () => {
    for (const kind of LEVEL_KINDS) {
      for (const split of SPLITS) {
        const offered = layoutsOf(kind, split).map(({ value }) => value)
        for (const layout of offered) {
          const asked = requestOf({ ...plain, game: kind.game, split, layout }).families ?? []
          const heldOut = asked.map(name => kind.families.find(family => family.name === name)?.heldOut)
          expect(asked.length).toBeGreaterThan(0)
          if (split === 'train' || layout === TRAINING_LAYOUTS) expect(heldOut).not.toContain(true)
          if (layout === HELD_OUT_LAYOUTS) expect(heldOut).not.toContain(false)
        }
      }
    }
  })

  it('draws the level that was asked for: split, layout, held-out rules', () => {
    const settings: DrawSettings = { ...plain, game: 'keys', layout: 'three-doors', heldOutRules: true }
    for (const difficulty of DIFFICULTIES) {
      const drawn = drawLevel(requestOf({ ...settings, difficulty }), 'validation', streamOf(3))
      expect(drawn.split).toBe('validation')
      expect(drawn.level.provenance).toMatchObject({ source: 'generated', family: 'three-doors' })
      expect(levelKind('keys').isHeldOut(drawn.level.rules)).toBe(true)
    }
  })

  it('sets back what a game or split does not offer', () => {
    expect(fitting({ ...plain, split: 'train', layout: 'rooms', heldOutRules: true })).toEqual({
      ...plain,
      split: 'train',
    })
    expect(fitting({ ...plain, game: 'maze', layout: 'rooms' }).layout).toBe(TRAINING_LAYOUTS)
    expect(fitting({ ...plain, layout: 'rooms', heldOutRules: true })).toEqual({
      ...plain,
      layout: 'rooms',
      heldOutRules: true,
    })
  })

  it('knows the seed of a level that it drew, and no other', () => {
    const { level } = drawLevel(requestOf(plain), 'test', streamOf(41))
    expect(level.provenance.source === 'generated' && seedOf(level.provenance.seed)).toBe(41)
    for (const other of ['1/train/0/3', 'play/', 'play/x', 'pack/play/3', 'play/99999999999'])
      expect(seedOf(other)).toBeUndefined()
  })
})

describe('hand-made levels', () => {
  it('are all there, of every game', () => {
    for (const { game } of LEVEL_KINDS) {
      const files = readdirSync(join(PACKS, game))
      const levels = handMadeLevels(game)
      expect(levels.map(level => level.game)).toEqual(files.map(() => game))
      expect(levels.map(hashLevel).sort()).toEqual(
        files.map(name => hashLevel(packed(game, name.replace('.txt', '')))).sort(),
      )
    }
  })
})

describe('what is told of a level', () => {
  it('names it, its split and where it comes from', () => {
    const own = pickedLevelOf(packed('keys', 'two-locks'))
    expect([titleOf(own), own.origin]).toEqual(['Two locks', 'made by hand'])
    expect(own.hash).toBe(hashLevel(own.level))
    const drawn = pickedLevelOf(drawLevel({ game: 'gems' }, 'validation', 'play/5').level)
    expect(drawn.split).toBe('validation')
    expect(drawn.origin).toMatch(/^drawn with seed play\/5\/\d+, layout (scatter|pillars)$/)
    expect(titleOf(drawn)).toBe(`gems ${drawn.hash.slice(0, 8)}`)
  })
})

describe('files', () => {
  const file = (name: string, content: string | Uint8Array) => ({
    name,
    bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
  })

  it('are read in every format, several levels at once', () => {
    const level = packed('gems', 'orchard')
    const drawn = drawLevel({ game: 'gems' }, 'test', 'x').level
    const pack = formatPack({ game: 'gems', split: 'test', seed: '1', count: 1, options: {} }, [
      { level: drawn, return: 1, moves: 'u' },
    ])
    const { found, faults } = importFiles([
      file('own.txt', formatLevel(level)),
      file('some.jsonl', pack),
      file('boards.xsb', '; One\n\n#####\n#@$.#\n#####\n\n; Two\n\n######\n#@ $.#\n######\n'),
    ])
    expect(faults).toEqual([])
    expect(found.map(({ file: name, level: { game } }) => [name, game])).toEqual([
      ['own.txt', 'gems'],
      ['some.jsonl', 'gems'],
      ['boards.xsb', 'sokoban'],
      ['boards.xsb', 'sokoban'],
    ])
    expect(hashLevel(found[0]?.level as Level)).toBe(hashLevel(level))
    expect(hashLevel(found[1]?.level as Level)).toBe(hashLevel(drawn))
  })

  it('find the files that they refer to among the chosen ones', () => {
    const level = packed('gems', 'orchard')
    const { map, tilesetFile, tileset } = formatTiledXml(level)
    const both = importFiles([file('map.tmx', map), file(tilesetFile, tileset)])
    expect(both.faults).toEqual([])
    expect(hashLevel(both.found[0]?.level as Level)).toBe(hashLevel(level))
    const alone = importFiles([file('map.tmx', map)])
    expect(alone.found).toEqual([])
    expect(alone.faults[0]?.why).toMatch(
      new RegExp(
        `^map\\.tmx: it refers to '.*${tilesetFile}', which is not among the chosen files; choose both`,
      ),
    )
  })

  it('tell what is wrong with each, and read the others', () => {
    const { found, faults } = importFiles([
      file('bad.txt', 'levelshift level 1\ngame: gems\nsource: hand\n\n#?#\n'),
      file('picture.txt', Uint8Array.of(0xff, 0xd8, 0xff)),
      file('good.txt', formatLevel(packed('maze', 'crossroads'))),
    ])
    expect(found.map(({ file: name }) => name)).toEqual(['good.txt'])
    expect(faults.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^bad\.txt:5:2: '\?' is no tile of gems/),
      'picture.txt: not a level: the file is not UTF-8 text, expected text',
    ])
  })

  it('read old collections in their old letters', () => {
    const board = new TextEncoder().encode('; Caf?\n\n#####\n#@$.#\n#####\n')
    board[5] = 0xe9
    const { found } = importFiles([file('old.xsb', board)])
    expect(found[0]?.title).toBe('Caf\u00e9')
  })

  it('say that there is no level among them', async () => {
    const { found, faults } = await readLevelFiles([
      new File(['<tileset/>'], 'a.tsx'),
      new File([''], 'b.png'),
    ])
    expect(found).toEqual([])
    expect(faults[0]?.why).toMatch(/^no level among the files; expected one that ends in \.txt/)
  })

  it('are refused when they are too large to be levels', async () => {
    const huge = new File([new Uint8Array(33 * 2 ** 20)], 'huge.txt')
    const { faults } = await readLevelFiles([huge])
    expect(faults[0]?.why).toMatch(/^huge\.txt: more than 32 MiB in all/)
  })
})

describe('a pasted text', () => {
  const level = packed('gems', 'orchard')

  it('is a link to any page, or the text of a level', () => {
    const link = `https://example.org/x/#/adapt?agent=all&level=${encodeLevel(level)}&seed=3`
    expect(readPasted(`  ${link}\n`)).toEqual(level)
    expect(readPasted(formatLevel(level))).toEqual(level)
  })

  it('is refused with a sentence where it is neither', () => {
    expect(() => readPasted('hello')).toThrow(/^no level in what was pasted; expected a link with 'level='/)
    expect(() => readPasted('#/play?level=AAAA')).toThrow(/^the level in this link is damaged/)
    expect(() => readPasted('levelshift level 1\ngame: nope\n\n@')).toThrow(/unknown game 'nope'/)
  })
})
