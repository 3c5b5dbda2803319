/** The evaluation that belongs to an agent: a run's evaluation.json, or NAME.evaluation.json beside NAME.safetensors. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, UserError } from '../../core/errors.ts'
import { readText } from '../files.ts'
import type { EvaluationData } from '../report/data.ts'
import { evaluationSchema } from '../report/schema.ts'
import { isRun } from '../run-folder.ts'

export interface KeptEvaluation {
  readonly evaluation: EvaluationData
  /** The command that printed it. */
  readonly command: string
}

const askedSchema = z.object({ agent: z.string(), split: z.string(), levels: z.number(), seed: z.number() })

/** undefined where none was kept. */
export function findEvaluation(agent: string): KeptEvaluation | undefined {
  const path = isRun(agent)
    ? join(agent, 'evaluation.json')
    : agent.replace(/(\.safetensors)?$/, '.evaluation.json')
  if (!existsSync(path)) return undefined
  try {
    const printed: unknown = JSON.parse(readText(path, 'evaluation'))
    const asked = askedSchema.parse(printed)
    return {
      evaluation: evaluationSchema.parse(printed),
      command: `npx levelshift evaluate ${asked.agent} --split ${asked.split} --levels ${asked.levels} --seed ${asked.seed}`,
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(
      `${path}: no evaluation (${messageOf(error).replace(/\s+/g, ' ')}), expected what levelshift evaluate --json prints; write it again or move it away`,
      { cause: error },
    )
  }
}
