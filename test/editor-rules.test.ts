/** The form of the hidden rules, which is drawn up from each game's schema. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sketchLevel } from '../envs/draw-level.ts'
import type { LevelKind } from '../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../levels/registry.ts'
import {
  type RuleForm,
  ruleFaults,
  ruleForms,
  ruleValue,
  withRuleValue,
} from '../src/viewer/editor/rule-fields.ts'

const fieldsOf = (form: RuleForm) => form.fields.map(field => ({ form, field }))

describe.each(LEVEL_KINDS.map(kind => [kind.game, kind] as const))('the form of %s', (_, kind) => {
  const forms = ruleForms(kind)

  it('has every rule, with a description, and offers choices in words', () => {
    expect(forms.map(({ name }) => name)).toEqual(Object.keys(kind.defaultRules))
    for (const { description, fields } of forms) {
      expect(description).not.toBe('')
      expect(fields.length).toBeGreaterThan(0)
      for (const { input } of fields) expect(input.kind).toBe('choice')
      expect(new Set(fields.map(({ label }) => label)).size).toBe(fields.length)
    }
  })

  it('shows the rules of any level, and writing back what it shows changes nothing', () => {
    const options = { game: kind.game, vary: Object.keys(kind.defaultRules) }
    const held = sketchLevel({ ...options, heldOutRules: true }, 'test', 'form').rules
    for (const rules of [kind.defaultRules, sketchLevel(options, 'train', 'form').rules, held]) {
      expect(ruleFaults(kind, rules)).toEqual({})
      for (const { form, field } of forms.flatMap(fieldsOf)) {
        const value = ruleValue(rules, form.name, field)
        if (field.input.kind === 'choice')
          expect(field.input.options.map(option => option.value)).toContain(value)
        expect(withRuleValue(rules, form.name, field, value)).toEqual(rules)
      }
    }
  })

  it('offers what the schema takes and nothing else, one value at a time', () => {
    for (const { form, field } of forms.flatMap(fieldsOf)) {
      if (field.input.kind !== 'choice') continue
      for (const { value } of field.input.options) {
        const rules = withRuleValue(kind.defaultRules, form.name, field, value)
        expect(ruleValue(rules, form.name, field)).toBe(value)
        // Only combinations are refused, never a value itself.
        const issues = kind.rules.safeParse(rules).error?.issues ?? []
        expect(issues.filter(({ code }) => code !== 'custom')).toEqual([])
      }
    }
  })
})

describe('a form', () => {
  it('keeps controls a permutation, whatever is chosen', () => {
    const [controls] = ruleForms(levelKind('sokoban')) as [RuleForm]
    expect(controls.fields.map(({ label }) => label)).toEqual(['up', 'down', 'left', 'right'])
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3))), choices => {
        let rules = levelKind('sokoban').defaultRules
        for (const [place, value] of choices) {
          rules = withRuleValue(rules, 'controls', controls.fields[place]!, value)
          expect(ruleFaults(levelKind('sokoban'), rules)).toEqual({})
          expect((rules.controls as number[])[place]).toBe(value)
        }
      }),
    )
  })

  it('tells of combinations that are refused, by rule', () => {
    const faults = ruleFaults(levelKind('gems'), { worth: [1, 1, 1], controls: [0, 1, 2, 3] })
    expect(faults).toEqual({ worth: 'expected at least one colour that pays and one that costs' })
    const still = { current: { direction: 3, strength: 0 }, controls: [0, 1, 2, 3] }
    expect(ruleFaults(levelKind('crossing'), still)).toEqual({
      current: 'expected direction 0 where strength is 0',
    })
  })

  it('has a field for whatever a new game may ask: wide ranges, switches, text', () => {
    const rules = z.strictObject({ far: z.int().min(0).max(500), on: z.boolean(), name: z.string() })
    const kind = { ...levelKind('gems'), rules, defaultRules: { far: 3, on: true, name: 'x' } } as LevelKind
    expect(ruleForms(kind).map(({ fields }) => fields[0]?.input)).toEqual([
      { kind: 'number', min: 0, max: 500 },
      {
        kind: 'choice',
        options: [
          { value: true, label: 'true' },
          { value: false, label: 'false' },
        ],
      },
      { kind: 'json' },
    ])
  })
})
