import { Spinner } from '../ui/states.tsx'

/** Not built yet: its owner replaces this file. */
export function ReportPage() {
  return <Spinner label="Report is being built." />
}
