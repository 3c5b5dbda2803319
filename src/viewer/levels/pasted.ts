/** What somebody pastes: the address of a page with a level in it, or the text of a level. */
import type { Level } from '../../../levels/level.ts'
import { parseLevel } from '../../../levels/text.ts'
import { UserError } from '../../core/errors.ts'
import { decodeLevel } from './link.ts'

/** The level of a pasted text; what is none is refused with one sentence. */
export function readPasted(pasted: string): Level {
  const text = pasted.trim()
  if (text.startsWith('levelshift level')) return parseLevel(text, 'the pasted text')
  const [, link] = /[?&]level=([^&#\s]*)/.exec(text) ?? []
  if (link === undefined)
    throw new UserError(
      "no level in what was pasted; expected a link with 'level=' in it, or a text that begins with 'levelshift level 1'",
    )
  return decodeLevel(link)
}
