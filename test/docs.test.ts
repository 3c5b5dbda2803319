/**
 * The documentation does not rot: links lead somewhere, files that are named exist, and every `npx levelshift` command
 * is one that the command line takes, with the options shown.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { beforeAll, describe, expect, it } from 'vitest'
import { RECIPES } from '../agents/registry.ts'
import { SPLITS } from '../levels/level.ts'
import { BACKENDS } from '../src/app/flags.ts'
import { openSession, type Session } from '../src/app/session.ts'

interface Page {
  readonly file: string
  readonly text: string
}

const PAGES: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
].map(file => ({ file, text: readFileSync(file, 'utf8') }))

function withoutFences(text: string): string {
  return text.replace(/^```.*?^```$/gms, '')
}

/** The text without code, in which brackets mean something else. */
function prose(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, '')
}

/** A heading's anchor, as GitHub makes it. */
function anchorsOf(file: string): string[] {
  const headings = withoutFences(readFileSync(file, 'utf8')).matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function linkFault({ file }: Page, target: string): string | undefined {
  const [path, anchor] = target.split('#')
  const linked = path === '' ? file : join(dirname(file), path)
  if (!existsSync(linked)) return `${file}: ${target}: no such file`
  if (anchor !== undefined && !anchorsOf(linked).includes(anchor))
    return `${file}: ${target}: no such heading`
  return undefined
}

/** Commands in code, fenced or inline: what follows `npx levelshift`, up to the code's end, a comment or a pipe. */
function commandsOf(text: string): string[] {
  const continued = text.replace(/\\\n\s*/g, ' ')
  const found = continued.matchAll(/npx levelshift((?: [^\s`#|&()]+)*)/g)
  return [...found].map(([, words]) => words.trim()).filter(words => words !== '')
}

/** The command line without its work: what is parsed is returned by the command's name. */
async function createProgram(session: Session): Promise<Command> {
  const program = new Command('levelshift')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
  // Every file there adds one command, so a new one is known here without another line.
  for (const file of readdirSync('src/app/commands').filter(name => name.endsWith('.ts'))) {
    const module: Record<string, unknown> = await import(`../src/app/commands/${basename(file, '.ts')}.ts`)
    for (const add of Object.values(module)) {
      if (typeof add === 'function' && add.name.startsWith('add')) add(program, session)
    }
  }
  disarm(program)
  return program
}

function disarm(command: Command): void {
  for (const child of command.commands) {
    if (child.commands.length === 0) child.action(() => {})
    disarm(child)
  }
}

/** Values that the parser itself leaves to the command. */
function valueFault(words: readonly string[], benches: readonly string[]): string | undefined {
  const [command, first] = words
  const given = (option: string) => words[words.indexOf(option) + 1]
  const isRecipe = (name: string) => name.endsWith('.json') || RECIPES.some(recipe => recipe.name === name)
  if (command === 'bench' && !benches.includes(first)) return `no benchmark ${first}`
  if (command === 'train' && !isRecipe(first)) return `no recipe ${first}`
  if (words.includes('--backend') && !BACKENDS.some(name => name === given('--backend')))
    return 'no such backend'
  if (words.includes('--split') && !SPLITS.some(name => name === given('--split'))) return 'no such split'
  return undefined
}

describe('the documentation', () => {
  let program: Command
  beforeAll(async () => {
    const session = openSession([])
    program = await createProgram(session)
    session.close()
  })

  /** What is wrong with a command, or undefined. */
  async function commandFault(line: string): Promise<string | undefined> {
    const words = line.split(' ')
    const command = words.reduce<Command>(
      (at, word) => at.commands.find(c => c.name() === word) ?? at,
      program,
    )
    const depth = command === program ? 0 : command.parent === program ? 1 : 2
    // A command that is only named has its name checked; `help`, NAME and the like are for the reader.
    if (depth > 0 && words.length === depth) return undefined
    const argument = command.registeredArguments[0]?.description ?? ''
    if (command.name() === 'bench' && words[1] === 'NAME') words[1] = argument.split(', ')[0]
    if (words[0] === 'help')
      return words[1] && program.commands.some(c => c.name() === words[1]) ? undefined : line
    try {
      await program.parseAsync(words, { from: 'user' })
    } catch (error) {
      if (error instanceof CommanderError) return error.message
      throw error
    }
    return valueFault(words, argument.split(', '))
  }

  it('is looked at', () => {
    expect(PAGES.length).toBeGreaterThan(10)
    expect(PAGES.flatMap(({ text }) => commandsOf(text)).length).toBeGreaterThan(20)
  })

  it.each(PAGES)('$file: links lead somewhere', page => {
    const targets = [...prose(page.text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)
    const local = targets.filter(target => !/^https?:/.test(target))
    expect(local.flatMap(target => linkFault(page, target) ?? [])).toEqual([])
  })

  it.each(PAGES)('$file: files that it names exist', ({ text }) => {
    const named = text.matchAll(
      /(?<![\w/.-])(?:src|levels|envs|agents|test|docs)\/[\w/.-]+\.(?:ts|mjs|cc|md|json|png)\b/g,
    )
    // A page that shows how to make a file gives it whole, in a fence with its name.
    const made = [...text.matchAll(/^```\w+ title="([^"]+)"$/gm)].map(([, path]) => path)
    const expected = [...named].map(([path]) => path).filter(path => !/GAME|NAME|FILE/.test(path))
    expect(expected.filter(path => !made.includes(path) && !existsSync(path))).toEqual([])
  })

  it.each(PAGES)('$file: commands are taken by the command line', async ({ text }) => {
    const faults = []
    for (const line of commandsOf(text)) {
      const fault = await commandFault(line)
      if (fault !== undefined) faults.push(`npx levelshift ${line}: ${fault}`)
    }
    expect(faults).toEqual([])
  })

  it.each(PAGES)('$file: npm scripts and variables exist', ({ text }) => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>
    }
    const run = [...text.matchAll(/npm (?:run (\w+)|(start|test)\b)/g)].map(([, a, b]) => a ?? b)
    expect(run.filter(name => scripts[name] === undefined)).toEqual([])
    const source = ['src/app', 'src/learn', 'test'].flatMap(folder =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(name => /\.(ts|mjs)$/.test(name))
        .map(name => readFileSync(join(folder, name), 'utf8')),
    )
    const variables = [...text.matchAll(/\bLEVELSHIFT_[A-Z_]+\b/g)].map(([name]) => name)
    expect(variables.filter(name => !source.some(code => code.includes(name)))).toEqual([])
  })

  it('the checks above see what they are for', async () => {
    expect(await commandFault('train starter --no-such-option')).toContain('--no-such-option')
    expect(await commandFault('train')).toBeUndefined()
    expect(await commandFault('train --out runs/a')).toContain('recipe')
    expect(await commandFault('train nobody --out runs/a')).toContain('nobody')
    expect(await commandFault('dance')).toContain('dance')
    expect(await commandFault('levels check a.txt b.txt --json')).toBeUndefined()
    expect(await commandFault('bench everything --json')).toContain('everything')
    expect(await commandFault('doctor --backend gpu')).toContain('backend')
    expect(linkFault(PAGES[0], 'docs/nowhere.md')).toContain('no such file')
    expect(linkFault(PAGES[0], 'LICENSE')).toBeUndefined()
    expect(linkFault(PAGES[0], '#no-heading')).toContain('no such heading')
  })
})
