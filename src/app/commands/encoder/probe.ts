/** levelshift encoder probe: what an encoder's features tell. */

import type { Command } from 'commander'
import { z } from 'zod'
import type { ProbeResult } from '../../encoder/probe.ts'
import { backendFlag, parseFlags, path, seedFlag, wholeNumber } from '../../flags.ts'
import type { Session } from '../../session.ts'

/** Frames come in batches of 128, and a quarter as many are asked about. */
const FRAMES_STEP = 512

const optionsSchema = z.object({
  encoder: path('the encoder'),
  recipe: z.string(),
  seed: seedFlag,
  frames: wholeNumber('--frames', FRAMES_STEP, 100_000),
  backend: backendFlag.optional(),
  json: z.boolean().default(false),
})

/** Adds `probe` to the commands on encoders. */
export function addProbe(encoder: Command, session: Session): void {
  encoder
    .command('probe')
    .summary('measure what an encoder tells about unseen levels')
    .description(
      "Trains linear heads on the encoder's features of training pictures and asks them about pictures of validation levels:\n" +
        'which way objects lie and how near they are; beside it the same with random weights of the same shape.',
    )
    .argument('<encoder>', "an encoder's or agent's checkpoint, or a run folder")
    .option('--recipe <name>', 'recipe whose levels the pictures show', 'starter')
    .option(
      '--frames <number>',
      `frames to train the heads on, rounded up to a multiple of ${FRAMES_STEP}`,
      '8192',
    )
    .option('--seed <number>', 'seed of everything that is drawn', '1')
    .option('--backend <name>', 'auto, native, wasm or cpu (default: LEVELSHIFT_BACKEND, or auto)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx levelshift encoder probe runs/mobilenet-v2.safetensors')
    .action(async (file: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, encoder: file })
      const { probeBackbone } = await import('../../encoder/probe.ts')
      const { findRecipe } = await import('../../recipes.ts')
      const request = {
        encoder: options.encoder,
        recipe: findRecipe(options.recipe),
        seed: options.seed,
        frames: FRAMES_STEP * Math.ceil(options.frames / FRAMES_STEP),
        ...(options.backend ? { backend: options.backend } : {}),
      }
      session.finish(options.json, await probeBackbone(request, session.context), formatResult)
    })
}

function formatResult({ encoder, features, given, random, pretraining }: ProbeResult): string {
  const line = (what: string, { directionAccuracy, nearnessR2 }: ProbeResult['given']) =>
    `${what}: direction of objects ${(100 * directionAccuracy).toFixed(1)}% right, R^2 of their nearness ${nearnessR2.toFixed(3)}`
  const own =
    pretraining &&
    `its own heads, at the end of pretraining: direction of objects ${(100 * pretraining.validation.directionAccuracy).toFixed(1)}% right`
  return [
    `${encoder}: ${features} features; linear heads trained on ${given.trained} frames, asked about ${given.frames}`,
    line('this encoder', given),
    line('random weights', random),
    ...(own ? [own] : []),
  ].join('\n')
}
