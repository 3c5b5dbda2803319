/** What the server and the part that follows the runs (live.ts) know of each other. */
import type { Order, RunSummary, ServerMessage } from './protocol.ts'

/** One connected client. Sending to one that is gone does nothing. */
export interface LiveClient {
  /** Sends a text message. A client that lets too much of it pile up is dropped. */
  send(message: ServerMessage): void
  /** Sends a picture (binary). Only while the backlog is small: a slow client skips pictures, it does not collect them. */
  sendPicture(bytes: Uint8Array): void
  /** Bytes that were sent and have not left this process. */
  readonly backlog: number
}

/** What one client has ordered. */
export interface LiveSession {
  /** Throws a UserError where it cannot do that, for an unknown run for example. */
  handle(order: Order): void
  /** The client has gone; it is sent nothing afterwards. */
  close(): void
}

/** Follows the runs of a folder for all clients. */
export interface Live {
  /** All runs, as the message `runs` lists them. */
  runs(): Promise<readonly RunSummary[]>
  /** The folder of a run, listed yet or not; undefined for every other name, so that no name becomes a path unchecked. */
  folderOf(run: string): string | undefined
  /** From now on the client is told of changes. */
  connect(client: LiveClient): LiveSession
  close(): Promise<void>
}
