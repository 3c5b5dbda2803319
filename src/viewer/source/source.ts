/**
 * Where the page's data comes from: the server of `levelshift watch`, or files beside the page (the static site). Pages
 * know only this.
 */
import type { Signal } from '@preact/signals'
import type { Level } from '../../../levels/level.ts'
import type { ReportData } from '../../app/report/data.ts'
import type { AgentEntry, RunSummary } from '../../app/watch/protocol.ts'
import type { LiveSource } from './live.ts'

export interface Source {
  readonly kind: 'server' | 'site'
  /** 'lost' while the server is away and the page tries to reach it again. */
  readonly connection: Signal<'connecting' | 'open' | 'lost'>
  /** The server was replaced by another version: the page should be loaded anew. */
  readonly outdated: Signal<boolean>
  /** All runs; kept up to date. */
  readonly runs: Signal<readonly RunSummary[]>
  /** Whether `runs` has been fetched yet. */
  readonly runsKnown: Signal<boolean>
  /** What a run's report shows. */
  report(run: string): Promise<ReportData>
  agents(): Promise<readonly AgentEntry[]>
  /** The bytes of an agent (safetensors). */
  agent(id: string): Promise<Uint8Array>
  /** Live training; only a server has it. */
  readonly live?: LiveSource
  /** Writes a level into the level folder and returns its path there; only a server can. */
  save?(name: string, level: Level, replace: boolean): Promise<string>
}

/** A request that was refused; `exists` is for the editor's question whether to replace. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
