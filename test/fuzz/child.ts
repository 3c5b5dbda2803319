/**
 * Runs a range of cases of one format, in a process of its own: what hangs or runs out of memory here can be killed and
 * told by its number. After each case a line goes to file descriptor 3: number, levels, rejected, other, refused,
 * milliseconds, largest resident memory of the process so far in KB, and the fault as JSON, null where there is none.
 */
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { type FuzzFormat, makeCase, runCase } from './case.ts'

const [module = '', name = '', from = '', to = ''] = process.argv.slice(2)
const { FORMATS } = (await import(pathToFileURL(module).href)) as { readonly FORMATS: readonly FuzzFormat[] }
const format = FORMATS.find(candidate => candidate.name === name)
if (!format) throw new Error(`no format ${name}`)
const seeds = format.seeds()
for (const seed of seeds) {
  const { levels, other, fault } = runCase(format, seed)
  if ((levels === 0 && other === 0) || fault !== undefined)
    throw new Error(`${name}: a seed is no sound file: ${fault ?? format.read(seed).rejected[0]?.why}`)
}
say(`ready ${peak()}`)
for (let number = Number(from); number < Number(to); number++) {
  const bundle = makeCase(format, seeds, number)
  const start = performance.now()
  const used = process.cpuUsage()
  const outcome = runCase(format, bundle)
  const { user, system } = process.cpuUsage(used)
  // Other programs may hold the processor, and other threads of this process help it: the smaller is nearer the truth.
  const ms = Math.min(performance.now() - start, (user + system) / 1000)
  const { levels, rejected, other, refused, fault } = outcome
  say(
    [number, levels, rejected, other, refused, ms.toFixed(2), peak(), JSON.stringify(fault ?? null)].join(
      ' ',
    ),
  )
}

/** Written at once, so that it is there even if the next case never ends. */
function say(line: string): void {
  writeSync(3, `${line}\n`)
}

function peak(): number {
  return process.resourceUsage().maxRSS
}
