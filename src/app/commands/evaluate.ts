/** levelshift evaluate: an agent's score on unseen levels, by gradient step. */

import type { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { HELD_OUT } from '../../learn/evaluate.ts'
import {
  backendFlag,
  levelsFlag,
  names,
  oneOf,
  parseFlags,
  path,
  seedFlag,
  splitFlag,
  stepsFlag,
} from '../flags.ts'
import type { Session } from '../session.ts'
import { readingShape, sourceOptions } from './levels/reading.ts'

const optionsSchema = z.object({
  agent: path('AGENT'),
  split: splitFlag,
  levels: levelsFlag,
  heldOut: names('--held-out')
    .pipe(z.array(oneOf('--held-out', HELD_OUT)))
    .optional(),
  level: z.array(path('--level')).default([]),
  game: readingShape.game,
  mapping: readingShape.mapping,
  anyGame: z.boolean().default(false),
  steps: stepsFlag,
  seed: seedFlag,
  backend: backendFlag.optional(),
  json: z.boolean().default(false),
})

/** Checked arguments and flags of levelshift evaluate. */
export type EvaluateOptions = z.infer<typeof optionsSchema>

/** Adds `evaluate` to the command line. */
export function addEvaluate(program: Command, session: Session): void {
  program
    .command('evaluate')
    .summary('score an agent on unseen levels, by gradient step')
    .description(
      'Lets an agent adapt to levels it has never seen and prints its score after each gradient step,\n' +
        'beside the baselines. Scores run from 0, a random player, to 1, the solver.',
    )
    .argument('<agent>', 'run folder, or a checkpoint such as agents/trained/starter.safetensors')
    .option('--split <name>', 'train, validation or test', 'test')
    .option('--levels <number>', 'how many levels', '100')
    .option('--held-out <names>', 'levels with layouts, rules or both that training never draws')
    .option('--level <file>', 'a level of your own instead; may be given several times', collect)
    .option('--game <name>', 'the game of a --level of another program that does not say')
    .option('--mapping <file>', 'JSON that says what the tiles of such a --level mean')
    .option('--any-game', 'take a --level of a game that the agent never learned')
    .option('--steps <number>', 'gradient steps on each level', '3')
    .option('--seed <number>', 'draws the levels: another seed, other levels', '1')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx levelshift evaluate runs/starter\n' +
        '  npx levelshift evaluate agents/trained/starter.safetensors --levels 200 --steps 5 --seed 7 --json\n' +
        '  npx levelshift evaluate runs/all --held-out layouts,rules\n' +
        '  npx levelshift evaluate agents/trained/starter.safetensors --level mine.txt',
    )
    .action(async (agent: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, agent })
      if (options.level.length > 0) {
        await evaluateOwn(options, session)
        return
      }
      const { evaluate, formatEvaluation, saveEvaluation } = await import('../evaluate.ts')
      const { isRun } = await import('../run-folder.ts')
      const { split, levels, steps, seed, backend, heldOut } = options
      const { evaluation, episodes } = await evaluate(
        {
          agent,
          split,
          levels,
          steps,
          seed,
          ...(backend ? { backend } : {}),
          ...(heldOut ? { heldOut } : {}),
        },
        session.context,
      )
      // A run's report shows its last evaluation on levels as in training.
      if (isRun(options.agent) && !heldOut) await saveEvaluation(options.agent, evaluation, episodes)
      session.finish(options.json, evaluation, formatEvaluation)
    })
}

/** Evaluates on levels that a person names. */
async function evaluateOwn(options: EvaluateOptions, session: Session): Promise<void> {
  const { agent, level: names, game, mapping, steps, seed, anyGame, backend, json } = options
  const { evaluateLevels, formatLevelsEvaluation } = await import('../evaluate-levels.ts')
  const { loadLevels } = await import('../levels/source.ts')
  const { levels, faults } = loadLevels(names, { ...sourceOptions({ game, mapping }), strict: true })
  if (faults[0]) throw new UserError(faults[0].why)
  const evaluation = await evaluateLevels(
    { agent, levels, steps, seed, anyGame, ...(backend ? { backend } : {}) },
    session.context,
  )
  session.finish(json, evaluation, formatLevelsEvaluation)
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}
