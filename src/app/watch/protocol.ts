/**
 * What the server of `levelshift watch` and its clients say to each other: docs/protocol.md. Text messages are JSON and
 * checked by the schemas below at both ends; binary messages are pictures of games in play (scene-codec.ts). This file
 * runs in Node and in the browser.
 */
import { z } from 'zod'
import { MAX_SIDE } from '../../../levels/level.ts'
import { SLUG } from '../levels/slug.ts'

/** Offered and chosen as the WebSocket subprotocol. A change that an older client would misread gets another number. */
export const SUBPROTOCOL = 'levelshift.1'

/** Games on a wall, at most. */
export const MAX_WALL = 64
/** Steps a second of a wall whose client has not said. */
export const DEFAULT_SPEED = 8
/** Longest message that the server takes, in bytes: a level of 64x64 with room to spare. */
export const MAX_CLIENT_BYTES = 64 * 1024

/** Longest name of a run. */
export const MAX_NAME = 200
/** Name of a run: that of its folder inside the runs folder. */
const runName = z.string().min(1).max(MAX_NAME)
const id = z
  .int()
  .min(0)
  .max(2 ** 31)
const finite = z.number()

/** A request, which is answered by a message of the same id. */
export const askSchema = z.discriminatedUnion('ask', [
  z.strictObject({ id, ask: z.literal('runs') }),
  z.strictObject({ id, ask: z.literal('run'), run: runName }),
  z.strictObject({ id, ask: z.literal('agents') }),
  /** Adds a level to the level folder. `text` is the level in Levelshift's own text format. */
  z.strictObject({
    id,
    ask: z.literal('save'),
    /** Stem of the file in the game's folder. */
    name: z.string().regex(SLUG, 'expected lower-case letters, digits and dashes'),
    text: z.string().max(MAX_SIDE * (MAX_SIDE + 1) * 4 + 8192),
    /** Replace a file that is there. */
    replace: z.boolean(),
  }),
])
export type Ask = z.infer<typeof askSchema>

/** What a client wants to be told from now on; not answered. */
export const orderSchema = z.discriminatedUnion('do', [
  /** The metrics of a run from record `from` on (from 0), and of its progress. One run a client: the last one asked for. */
  z.strictObject({ do: z.literal('follow'), run: runName, from: z.int().min(0) }),
  z.strictObject({ do: z.literal('unfollow') }),
  /** The games that the run's agent played last, as pictures. One wall a client. */
  z.strictObject({ do: z.literal('wall'), run: runName }),
  z.strictObject({ do: z.literal('no-wall') }),
  /** Steps a second of every game on the wall; 0 stands still. */
  z.strictObject({ do: z.literal('speed'), stepsPerSecond: z.number().min(0).max(256) }),
  /** One step of every game on the wall, while it stands still. */
  z.strictObject({ do: z.literal('step') }),
])
export type Order = z.infer<typeof orderSchema>

export const clientMessageSchema = z.union([askSchema, orderSchema])
export type ClientMessage = z.infer<typeof clientMessageSchema>

/** How far a job of a run is. */
export const progressSchema = z.object({
  /** What is being done, such as meta-training. */
  label: z.string(),
  unit: z.string(),
  done: finite,
  total: finite,
  /** Units a second since the job began; 0 before the first. */
  perSecond: finite,
  detail: z.string(),
})

export type Progress = z.infer<typeof progressSchema>

const RUN_STATES = ['training', 'stopped', 'finished'] as const

export const runSummarySchema = z.object({
  name: z.string(),
  recipe: z.string(),
  games: z.array(z.string()),
  seed: z.number(),
  /** Whether a process is at work on it (run.lock). */
  state: z.enum(RUN_STATES),
  /** Meta-iterations done, and those of the recipe. */
  iteration: z.number(),
  iterations: z.number(),
  /** Best score on validation levels. */
  best: z.number().nullable(),
  /** An agent can be loaded from it. */
  hasAgent: z.boolean(),
  hasEvaluation: z.boolean(),
  /** Time of the last change, in milliseconds since 1970. */
  changed: z.number(),
})
export type RunSummary = z.infer<typeof runSummarySchema>

/** An agent that can be loaded: a file that ships, or the best of a run. */
export const agentEntrySchema = z.object({
  /** For the path /agents/ID of the server. */
  id: z.string(),
  name: z.string(),
  recipe: z.string(),
  games: z.array(z.string()),
  bytes: z.number(),
})
export type AgentEntry = z.infer<typeof agentEntrySchema>

/** A record of metrics.jsonl, as far as curves are drawn from it. */
const metricsRecordSchema = z.looseObject({ iteration: z.number() })

/** What the slots of a wall play. */
const wallGameSchema = z.object({
  /** Task of the meta-iteration, and gradient steps that its policy had taken. */
  task: z.number(),
  steps: z.number(),
  /** As levels/level.ts, the hidden rules included. */
  level: z.unknown(),
  hash: z.string(),
  /** Steps that the episode has. */
  length: z.number(),
})

/**
 * Why a request failed: the message is wrong; there is no such thing; a file is there already; the level is not sound or
 * not proved; too much is asked at once; a fault of the server.
 */
export const ERROR_CODES = ['bad-request', 'unknown', 'exists', 'invalid', 'busy', 'fault'] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

export const serverMessageSchema = z.union([
  z.object({ id, answer: z.unknown() }),
  /** `error` is one sentence; `code` tells a program what to offer. */
  z.object({ id, error: z.string(), code: z.enum(ERROR_CODES) }),
  z.object({
    type: z.literal('welcome'),
    version: z.string(),
    /** Whether levels may be saved. */
    saves: z.boolean(),
  }),
  /** The list of runs has changed, or one of its members has. */
  z.object({ type: z.literal('runs'), runs: z.array(runSummarySchema) }),
  /** New records of the followed run. `from` is less than what the client has after the run was cut back. */
  z.object({
    type: z.literal('records'),
    run: z.string(),
    from: z.number(),
    records: z.array(metricsRecordSchema),
    progress: progressSchema.nullable(),
  }),
  /** What is on the wall from now on; slot i of the pictures is games[i]. */
  z.object({
    type: z.literal('wall'),
    run: z.string(),
    iteration: z.number(),
    games: z.array(wallGameSchema).max(MAX_WALL),
  }),
  /** Something went wrong with an order or a message without an id; one sentence. */
  z.object({ type: z.literal('error'), error: z.string() }),
])
export type ServerMessage = z.infer<typeof serverMessageSchema>
