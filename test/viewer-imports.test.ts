/**
 * What the page is made of, followed from its entries through every import: nothing that only Node has, and nothing heavy
 * before it is needed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const MAIN = 'src/viewer/main.tsx'
const WORKERS = ['src/viewer/learn/level-worker.ts', 'src/viewer/learn/learning-worker.ts']

type Kind = 'static' | 'lazy' | 'worker'

interface Import {
  readonly kind: Kind
  readonly target: string
}

/** The modules that a file loads when it runs. Types are gone by then. */
function importsOf(path: string): Import[] {
  if (!/\.tsx?$/.test(path)) return []
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword)
      found.push({ kind: 'static', target: textOf(node.moduleSpecifier) })
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && !node.isTypeOnly)
      found.push({ kind: 'static', target: textOf(node.moduleSpecifier) })
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      found.push({ kind: 'lazy', target: textOf(node.arguments[0]) })
    // new URL('./x.ts', import.meta.url), which the builder follows as well.
    if (ts.isNewExpression(node) && node.arguments?.[1]?.getText(source) === 'import.meta.url')
      found.push({ kind: 'worker', target: textOf(node.arguments[0]) })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function textOf(node: ts.Node): string {
  if (ts.isStringLiteral(node)) return node.text
  throw new Error('an import that is no literal')
}

/** Files and packages that an entry reaches by imports of these kinds, each with the file that asks for it. */
function reach(entry: string, kinds: readonly Kind[]): Map<string, string> {
  const reached = new Map([[entry, '']])
  for (const [file] of reached) {
    if (!existsSync(file)) continue
    for (const { kind, target } of importsOf(file)) {
      const bare = target.replace(/\?.*$/, '')
      const name = target.startsWith('.') ? normalize(join(dirname(file), bare)) : target
      if (kinds.includes(kind) && !reached.has(name)) reached.set(name, file)
    }
  }
  return reached
}

/** What of `names` an entry reaches, and by which file. */
function found(reached: ReadonlyMap<string, string>, names: RegExp): string[] {
  return [...reached].filter(([name]) => names.test(name)).map(([name, by]) => `${by} imports ${name}`)
}

const TENSORS = /^@tensorflow\//
const PHASER = /^phaser/

describe('the page', () => {
  const all = reach(MAIN, ['static', 'lazy', 'worker'])

  it('is followed to its ends', () => {
    for (const name of [...WORKERS, 'levels/level.ts', 'envs/playback.ts', 'src/viewer/pages/edit.tsx'])
      expect([...all.keys()]).toContain(name)
    expect(found(all, PHASER)).not.toEqual([])
    expect(found(all, TENSORS)).not.toEqual([])
  })

  it('names files that are there, and nothing of Node', () => {
    const files = [...all].filter(([name]) => /^(src|levels|envs|agents)\//.test(name))
    expect(files.filter(([name]) => !existsSync(name)).map(([name, by]) => `${by} imports ${name}`)).toEqual(
      [],
    )
    const builtins = [...all].filter(([name]) => isBuiltin(name))
    expect(builtins.map(([name, by]) => `${by} imports ${name}`)).toEqual([])
  })

  it('loads neither Phaser nor tensors for the first view', () => {
    const first = reach(MAIN, ['static'])
    expect(found(first, PHASER)).toEqual([])
    expect(found(first, TENSORS)).toEqual([])
  })

  it('has tensors in a worker only', () => {
    expect(found(reach(MAIN, ['static', 'lazy']), TENSORS)).toEqual([])
  })
})

describe.each(WORKERS)('%s', entry => {
  it('draws nothing', () => {
    const reached = reach(entry, ['static', 'lazy', 'worker'])
    expect(found(reached, /^(phaser|preact|uplot|lucide-preact)/)).toEqual([])
  })
})

it('tells imports of values from those of types', () => {
  const kinds = importsOf('test/viewer-imports.test.ts').map(({ kind, target }) => `${kind} ${target}`)
  expect(kinds).toContain('static typescript')
  const types = importsOf('src/viewer/source/source.ts').map(({ target }) => target)
  expect(types).not.toContain('../../app/report/data.ts')
})
