/** An encoder's weights for other programs: plain safetensors of 32-bit floats, and a page that says what they are. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../core/errors.ts'
import { MOBILENET_BACKBONE } from '../../learn/backbones/registry.ts'
import { encodeSafetensors } from '../../learn/safetensors.ts'
import { stored } from '../agent-file.ts'
import { makeFolder, writeFileAtomic } from '../files.ts'
import { version } from '../version.ts'
import { type LoadedBackbone, loadBackbone } from './backbone-file.ts'

export interface EncoderExport {
  readonly backbone: string
  readonly files: readonly string[]
}

/** Writes encoder.safetensors and README.md into a folder; files that are there are replaced only by `force`. */
export function exportEncoder(encoder: string, folder: string, force: boolean): EncoderExport {
  const loaded = loadBackbone(encoder)
  const { backbone, values } = loaded
  const weights = encodeSafetensors({
    tensors: new Map(stored(values, backbone.shapes)),
    metadata: { backbone: backbone.name, levelshift: version },
  })
  const contents: [string, string | Uint8Array][] = [
    [join(folder, 'encoder.safetensors'), weights],
    [join(folder, 'README.md'), describe(loaded)],
  ]
  const inTheWay = contents.find(([file]) => existsSync(file))
  if (inTheWay && !force)
    throw new UserError(`${inTheWay[0]} is there already: choose another folder, or replace it with --force`)
  makeFolder(folder)
  for (const [file, content] of contents) writeFileAtomic(file, content)
  return { backbone: backbone.name, files: contents.map(([file]) => file) }
}

function describe({ backbone, path }: LoadedBackbone): string {
  const rows = Object.entries(backbone.shapes).map(([name, shape]) => `| ${name} | ${shape.join(' x ')} |`)
  const how =
    backbone === MOBILENET_BACKBONE
      ? 'Pixels are divided by 255, less the mean (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225). Batch normalisation is\n' +
        'folded in; a 3x3 convolution is padded by 1 on each side. `conv00` is 3x3 at stride 2; then come the blocks of table 2 of\n' +
        'Sandler et al. 2018: 1x1, depthwise 3x3, 1x1 without relu6. The weights are from torchvision (BSD-3-Clause).'
      : 'Pixels are mapped to -2..2. The layers are those of docs/algorithms/encoder.md of Levelshift.'
  return `# Encoder of Levelshift ${version}: ${backbone.title}

From ${path}. A frame of 64 x 64 x 3 bytes becomes ${backbone.features} numbers. ${how}

encoder.safetensors holds 32-bit floats; a convolution is [height, width, inputs, outputs], a depthwise one [3, 3, channels, 1].

| tensor | shape |
| --- | --- |
${rows.join('\n')}
`
}
