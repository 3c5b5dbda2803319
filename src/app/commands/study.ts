/** levelshift study: trains and scores the arms of a study from several seeds, and writes its page. */

import type { Command } from 'commander'
import { z } from 'zod'
import type { CommandContext } from '../context.ts'
import { backendFlag, names, parseFlags, path } from '../flags.ts'
import type { Session } from '../session.ts'

const optionsSchema = z.object({
  study: path('STUDY'),
  out: path('--out').optional(),
  pages: path('--pages'),
  seeds: names('--seeds')
    .transform((texts, context) =>
      texts.map(text => {
        if (/^\d{1,9}$/.test(text)) return Number(text)
        context.addIssue(`--seeds must be whole numbers with commas between them, got '${text}'`)
        return z.NEVER
      }),
    )
    .optional(),
  arms: names('--arms').optional(),
  backend: backendFlag.optional(),
  dryRun: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Checked arguments and flags of levelshift study. */
export type StudyOptions = z.infer<typeof optionsSchema>

export interface StudyOutcome {
  readonly study: string
  readonly folder: string
  /** The page; none of a dry run. */
  readonly page?: string
  /** Runs that this call made. */
  readonly made: number
  readonly runs: readonly {
    readonly arm: string
    readonly seed: number
    readonly done: boolean
    readonly result: string
    readonly training: string
  }[]
}

/** Adds `study` to the command line. */
export function addStudy(program: Command, session: Session): void {
  program
    .command('study')
    .summary('train and score the arms of a study, and write its page')
    .description(
      'Trains every arm of a study from every seed, scores all on the same unseen levels, and writes a page with\n' +
        'tables, intervals and charts. Run it again to go on after a kill or Ctrl-C: what is finished is kept.',
    )
    .argument('<study>', 'name of a study, such as headline, or a study as a .json file')
    .option('--out <folder>', 'where runs and results are kept (default: runs/studies/STUDY)')
    .option('--pages <folder>', 'where the page and its charts go', 'docs/results')
    .option('--seeds <numbers>', 'training seeds, 1,2,3 for example (default: those of the study)')
    .option('--arms <names>', 'only these arms (default: all)')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--dry-run', 'say what there is to do, and do nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift study headline --dry-run\n' +
        '  npx levelshift study headline --seeds 1,2,3,4,5,6,7    two more seeds for a study that is done',
    )
    .action(async (study: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, study })
      session.setResumeHint(session.context.command)
      session.finish(options.json, await run(options, session.context), formatOutcome)
    })
}

async function run(options: StudyOptions, context: CommandContext): Promise<StudyOutcome> {
  const { findStudy } = await import('../study/find.ts')
  const { planStudy } = await import('../study/plan.ts')
  const { loadResults, runStudy } = await import('../study/run.ts')
  const { seedsWithResults } = await import('../study/result.ts')
  const { writePage } = await import('../study/page.ts')
  const study = findStudy(options.study)
  const folder = options.out ?? `runs/studies/${study.name}`
  const { seeds, arms, backend, dryRun, pages } = options
  const selection = { ...(seeds ? { seeds } : {}), ...(arms ? { arms } : {}) }
  const planned = planStudy(study, folder, selection)
  const made = dryRun
    ? 0
    : await runStudy({ study, folder, selection, ...(backend ? { backend } : {}) }, context)
  const done = loadResults(planned)
  // The page tells of everything that is there, not only of what was asked for now.
  const known = [...study.seeds, ...(seeds ?? []), ...seedsWithResults(folder)]
  const all = planStudy(study, folder, { seeds: [...new Set(known)] })
  const page = dryRun ? undefined : writePage(pages, study, all, loadResults(all), context.command)
  return {
    study: study.name,
    folder,
    ...(page === undefined ? {} : { page }),
    made,
    runs: planned.map(({ arm, seed, result, training }, i) => ({
      arm: arm.name,
      seed,
      done: done[i] !== undefined,
      result,
      training: training.folder,
    })),
  }
}

function formatOutcome({ study, folder, page, made, runs }: StudyOutcome): string {
  const done = runs.filter(run => run.done).length
  if (page !== undefined)
    return `${study}: ${done} of ${runs.length} runs done, ${made} of them now; ${page} has the figures`
  const trainings = new Set(runs.filter(run => !run.done).map(({ training }) => training)).size
  const lines = runs.map(
    ({ arm, seed, done, training }) => `${done ? 'done' : 'to do'}  ${arm}, seed ${seed}  ${training}`,
  )
  return [
    ...lines,
    `${study}: ${done} of ${runs.length} runs done, ${trainings} trainings left, in ${folder}`,
  ].join('\n')
}
