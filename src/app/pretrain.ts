/** Pretraining the encoder on its own, and as the first phase of a training run. */
import { setImmediate } from 'node:timers/promises'
import { THEMES } from '../core/themes.ts'
import { type BackendName, selectBackend } from '../learn/backend.ts'
import type { HostParameters } from '../learn/parameters.ts'
import {
  encoderOf,
  initPretrain,
  type PretrainRecipe,
  type PretrainState,
  pretrain,
  probe,
} from '../learn/pretrain.ts'
import type { Recipe } from '../learn/recipe.ts'
import type { Probes } from './agent-file.ts'
import type { CommandContext } from './context.ts'
import { encodeEncoder } from './encoder-file.ts'
import { openLiveFiles } from './live-files.ts'
import { openRun } from './run-folder.ts'
import { loadTraining, NOTHING_DONE, saveTraining } from './training-file.ts'

/** Steps between two checkpoints. */
const SAVE_EVERY = 200
const PROBE_BATCHES = 8

export interface PretrainRequest {
  readonly recipe: Recipe
  readonly seed: number
  readonly out: string
  readonly backend?: BackendName | 'auto'
  readonly resume: boolean
}

export interface PretrainResult {
  readonly run: string
  /** The file to give to `train --encoder`. */
  readonly encoder: string
  readonly backend: string
  readonly steps: number
  readonly seconds: number
  readonly probes: Probes
}

/** Pretrains the encoder of a recipe in a run folder of its own. */
export async function pretrainEncoder(
  request: PretrainRequest,
  context: CommandContext,
): Promise<PretrainResult> {
  const { recipe, seed } = request
  const { backend } = await selectBackend(request.backend)
  const run = openRun({
    folder: request.out,
    recipe: { name: recipe.name, encoder: recipe.encoder },
    seed,
    resume: request.resume,
    provenance: { backend, command: context.command },
    say: context.say,
  })
  try {
    const saved = run.loadCheckpoint('latest')
    const training = saved ? loadTraining(saved, recipe, run.folder) : NOTHING_DONE
    const began = performance.now()
    const seconds = () => training.seconds.pretrain + (performance.now() - began) / 1000
    const save = (state: PretrainState) => {
      const now = { ...training, pretrain: state, seconds: { ...training.seconds, pretrain: seconds() } }
      saveTraining(run, 0, now, recipe)
    }
    const from = training.pretrain
    const state = await runPretraining(
      { recipe: recipe.encoder, seed, from, save },
      openLiveFiles(run.folder, context).context,
    )
    save(state)
    const probes = probeEncoder(state.parameters, recipe.encoder, String(seed))
    run.saveCheckpoint(
      'best',
      0,
      encodeEncoder({ values: encoderOf(state.parameters), probes, source: context.command }),
    )
    return {
      run: run.folder,
      encoder: `${run.folder}/checkpoints/best.safetensors`,
      backend,
      steps: state.step,
      seconds: seconds(),
      probes,
    }
  } finally {
    run.close()
  }
}

/** Lets a signal be noticed between two steps; what was done is saved before the work stops. */
export async function pause(context: CommandContext, save: () => void): Promise<void> {
  await setImmediate()
  if (!context.signal.aborted) return
  save()
  context.signal.throwIfAborted()
}

/** Pretrains with progress and checkpoints, from the start or from a state; also the first phase of a training run. */
export async function runPretraining(
  request: {
    readonly recipe: PretrainRecipe
    readonly seed: number
    readonly from: PretrainState | undefined
    readonly save: (state: PretrainState) => void
  },
  context: CommandContext,
): Promise<PretrainState> {
  const { recipe, from, save } = request
  const seed = String(request.seed)
  let state = from ?? initPretrain(recipe, seed)
  let loss = Number.NaN
  const progress = context.progress({
    label: 'pretraining the encoder',
    total: recipe.steps,
    unit: 'steps',
    start: state.step,
  })
  try {
    for (const [next, stepLoss] of pretrain(recipe, seed, state)) {
      state = next
      loss = Number.isNaN(loss) ? stepLoss : 0.95 * loss + 0.05 * stepLoss
      progress.update(state.step, `loss ${loss.toFixed(3)}`)
      if (state.step % SAVE_EVERY === 0) save(state)
      await pause(context, () => save(state))
    }
    return state
  } finally {
    progress.stop()
  }
}

/** Probe accuracies on validation levels, and again with palettes that were held out. */
export function probeEncoder(parameters: HostParameters, recipe: PretrainRecipe, seed: string): Probes {
  const heldOut = THEMES.filter(theme => theme.heldOut).map(theme => theme.name)
  const on = (themes?: string[]) =>
    probe(parameters, {
      levels: recipe.levels.map(request => (themes ? { ...request, themes } : request)),
      split: 'validation',
      seed: `${seed}/probe`,
      batches: PROBE_BATCHES,
    })
  return { validation: on(), heldOutThemes: on(heldOut) }
}
