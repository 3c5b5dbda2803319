/** Writing a level that a client sent: only into GAME/NAME.txt of the level folder, and never over a file unasked. */
import { closeSync, lstatSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, fileError, removeIfThere, writeFileAtomic } from '../files.ts'
import { AskError } from './ask-error.ts'

export interface SaveRequest {
  /** The level folder. */
  readonly folder: string
  /** A game of the registry. */
  readonly game: string
  /** Stem of the file, as the protocol allows it: lower-case letters, digits and dashes. */
  readonly name: string
  readonly text: string
  readonly replace: boolean
}

/** Names of devices, which Windows opens in place of a file. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/

/** Writes the file whole or not at all and returns its path, below the folder as it was given. */
export function saveLevel({ folder, game, name, text, replace }: SaveRequest): string {
  if (DEVICES.test(name)) throw new AskError('invalid', `${name} is the name of a device: choose another`)
  const shown = join(folder, game, `${name}.txt`)
  const path = join(gameFolder(folder, game), `${name}.txt`)
  if (!claim(path, shown)) {
    if (!lstatSync(path).isFile())
      throw new AskError('invalid', `${shown} is no plain file: choose another name`)
    if (!replace)
      throw new AskError('exists', `${shown} is there already: replace it, or choose another name`)
    writeFileAtomic(path, text)
    return shown
  }
  try {
    writeFileAtomic(path, text)
  } catch (error) {
    removeIfThere(path)
    throw error
  }
  return shown
}

/** The real folder of a game's levels, made where it is missing. A link could lead anywhere, so none is followed. */
function gameFolder(folder: string, game: string): string {
  try {
    const path = join(realpathSync(folder), game)
    makeIfMissing(path)
    if (realpathSync(path) === path) return path
  } catch (error) {
    throw fileError('open', join(folder, game), error)
  }
  throw new AskError(
    'invalid',
    `${join(folder, game)} leads out of the level folder: expected a plain folder`,
  )
}

function makeIfMissing(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Makes an empty file; false where something of that name is there, whatever it is. */
function claim(path: string, shown: string): boolean {
  try {
    closeSync(openSync(path, 'wx'))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw fileError('write', shown, error)
  }
}
