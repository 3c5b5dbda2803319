/** levelshift levels check: reads level files, proves that they can be won and tells their split. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../../core/errors.ts'
import { parseFlags, path, wholeNumber } from '../../flags.ts'
import type { CheckedLevel, CheckReport, FailedLevel } from '../../levels/check.ts'
import type { Session } from '../../session.ts'
import { readingShape, readsLevels, sourceOptions } from './reading.ts'

const optionsSchema = z.object({
  files: z.array(path('FILE')),
  all: z.boolean().default(false),
  generated: wholeNumber('--generated', 0, 100_000),
  ...readingShape,
  watch: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** The most faults of one level that are printed. */
const MAX_FAULTS = 10

/** Adds `check` to the commands on levels. */
export function addCheck(levels: Command, session: Session): void {
  readsLevels(levels.command('check'))
    .summary('read level files and prove that they can be won')
    .description('Reads level files, proves that each level can be won, and prints its hash and split.')
    .argument('[file...]', 'level files of any format, folders, names of levels, or - for standard input')
    .option('--all', 'every level that ships and freshly generated levels of every game')
    .option('--generated <number>', 'how many levels a game --all generates', '200')
    .option('--watch', 'check again whenever a file is saved, until Ctrl-C')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift levels check levels/packs/gems/*\n' +
        '  npx levelshift levels check --all --json\n' +
        '  npx levelshift levels check mine.txt --watch',
    )
    .action(async (files: string[], flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, files })
      const own = sourceOptions(options)
      const directories = options.levels === undefined ? [] : [options.levels]
      const named = options.files.length > 0 ? options.files : directories
      if (named.length === 0 && !options.all)
        throw new UserError(
          "missing required argument 'file': give level files, --levels FOLDER or --all: see npx levelshift --help",
          { exitCode: 2 },
        )
      if (options.watch) {
        const { watchLevels } = await import('../../levels/watch.ts')
        await watchLevels(named, own, session.context, (report, lines) =>
          process.stdout.write(`${options.json ? JSON.stringify(report) : lines}\n`),
        )
        return
      }
      const { checkAll, checkFiles } = await import('../../levels/check.ts')
      const { filesOf, packFiles } = await import('../../levels/source.ts')
      // One file's only fault is the error itself.
      const strict = !options.json && named.flatMap(name => filesOf(name, own)).length === 1
      const report = options.all
        ? await checkAll(
            [...packFiles(), ...options.files, ...directories],
            own,
            options.generated,
            session.context,
          )
        : await checkFiles(named, { ...own, strict }, session.context)
      finish(report, options.json, session)
    })
}

function finish(report: CheckReport, json: boolean, session: Session): void {
  const { checked, failed } = report
  // So is one level's.
  const alone = checked === 1 && failed[0]?.faults.length === 1 && !json
  if (!alone) for (const level of failed) for (const line of faultLines(level)) session.context.say(line)
  for (const { file, title, why } of report.unproved)
    session.context.say(`${file}:${title === null ? '' : ` '${title}':`} ${why}`)
  if (json || report.levels.length > 0 || report.generated) session.finish(json, report, formatReport)
  if (alone) throw new UserError(failed[0]?.why as string)
  if (failed.length > 0)
    throw new UserError(`${failed.length} of ${checked} levels have a fault: mend those named above`)
}

/** The faults of a level, one a line. */
export function faultLines({ faults }: FailedLevel): string[] {
  const more = faults.length - MAX_FAULTS
  return [...faults.slice(0, MAX_FAULTS), ...(more > 0 ? [`and ${more} more faults of this level`] : [])]
}

function formatReport({ levels, generated }: CheckReport): string {
  const counts = generated?.map(({ game, checked, solved }) => `${game}: ${solved} of ${checked} generated levels proved`) // biome-ignore format: one line
  return [...levels.map(describeChecked), ...(counts ?? [])].join('\n')
}

/** One line on a level that was proved. */
export function describeChecked(level: CheckedLevel): string {
  const { file, title, game, hash, split, proof, solverReturn, solverSteps } = level
  const who = proof === 'solver' ? 'the solver' : 'the recorded solution'
  const name = file.endsWith('.txt') || title === null ? file : `${file}: ${title}`
  return `${name}: ${game}, ${split} split, hash ${hash.slice(0, 12)}, ${who} gets ${solverReturn} in ${solverSteps} steps`
}
