/** A pretrained encoder on its own as a checkpoint; an agent's checkpoint serves as one as well. */
import { quoted, UserError } from '../core/errors.ts'
import { ENCODER_SHAPES } from '../learn/encoder.ts'
import type { HostParameters } from '../learn/parameters.ts'
import type { TensorFile } from '../learn/safetensors.ts'
import { completeTensors, type Probes, prefixed, stored, withoutPrefix } from './agent-file.ts'
import { openAgent } from './run-folder.ts'
import { version } from './version.ts'

export interface PretrainedEncoder {
  readonly values: HostParameters
  readonly probes?: Probes
  /** Where it comes from, in words. */
  readonly source: string
}

export const ENCODER_FORMAT = 'levelshift-encoder-1'

export function encodeEncoder({ values, probes, source }: PretrainedEncoder): TensorFile {
  const shapes = Object.fromEntries(
    Object.entries(ENCODER_SHAPES).map(([name, shape]) => [`encoder/${name}`, shape]),
  )
  return {
    tensors: new Map(stored(prefixed('encoder/', values), shapes)),
    metadata: {
      format: ENCODER_FORMAT,
      levelshift: version,
      source,
      ...(probes ? { probes: JSON.stringify(probes) } : {}),
    },
  }
}

/** Loads the encoder of an encoder's or an agent's checkpoint, or of a run folder. */
export function loadEncoder(fileOrFolder: string): PretrainedEncoder {
  const { path, checkpoint } = openAgent(fileOrFolder)
  const values = withoutPrefix('encoder/', checkpoint)
  if (Object.keys(values).length === 0) {
    throw new UserError(
      `${path}: the checkpoint holds no encoder (format '${checkpoint.metadata['format'] ?? 'none'}'); give one that levelshift pretrain or train wrote`,
    )
  }
  const backbone = checkpoint.metadata['backbone']
  if (backbone !== undefined) {
    throw new UserError(
      `${path}: the encoder is ${quoted(backbone)}, expected one that levelshift pretrain or train wrote: recipes train on those only`,
    )
  }
  const probes = checkpoint.metadata['probes']
  return {
    values: completeTensors(values, ENCODER_SHAPES, path, 'encoder/'),
    ...(probes === undefined ? {} : { probes: JSON.parse(probes) as Probes }),
    source: path,
  }
}
