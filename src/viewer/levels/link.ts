/**
 * A level inside an address: its text (levels/text.ts), deflated and in base64url. Every link is taken for hostile: no more
 * of it is inflated than a level may have, and what comes out goes through the checks that every level file goes through.
 */
import { base64urlnopad } from '@scure/base'
import { deflateSync, Inflate } from 'fflate'
import type { Level } from '../../../levels/level.ts'
import { formatLevel, inspectLevel, parseLevel } from '../../../levels/text.ts'
import { UserError } from '../../core/errors.ts'

/** Longest text of a level that a link carries, in bytes; a map of 64x64 takes 4,160. */
export const MAX_LINK_TEXT = 64 * 1024
/** Deflate hardly makes anything longer, and base64 has 4 letters for 3 bytes. */
const MAX_LINK = 90_000
/** Fed to the inflater at once. Deflate writes at most 1,032 bytes for one, so that a bomb is noticed after 256 KiB. */
const PIECE = 256

/** What errors call the level, where a file would have its name. */
const LINK = 'the level in this link'

/** The level as it stands in an address after `level=`. A recorded solution that is too long for one is left out. */
export function encodeLevel(level: Level): string {
  const { solution: _, ...unsolved } = level
  for (const candidate of [level, unsolved]) {
    const text = new TextEncoder().encode(formatLevel(candidate))
    if (text.length <= MAX_LINK_TEXT) return base64urlnopad.encode(deflateSync(text, { level: 9 }))
  }
  throw new UserError(
    `the level is too long for a link: expected at most ${MAX_LINK_TEXT / 1024} KiB of text; shorten its title`,
  )
}

/** The level of a link. One that is damaged, too large or no sound level is refused with one sentence. */
export function decodeLevel(link: string): Level {
  return parseLevel(textOf(link), LINK)
}

/** The same for a level that is still being drawn: faults in its map and rules are let through. */
export function decodeDraft(link: string): Level {
  return inspectLevel(textOf(link), LINK).level
}

function textOf(link: string): string {
  if (link.length > MAX_LINK)
    throw new UserError(`${LINK} is ${link.length} letters long; expected at most ${MAX_LINK}`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(inflate(base64urlnopad.decode(link)))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${LINK} is damaged; copy the whole link again`, { cause: error })
  }
}

function inflate(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(MAX_LINK_TEXT)
  let length = 0
  const inflater = new Inflate(piece => {
    if (length + piece.length > MAX_LINK_TEXT)
      throw new UserError(
        `${LINK} is larger than a level: expected at most ${MAX_LINK_TEXT / 1024} KiB of text`,
      )
    whole.set(piece, length)
    length += piece.length
  })
  for (let from = 0; ; from += PIECE) {
    const isLast = from + PIECE >= bytes.length
    inflater.push(bytes.subarray(from, from + PIECE), isLast)
    if (isLast) return whole.subarray(0, length)
  }
}
