/** A training run's whole state as one checkpoint, so that it can go on to the bit. */
import { UserError } from '../core/errors.ts'
import { type CurriculumState, initCurriculum } from '../learn/curriculum.ts'
import { alphasFromHost, alphasToHost } from '../learn/maml.ts'
import type { MetaState } from '../learn/meta-train.ts'
import type { AdamState } from '../learn/optimiser.ts'
import type { HostParameters } from '../learn/parameters.ts'
import type { PretrainState } from '../learn/pretrain.ts'
import type { Recipe } from '../learn/recipe.ts'
import type { StoredTensor, TensorFile } from '../learn/safetensors.ts'
import { type Probes, prefixed, stored, withoutPrefix } from './agent-file.ts'
import type { Run } from './run-folder.ts'

/** What has been done so far; a phase that has begun has its state, a finished pretraining only its encoder. */
export interface Training {
  readonly pretrain?: PretrainState
  readonly encoder?: HostParameters
  /** Where the encoder comes from, in words. */
  readonly encoderSource?: string
  readonly probes?: Probes
  readonly meta?: MetaState
  /** Best score on validation levels so far, and the state that reached it. */
  readonly best: number
  readonly bestMeta?: MetaState
  readonly baseline?: MetaState
  readonly seconds: { readonly pretrain: number; readonly meta: number; readonly baseline: number }
  readonly environmentSteps: { readonly meta: number; readonly baseline: number }
}

/** The state of a run that has not begun. */
export const NOTHING_DONE: Training = {
  best: Number.NEGATIVE_INFINITY,
  seconds: { pretrain: 0, meta: 0, baseline: 0 },
  environmentSteps: { meta: 0, baseline: 0 },
}

const FORMAT = 'levelshift-training-1'

export function saveTraining(run: Run, iteration: number, training: Training, recipe: Recipe): void {
  const tensors: [string, StoredTensor][] = []
  const counters: Record<string, number> = {}
  const curricula: Record<string, CurriculumState> = {}
  if (training.pretrain) {
    counters['pretrain'] = training.pretrain.step
    tensors.push(
      ...stored(prefixed('pretrain/', training.pretrain.parameters)),
      ...adamTensors('pretrain-adam/', training.pretrain.adam),
    )
  }
  if (training.encoder) tensors.push(...stored(prefixed('encoder/', training.encoder)))
  for (const phase of ['meta', 'bestMeta', 'baseline'] as const) {
    const state = training[phase]
    if (!state) continue
    counters[phase] = state.iteration
    // The best state is not trained further.
    if (phase !== 'bestMeta' && state.curriculum.buffers.length) curricula[phase] = state.curriculum
    tensors.push(
      ...stored(prefixed(`${phase}/`, state.theta)),
      ...stored(prefixed(`${phase}-`, alphasToHost(state.alphas))),
      ...adamTensors(`${phase}-theta-adam/`, state.thetaAdam),
      ...adamTensors(`${phase}-alpha-adam/`, state.alphaAdam),
      ...stored(prefixed(`${phase}-estimator/`, state.memory ?? {})),
    )
  }
  run.saveCheckpoint('latest', iteration, {
    tensors: new Map(tensors),
    metadata: {
      format: FORMAT,
      recipe: recipe.name,
      counters: JSON.stringify(counters),
      best: String(training.best),
      seconds: JSON.stringify(training.seconds),
      environmentSteps: JSON.stringify(training.environmentSteps),
      ...(training.encoderSource === undefined ? {} : { encoderSource: training.encoderSource }),
      ...(training.probes ? { probes: JSON.stringify(training.probes) } : {}),
      ...(Object.keys(curricula).length ? { curricula: JSON.stringify(curricula) } : {}),
    },
  })
}

export function loadTraining(file: TensorFile, recipe: Recipe, source: string): Training {
  const { metadata } = file
  if (metadata['format'] !== FORMAT || metadata['recipe'] !== recipe.name) {
    throw new UserError(
      `${source}: its checkpoint holds '${metadata['format'] ?? 'none'}' of recipe '${metadata['recipe'] ?? 'none'}', expected ${FORMAT} of ${recipe.name}; train in another folder`,
    )
  }
  const counters = JSON.parse(metadata['counters'] as string) as Record<string, number>
  const curricula = JSON.parse(metadata['curricula'] ?? '{}') as Record<string, CurriculumState>
  const phase = (name: string): MetaState | undefined => {
    const iteration = counters[name]
    if (iteration === undefined) return undefined
    const memory = withoutPrefix(`${name}-estimator/`, file)
    return {
      iteration,
      theta: withoutPrefix(`${name}/`, file),
      alphas: alphasFromHost(withoutPrefix(`${name}-`, file)),
      thetaAdam: adamFrom(`${name}-theta-adam/`, file),
      alphaAdam: adamFrom(`${name}-alpha-adam/`, file),
      ...(Object.keys(memory).length ? { memory } : {}),
      curriculum: curricula[name] ?? initCurriculum(),
    }
  }
  const step = counters['pretrain']
  const encoder = withoutPrefix('encoder/', file)
  const [meta, bestMeta, baseline] = [phase('meta'), phase('bestMeta'), phase('baseline')]
  return {
    ...(step === undefined
      ? {}
      : {
          pretrain: {
            step,
            parameters: withoutPrefix('pretrain/', file),
            adam: adamFrom('pretrain-adam/', file),
          },
        }),
    ...(Object.keys(encoder).length ? { encoder } : {}),
    ...(metadata['encoderSource'] === undefined ? {} : { encoderSource: metadata['encoderSource'] }),
    ...(metadata['probes'] === undefined ? {} : { probes: JSON.parse(metadata['probes']) as Probes }),
    ...(meta ? { meta } : {}),
    ...(bestMeta ? { bestMeta } : {}),
    ...(baseline ? { baseline } : {}),
    best: Number(metadata['best']),
    seconds: JSON.parse(metadata['seconds'] as string) as Training['seconds'],
    environmentSteps: JSON.parse(metadata['environmentSteps'] as string) as Training['environmentSteps'],
  }
}

function adamTensors(prefix: string, adam: AdamState): [string, StoredTensor][] {
  return [
    ...stored(prefixed(`${prefix}mean/`, adam.mean)),
    ...stored(prefixed(`${prefix}variance/`, adam.variance)),
    [`${prefix}step`, { shape: [1], data: Float32Array.of(adam.step) }],
  ]
}

function adamFrom(prefix: string, file: TensorFile): AdamState {
  return {
    step: file.tensors.get(`${prefix}step`)?.data[0] ?? 0,
    mean: withoutPrefix(`${prefix}mean/`, file),
    variance: withoutPrefix(`${prefix}variance/`, file),
  }
}
