import { Spinner } from '../ui/states.tsx'

/** Not built yet: its owner replaces this file. */
export function LivePage() {
  return <Spinner label="Live is being built." />
}
