/**
 * The form of a game's hidden rules, drawn up from their schema: which fields there are, what each may be, and in which
 * words. It knows no game by name, so a new game has its form at once.
 */
import { z } from 'zod'
import type { LevelKind, Rules } from '../../../levels/level.ts'

export interface RuleField {
  /** Where the value lies inside the rule: places of lists and names of records. */
  readonly path: readonly (string | number)[]
  /** What it is called where the rule has several. */
  readonly label: string
  readonly input:
    | { readonly kind: 'choice'; readonly options: readonly RuleOption[] }
    | { readonly kind: 'number'; readonly min: number; readonly max: number }
    /** A value that the schema leaves open is written as JSON. */
    | { readonly kind: 'json' }
  /** The list that it belongs to is a permutation: a value that another place has is exchanged with it. */
  readonly permuted?: true
}

export interface RuleOption {
  readonly value: number | string | boolean
  readonly label: string
}

export interface RuleForm {
  readonly name: string
  readonly description: string
  readonly fields: readonly RuleField[]
}

/** Whole numbers up to so many are offered as a list. */
const MAX_CHOICES = 16

/** The part of a JSON Schema that rules are described by, with our words for places and values. */
const described = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.union([z.number(), z.string(), z.boolean()])).optional(),
  const: z.union([z.number(), z.string(), z.boolean()]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  places: z.array(z.string()).optional(),
  values: z.array(z.string()).or(z.record(z.string(), z.string())).optional(),
  uniqueItems: z.boolean().optional(),
})
type Described = z.infer<typeof described>

/** The forms of all hidden rules of a game, in the order of its defaults. */
export function ruleForms(kind: LevelKind): RuleForm[] {
  const { properties = {} } = described.parse(z.toJSONSchema(kind.rules, { unrepresentable: 'any' }))
  return Object.keys(kind.defaultRules).map(name => {
    const schema = described.parse(properties[name] ?? {})
    return { name, description: schema.description ?? '', fields: fieldsOf(schema, [], '', schema.values) }
  })
}

/** The value of a field. */
export function ruleValue(rules: Rules, name: string, field: RuleField): unknown {
  return field.path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    rules[name],
  )
}

/** The rules with another value in a field. */
export function withRuleValue(rules: Rules, name: string, field: RuleField, value: unknown): Rules {
  const old = ruleValue(rules, name, field)
  const changed = put(rules[name], field.path, value)
  const list = field.permuted ? rules[name] : undefined
  const twin = Array.isArray(list) ? list.indexOf(value) : -1
  const exchanged =
    twin >= 0 && Array.isArray(changed) && twin !== field.path[0] ? put(changed, [twin], old) : changed
  return { ...rules, [name]: exchanged }
}

/** What is wrong with the rules, by the name of the rule; the empty name for them as a whole. */
export function ruleFaults(kind: LevelKind, rules: Rules): Record<string, string> {
  const issues = kind.rules.safeParse(rules).error?.issues ?? []
  return Object.fromEntries(issues.map(({ path, message }) => [String(path[0] ?? ''), message]))
}

function fieldsOf(
  schema: Described,
  path: RuleField['path'],
  label: string,
  values: Described['values'],
): RuleField[] {
  const words = schema.values ?? values
  if (schema.type === 'object' && schema.properties)
    return Object.entries(schema.properties).flatMap(([name, part]) =>
      fieldsOf(described.parse(part), [...path, name], name, undefined),
    )
  if (schema.type === 'array' && schema.maxItems !== undefined && schema.items !== undefined) {
    const item = described.parse(schema.items)
    return Array.from({ length: schema.maxItems }, (_, i) =>
      fieldsOf(item, [...path, i], schema.places?.[i] ?? `${label} ${i + 1}`.trim(), words),
    )
      .flat()
      .map(field => (schema.uniqueItems && path.length === 0 ? { ...field, permuted: true } : field))
  }
  return [{ path, label, input: inputOf(schema, words) }]
}

function inputOf(schema: Described, words: Described['values']): RuleField['input'] {
  const choice = (values: readonly RuleOption['value'][]): RuleField['input'] => ({
    kind: 'choice',
    options: values.map(value => ({ value, label: wordFor(value, words) ?? String(value) })),
  })
  const { minimum: min, maximum: max } = schema
  if (schema.const !== undefined) return choice([schema.const])
  if (schema.enum) return choice(schema.enum)
  if (schema.type === 'boolean') return choice([true, false])
  if (schema.type === 'integer' && min !== undefined && max !== undefined)
    return max - min < MAX_CHOICES
      ? choice(Array.from({ length: max - min + 1 }, (_, i) => min + i))
      : { kind: 'number', min, max }
  return { kind: 'json' }
}

function wordFor(value: RuleOption['value'], words: Described['values']): string | undefined {
  return Array.isArray(words) ? words[Number(value)] : words?.[String(value)]
}

function put(whole: unknown, [key, ...rest]: RuleField['path'], value: unknown): unknown {
  if (key === undefined) return value
  const part: unknown = typeof whole === 'object' && whole !== null ? Reflect.get(whole, key) : undefined
  const changed = put(part, rest, value)
  if (Array.isArray(whole)) return whole.map((old, i) => (i === key ? changed : old))
  return { ...(whole as object | undefined), [key]: changed }
}
