/** Checks level files again whenever one is saved, and tells what is different now. */
import { watch } from 'chokidar'
import { describeChecked, faultLines } from '../commands/levels/check.ts'
import type { CommandContext } from '../context.ts'
import { type CheckReport, checkFiles } from './check.ts'
import { filesOf, type SourceOptions } from './source.ts'

/** Milliseconds that a file must rest before it is read: editors write in pieces. */
const REST = 60

/** Watches until the signal; `print` takes each file's lines where they differ from the last ones. */
export async function watchLevels(
  names: readonly string[],
  options: SourceOptions,
  context: CommandContext,
  print: (report: CheckReport, lines: string) => void,
): Promise<void> {
  const { signal } = context
  const files = names.flatMap(name => filesOf(name, options))
  const known = new Map<string, string>()
  const check = async (file: string) => {
    const report = await checkFiles([file], options, context)
    const lines = linesOf(report)
    if (known.get(file) === lines || signal.aborted) return
    known.set(file, lines)
    print(report, lines)
  }
  for (const file of files) await check(file)
  context.say(`watching ${files.length === 1 ? files[0] : `${files.length} files`}; Ctrl-C ends it`)
  // A folder may get new files: it is watched as a whole.
  const watcher = watch([...names.filter(name => filesOf(name, options)[0] !== name), ...files], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: REST, pollInterval: REST / 3 },
  })
  // One after the other, so that the last save is the last word.
  let work = Promise.resolve()
  let failure: unknown
  await new Promise<void>(resolve => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    const again = (file: string) => {
      work = work
        .then(() => check(file))
        .catch(error => {
          if (!signal.aborted) failure = error
          resolve()
        })
    }
    watcher.on('add', again).on('change', again)
    watcher.on('unlink', file => {
      known.delete(file)
      context.say(`${file}: it is gone; it is checked again when it is back`)
    })
    if (signal.aborted) resolve()
  })
  await watcher.close()
  await work
  if (failure !== undefined) throw failure
}

/** All that a check has to say on a file. */
function linesOf({ levels, failed, unproved }: CheckReport): string {
  return [
    ...levels.map(describeChecked),
    ...failed.flatMap(faultLines),
    ...unproved.map(({ file, title, why }) => `${file}: ${title === null ? '' : `'${title}': `}${why}`),
  ].join('\n')
}
