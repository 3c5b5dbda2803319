import { Spinner } from '../ui/states.tsx'

/** Not built yet: its owner replaces this file. */
export function PlayPage() {
  return <Spinner label="Play is being built." />
}
