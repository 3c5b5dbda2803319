/**
 * The agents that ship, as runs that can be looked at: agents/trained/NAME.evaluation.json is what
 * `npx levelshift evaluate agents/trained/NAME.safetensors --levels LEVELS --json` printed.
 */
import { existsSync, statSync } from 'node:fs'
import { z } from 'zod'
import { decodeSafetensors } from '../learn/safetensors.ts'
import { decodeAgent } from './agent-file.ts'
import { readBytes, readText } from './files.ts'
import { probesOf } from './report/curves.ts'
import type { ReportData } from './report/data.ts'
import { evaluationSchema } from './report/schema.ts'
import type { FoundAgent } from './watch/agents.ts'
import type { RunSummary } from './watch/protocol.ts'

/** A run as a list and a report show it. */
export interface ShownRun {
  readonly summary: RunSummary
  readonly report: ReportData
}

const numeric = z.string().transform(Number).pipe(z.number())
const provenanceSchema = z.object({ bestIteration: numeric, validation: numeric })
const askedSchema = z.object({ agent: z.string(), levels: z.number(), seed: z.number() })

/** The published evaluation of a shipped agent; undefined where none was kept. */
export function shippedRun({ entry, path }: FoundAgent): ShownRun | undefined {
  const evaluationPath = path.replace(/\.safetensors$/, '.evaluation.json')
  if (!existsSync(evaluationPath)) return undefined
  const printed: unknown = JSON.parse(readText(evaluationPath, 'evaluation'))
  const asked = askedSchema.parse(printed)
  const agent = decodeAgent(decodeSafetensors(readBytes(path, 'agent'), path), path)
  const { bestIteration, validation } = provenanceSchema.parse(agent.provenance)
  const { recipe } = agent
  return {
    summary: {
      name: `shipped-${entry.name}`,
      recipe: entry.recipe,
      games: entry.games,
      seed: agent.seed,
      state: 'finished',
      iteration: bestIteration,
      iterations: recipe.meta.iterations,
      best: validation,
      hasAgent: true,
      hasEvaluation: true,
      changed: statSync(path).mtimeMs,
    },
    report: {
      title: `${entry.name}, as it ships`,
      evaluation: evaluationSchema.parse(printed),
      learning: [],
      losses: [],
      probes: probesOf([{ iteration: 0, probes: agent.probes }]),
      figures: [{ label: 'meta-iterations behind the best checkpoint', value: bestIteration }],
      recipe,
      provenance: {
        ...agent.provenance,
        seed: String(agent.seed),
        command: `npx levelshift evaluate ${asked.agent} --levels ${asked.levels} --seed ${asked.seed} --json`,
      },
    },
  }
}
