/**
 * An agent as a checkpoint: encoder, policy head, inner rates and the baselines that it is compared with, each
 * under a prefix, with everything that tells where it comes from in the metadata.
 */
import { z } from 'zod'
import { UserError } from '../core/errors.ts'
import { ENCODER_SHAPES } from '../learn/encoder.ts'
import { estimatorOf } from '../learn/estimators/registry.ts'
import type { Learner } from '../learn/evaluate.ts'
import { type AlphaSchedule, alphasFromHost, alphasToHost, initAlphas } from '../learn/maml.ts'
import { headShapes, initMeta } from '../learn/meta-train.ts'
import type { HostParameters, Shapes } from '../learn/parameters.ts'
import type { ProbeReport } from '../learn/pretrain.ts'
import { parseRecipe, type Recipe } from '../learn/recipe.ts'
import type { StoredTensor, TensorFile } from '../learn/safetensors.ts'
import { version } from './version.ts'

/** Version of this layout; a checkpoint of another one is refused. */
export const AGENT_FORMAT = 'levelshift-agent-1'

export interface Agent {
  readonly recipe: Recipe
  readonly seed: number
  readonly encoder: HostParameters
  readonly learner: Learner
  /** The head that was trained on all levels without meta-learning, and its best fixed rate. */
  readonly fineTuned?: Learner
  /** The rate that suits the untrained head best. */
  readonly randomHeadAlpha?: number
  /** Probes of the encoder. */
  readonly probes?: Probes
  /** Where it comes from: version, backend, environment steps and so on. */
  readonly provenance: Readonly<Record<string, string>>
}

/** Probe results on validation levels, with training palettes and with palettes that were held out. */
export interface Probes {
  readonly validation: ProbeReport
  readonly heldOutThemes: ProbeReport
}

/** Puts `prefix` before each name. */
export function prefixed(prefix: string, values: HostParameters): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]))
}

/** The values whose name begins with `prefix`, without it. */
export function withoutPrefix(prefix: string, file: TensorFile): Record<string, Float32Array> {
  return Object.fromEntries(
    [...file.tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor.data]),
  )
}

/** Flat values as stored tensors; a name without a shape is stored as a vector. */
export function stored(values: HostParameters, shapes: Shapes = {}): [string, StoredTensor][] {
  return Object.entries(values).map(([name, data]) => [name, { shape: shapes[name] ?? [data.length], data }])
}

export function encodeAgent(agent: Agent): TensorFile {
  const shapes = headShapes(agent.recipe.meta)
  const prefixedShapes = (prefix: string, from: Shapes) =>
    Object.fromEntries(Object.entries(from).map(([name, shape]) => [prefix + name, shape]))
  const tensors = new Map<string, StoredTensor>([
    ...stored(prefixed('encoder/', agent.encoder), prefixedShapes('encoder/', ENCODER_SHAPES)),
    ...stored(prefixed('head/', agent.learner.theta), prefixedShapes('head/', shapes)),
    ...stored(alphasToHost(agent.learner.alphas)),
    ...(agent.fineTuned
      ? stored(prefixed('fine-tuned/', agent.fineTuned.theta), prefixedShapes('fine-tuned/', shapes))
      : []),
  ])
  const metadata: Record<string, string> = {
    ...agent.provenance,
    format: AGENT_FORMAT,
    levelshift: version,
    recipe: JSON.stringify(agent.recipe),
    seed: String(agent.seed),
  }
  if (agent.fineTuned) metadata['fineTunedAlpha'] = String(agent.fineTuned.alphas[0]?.['w0'])
  if (agent.randomHeadAlpha !== undefined) metadata['randomHeadAlpha'] = String(agent.randomHeadAlpha)
  if (agent.probes) metadata['probes'] = JSON.stringify(agent.probes)
  return { tensors, metadata }
}

/** Reads an agent; `source` names it in errors. */
export function decodeAgent(file: TensorFile, source: string): Agent {
  const {
    format,
    levelshift: _,
    recipe: recipeText,
    seed,
    fineTunedAlpha,
    randomHeadAlpha,
    probes,
    ...provenance
  } = file.metadata
  if (format !== AGENT_FORMAT) throw new UserError(`${source}: ${noAgent(format)}`)
  const recipe = parseRecipe(recipeText ?? '', source)
  const shapes = headShapes(recipe.meta)
  const encoder = completeTensors(withoutPrefix('encoder/', file), ENCODER_SHAPES, source, 'encoder/')
  const theta = completeTensors(withoutPrefix('head/', file), shapes, source, 'head/')
  const names = Object.keys(shapes)
  const fixed = (alpha: string) => initAlphas(names, 1, z.coerce.number().positive().parse(alpha))
  const alphas = alphasOf(file, shapes, recipe, source)
  return {
    recipe,
    seed: Number(seed),
    encoder,
    learner: { theta, alphas },
    ...(fineTunedAlpha === undefined
      ? {}
      : {
          fineTuned: {
            theta: completeTensors(withoutPrefix('fine-tuned/', file), shapes, source, 'fine-tuned/'),
            alphas: fixed(fineTunedAlpha),
          },
        }),
    ...(randomHeadAlpha === undefined ? {} : { randomHeadAlpha: Number(randomHeadAlpha) }),
    ...(probes === undefined ? {} : { probes: JSON.parse(probes) as Probes }),
    provenance,
  }
}

/** The learned rates of each inner step; of an agent that was trained without inner steps, the recipe's first rate. */
function alphasOf(file: TensorFile, headTensors: Shapes, { meta }: Recipe, source: string): AlphaSchedule {
  if (meta.steps === 0) return initAlphas(Object.keys(headTensors), 1, meta.alpha)
  const expected = alphasToHost(estimatorOf(meta).initAlphas(headTensors, meta.steps, meta.alpha))
  const shapes = Object.fromEntries(Object.entries(expected).map(([name, { length }]) => [name, [length]]))
  const values = Object.fromEntries([...file.tensors].map(([name, { data }]) => [name, data]))
  return alphasFromHost(completeTensors(values, shapes, source, ''))
}

/** Why a checkpoint of another format is no agent, and what to do. */
function noAgent(format: string | undefined): string {
  if (format?.startsWith('levelshift-training-'))
    return 'the run has no agent yet, only the state of its training; go on with it by levelshift train --resume'
  if (format?.startsWith('levelshift-encoder-'))
    return 'the checkpoint holds an encoder and no agent; train one on it with levelshift train --encoder'
  return `the checkpoint has format '${format ?? 'none'}', this version of Levelshift (${version}) reads ${AGENT_FORMAT}; train the agent anew or use the version that wrote it`
}

/** The untrained head of an agent's own seed, with one fixed rate. */
export function randomHead(recipe: Recipe, seed: number, alpha: number): Learner {
  const { theta } = initMeta(recipe.meta, String(seed))
  return { theta, alphas: fixedAlphas(theta, alpha) }
}

/** One rate for every tensor and every step. */
export function fixedAlphas(theta: HostParameters, alpha: number): AlphaSchedule {
  return initAlphas(Object.keys(theta), 1, alpha)
}

/** Refuses tensors that are missing or of another size. */
export function completeTensors(
  values: HostParameters,
  shapes: Shapes,
  source: string,
  prefix: string,
): HostParameters {
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce((product, length) => product * length, 1)
    if (values[name]?.length !== size) {
      throw new UserError(
        `${source}: tensor '${prefix}${name}' has ${values[name]?.length ?? 'no'} values, expected ${size}; train the agent anew`,
      )
    }
  }
  return values
}
