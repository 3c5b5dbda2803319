import { Spinner } from '../ui/states.tsx'

/** Not built yet: its owner replaces this file. */
export function EditPage() {
  return <Spinner label="Edit is being built." />
}
