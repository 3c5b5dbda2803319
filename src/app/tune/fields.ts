/** The recipe fields that are tuned: what the command line says of them, and their values as places in a unit cube. */
import { quoted, UserError } from '../../core/errors.ts'
import { checkRecipe, type Recipe } from '../../learn/recipe.ts'
import { replaceField } from '../replace-field.ts'

/** A range of one field, as it was asked for. */
export interface FieldRange {
  /** Dotted path into the recipe, such as meta.alpha or meta.hidden.0. */
  readonly path: string
  readonly low: number
  readonly high: number
  /** Equal ratios count as equal distances. */
  readonly log: boolean
}

/** A range that suits the recipe. */
export interface Field extends FieldRange {
  /** The recipe takes whole numbers only. */
  readonly whole: boolean
}

/** Significant digits of a value: a tuned recipe should be readable, and finer differences do not show in a score. */
const DIGITS = 4

/** Fields that would change what a score means, or nothing at all; each with what to do. */
const REFUSED: readonly (readonly [prefix: string, why: string])[] = [
  ['levels', 'it changes the task, so scores would not compare; write one recipe for each task'],
  ['validation', 'it changes how trials are scored; set it in the recipe'],
  ['baselines', 'the baselines are not trained while tuning'],
  ['meta.iterations', 'a trial is as long as --budget says'],
]

/** Reads PATH=LOW..HIGH or PATH=LOW..HIGH:log. */
export function parseField(text: string): FieldRange {
  const [, path, low, high, scale] = /^([\w.-]+)=(.+?)\.\.(.+?)(?::(\w+))?$/.exec(text) ?? []
  const range = { path, low: Number(low), high: Number(high), log: scale === 'log' }
  if (path === undefined || (scale !== undefined && scale !== 'log') || !isBounded(range)) {
    throw new UserError(
      `--field must be PATH=LOW..HIGH or PATH=LOW..HIGH:log, such as meta.alpha=0.1..4:log, got ${quoted(text)}`,
      { exitCode: 2 },
    )
  }
  if (range.low >= range.high)
    throw new UserError(
      `--field ${path}: expected a lower and an upper bound, got ${quoted(`${low}..${high}`)}`,
    )
  if (range.log && range.low <= 0)
    throw new UserError(`--field ${path}: a logarithmic range must begin above 0, got ${quoted(low)}`)
  return range
}

function isBounded({ low, high }: { readonly low: number; readonly high: number }): boolean {
  return Number.isFinite(low) && Number.isFinite(high)
}

/** Checks ranges against the recipe's own schema: every corner of the space must be a recipe. */
export function checkFields(recipe: Recipe, ranges: readonly FieldRange[]): Field[] {
  ranges.forEach(({ path }, place) => {
    if (ranges.findIndex(other => other.path === path) !== place)
      throw new UserError(`--field ${path} is given twice`)
    const refusal = REFUSED.find(([prefix]) => path === prefix || path.startsWith(`${prefix}.`))
    if (refusal) throw new UserError(`--field ${path} cannot be tuned: ${refusal[1]}`)
    for (const end of ['low', 'high'] as const)
      checkRecipe(replaceField(recipe, path, ranges[place][end]), `--field ${path}=${ranges[place][end]}`)
  })
  for (let corner = 0; corner < 2 ** ranges.length; corner++) {
    const values = ranges.map(({ low, high }, i) => ((corner >> i) & 1 ? high : low))
    recipeWith(recipe, ranges, values)
  }
  return ranges.map(range => ({ ...range, whole: isWhole(recipe, range) }))
}

/** Whether the schema takes both ends of a range but no fraction between them. */
function isWhole(recipe: Recipe, { path, low, high }: FieldRange): boolean {
  if (!Number.isInteger(low) || !Number.isInteger(high)) return false
  try {
    checkRecipe(replaceField(recipe, path, low + 0.5), path)
    return false
  } catch (error) {
    if (error instanceof UserError) return true
    throw error
  }
}

/** The recipe with these values in its fields, checked. */
export function recipeWith(
  recipe: Recipe,
  fields: readonly { readonly path: string }[],
  values: readonly number[],
): Recipe {
  const replaced = fields.reduce<unknown>((now, { path }, i) => replaceField(now, path, values[i]), recipe)
  return checkRecipe(replaced, fields.map(({ path }, i) => `${path}=${values[i]}`).join(', '))
}

/** The value at a place from 0 (low) to 1 (high), rounded as the field wants it. */
export function valueAt({ low, high, log, whole }: Field, place: number): number {
  const value = log ? low * (high / low) ** place : low + (high - low) * place
  const rounded = whole ? Math.round(value) : Number(value.toPrecision(DIGITS))
  return Math.min(high, Math.max(low, rounded))
}

/** Where a value lies between low, 0, and high, 1. */
export function placeOf({ low, high, log }: FieldRange, value: number): number {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
}
