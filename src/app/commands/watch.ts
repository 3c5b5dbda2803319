/** levelshift watch: the browser page and its server. */

import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { parseFlags, path, wholeNumber } from '../flags.ts'
import type { Session } from '../session.ts'

/** A token stands in an address. */
const TOKEN = /^[\w.~-]{16,200}$/

const optionsSchema = z.object({
  port: wholeNumber('--port', 0, 65_535),
  host: z.string().trim().min(1, "--host must be an address such as 127.0.0.1, got ''"),
  runs: path('--runs').optional(),
  levels: path('--levels').optional(),
  agents: path('--agents').optional(),
  token: z.string().regex(TOKEN, '--token must be 16 to 200 letters, digits and any of - _ . ~').optional(),
  maxClients: wholeNumber('--max-clients', 1, 10_000),
  readOnly: z.boolean().default(false),
  json: z.boolean().default(false),
})
type WatchOptions = z.infer<typeof optionsSchema>

/** Where things are unless told otherwise. Not there yet, they are no fault. */
const FOLDERS = { runs: 'runs', levels: 'levels/packs', agents: 'agents/trained' } as const

/** Adds `watch` to the command line. */
export function addWatch(program: Command, session: Session): void {
  program
    .command('watch')
    .summary('watch, play and edit in the browser')
    .description(
      'Serves a page on which training runs can be watched live, an agent adapts to a level step by step, levels are\n' +
        'played and drawn, and prints its address. Runs until Ctrl-C.',
    )
    .option('--port <number>', 'where to listen; 0 takes any free port', '4173')
    .option('--host <address>', 'address to bind; any but 127.0.0.1 requires a token', '127.0.0.1')
    .option('--runs <folder>', `folder of runs (default: ${FOLDERS.runs})`)
    .option('--levels <folder>', `folder that drawn levels are saved in (default: ${FOLDERS.levels})`)
    .option('--agents <folder>', `folder of agents (default: ${FOLDERS.agents})`)
    .option('--token <text>', 'token that clients must know (default: drawn where one is required)')
    .option('--max-clients <number>', 'clients at a time', '32')
    .option('--read-only', 'save no levels')
    .option('--json', 'print the address as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift watch\n  npx levelshift watch --port 0 --runs runs --json',
    )
    .action(async (flags: object) => watch(parseFlags(optionsSchema, flags), session))
}

async function watch(options: WatchOptions, { context, finish }: Session): Promise<void> {
  const { signal } = context
  const runs = folderOf('--runs', options.runs) ?? FOLDERS.runs
  const agents = folderOf('--agents', options.agents) ?? FOLDERS.agents
  const levels = options.readOnly ? undefined : (folderOf('--levels', options.levels) ?? FOLDERS.levels)
  const { startServer } = await import('../watch/server.ts')
  const server = await startServer({
    host: options.host,
    port: options.port,
    maxClients: options.maxClients,
    runs,
    agents,
    ...(levels !== undefined && isFolder(levels) ? { levels } : {}),
    ...(options.token === undefined ? {} : { token: options.token }),
    say: context.say,
  })
  try {
    const { url, port, token } = server
    const address = { url, port, ...(token === undefined ? {} : { token }) }
    finish(options.json, address, ({ url }) => url)
    if (!signal.aborted)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  } finally {
    await server.close()
  }
  signal.throwIfAborted()
}

/** A folder that was asked for must be there. */
function folderOf(flag: string, folder: string | undefined): string | undefined {
  if (folder === undefined || isFolder(folder)) return folder
  throw new UserError(`${flag} ${folder}: no such folder: check the path`)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
