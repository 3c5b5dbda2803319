/** What runs have learned: the report of one, or several side by side. */
import { CompareView } from '../report/compare-view.tsx'
import { ReportList } from '../report/report-list.tsx'
import { ReportView } from '../report/report-view.tsx'
import { useReports } from '../report/reports.ts'
import { route } from '../router.ts'
import { FailedPart, Spinner } from '../ui/states.tsx'

/** #/report lists them, #/report/NAME shows one, #/report/NAME?with=OTHER/THIRD compares. */
export function ReportPage() {
  const { item, parameters } = route.value
  const others = (parameters.get('with') ?? '').split('/').filter(name => name !== '')
  const names = item === undefined ? [] : [...new Set([item, ...others])]
  return names.length === 0 ? <ReportList /> : <Reports key={names.join('/')} names={names} />
}

function Reports({ names }: { readonly names: readonly string[] }) {
  const { reports, error } = useReports(names)
  if (error) return <FailedPart error={error} />
  if (!reports) return <Spinner label="Fetching the report…" />
  const [first] = reports
  return first && reports.length === 1 ? <ReportView report={first} /> : <CompareView reports={reports} />
}
