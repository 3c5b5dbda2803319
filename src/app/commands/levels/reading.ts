/** Flags of every command that reads levels: where names are looked up, and what files of other programs mean. */

import type { Command } from 'commander'
import { parseTileMapping } from '../../../../levels/formats/foreign.ts'
import { readText } from '../../files.ts'
import { gameFlag, path } from '../../flags.ts'
import type { SourceOptions } from '../../levels/source.ts'

export const readingShape = {
  levels: path('--levels').optional(),
  game: gameFlag.optional(),
  mapping: path('--mapping').optional(),
}

/** Adds the flags. */
export function readsLevels(command: Command): Command {
  return command
    .option('--levels <folder>', 'a folder of your own, to find names in')
    .option('--game <name>', 'the game of a file of another program that does not say')
    .option('--mapping <file>', 'JSON that says what the tiles of another program mean')
}

/** The flags as what loadLevels takes; reads the mapping file. */
export function sourceOptions(flags: {
  levels?: string | undefined
  game?: string | undefined
  mapping?: string | undefined
}): SourceOptions {
  const { levels, game, mapping } = flags
  return {
    ...(levels === undefined ? {} : { directory: levels }),
    ...(game === undefined ? {} : { game }),
    ...(mapping === undefined
      ? {}
      : { mapping: parseTileMapping(readText(mapping, 'mapping of tiles'), mapping) }),
  }
}
