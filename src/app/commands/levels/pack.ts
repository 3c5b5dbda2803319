/** levelshift levels pack: many generated levels in one file. */

import { dirname } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { DIFFICULTIES, type Difficulty } from '../../../../levels/level.ts'
import { makeFolder, writeFileAtomic } from '../../files.ts'
import { names, oneOf, parseFlags, path, seedFlag, sizeFlag, splitFlag, wholeNumber } from '../../flags.ts'
import type { Session } from '../../session.ts'

const optionsSchema = z.object({
  game: z.string(),
  out: path('-o'),
  count: wholeNumber('--count', 1, 100_000),
  split: splitFlag,
  seed: seedFlag,
  families: names('--families').optional(),
  size: sizeFlag.optional(),
  difficulty: oneOf('--difficulty', DIFFICULTIES.map(String)).optional(),
  vary: names('--vary').optional(),
  heldOutRules: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** Adds `pack` to the commands on levels. */
export function addPack(levels: Command, session: Session): void {
  levels
    .command('pack')
    .summary('generate proved levels of a split into one file')
    .description(
      'Generates different levels of one split, each proved by the solver, into one file of JSON lines that\n' +
        'check, solve, render and play read like any other level file. The same seed gives the same file.',
    )
    .argument('<game>', 'the game that they are of')
    .requiredOption('-o, --out <file>', 'where to write it, for example gems.jsonl')
    .option('--count <number>', 'how many levels', '100')
    .option('--split <name>', 'train, validation or test', 'test')
    .option('--seed <number>', 'draws the levels: another seed, other levels', '1')
    .option('--families <names>', 'layout families, with commas between them (default: as in training)')
    .option('--size <numbers>', 'smallest and largest side, such as 9,13 (default: as in training)')
    .option('--difficulty <number>', '1 easy, 2 as in training, 3 hard')
    .option('--vary <names>', 'hidden rules that differ from level to level (default: as in training)')
    .option('--held-out-rules', 'draw the rules from values that training never sees')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift levels pack gems --count 50 --split test -o gems.jsonl',
    )
    .action(async (game: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, game })
      const { out, count, split, seed, difficulty, json, families, size, vary, heldOutRules } = options
      const { drawPack } = await import('../../levels/pack.ts')
      const request = {
        game,
        heldOutRules,
        ...(families ? { families } : {}),
        ...(size ? { size } : {}),
        ...(vary ? { vary } : {}),
        ...(difficulty ? { difficulty: Number(difficulty) as Difficulty } : {}),
      }
      makeFolder(dirname(out))
      writeFileAtomic(out, await drawPack({ request, split, count, seed }, session.context))
      session.finish(json, { file: out, game, split, levels: count }, ({ file }) => file)
    })
}
