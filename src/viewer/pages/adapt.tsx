import { Spinner } from '../ui/states.tsx'

/** Not built yet: its owner replaces this file. */
export function AdaptPage() {
  return <Spinner label="Adapt is being built." />
}
