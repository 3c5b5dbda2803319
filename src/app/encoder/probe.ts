/** What an encoder's features tell, beside those of random weights of the same shape. */
import { stream } from '../../core/random.ts'
import { type LinearProbe, linearProbe } from '../../learn/backbones/linear-probe.ts'
import { type BackendName, selectBackend } from '../../learn/backend.ts'
import { disposeParameters, type HostParameters, toTensors } from '../../learn/parameters.ts'
import type { Recipe } from '../../learn/recipe.ts'
import type { Probes } from '../agent-file.ts'
import type { CommandContext } from '../context.ts'
import { loadBackbone } from './backbone-file.ts'

export interface ProbeRequest {
  readonly encoder: string
  /** Whose levels the pictures show. */
  readonly recipe: Recipe
  readonly seed: number
  /** Frames to train the linear heads on; a quarter as many are asked about. Multiples of 512. */
  readonly frames: number
  readonly backend?: BackendName | 'auto'
}

export interface ProbeResult {
  readonly encoder: string
  readonly backbone: string
  readonly features: number
  readonly recipe: string
  readonly seed: number
  readonly backend: string
  readonly given: LinearProbe
  readonly random: LinearProbe
  /** What its own heads told at the end of pretraining. */
  readonly pretraining?: Probes
}

export async function probeBackbone(request: ProbeRequest, context: CommandContext): Promise<ProbeResult> {
  const { recipe, seed, frames } = request
  const { backbone, values, probes, path } = loadBackbone(request.encoder)
  const { backend } = await selectBackend(request.backend)
  const probe = (weights: HostParameters) => {
    const parameters = toTensors(weights, backbone.shapes)
    try {
      return linearProbe((pixels, count) => backbone.run(parameters, pixels, count), {
        levels: recipe.encoder.levels,
        seed: String(seed),
        trained: frames,
        frames: frames / 4,
      })
    } finally {
      disposeParameters(parameters)
    }
  }
  context.say(`linear heads on ${backbone.title} of ${path}`)
  const given = probe(values)
  context.say('linear heads on random weights of the same shape')
  const weights = stream(String(seed), 'random-backbone')
  const random = probe(backbone.init(() => weights.next()).values)
  return {
    encoder: path,
    backbone: backbone.name,
    features: backbone.features,
    recipe: recipe.name,
    seed,
    backend,
    given,
    random,
    ...(probes ? { pretraining: probes } : {}),
  }
}
