/** One case of the fuzzer: a number and a format give a damaged file, and reading it must end well. */
import type { RejectedLevel } from '../../levels/formats/imported.ts'
import type { Level } from '../../levels/level.ts'
import { formatLevel, parseLevel } from '../../levels/text.ts'
import { UserError } from '../../src/core/errors.ts'
import { type Stream, stream } from '../../src/core/random.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { changedText, mutateJson } from './mutate-json.ts'

/** A file under the name by which others refer to it. */
export interface FuzzFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The file that is read, and then those that it may refer to. */
export type Bundle = readonly [FuzzFile, ...FuzzFile[]]

/** What reading a bundle gave. */
export interface Reading {
  readonly levels: readonly Level[]
  readonly rejected: readonly RejectedLevel[]
  /** Whether something that is no level was read, such as moves. */
  readonly other?: boolean
}

export interface FuzzFormat {
  readonly name: string
  /** lines: a JSON value a line. */
  readonly structure: 'json' | 'lines' | 'xml' | 'text'
  /** Words that mean something in the format. */
  readonly tokens: readonly string[]
  /** Sound files. */
  seeds(): readonly Bundle[]
  read(bundle: Bundle): Reading
}

/** How a case ended. */
export interface Outcome {
  readonly levels: number
  readonly rejected: number
  readonly other: number
  /** 1 when the file as a whole was refused. */
  readonly refused: number
  /** What must not happen. */
  readonly fault?: string
}

/** A sentence that is longer tells nobody anything. */
const MAX_MESSAGE = 4000

/** The damaged files of a case. The same format, seeds and number give the same bytes. */
export function makeCase(format: FuzzFormat, seeds: readonly Bundle[], number: number): Bundle {
  const random = stream('fuzz', format.name, number)
  const bundle = random.pick(seeds)
  const other = random.pick(seeds)[0].bytes
  // Mostly the file that is read; sometimes one that it refers to.
  const at = bundle.length > 1 && random.int(4) === 0 ? 1 + random.int(bundle.length - 1) : 0
  const damaged = bundle.map((file, i) =>
    i === at ? { ...file, bytes: damage(format, file.bytes, random, other) } : file,
  )
  return damaged as unknown as Bundle
}

function damage(
  { structure, tokens }: FuzzFormat,
  bytes: Uint8Array,
  random: Stream,
  other: Uint8Array,
): Uint8Array {
  const choice = random.int(8)
  let out = bytes
  if (structure === 'json' && choice < 6) {
    out = encode(mutateJson(decode(bytes), random, decode(other)))
    if (choice > 0) return out
  } else if (structure === 'lines' && choice < 6) {
    const lines = decode(bytes).split('\n')
    const at = random.int(lines.length)
    lines[at] = mutateJson(lines[at] as string, random, random.pick(lines))
    out = encode(lines.join('\n'))
    if (choice > 0) return out
  }
  if (structure === 'xml' ? choice < 4 : structure === 'json' && choice === 6)
    return encode(mutateData(decode(bytes), random))
  return mutateBytes(out, random, other, tokens)
}

/** Damage to one of the packed data of a file, or to one of its quoted values. */
function mutateData(text: string, random: Stream): string {
  const found = [...text.matchAll(random.int(2) ? /[A-Za-z0-9+/]{16,}={0,2}/g : /(?<=")[^"<>]*(?=")/g)]
  if (found.length === 0) return text
  const { 0: old, index } = random.pick(found)
  return text.slice(0, index) + changedText(old, random) + text.slice(index + old.length)
}

/** Reads a bundle and says how that ended; throws nothing. */
export function runCase(format: FuzzFormat, bundle: Bundle): Outcome {
  const nothing = { levels: 0, rejected: 0, other: 0, refused: 0 }
  try {
    const { levels, rejected, other } = format.read(bundle)
    const fault =
      levels.map(faultOfLevel).find(Boolean) ??
      rejected.map(({ why }) => faultOfMessage(why)).find(Boolean) ??
      rejected.map(({ title }) => faultOfTitle(title)).find(Boolean)
    return {
      levels: levels.length,
      rejected: rejected.length,
      other: other ? 1 : 0,
      refused: 0,
      ...(fault === undefined ? {} : { fault }),
    }
  } catch (error) {
    if (!(error instanceof UserError)) {
      const { stack, message } = error instanceof Error ? error : new Error(String(error))
      return { ...nothing, fault: `crash: ${(stack ?? message).slice(0, 2000)}` }
    }
    const fault = faultOfMessage(error.message)
    return { ...nothing, refused: 1, ...(fault === undefined ? {} : { fault }) }
  }
}

/** A message is a sentence on one line that a terminal can show. */
function faultOfMessage(message: string): string | undefined {
  if (message.length > MAX_MESSAGE)
    return `a message of ${message.length} characters: ${message.slice(0, 500)}`
  return faultOfLine('message', message)
}

/** A title is as the file has it, however long. */
function faultOfTitle(title: string): string | undefined {
  return faultOfLine('title', title)
}

function faultOfLine(what: string, text: string): string | undefined {
  if (text.trim() === '') return `an empty ${what}`
  if (/[\p{Cc}\u2028\u2029]/u.test(text))
    return `a ${what} of more than one line: ${JSON.stringify(text.slice(0, 500))}`
  return undefined
}

/** A level that was read is sound: it can be written as text and read again, which checks all of it. */
function faultOfLevel(level: Level): string | undefined {
  try {
    const text = formatLevel(level)
    return formatLevel(parseLevel(text, 'level')) === text
      ? undefined
      : `a level that changes when it is saved: ${text}`
  } catch (error) {
    return `a level that is not sound: ${error instanceof Error ? error.message : error}`
  }
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
