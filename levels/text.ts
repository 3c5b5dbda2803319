/**
 * The text format of a level: a header of `key: value` lines, an empty line, then the map to the end of the
 * file. It reads well in a diff and round-trips: parse(format(level)) equals level.
 *
 *     levelshift level 1
 *     game: gems
 *     title: Two corners
 *     theme: dungeon
 *     rules.worth: [1, -1, 1]
 *     rules.controls: [0, 1, 2, 3]
 *     source: hand
 *
 *     #######
 *     #@..a.#
 *     #######
 *
 * Lines of the header that begin with // are comments. Hidden rules are JSON values; one that is left out
 * takes the game's default.
 */
import type { z } from 'zod'
import { quoted, UserError } from '../src/core/errors.ts'
import { type Level, levelSchema, MAX_SIDE, type Problem, type Provenance, problemsOf } from './level.ts'
import { levelKind } from './registry.ts'

const MAGIC = 'levelshift level 1'
const PROVENANCE_KEYS = ['generator', 'family', 'seed', 'format', 'file', 'author', 'proof']
const KEYS = ['game', 'title', 'theme', 'solution', 'source', ...PROVENANCE_KEYS]

/** Writes a level as text, ending in a newline. */
export function formatLevel(level: Level): string {
  const { provenance } = level
  const lines = [MAGIC, `game: ${level.game}`]
  if (level.title !== undefined) lines.push(`title: ${level.title}`)
  lines.push(`theme: ${level.theme}`)
  for (const [name, value] of Object.entries(level.rules))
    lines.push(`rules.${name}: ${JSON.stringify(value)}`)
  if (level.solution !== undefined) lines.push(`solution: ${level.solution}`)
  for (const [key, value] of Object.entries(provenance)) lines.push(`${key}: ${value}`)
  return `${[...lines, '', ...level.map].join('\n')}\n`
}

/** Reads a level and checks it in full. `file` names the source in errors, which read file:line:column: what. */
export function parseLevel(text: string, file: string): Level {
  const { level, faults } = inspectLevel(text, file)
  if (faults.length) throw new UserError(faults[0] as string)
  return level
}

/**
 * Reads a level whose map and rules may have faults, and tells all of them, each as file:line:column: what. A header
 * that cannot be understood is thrown: nothing after it would make sense.
 */
