/**
 * The parts of LDtk's JSON (documented for 1.5.4) that levels are made of, checked. Other keys are allowed, as each
 * release adds some. Lists that can be long (tiles, IntGrid values) are checked where they are read, one pass for both.
 */
import { z } from 'zod'
import { messageOf, quoted, UserError } from '../../src/core/errors.ts'

/** Characters of a file. */
const MAX_TEXT = 20_000_000
/** Pixels of a position, size or grid; LDtk's own levels are far smaller. */
const MAX_PIXELS = 1_000_000

const pixels = z.int().min(-MAX_PIXELS).max(MAX_PIXELS)
const size = z.int().min(1).max(MAX_PIXELS)
/** A list whose items are checked later. */
const list = z.custom<readonly unknown[]>(Array.isArray, { error: 'expected a list' })

const fieldSchema = z.object({ __identifier: z.string(), __value: z.unknown() })
export type FieldInstance = z.infer<typeof fieldSchema>

/** Tiles of a Tiles or AutoLayer layer. px is in pixels of the layer, t the tile's number in the tileset. */
export const tileSchema = z.object({ px: z.tuple([pixels, pixels]), t: z.int().min(0) })

export const entitySchema = z.object({
  __identifier: z.string(),
  /** Where px lies in the entity's rectangle, from 0 to 1. */
  __pivot: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]),
  px: z.tuple([pixels, pixels]),
  width: size,
  height: size,
  fieldInstances: z.array(fieldSchema),
})
export type EntityInstance = z.infer<typeof entitySchema>

const layerSchema = z.object({
  __identifier: z.string(),
  __type: z.enum(['IntGrid', 'Entities', 'Tiles', 'AutoLayer'], {
    error: 'expected IntGrid, Entities, Tiles or AutoLayer',
  }),
  __gridSize: size,
  /** Columns and rows. */
  __cWid: z.int().min(0),
  __cHei: z.int().min(0),
  __pxTotalOffsetX: pixels,
  __pxTotalOffsetY: pixels,
  __tilesetDefUid: z.int().nullish(),
  overrideTilesetUid: z.int().nullish(),
  layerDefUid: z.int(),
  intGridCsv: list,
  gridTiles: list,
  autoLayerTiles: list,
  entityInstances: list,
})
export type LayerInstance = z.infer<typeof layerSchema>

const levelSchema = z.object({
  identifier: z.string(),
  pxWid: size,
  pxHei: size,
  fieldInstances: z.array(fieldSchema),
  /** The topmost first; null where the level lies in a file of its own. */
  layerInstances: z.array(layerSchema).nullish(),
  externalRelPath: z.string().nullish(),
})
export type LdtkLevel = z.infer<typeof levelSchema>

const projectSchema = z.object({
  defs: z.object({
    layers: z.array(
      z.object({
        uid: z.int(),
        intGridValues: z.array(z.object({ value: z.int(), identifier: z.string().nullish() })),
      }),
    ),
    tilesets: z.array(
      z.object({
        uid: z.int(),
        identifier: z.string(),
        tileGridSize: z.int(),
        customData: z.array(z.object({ tileId: z.int(), data: z.string() })),
        enumTags: z.array(z.object({ enumValueId: z.string(), tileIds: z.array(z.int()) })),
      }),
    ),
    levelFields: z.array(
      z.object({
        identifier: z.string(),
        /** The default of a field that a level leaves out, as LDtk's own enum: {id: 'V_String', params: ['ice']}. */
        defaultOverride: z.unknown(),
      }),
    ),
  }),
  levels: list,
  worlds: z.array(z.object({ identifier: z.string(), levels: list })).optional(),
})
export type LdtkProject = z.infer<typeof projectSchema>

/** Reads a project file. `file` names it in errors. */
export function readProject(text: string, file: string): LdtkProject {
  const value = parseJson(text, file, 'an LDtk project')
  const { jsonVersion } = checked(z.object({ jsonVersion: z.string() }), value, file)
  const major = /^(\d+)\.\d+/.exec(jsonVersion)?.[1]
  if (major !== '1')
    throw new UserError(
      `${file}: jsonVersion is ${quoted(jsonVersion)}, expected 1.x; ${major === '0' ? 'open the project in LDtk 1.5 and save it' : 'save it with LDtk 1.5'}`,
    )
  return checked(projectSchema, value, file)
}

/** Checks a level of a project or of a file of its own. `where` names it in errors. */
export function readLevel(value: unknown, where: string): LdtkLevel {
  return checked(levelSchema, value, where)
}

export function parseJson(text: string, file: string, what: string): unknown {
  if (text.length > MAX_TEXT)
    throw new UserError(`${file}: ${text.length} characters; at most ${MAX_TEXT} are read, split the project`)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // The engine's message may quote several lines of the file.
    const position = /position (\d+)/.exec(messageOf(error))?.[1]
    const place = position === undefined ? '' : ` (fault at character ${position})`
    throw new UserError(`${file}: expected ${what}, which is JSON${place}, got ${quoted(text.slice(0, 100))}`)
  }
}

/** The value, if it fits; else a UserError that names the place in it. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0] as z.core.$ZodIssue
  const path = issue.path.map(String).join('.')
  throw new UserError(`${where}: ${path === '' ? '' : `${path}: `}${issue.message}`)
}
