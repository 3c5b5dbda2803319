/** Controls that choose: one of a few, on or off, a place on a scale, a command of a list. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Button } from './controls.tsx'

interface Option<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly icon?: ComponentChildren
}

export interface SegmentedProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly Option<Value>[]
  readonly onChange: (value: Value) => void
  readonly iconsOnly?: boolean
  readonly shortcut?: string
}

/** A few choices side by side, one of which holds. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const name = useId()
  return (
    <fieldset class="segmented" aria-keyshortcuts={props.shortcut} aria-label={props.label}>
      {props.options.map(({ value, label, icon }) => (
        <label key={value} title={props.shortcut ? `${label} (${props.shortcut})` : label}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            aria-label={label}
            onChange={() => props.onChange(value)}
          />
          {icon}
          {props.iconsOnly ? null : <span>{label}</span>}
        </label>
      ))}
    </fieldset>
  )
}

export interface ToggleProps {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly shortcut?: string
  readonly disabled?: boolean
}

/** On or off. */
export function Toggle({ label, checked, onChange, shortcut, disabled }: ToggleProps) {
  return (
    <label class="toggle" title={shortcut ? `${label} (${shortcut})` : undefined}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-keyshortcuts={shortcut}
        aria-label={label}
        onChange={event => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  )
}

export interface SliderProps {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step?: number
  /** The value in words, where the number alone does not say it. */
  readonly text?: string
  readonly onChange: (value: number) => void
  readonly shortcut?: string
  readonly disabled?: boolean
}

/** A place on a scale. */
export function Slider({
  label,
  value,
  min,
  max,
  step = 1,
  text,
  onChange,
  shortcut,
  disabled,
}: SliderProps) {
  const id = useId()
  return (
    <div class="field slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        value={value}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        aria-valuetext={text}
        aria-keyshortcuts={shortcut}
        onInput={event => onChange(event.currentTarget.valueAsNumber)}
      />
      <output for={id}>{text ?? value}</output>
    </div>
  )
}

export interface TabsProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly tabs: readonly Option<Value>[]
  readonly onChange: (value: Value) => void
  readonly children: ComponentChildren
}

/** Parts of which one is shown, which is `children`. Arrow keys go from tab to tab. */
export function Tabs<Value extends string>({ label, value, tabs, onChange, children }: TabsProps<Value>) {
  const id = useId()
  const go = (by: number, from: EventTarget) => {
    const at = tabs.findIndex(tab => tab.value === value)
    const next = (at + by + tabs.length) % tabs.length
    onChange((tabs[next] as Option<Value>).value)
    const list = (from as Element).closest('[role=tablist]')
    list?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label}>
        {tabs.map(tab => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
            onKeyDown={event => {
              const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
              if (by === 0) return
              event.preventDefault()
              go(by, event.currentTarget)
            }}
          >
            {tab.icon}
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </div>
  )
}

export interface MenuProps {
  readonly label: string
  readonly icon?: ComponentChildren
  readonly iconOnly?: boolean
  readonly items: readonly { readonly label: string; readonly onPress: () => void }[]
}

/** A button with a list of commands below it. */
export function Menu({ label, icon, iconOnly, items }: MenuProps) {
  const [open, setOpen] = useState(false)
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const close = (event: Event) => {
      if (!element.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', close)
    return () => removeEventListener('pointerdown', close)
  }, [open])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the list, wherever in it the focus is
    <div
      class="menu"
      ref={element}
      onKeyDown={event => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        setOpen(false)
        element.current?.querySelector('button')?.focus()
      }}
    >
      <Button
        label={label}
        icon={icon}
        iconOnly={iconOnly ?? false}
        kind={iconOnly ? 'quiet' : 'plain'}
        pressed={open}
        onPress={() => setOpen(!open)}
      />
      {open ? (
        <ul>
          {items.map(item => (
            <li key={item.label}>
              <Button
                label={item.label}
                kind="quiet"
                onPress={() => {
                  setOpen(false)
                  item.onPress()
                }}
              />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  )
}