export function inspectLevel(text: string, file: string): { level: Level; faults: string[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const fail = (line: number, column: number, message: string): never => {
    throw new UserError(`${file}:${line}:${column}: ${message}`)
  }
  if (lines[0]?.trim() !== MAGIC)
    fail(1, 1, `expected the first line '${MAGIC}', got ${quoted(lines[0] ?? '')}`)
  const fields = new Map<string, { value: string; line: number; column: number }>()
  let at = 1
  for (; at < lines.length && (lines[at] as string).trim() !== ''; at++) {
    const line = lines[at] as string
    if (line.startsWith('//')) continue
    const match = /^([a-zA-Z0-9.]+):(.*)$/.exec(line)
    if (!match)
      return fail(
        at + 1,
        1,
        `expected 'key: value', a // comment, or an empty line before the map, got ${quoted(line)}`,
      )
    const [, key, written] = match as unknown as [string, string, string]
    // Not by the pattern, which would try all places in a long run of blanks.
    const value = written.trim()
    if (!KEYS.includes(key) && !key.startsWith('rules.'))
      fail(at + 1, 1, `unknown key ${quoted(key)}; expected ${KEYS.join(', ')} or rules.NAME`)
    if (fields.has(key)) fail(at + 1, 1, `'${key}' stands twice; first on line ${fields.get(key)?.line}`)
    fields.set(key, {
      value,
      line: at + 1,
      column: line.length - line.slice(key.length + 1).trimStart().length + 1,
    })
  }
  const mapLine = at + 1
  const map = lines.slice(mapLine)
  while (map.length && (map[map.length - 1] as string).trim() === '') map.pop()
  if (map.length === 0) fail(lines.length, 1, 'no map; expected an empty line and then the rows of the map')
  if (map.length > MAX_SIDE)
    fail(mapLine + MAX_SIDE + 1, 1, `the map has ${map.length} rows; at most ${MAX_SIDE} play`)
  map.forEach((row, y) => {
    if (row === '') fail(mapLine + y + 1, 1, 'an empty row inside the map')
    if (row.length > MAX_SIDE)
      fail(mapLine + y + 1, MAX_SIDE + 1, `the row has ${row.length} tiles; at most ${MAX_SIDE} play`)
  })

  const game = fields.get('game')
  if (!game) return fail(1, 1, "no 'game: NAME' in the header")
  const kind = locate(
    () => levelKind(game.value),
    message => fail(game.line, game.column, message),
  )
  const rules: Record<string, unknown> = { ...kind.defaultRules }
  for (const [key, field] of fields) {
    if (!key.startsWith('rules.')) continue
    const name = key.slice('rules.'.length)
    if (!Object.hasOwn(kind.defaultRules, name))
      fail(
        field.line,
        1,
        `${kind.game} has no hidden rule ${quoted(name)}; expected ${Object.keys(kind.defaultRules).join(', ')}`,
      )
    try {
      rules[name] = JSON.parse(field.value)
    } catch {
      fail(
        field.line,
        field.column,
        `expected a JSON value such as ${JSON.stringify(kind.defaultRules[name])}, got ${quoted(field.value)}`,
      )
    }
  }
  const value = (key: string) => fields.get(key)?.value
  const source = value('source') ?? 'hand'
  const provenance = Object.fromEntries(
    PROVENANCE_KEYS.filter(key => fields.has(key)).map(key => [key, value(key)]),
  )
  const parsed = levelSchema.safeParse({
    game: kind.game,
    ...(fields.has('title') ? { title: value('title') } : {}),
    map,
    rules,
    theme: value('theme') ?? 'dungeon',
    ...(fields.has('solution') ? { solution: value('solution') } : {}),
    provenance: { source, ...provenance } as Provenance,
  })
  if (!parsed.success) {
    const issue = parsed.error.issues[0] as z.core.$ZodIssue
    if (issue.code === 'unrecognized_keys') {
      const field = fields.get(issue.keys[0] as string)
      return fail(field?.line ?? 1, 1, `'${issue.keys[0]}' does not go with 'source: ${source}'`)
    }
    const key = String(issue.path[0] === 'provenance' ? (issue.path[1] ?? 'source') : issue.path[0])
    const field = fields.get(key)
    if (!field)
      return fail(
        fields.get('source')?.line ?? 1,
        1,
        `no '${key}: …' in the header; a generated level names its generator, family and seed, an imported one its format, file and proof`,
      )
    return fail(field.line, field.column, `${key}: ${issue.message}, got ${quoted(field.value)}`)
  }
  const faults = problemsOf(parsed.data, kind).map(problem => {
    const [line, column] = place(problem, mapLine, rule => fields.get(`rules.${rule}`))
    return `${file}:${line}:${column}: ${problem.message}`
  })
  return { level: parsed.data, faults }
}

/** The line (from 1) of a level's text on which its map begins. */
export function mapLineOf(text: string): number {
  return text.split(/\r?\n/).findIndex(line => line.trim() === '') + 2
}

/** Line and column (from 1) of a problem: in the map, at the hidden rule, or at the map's first tile. */
function place(
  problem: Problem,
  mapLine: number,
  ruleField: (name: string) => { line: number; column: number } | undefined,
): [number, number] {
  const rule = problem.rule === undefined ? undefined : ruleField(problem.rule)
  if (rule) return [rule.line, rule.column]
  return [mapLine + (problem.row ?? 0) + 1, (problem.column ?? 0) + 1]
}

function locate<T>(read: () => T, fail: (message: string) => never): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof UserError) return fail(error.message)
    throw error
  }
}
