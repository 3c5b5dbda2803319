/** levelshift play: a level in the terminal, with the keyboard. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { parseFlags, seedFlag, splitFlag } from '../flags.ts'
import type { Session } from '../session.ts'
import { budgetFlag, levelNamed, namesOneLevel, oneLevelShape } from './levels/one.ts'

const optionsSchema = z.object({
  ...oneLevelShape,
  seed: seedFlag,
  split: splitFlag,
  budget: budgetFlag,
})
type PlayOptions = z.infer<typeof optionsSchema>

/** What is printed when the play is over. */
interface PlayResult {
  readonly game: string
  readonly title: string | null
  readonly outcome: string
  readonly return: number
  readonly steps: number
  readonly moves: string
  readonly solverReturn: number | null
}

/** Adds `play` to the command line. */
export function addPlay(program: Command, session: Session): void {
  namesOneLevel(program.command('play'))
    .summary('play a level in the terminal')
    .description(
      'Plays a level in the terminal: arrow keys or WASD move, space uses, . waits, u undoes, r restarts, h hints,\n' +
        'q quits. The name of a game draws a new level. The hidden rules are hidden from you as well, and told at the end.',
    )
    .option('--seed <number>', 'draws the level of a game: another seed, another level', '1')
    .option('--split <name>', 'split of the drawn level: train, validation or test', 'train')
    .option('--budget <number>', 'states that the solver may look at', '200000')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift play levels/packs/keys/two-locks.txt\n  npx levelshift play gems --seed 7',
    )
    .action(async (file: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, file })
      if (!process.stdin.isTTY || !process.stderr.isTTY)
        throw new UserError(
          'play needs a terminal: expected the keyboard as standard input and a screen as standard error; run it without pipes',
        )
      session.finish(options.json, await play(options, session), formatResult)
    })
}

async function play(options: PlayOptions, { context }: Session): Promise<PlayResult> {
  const { drawLevel } = await import('../../../envs/draw-level.ts')
  const { LEVEL_KINDS } = await import('../../../levels/registry.ts')
  const { actionsOfMoves } = await import('../../../levels/moves.ts')
  const { proveLevel } = await import('../levels/prove.ts')
  const { openGameSession } = await import('../play/game-session.ts')
  const { playOnTerminal } = await import('../play/terminal.ts')
  const { file, seed, split, budget } = options
  const level = LEVEL_KINDS.some(kind => kind.game === file)
    ? drawLevel({ game: file }, split, `play/${seed}`).level
    : levelNamed(options).level
  const proof = proveLevel(level, budget)
  const known = proof.proof === 'unproved' ? undefined : proof
  const game = openGameSession(level, {
    hintBudget: budget,
    ...(known ? { solution: actionsOfMoves(known.moves, level) } : {}),
  })
  await playOnTerminal({
    session: game,
    keyboard: process.stdin,
    screen: process.stderr,
    signal: context.signal,
    solver: known
      ? `the solver gets ${known.return} in ${known.moves.length}`
      : 'the solver knows no way to win',
  })
  const { outcome, total, steps, moves } = game.standing()
  return {
    game: level.game,
    title: level.title ?? null,
    outcome,
    return: total,
    steps,
    moves,
    solverReturn: known?.return ?? null,
  }
}

function formatResult({ outcome, return: total, steps, solverReturn }: PlayResult): string {
  const beside = solverReturn === null ? 'the solver knows no way to win' : `the solver gets ${solverReturn}`
  return `${outcome === 'playing' ? 'left' : outcome}: return ${total} in ${steps} steps; ${beside}`
}
