/** A long job under the command line's own session, for cli.test.ts: Ctrl-C has to reach it. */

import { setImmediate, setTimeout } from 'node:timers/promises'
import { openSession } from '../src/app/session.ts'
import { messageOf, UserError } from '../src/core/errors.ts'

const [kind, ...argv] = process.argv.slice(2)
const session = openSession(argv)
session.setResumeHint('npx levelshift train starter --resume')
const { context } = session
const signal = kind === 'deaf' ? undefined : context.signal
const progress = context.progress({ label: 'work', total: 1000, unit: 'steps' })
process.stdout.write('ready\n')
try {
  for (let step = 0; step < 600; step++) {
    signal?.throwIfAborted()
    progress.update(step)
    // A stubborn job looks at the signal too seldom.
    await (kind === 'stubborn' ? setTimeout(60_000) : setTimeout(50))
    await setImmediate()
  }
  session.finish(true, { done: true }, String)
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = error instanceof UserError ? error.exitCode : 70
} finally {
  progress.stop()
  session.close()
}
