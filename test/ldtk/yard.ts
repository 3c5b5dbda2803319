/** A small LDtk project, the yard, and what becomes of it when something is changed. */
import type { TileMapping } from '../../levels/formats/foreign.ts'
import type { Imported } from '../../levels/formats/imported.ts'
import { importLdtk } from '../../levels/formats/ldtk.ts'
import type { Level } from '../../levels/level.ts'
import { UserError } from '../../src/core/errors.ts'
import { type Field, type LayerSpec, type LevelSpec, ldtkProject, type ProjectSpec } from './project.ts'

export const VALUES = ['Wall', 'floor', 'Gem_a', 'gem_b', null]

export const GROUND: LayerSpec = { type: 'IntGrid', values: ['11111', '12231', '12421', '11111'] }
export const PLAYER: LayerSpec = { type: 'Entities', entities: [{ name: 'Player', x: 1, y: 1 }] }
export const YARD: LevelSpec = {
  name: 'Yard',
  columns: 5,
  rows: 4,
  layers: [PLAYER, GROUND],
  fields: [['game', 'String', 'gems']],
}
export const YARD_MAP = ['#####', '#@.a#', '#.b.#', '#####']

export interface Given {
  readonly game?: string
  readonly mapping?: TileMapping
  readonly files?: ReadonlyMap<string, unknown>
}

export function importJson(project: unknown, { files, ...options }: Given = {}): Imported[] {
  const read = (name: string) => {
    if (!files?.has(name)) throw new UserError(`${name}: no such file`)
    return new TextEncoder().encode(JSON.stringify(files.get(name)))
  }
  return importLdtk(JSON.stringify(project), 'levels/yard.ldtk', { ...options, read })
}

export function imported(spec: ProjectSpec, given?: Given): Imported[] {
  return importJson(ldtkProject({ values: VALUES, ...spec }), given)
}

export function levelOf(result: Imported | undefined): Level {
  if (result && 'level' in result) return result.level
  throw new Error(`rejected: ${result?.why}`)
}

/** The level that the yard becomes with these changes. */
export function yard(change: Partial<LevelSpec>, spec: Partial<ProjectSpec> = {}, given?: Given): Level {
  return levelOf(imported({ levels: [{ ...YARD, ...change }], ...spec }, given)[0])
}

/** Why the yard is rejected with these changes. */
export function rejection(
  change: Partial<LevelSpec>,
  spec: Partial<ProjectSpec> = {},
  given?: Given,
): string {
  const [result] = imported({ levels: [{ ...YARD, ...change }], ...spec }, given)
  return result && 'why' in result ? result.why : 'not rejected'
}

export function withFields(...fields: Field[]): Partial<LevelSpec> {
  return { fields: [['game', 'String', 'gems'], ...fields] }
}
