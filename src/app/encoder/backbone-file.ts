/** The weights of any backbone as a checkpoint, and from one: an encoder's, an agent's, or a run folder. */
import { quoted, UserError } from '../../core/errors.ts'
import { BACKBONES, type Backbone, OWN_BACKBONE } from '../../learn/backbones/registry.ts'
import { roundToHalf } from '../../learn/float16.ts'
import type { HostParameters } from '../../learn/parameters.ts'
import type { StoredTensor, TensorFile } from '../../learn/safetensors.ts'
import { completeTensors, type Probes, withoutPrefix } from '../agent-file.ts'
import { ENCODER_FORMAT } from '../encoder-file.ts'
import { openAgent } from '../run-folder.ts'
import { version } from '../version.ts'

export interface LoadedBackbone {
  readonly backbone: Backbone
  readonly values: HostParameters
  /** Probes that were stored when the encoder was pretrained. */
  readonly probes?: Probes
  readonly path: string
}

/** A backbone that was trained elsewhere, its weights rounded to half precision. `source`: where from, in words. */
export function encodeBackbone(backbone: Backbone, values: HostParameters, source: string): TensorFile {
  const tensors = Object.entries(backbone.shapes).map(([name, shape]): [string, StoredTensor] => [
    `encoder/${name}`,
    { shape, data: roundToHalf(values[name]), dtype: 'F16' },
  ])
  return {
    tensors: new Map(tensors),
    metadata: { format: ENCODER_FORMAT, levelshift: version, backbone: backbone.name, source },
  }
}

export function loadBackbone(fileOrFolder: string): LoadedBackbone {
  const { path, checkpoint } = openAgent(fileOrFolder)
  const { backbone: name = OWN_BACKBONE.name, probes, format } = checkpoint.metadata
  const backbone = BACKBONES.find(candidate => candidate.name === name)
  if (!backbone) {
    const known = BACKBONES.map(candidate => candidate.name).join(', ')
    throw new UserError(`${path}: unknown backbone ${quoted(name)}, expected one of ${known}`)
  }
  const values = withoutPrefix('encoder/', checkpoint)
  if (Object.keys(values).length === 0) {
    throw new UserError(
      `${path}: the checkpoint holds no encoder (format '${format ?? 'none'}'); give one that levelshift encoder import, pretrain or train wrote`,
    )
  }
  return {
    backbone,
    values: completeTensors(values, backbone.shapes, path, 'encoder/'),
    ...(probes === undefined ? {} : { probes: JSON.parse(probes) as Probes }),
    path,
  }
}
