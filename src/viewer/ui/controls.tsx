/** The page's controls. Each has a name, works from the keyboard, and says its key where it has one. */
import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

interface Named {
  /** What the control does, for people and screen readers. */
  readonly label: string
  /** Key that does the same, shown in the tooltip; whoever shows the control binds it (ui/keys.ts). */
  readonly shortcut?: string
}

export interface ButtonProps extends Named {
  readonly onPress: () => void
  readonly icon?: ComponentChildren
  /** Show the icon alone; the label stays its name. */
  readonly iconOnly?: boolean
  readonly kind?: 'plain' | 'primary' | 'quiet'
  readonly disabled?: boolean
  /** For a button that stays down. */
  readonly pressed?: boolean
}

export function Button({
  label,
  shortcut,
  onPress,
  icon,
  iconOnly,
  kind = 'plain',
  disabled,
  pressed,
}: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      title={shortcut ? `${label} (${shortcut})` : label}
      aria-keyshortcuts={shortcut}
      aria-label={iconOnly ? label : undefined}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onPress}
    >
      {icon}
      {iconOnly ? null : <span>{label}</span>}
    </button>
  )
}

export interface SelectProps<Value extends string> extends Named {
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly onChange: (value: Value) => void
  readonly disabled?: boolean
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        disabled={props.disabled}
        onChange={event => props.onChange(event.currentTarget.value as Value)}
      >
        {props.options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  )
}

export interface NumberFieldProps extends Named {
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step?: number
  readonly onChange: (value: number) => void
}

/** Hands on whole numbers within the bounds only. */
export function NumberField({ label, value, min, max, step = 1, onChange }: NumberFieldProps) {
  const id = useId()
  const change = (event: JSX.TargetedEvent<HTMLInputElement>) => {
    const number = event.currentTarget.valueAsNumber
    if (Number.isInteger(number) && number >= min && number <= max) onChange(number)
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="number" value={value} min={min} max={max} step={step} onChange={change} />
    </div>
  )
}

export interface TextFieldProps extends Named {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
}

export function TextField({ label, value, onChange, placeholder }: TextFieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        value={value}
        placeholder={placeholder}
        spellcheck={false}
        onInput={event => onChange(event.currentTarget.value)}
      />
    </div>
  )
}

/** A part of the page with a heading. */
export function Panel({
  title,
  actions,
  children,
}: {
  readonly title: string
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}) {
  const id = useId()
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  )
}
