/** What stands in for content: nothing there, still loading, or failed. */
import { CircleAlert, LoaderCircle } from 'lucide-preact'
import { Component, type ComponentChildren } from 'preact'
import { Button } from './controls.tsx'

/** Nothing to show, and what to do about it. */
export function Empty({
  title,
  icon,
  children,
}: {
  readonly title: string
  readonly icon?: ComponentChildren
  readonly children?: ComponentChildren
}) {
  return (
    <div class="empty">
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Something is being worked on; `label` says what. */
export function Spinner({ label }: { readonly label: string }) {
  return (
    <p class="spinner" role="status">
      <LoaderCircle size={18} aria-hidden="true" />
      {label}
    </p>
  )
}

/** A part of a picture or chart with its caption. */
export function Figure({
  caption,
  children,
}: {
  readonly caption: ComponentChildren
  readonly children: ComponentChildren
}) {
  return (
    <figure class="figure">
      {children}
      <figcaption>{caption}</figcaption>
    </figure>
  )
}

/** A number with its name, large. */
export function KeyFigure({
  label,
  value,
  note,
}: {
  readonly label: string
  readonly value: ComponentChildren
  readonly note?: ComponentChildren
}) {
  return (
    <div class="key-figure">
      <dt>{label}</dt>
      <dd>
        {value}
        {note === undefined ? null : <small>{note}</small>}
      </dd>
    </div>
  )
}

interface Failed {
  readonly error: Error | null
}

/** Shows what a part of the page said when it failed, in place of it. */
export class ErrorBoundary extends Component<{ readonly children: ComponentChildren }, Failed> {
  override state: Failed = { error: null }

  static override getDerivedStateFromError(error: unknown): Failed {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  render() {
    const { error } = this.state
    return error === null ? this.props.children : <FailedPart error={error} />
  }
}

export function FailedPart({ error }: { readonly error: Error }) {
  return (
    <div class="empty failed" role="alert">
      <CircleAlert size={28} aria-hidden="true" />
      <h2>This part of the page failed</h2>
      <p>{error.message}</p>
      <Button label="Reload the page" kind="primary" onPress={() => location.reload()} />
    </div>
  )
}
