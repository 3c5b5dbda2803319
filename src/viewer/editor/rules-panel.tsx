/** The hidden rules as a form; covered until they are asked for, like everywhere on the page. */
import { Dices, Eye, EyeOff, RotateCcw } from 'lucide-preact'
import { useMemo, useState } from 'preact/hooks'
import { stream } from '../../core/random.ts'
import { Button, NumberField, Panel, Select, TextField } from '../ui/controls.tsx'
import type { Editor } from './editor.ts'
import { randomSeed } from './random-seed.ts'
import {
  type RuleField,
  type RuleForm,
  ruleFaults,
  ruleForms,
  ruleValue,
  withRuleValue,
} from './rule-fields.ts'

export function RulesPanel({ editor }: { readonly editor: Editor }) {
  const [shown, setShown] = useState(false)
  const kind = editor.kind.value
  const forms = useMemo(() => ruleForms(kind), [kind])
  const { rules } = editor.level.value
  const faults = ruleFaults(kind, rules)
  const isSound = Object.keys(faults).length === 0
  const draw = () => {
    const options = { ...kind.defaults, vary: Object.keys(kind.defaultRules) }
    const drawn = kind.generate(stream('editor', 'rules', randomSeed()), options)
    editor.change({ rules: drawn.rules })
  }
  const cover = (
    <Button
      label={shown ? 'Cover the rules' : 'Show the rules'}
      icon={shown ? <EyeOff size={16} /> : <Eye size={16} />}
      pressed={shown}
      onPress={() => setShown(!shown)}
    />
  )
  return (
    <Panel title="Hidden rules" actions={cover}>
      <div class="stack">
        <p class="muted">An agent never sees these: it finds them out by playing.</p>
        {shown
          ? forms.map(form => <Rule key={form.name} {...{ editor, form, fault: faults[form.name] }} />)
          : null}
        {faults[''] ? <p class="bad">{faults['']}</p> : null}
        {shown && isSound && kind.isHeldOut(rules) ? (
          <p class="warn">Training never draws these rules: they are kept for tests of generalisation.</p>
        ) : null}
        <div class="row">
          <Button label="Draw at random" icon={<Dices size={16} />} onPress={draw} />
          <Button
            label="Back to the usual"
            icon={<RotateCcw size={16} />}
            onPress={() => editor.change({ rules: kind.defaultRules })}
          />
        </div>
      </div>
    </Panel>
  )
}

interface RuleProps {
  readonly editor: Editor
  readonly form: RuleForm
  readonly fault: string | undefined
}

function Rule({ editor, form, fault }: RuleProps) {
  const { rules } = editor.level.value
  const set = (field: RuleField, value: unknown) =>
    editor.change({ rules: withRuleValue(rules, form.name, field, value) })
  return (
    <fieldset class="rule">
      <legend>{form.name}</legend>
      {form.description ? <p class="muted">{form.description}</p> : null}
      <div class="rule-fields">
        {form.fields.map(field => (
          <Field
            key={field.path.join('.')}
            field={field}
            label={field.label || form.name}
            value={ruleValue(rules, form.name, field)}
            onChange={value => set(field, value)}
          />
        ))}
      </div>
      {fault ? (
        <p class="bad" role="alert">
          {fault}
        </p>
      ) : null}
    </fieldset>
  )
}

interface FieldProps {
  readonly field: RuleField
  readonly label: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function Field({ field: { input }, label, value, onChange }: FieldProps) {
  if (input.kind === 'number')
    return (
      <NumberField label={label} value={Number(value)} min={input.min} max={input.max} onChange={onChange} />
    )
  if (input.kind === 'json')
    return <TextField label={label} value={JSON.stringify(value)} onChange={onChangeJson} />
  const known = input.options.findIndex(option => option.value === value)
  // A value that the schema does not know is shown as it is, so that it can be seen and changed.
  const options = input.options.map((option, i) => ({ value: String(i), label: option.label }))
  const all = known < 0 ? [{ value: '-1', label: JSON.stringify(value) ?? 'missing' }, ...options] : options
  return (
    <Select
      label={label}
      value={String(known)}
      options={all}
      onChange={i => {
        const option = input.options[Number(i)]
        if (option) onChange(option.value)
      }}
    />
  )

  function onChangeJson(text: string) {
    try {
      onChange(JSON.parse(text))
    } catch {
      // Half-written JSON is no value yet.
    }
  }
}
