/** Recipes: those that ship are sound, and a wrong one is refused in a sentence that names its field. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RECIPES } from '../agents/registry.ts'
import { starter } from '../agents/starter.ts'
import { drawLevel } from '../envs/draw-level.ts'
import { findRecipe } from '../src/app/recipes.ts'
import { UserError } from '../src/core/errors.ts'
import { parseRecipe, recipeSchema } from '../src/learn/recipe.ts'

function sentence(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).not.toContain('\n')
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

describe.each(RECIPES.map(recipe => [recipe.name, recipe] as const))('%s', (name, recipe) => {
  it('is valid, and found by its name', () => {
    expect(recipeSchema.parse(recipe)).toEqual(recipe)
    expect(findRecipe(name)).toEqual(recipe)
  })

  it('is plain data: it survives JSON', () => {
    expect(parseRecipe(JSON.stringify(recipe), 'a.json')).toEqual(recipe)
  })

  it('lies in the file of its name', () => {
    expect(readFileSync(`agents/${name}.ts`, 'utf8')).toContain(`export const ${name}: Recipe`)
  })

  it('asks for levels that can be had in every split', () => {
    for (const request of [...recipe.levels, ...recipe.encoder.levels]) {
      for (const split of ['train', 'validation', 'test'] as const)
        expect(drawLevel(request, split, `recipe/${name}`).split).toBe(split)
    }
  })

  it('starts its inner rates within their bounds', () => {
    const [min, max] = recipe.meta.alphaBounds
    expect(recipe.meta.alpha).toBeGreaterThanOrEqual(min)
    expect(recipe.meta.alpha).toBeLessThanOrEqual(max)
  })
})

describe('the agents', () => {
  it('have names of their own', () => {
    expect(new Set(RECIPES.map(({ name }) => name)).size).toBe(RECIPES.length)
  })

  it('import nothing of the learner but types: a recipe is data', () => {
    const files = readdirSync('agents').filter(file => file.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(RECIPES.length)
    for (const file of files) {
      const source = ts.createSourceFile(file, readFileSync(`agents/${file}`, 'utf8'), ts.ScriptTarget.Latest)
      for (const statement of source.statements.filter(ts.isImportDeclaration)) {
        const { text } = statement.moduleSpecifier as ts.StringLiteral
        const isType = statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        expect(isType || /^\.\/[\w-]+\.ts$/.test(text), `${file} imports ${text}`).toBe(true)
      }
    }
  })
})

describe('a wrong recipe', () => {
  type Draft = Record<string, unknown>
  const cases: [string, (recipe: Draft & { meta: Draft; levels: Draft[] }) => void, RegExp][] = [
    ['a number out of range', r => (r.meta['alpha'] = -1), /^a\.json: meta\.alpha: .*>0, got '-1'/],
    ['a number that must be whole', r => (r.meta['tasks'] = 2.5), /^a\.json: meta\.tasks: .*int.*, got '2\.5'/],
    ['a number as text', r => (r.meta['beta'] = '3e-3'), /^a\.json: meta\.beta: .*number.*, got '3e-3'/],
    ['an order that there is not', r => (r.meta['order'] = 3), /^a\.json: meta\.order: .*, got '3'/],
    ['a missing field', r => delete r.meta['clip'], /^a\.json: meta\.clip is missing/],
    ['a missing part', r => delete r['validation'], /^a\.json: validation is missing/],
    ['a field that there is not', r => (r.meta['alfa'] = 1), /^a\.json: meta\.alfa: there is no such field/],
    ['bounds the wrong way round', r => (r.meta['alphaBounds'] = [3, 1]), /^a\.json: meta\.alphaBounds: expected two numbers, the smaller first/],
    ['an unknown game', r => (r.levels[0]!['game'] = 'chess'), /^a\.json: levels\.0\.game: .*"gems"\|"keys"\|"maze".*, got 'chess'/],
    ['an unknown hidden rule', r => (r.levels[0]!['vary'] = ['colour']), /^a\.json: levels\.0\.vary: gems has no hidden rule 'colour'; expected worth, controls/],
    ['an unknown family', r => (r.levels[0]!['families'] = ['caves']), /^a\.json: levels\.0\.families: gems has no layout family 'caves'; expected scatter, /],
    ['an unknown theme', r => (r.levels[0]!['themes'] = ['moon']), /^a\.json: levels\.0\.themes\.0: .*got 'moon'/],
    ['an even size', r => (r.levels[0]!['size'] = [8, 10]), /^a\.json: levels\.0\.size: expected two odd numbers/],
    ['a held-out family', r => (r.levels[0]!['families'] = ['rooms']), /^a\.json: levels\.0\.families: the layout family 'rooms' of gems is held out from training/],
    ['a difficulty that there is not', r => (r.levels[0]!['difficulty'] = 4), /^a\.json: levels\.0\.difficulty: expected 1, 2, 3, got '4'/],
    ['a size too small for its families', r => (r.levels[0]!['size'] = [5, 9]), /^a\.json: levels\.0\.size: expected sides of at least 7 for the layout family scatter of gems/],
    ['no levels', r => (r['levels'] = []), /^a\.json: levels: /],
    ['a name with spaces', r => (r['name'] = 'my agent'), /^a\.json: name: expected lower-case letters, digits and dashes, got 'my agent'/],
  ] // biome-ignore format: a table
  it.each(cases)('%s', (_, spoil, expected) => {
    const recipe = structuredClone(starter) as unknown as Draft & { meta: Draft; levels: Draft[] }
    spoil(recipe)
    expect(sentence(() => parseRecipe(JSON.stringify(recipe), 'a.json'))).toMatch(expected)
  })

  it.each([
    ['no JSON', 'hello\n', /^a\.json: the recipe is not JSON \(/],
    ['nothing', '', /^a\.json: the recipe is not JSON \(/],
    ['a list', '[]', /^a\.json: the recipe: .*object.*, got '\[\]'/],
    ['null', 'null', /^a\.json: the recipe: .*object.*, got 'null'/],
  ])('%s', (_, text, expected) => {
    expect(sentence(() => parseRecipe(text, 'a.json'))).toMatch(expected)
  })
})

describe('finding a recipe', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'levelshift-recipe-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('in a file', () => {
    const path = join(folder, 'mine.json')
    writeFileSync(path, JSON.stringify({ ...starter, name: 'mine' }))
    expect(findRecipe(path)).toEqual({ ...starter, name: 'mine' })
  })

  it('suggests a name that is near', () => {
    expect(sentence(() => findRecipe('startr'))).toBe(
      "unknown recipe 'startr': expected one of starter, trio, all, or a .json file; did you mean starter?",
    )
    expect(sentence(() => findRecipe('zzzzzz'))).not.toMatch(/did you mean/)
  })

  it('says that a file is missing, and not that its name is unknown', () => {
    const path = join(folder, 'none.json')
    expect(sentence(() => findRecipe(path))).toBe(
      `cannot read recipe ${path}: no such file or folder: check the path`,
    )
  })
})
