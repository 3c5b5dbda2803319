/** Reports by name: those of the source's runs, and those that were opened from a file. */
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { z } from 'zod'
import type { ReportData } from '../../app/report/data.ts'
import { evaluationSchema, reportSchema } from '../../app/report/schema.ts'
import { useSource } from '../context.ts'

export interface NamedReport {
  /** Of the run, or of the file. */
  readonly name: string
  readonly data: ReportData
  readonly fromFile: boolean
}

/** Reports that were opened from files; gone when the page is loaded anew. */
export const opened = signal<readonly NamedReport[]>([])

/** Files larger than this are no report. */
const MAX_BYTES = 32 * 1024 * 1024

const provenanceSchema = z.looseObject({
  agent: z.string().optional(),
  recipe: z.string().optional(),
  seed: z.number().optional(),
  backend: z.string().optional(),
  seconds: z.number().optional(),
})

/** Opens an evaluation.json, or a report that this page has saved. Throws an error of one sentence. */
export async function openReportFile(file: File): Promise<NamedReport> {
  if (file.size > MAX_BYTES) throw new Error(`${file.name}: too large for a report (at most 32 MB).`)
  const content = parseJson(await file.text(), file.name)
  const data = reportOf(content, file.name)
  const name = freeName(file.name)
  const report = { name, data, fromFile: true }
  opened.value = [...opened.value, report]
  return report
}

function reportOf(content: unknown, name: string): ReportData {
  const report = reportSchema.safeParse(content)
  if (report.success) return report.data
  const evaluation = evaluationSchema.safeParse(content)
  if (!evaluation.success) {
    const [issue] = evaluation.error.issues
    throw new Error(
      `${name}: not an evaluation: ${issue?.path.join('.') || 'the file'}: ${issue?.message}; expected what levelshift evaluate --json prints.`,
    )
  }
  const { success, data } = provenanceSchema.safeParse(content)
  const provenance = Object.entries(success ? data : {}).filter(([key]) => key in provenanceSchema.shape)
  return {
    title: name,
    evaluation: evaluation.data,
    learning: [],
    losses: [],
    figures: [],
    recipe: {},
    provenance: Object.fromEntries(provenance.map(([key, value]) => [key, String(value)])),
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${name}: not JSON; expected an evaluation.json.`)
  }
}

/** Two evaluation.json of different folders keep apart. */
function freeName(name: string): string {
  const taken = new Set(opened.value.map(report => report.name))
  let free = name
  for (let i = 2; taken.has(free); i++) free = `${name} (${i})`
  return free
}

/** The reports of some names, all or none. */
export function useReports(names: readonly string[]) {
  const source = useSource()
  const [state, setState] = useState<{ reports?: readonly NamedReport[]; error?: Error }>({})
  const key = names.join('/')
  useEffect(() => {
    let wanted = true
    const fetchOne = async (name: string): Promise<NamedReport> =>
      opened.peek().find(report => report.name === name) ?? {
        name,
        data: await source.report(name),
        fromFile: false,
      }
    Promise.all(names.map(fetchOne)).then(
      reports => wanted && setState({ reports }),
      (error: Error) => wanted && setState({ error }),
    )
    return () => {
      wanted = false
    }
  }, [source, key])
  return state
}
