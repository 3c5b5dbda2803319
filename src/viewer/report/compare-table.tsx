/** Reports side by side: their scores, and all in which their recipes differ. */
import { ClipboardCopy } from 'lucide-preact'
import { formatScore } from '../../app/report/markup.ts'
import type { JsonObject } from '../../app/run-contents.ts'
import { toCsvRows } from '../charts/series.ts'
import { Button } from '../ui/controls.tsx'
import { copyText } from '../ui/hand-over.ts'
import type { NamedReport } from './reports.ts'

interface Row {
  readonly name: string
  /** By report; undefined where it has none. */
  readonly values: readonly (string | undefined)[]
}

export function CompareTable({ reports }: { readonly reports: readonly NamedReport[] }) {
  const rows = [...scoreRows(reports), ...factRows(reports)]
  const names = reports.map(({ name }) => name)
  const csv = () => toCsvRows([['', ...names], ...rows.map(({ name, values }) => [name, ...values])])
  return (
    <div>
      <div class="scroll">
        <table class="wide-table">
          <caption>Side by side; of the recipes what differs</caption>
          <thead>
            <tr>
              <td />
              {names.map(name => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, values }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, i) => (
                  <td key={names[i]} class="number">
                    {value ?? '–'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="row table-actions">
        <Button
          label="Copy table as CSV"
          icon={<ClipboardCopy size={16} aria-hidden="true" />}
          onPress={() => void copyText(csv(), 'The table is copied as CSV.')}
        />
      </p>
    </div>
  )
}

function scoreRows(reports: readonly NamedReport[]): Row[] {
  const evaluations = reports.map(({ data }) => data.evaluation)
  if (evaluations.every(evaluation => evaluation === undefined)) return []
  const steps = [...new Set(evaluations.flatMap(one => one?.steps.map(({ k }) => k) ?? []))].sort(
    (a, b) => a - b,
  )
  return [
    { name: 'split', values: evaluations.map(one => one?.split) },
    { name: 'levels', values: evaluations.map(one => one?.levels.toString()) },
    ...steps.map(k => ({
      name: `score, ${k} ${k === 1 ? 'step' : 'steps'}`,
      values: evaluations.map(one => {
        const point = one?.steps.find(step => step.k === k)
        return point && `${formatScore(point.iqm)} (${formatScore(point.low)} to ${formatScore(point.high)})`
      }),
    })),
  ]
}

/** Provenance and recipes: the lines in which not all are alike, and the seed in any case. */
function factRows(reports: readonly NamedReport[]): Row[] {
  const facts = reports.map(({ data }) => ({
    ...data.provenance,
    ...flatten(data.recipe, 'recipe'),
  }))
  const names = [...new Set(facts.flatMap(Object.keys))]
  return names
    .map(name => ({ name, values: facts.map((fact): string | undefined => fact[name as keyof typeof fact]) }))
    .filter(({ name, values }) => name === 'seed' || new Set(values).size > 1)
}

/** {meta: {tasks: 24}} becomes {'recipe.meta.tasks': '24'}; lists stay whole. */
function flatten(value: JsonObject, path: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => {
      const isObject = typeof part === 'object' && part !== null && !Array.isArray(part)
      if (isObject) return Object.entries(flatten(part as JsonObject, `${path}.${key}`))
      return [[`${path}.${key}`, typeof part === 'string' ? part : JSON.stringify(part)]]
    }),
  )
}
