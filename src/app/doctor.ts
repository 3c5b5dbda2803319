// `levelshift doctor`: what runs here and why, and whether its second derivatives are right.
import { totalmem } from 'node:os'
import process from 'node:process'
import { type BackendName, SecondOrderError, selectBackend } from '../learn/backend.ts'
import type { SecondOrderReport } from '../learn/self-check.ts'
import { version } from './version.ts'

/** The report of `levelshift doctor --json`. The first five fields are a promise to scripts; others may be added. */
export interface DoctorReport {
  readonly backend: BackendName
  /** Levelshift's own version. */
  readonly version: string
  readonly node: string
  /** Cores that this process may use. */
  readonly cores: number
  /** worstRelativeError is null where an op could not be differentiated at all. */
  readonly secondOrder: Omit<SecondOrderReport, 'worstRelativeError'> & {
    readonly worstRelativeError: number | null
  }
  /** Why this backend runs, and why no faster one does. */
  readonly why: string
  readonly tfjs: string
  /** Version of TensorFlow's library under the native backend; null on the others. */
  readonly tensorflow: string | null
  /** For example linux-x64. */
  readonly platform: string
  /** Memory of the machine, GiB. */
  readonly memoryGiB: number
}

/**
 * Starts a backend and reports on it.
 * @throws UserError when the backend that was asked for is not available
 */
export async function doctor(options: { backend?: BackendName | 'auto' } = {}): Promise<DoctorReport> {
  const machine = {
    version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
  }
  try {
    const { backend, why, versions, cores, secondOrder } = await selectBackend(options.backend)
    const { tfjs, tensorflow = null } = versions
    return { backend, ...machine, cores, secondOrder, why, tfjs, tensorflow }
  } catch (error) {
    // A backend that differentiates wrongly is what the doctor is there to tell; anything else is bad input.
    if (!(error instanceof SecondOrderError)) throw error
    const { backend, secondOrder, versions, cores } = error
    const { tfjs, tensorflow = null } = versions
    const worstRelativeError = Number.isFinite(secondOrder.worstRelativeError)
      ? secondOrder.worstRelativeError
      : null
    const broken = { ...secondOrder, worstRelativeError }
    return { backend, ...machine, cores, secondOrder: broken, why: error.message, tfjs, tensorflow }
  }
}

/** The report as lines for a person. */
export function formatDoctor(report: DoctorReport): string {
  const { secondOrder } = report
  const error = secondOrder.worstRelativeError?.toExponential(1) ?? 'none to be had'
  const rows: [label: string, value: string][] = [
    ['levelshift', report.version],
    ['backend', report.backend],
    ['why', report.why],
    [
      'second order',
      `${secondOrder.ok ? 'right' : 'WRONG'} (worst relative error ${error}, ${secondOrder.worstOp})`,
    ],
    ['tfjs', report.tfjs],
    ...(report.tensorflow === null ? [] : [['tensorflow', report.tensorflow] as [string, string]]),
    ['node', report.node],
    ['platform', report.platform],
    ['cores', String(report.cores)],
    ['memory', `${report.memoryGiB} GiB`],
  ]
  return rows.map(([label, value]) => `${label.padEnd(14)}${value}`).join('\n')
}
