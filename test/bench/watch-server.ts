/** The server that is watched through, in a process of its own: tells its port and, when asked, what it uses. */
import { startServer } from '../../src/app/watch/server.ts'

export interface Usage {
  /** Bytes, after a collection where the process was started with --expose-gc. */
  readonly rss: number
  readonly heap: number
  /** Processor seconds since the start. */
  readonly cpu: number
}

const [runs] = process.argv.slice(2)
const server = await startServer({ runs, port: 0, page: new Map() })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  globalThis.gc?.()
  const { rss, heapUsed: heap } = process.memoryUsage()
  process.send?.({ rss, heap, cpu: (user + system) / 1e6 } satisfies Usage)
})
process.on('disconnect', () => process.exit())
process.send?.({ port: server.port })
